"""What the page does with what a stream can bring: cuts, errors, notices, hostile text. The chat service's answers are ours here."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.test_page import come_in

pytestmark = pytest.mark.browser
TURN = {"type": "turn", "turn_id": "0d8f6a52-3f0e-4f0e-9a53-7f2f5f6d3f10", "session_id": "0d8f6a52-3f0e-4f0e-9a53-7f2f5f6d3f11"}  # fmt: skip
SYSTEM = {"type": "system", "model": "SYSTEM", "done": True}
EVENT = {
    "id": 7, "occurrence_id": 70, "title": "Kite Morning", "start_time": "2027-01-09T10:30:00-08:00",
    "end_time": "2027-01-09T12:00:00-08:00", "all_day": False, "timezone": "America/Los_Angeles",
    "venue": {"name": "Mill Park", "city": "Davis", "state": "CA"}, "price_min": 5, "price_max": 8, "currency": "USD",
    "is_free": False, "age_min": 3, "age_max": 5, "event_status": "scheduled", "event_attendance_mode": "offline",
    "url": "https://example.org/kites",
}  # fmt: skip


def token(text: str) -> dict[str, Any]:
    return {"type": "token", "model": "A", "token": text, "done": False}


def events(*shown: dict[str, Any], **more: Any) -> dict[str, Any]:
    ids = [event["id"] for event in shown]
    metadata = {str(id_): {"why": ["0.4 mi from Davis", "time unknown"]} for id_ in ids}
    return {
        "type": "events",
        "events": list(shown),
        "all_event_ids": ids,
        "recommended_event_ids": ids,
        "event_metadata": metadata,
        **more,
    }


def done(*ids: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "done",
        "model": "A",
        "done": True,
        "status": "complete",
        "suggested_event_ids": list(ids),
        "follow_up_questions": [],
        **more,
    }


def body(*chunks: dict[str, Any], start: int = 1) -> str:
    lines = [f"id: {TURN['turn_id']}:{n}\ndata: {json.dumps(chunk)}\n\n" for n, chunk in enumerate(chunks, start)]
    return ": hello\n\n" + "".join(lines)


class Chat:
    """Answers the page's chat requests in turn and keeps what was asked."""

    def __init__(self, page: Page) -> None:
        self.answers: list[dict[str, Any]] = []
        self.requests: list[Any] = []
        page.route(re.compile(r"/api/v1/chat/"), self._answer)

    def will(self, text: str, status: int = 200) -> None:
        self.answers.append({"body": text, "status": status})

    def _answer(self, route: Route) -> None:
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
        if route.request.method == "OPTIONS":
            return route.fulfill(status=200, headers=headers)
        self.requests.append(route.request)
        answer = self.answers.pop(0)
        kind = "text/event-stream" if answer["status"] == 200 else "application/json"
        return route.fulfill(**answer, headers={**headers, "Content-Type": kind})


@pytest.fixture
def chat(page: Page) -> Chat:
    chat = Chat(page)
    come_in(page)
    return chat


def ask(page: Page, words: str = "kites?") -> None:
    page.get_by_label("Your question").fill(words)
    page.keyboard.press("Enter")
    expect(page.locator(".turn").last.locator(".answer")).to_have_attribute("aria-busy", "false")


def test_an_answer_is_drawn_with_its_cards_marks_and_reasons(page: Page, chat: Chat) -> None:
    text = ["One thing fits.\n\nSaturday, January 9\n- Kite", " Morning [1]: 10:30 AM at Mill Park.\n", "\nEnjoy!"]
    chat.will(body(TURN, events(EVENT), *map(token, text), done(7), SYSTEM))
    ask(page)
    expect(page.get_by_role("heading", level=2)).to_have_text("kites?")
    answer = page.locator(".answer-text")
    expect(answer.locator("p")).to_have_text(["One thing fits.", "Enjoy!"])
    expect(answer.locator(".answer-day")).to_have_text(["Saturday, January 9"])
    expect(answer.locator("li")).to_have_text(["Kite Morning1: 10:30 AM at Mill Park."])
    card = page.locator(".ticket")
    expect(card.locator(".stub")).to_have_text("Sat9Jan")
    expect(card.locator("time")).to_have_text("Saturday, January 9, 10:30 AM–12:00 PM")
    expect(card.locator(".ticket-where")).to_have_text("Mill Park · Davis, CA")
    expect(card.locator(".fact")).to_have_text(["$5–8", "Ages 3–5"])
    expect(card.locator(".ticket-why")).to_have_text("0.4 mi from Davis")
    expect(card.get_by_role("link")).to_have_attribute("href", "https://example.org/kites")
    answer.get_by_role("button", name="Show event 1").click()
    expect(card).to_be_focused()


@pytest.mark.parametrize(
    ("hour", "end", "shown"),
    [
        ("00:00", "2027-01-10T00:00:00-08:00", "All day"),
        ("00:00", "2027-01-12T00:00:00-08:00", "All day, until Mon, Jan 11"),
        ("00:00", "", "All day"),
        ("18:00", "2027-01-12T00:00:00-08:00", "6:00 PM, until Mon, Jan 11"),
    ],
)
def test_a_card_of_several_days_says_the_last_of_them(page: Page, chat: Chat, hour: str, end: str, shown: str) -> None:
    start = f"2027-01-09T{hour}:00-08:00"
    days = {**EVENT, "start_time": start, "end_time": end, "all_day": hour == "00:00"}
    chat.will(body(TURN, events(days), token("One thing."), done(7), SYSTEM))
    ask(page)
    expect(page.locator(".ticket time")).to_have_text(f"Saturday, January 9, {shown}")


def test_a_day_from_midnight_to_midnight_is_a_whole_one(page: Page, chat: Chat) -> None:
    day = {**EVENT, "start_time": "2027-01-09T00:00:00-08:00", "end_time": "2027-01-10T00:00:00-08:00"}
    chat.will(body(TURN, events(day), token("One thing."), done(7), SYSTEM))
    ask(page)
    expect(page.locator(".ticket time")).to_have_text("Saturday, January 9, All day")


def test_midnight_without_an_end_is_no_hour(page: Page, chat: Chat) -> None:
    day = {**EVENT, "start_time": "2027-01-09T00:00:00-08:00", "end_time": None}
    chat.will(body(TURN, events(day), token("One thing."), done(7), SYSTEM))
    ask(page)
    expect(page.locator(".ticket time")).to_have_text("Saturday, January 9, Time not listed")


def test_what_runs_already_is_shown_by_its_last_day(page: Page, chat: Chat) -> None:
    run = {**EVENT, "start_time": "2020-01-09T10:00:00-08:00", "end_time": "2099-12-31T17:00:00-08:00"}
    chat.will(body(TURN, events(run), token("One thing."), done(7), SYSTEM))
    ask(page)
    expect(page.locator(".stub")).to_have_text("Until31Dec")
    expect(page.locator(".ticket time")).to_contain_text("until Thursday, December 31, 10:00 AM–5:00 PM")


def test_an_address_is_a_link_by_its_host(page: Page, chat: Chat) -> None:
    text = "- Kite Morning [1]: 10:30 AM. https://www.example.org/kites?a=1#b\n- javascript:alert(1) http://"
    chat.will(body(TURN, events(EVENT), token(text), done(7), SYSTEM))
    ask(page)
    link = page.locator(".answer-text").get_by_role("link")
    expect(link).to_have_count(1)
    expect(link).to_have_text("example.org (opens the listing in a new tab)")
    expect(link).to_have_attribute("href", "https://www.example.org/kites?a=1#b")


def test_what_is_refused_is_not_shown_as_asked_for(page: Page, chat: Chat) -> None:
    understood = {
        "type": "understood",
        "constraints": [{"field": "exclude", "label": "sports", "remove": {"excluded": None}}],
    }
    chat.will(body(TURN, understood, events(EVENT), token("One thing."), done(7), SYSTEM))
    ask(page)
    expect(page.locator(".chip")).to_have_text("No sports")


def test_an_answer_that_still_runs_is_shown_as_it_comes_when_its_conversation_is_opened(page: Page, chat: Chat) -> None:
    sides = [
        {"role": "user", "content": "kites?", "status": "complete"},
        {"role": "assistant", "content": "", "status": "running"},
    ]
    stored = {
        "id": TURN["session_id"],
        "messages": [{"model": "A", "turn_id": TURN["turn_id"], **side} for side in sides],
    }
    page.route(f"**/api/v1/sessions/{TURN['session_id']}", lambda route: route.fulfill(json=stored))
    chat.will(body(TURN, events(EVENT), token("Kite Morning [1] is on."), done(7), SYSTEM))
    page.goto(f"/#{TURN['session_id']}")
    expect(page.locator(".question")).to_have_text(["kites?"])
    expect(page.locator(".answer-text p")).to_have_text("Kite Morning1 is on.")
    expect(page.locator(".ticket h3")).to_contain_text("Kite Morning")
    assert [request.url.partition("/api/v1")[2] for request in chat.requests] == [
        f"/chat/turns/{TURN['turn_id']}/stream"
    ]
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def test_a_word_without_end_sticks_out_nowhere(page: Page, chat: Chat) -> None:
    word = "w" * 300
    understood = {
        "type": "understood",
        "constraints": [{"field": "interest", "label": word, "remove": {"interest": None}}],
    }
    long = {**EVENT, "title": word, "venue": {"name": word, "city": word}}
    notice = {"type": "notice", "code": "x", "message": word}
    ways = {"relaxations": [{"label": word, "count": 1, "change": {}}]}
    chat.will(
        body(TURN, understood, events(long, **ways), token(word), notice, done(7, follow_up_questions=[word]), SYSTEM)
    )
    page.set_viewport_size({"width": 390, "height": 844})
    ask(page, word)
    expect(page.locator(".chip")).to_contain_text("W" + word[1:])
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_hostile_text_stays_text(page: Page, chat: Chat) -> None:
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    bad = {**EVENT, "title": evil, "url": "javascript:document.title=3", "venue": {"name": evil, "city": evil}}
    notice = {"type": "notice", "code": "x", "message": evil}
    chat.will(body(TURN, events(bad), token(f"Look: {evil}"), notice, done(7, follow_up_questions=[evil]), SYSTEM))
    ask(page, evil)
    expect(page.locator(".answer-text p")).to_have_text(f"Look: {evil}")
    expect(page.locator(".ticket h3")).to_have_text(evil)
    assert page.locator("main img, main script, main a").count() == 0
    assert page.title().startswith("EventZombie")


def test_a_cut_in_mid_answer_is_resumed_without_loss_or_repeat(page: Page, chat: Chat) -> None:
    chat.will(body(TURN, token("One "), token("two ")))
    chat.will(body(token("three "), start=4))
    chat.will(body(token("four."), done(), SYSTEM, start=5))
    ask(page)
    expect(page.locator(".answer-text")).to_have_text("One two three four.")
    resumed = [request.headers.get("last-event-id") for request in chat.requests[1:]]
    assert resumed == [f"{TURN['turn_id']}:3", f"{TURN['turn_id']}:4"]


def test_an_error_in_the_stream_is_said_in_plain_words_and_can_be_tried_again(page: Page, chat: Chat) -> None:
    failure = {"type": "error", "model": "A", "done": True, "error": "retrieval failed", "error_code": "rag_error"}
    chat.will(body(TURN, failure, SYSTEM))
    ask(page)
    expect(page.get_by_role("alert")).to_contain_text("The event search is unavailable right now.")
    chat.will(body(TURN, token("Here you go."), done(), SYSTEM))
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer-text")).to_have_text("Here you go.")
    expect(page.locator(".turn")).to_have_count(1)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (429, "rate_limited", "Please try again in 7 seconds."),
        (409, "turn_in_progress", "still being answered"),
        (422, "invalid_request", "message: too long"),
        (503, "rag_error", "The event search is unavailable"),
    ],
)
def test_a_refusal_before_the_stream_is_said_in_plain_words(
    page: Page, chat: Chat, status: int, code: str, words: str
) -> None:
    refusal = {"code": code, "message": "message: too long", "retry_after": 7 if status == 429 else None}
    chat.will(json.dumps(refusal), status)
    ask(page)
    expect(page.get_by_role("alert")).to_contain_text(words)


def test_a_service_that_cannot_be_reached_is_said_so(page: Page, chat: Chat) -> None:
    page.unroute_all()
    page.route(re.compile(r"/api/v1/chat/"), lambda route: route.abort())
    ask(page)
    expect(page.get_by_role("alert")).to_contain_text("I could not reach the service.")


def test_an_expired_access_token_is_refreshed_without_a_word(page: Page, chat: Chat) -> None:
    chat.will(json.dumps({"code": "token_expired", "message": "expired"}), 401)
    chat.will(body(TURN, token("Still here."), done(), SYSTEM))
    before = page.evaluate("localStorage.getItem('ez.access')")
    ask(page)
    expect(page.locator(".answer-text")).to_have_text("Still here.")
    assert page.evaluate("localStorage.getItem('ez.access')") != before


def test_who_is_signed_out_elsewhere_comes_back_to_the_entrance(page: Page, chat: Chat) -> None:
    page.evaluate("localStorage.setItem('ez.refresh', 'x.y.z')")
    chat.will(json.dumps({"code": "auth_failed", "message": "no"}), 401)
    page.get_by_label("Your question").fill("kites?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Please sign in again.")
    expect(page.get_by_role("button", name="Start as a guest")).to_be_visible()


def test_who_may_not_chat_any_more_comes_back_to_the_entrance(page: Page, chat: Chat) -> None:
    chat.will(json.dumps({"code": "auth_failed", "message": "no"}), 403)
    page.get_by_label("Your question").fill("kites?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Please sign in again.")
    assert page.evaluate("localStorage.getItem('ez.refresh')") is None


def test_notices_and_ways_out_are_shown_and_a_way_sends_its_change(page: Page, chat: Chat) -> None:
    notice = {"type": "notice", "code": "unknown_place", "message": "I do not know Nowhereville."}
    way = {"label": "tomorrow", "count": 7, "change": {"when": "tomorrow"}}
    chat.will(body(TURN, events(relaxations=[way]), notice, token("Nothing fits."), done(status="no_matches"), SYSTEM))
    ask(page)
    expect(page.locator(".notice")).to_have_text("I do not know Nowhereville.")
    chat.will(body(TURN, token("Seven things."), done(), SYSTEM))
    page.get_by_role("button", name="7 tomorrow").click()
    expect(page.locator(".turn").last.locator(".answer-text")).to_have_text("Seven things.")
    sent = chat.requests[-1].post_data_json
    assert (sent["message"], sent["ledger"], sent["session_id"]) == ("kites?", {"when": "tomorrow"}, TURN["session_id"])


def test_a_chip_can_be_left_out(page: Page, chat: Chat) -> None:
    constraint = {
        "field": "price", "label": "free", "hard": True, "words": "free", "source": "message", "remove": {"price": None},
    }  # fmt: skip
    chat.will(body(TURN, {"type": "understood", "constraints": [constraint]}, token("Free things."), done(), SYSTEM))
    ask(page, "free kites")
    chat.will(body(TURN, token("All kites."), done(), SYSTEM))
    page.get_by_role("button", name="Leave out: free").click()
    expect(page.locator(".turn").last.locator(".answer-text")).to_have_text("All kites.")
    assert chat.requests[-1].post_data_json["ledger"] == {"price": None}


def test_a_place_picked_in_mid_conversation_is_sent_and_one_understood_is_shown(page: Page, chat: Chat) -> None:
    place = {"id": 5341704, "label": "Davis, CA, United States", "kind": "city", "radius_miles": 10}
    chat.will(body(TURN, {"type": "understood", "place": place, "constraints": []}, token("Davis."), done(), SYSTEM))
    ask(page, "kites in Davis")
    expect(page.get_by_role("combobox")).to_have_value("Davis, CA")
    page.get_by_role("combobox").fill("santa ro")
    page.get_by_role("option", name="Santa Rosa, CA").click()
    chat.will(body(TURN, token("Santa Rosa."), done(), SYSTEM))
    ask(page, "and here?")
    assert chat.requests[-1].post_data_json["ledger"] == {"place": {"id": 5393287}}


def test_places_for_fewer_letters_that_come_late_are_not_shown(page: Page, chat: Chat) -> None:
    held: dict[str, list[Route]] = {}

    def hold(route: Route) -> None:
        held.setdefault(re.sub(r".*[?&]q=([^&]*).*", r"\1", route.request.url), []).append(route)

    def answer(words: str, *labels: str) -> None:
        found = [{"id": n, "label": label, "lat": 38.0, "lng": -122.0} for n, label in enumerate(labels)]
        for route in held.pop(words, []):
            route.fulfill(json={"results": found})

    def held_up(words: str, times: int = 1) -> None:
        while len(held.get(words, [])) < times:
            page.wait_for_timeout(20)

    page.route(re.compile(r"/api/v1/locations/suggest"), hold)
    page.get_by_role("combobox").fill("sa")
    held_up("Los%20Angeles")
    page.get_by_role("combobox").fill("santa")
    held_up("Los%20Angeles", 2)
    answer("Los%20Angeles", "Los Angeles")
    held_up("santa")
    answer("santa", "Santa Rosa")
    expect(page.get_by_role("option")).to_have_text("Santa Rosa")
    answer("sa", "Salem")
    page.wait_for_timeout(100)
    expect(page.get_by_role("option")).to_have_text("Santa Rosa")


def test_a_body_that_never_ends_its_turn_does_not_lock_the_page(page: Page, chat: Chat) -> None:
    chat.will(body(TURN, token("Half an")))
    for _ in range(3):
        chat.will(body(start=3))
    ask(page)
    expect(page.get_by_role("alert")).to_contain_text("The answer broke off on the way.")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def test_stop_ends_the_turn_and_keeps_the_text(page: Page, chat: Chat) -> None:
    page.unroute_all()
    held: list[Route] = []
    page.route(re.compile(r"/api/v1/chat/stream"), lambda route: held.append(route))
    page.get_by_label("Your question").fill("kites?")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".notice")).to_have_text("Stopped. What was said so far is kept.")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    for route in held:
        route.abort()


SECOND = {**EVENT, "id": 8, "occurrence_id": 80, "title": "Boat Evening"}


def two_answers(*more: dict[str, Any]) -> str:
    other = {"type": "token", "model": "B", "done": False}
    return body(
        TURN, events(EVENT, SECOND, answers=["A", "B"]), token("Try Kite "), {**other, "token": "Boat Evening"},
        token("Morning [1]."), {**other, "token": " [2] is nice."}, *more, SYSTEM,
    )  # fmt: skip


def test_two_answers_stand_side_by_side_and_one_can_be_chosen(page: Page, chat: Chat) -> None:
    chosen: list[Any] = []

    def choose(route: Route) -> None:
        chosen.append((route.request.url.split("/api/v1")[1], route.request.post_data_json))
        route.fulfill(status=200, content_type="application/json", body="{}")

    page.route(re.compile(r"/api/v1/turns/"), choose)
    chat.will(two_answers(done(8, model="B"), done(7)))
    ask(page)
    columns = page.locator(".answer-column")
    expect(columns.locator(".answer-text")).to_have_text(["Try Kite Morning1.", "Boat Evening2 is nice."])
    expect(page.locator(".ticket h3")).to_contain_text(["Kite Morning", "Boat Evening"])
    better = page.get_by_role("button", name="This one is better")
    better.nth(1).click()
    expect(better.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(better.nth(0)).to_have_attribute("aria-pressed", "false")
    assert chosen == [(f"/turns/{TURN['turn_id']}/preference", {"chosen": "B"})]


def test_a_second_answer_that_failed_leaves_the_first_and_no_choice(page: Page, chat: Chat) -> None:
    notice = {"type": "notice", "model": "B", "code": "second_answer_failed", "message": "There is one answer."}
    failed = done(model="B", status="failed", failure={"code": "llm_timeout", "retryable": True})
    chat.will(body(TURN, events(EVENT, answers=["A", "B"]), token("Kites [1]."), notice, failed, done(7), SYSTEM))
    ask(page)
    expect(page.locator(".answer-column").first.locator(".answer-text")).to_have_text("Kites1.")
    expect(page.locator(".answer-none")).to_have_text("There is no second answer this time.")
    expect(page.get_by_role("button", name="This one is better")).to_have_count(0)


def test_the_page_asks_for_one_answer_where_there_is_one_model(page: Page, chat: Chat) -> None:
    chat.will(body(TURN, token("Kites."), done(), SYSTEM))
    ask(page)
    expect(page.get_by_role("button", name="Two answers")).to_have_count(0)
    assert "single_model_mode" not in chat.requests[-1].post_data_json
