from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import DataError
from django.utils import timezone

from api.rag.errors import LLMUnavailable, RetrievalFailed
from api.rag.llm.router import Router
from api.rag.llm.scripted import ScriptedProvider
from api.rag.params import LLMParams
from chat_service.tests.conftest import SANTA_ROSA, ChatServer, Chunks
from conversations.models import ChatMessage, ChatSession
from events.models import Event, Occurrence
from traces.models import ChatDebugRun

Ask = Callable[..., Chunks]


def test_a_question_is_answered_with_a_true_event(ask: Ask, concert: Event) -> None:
    got = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    assert [c["type"] for c in got.all if c["type"] not in ("token", "notice")] == [
        "turn", "understood", "events", "done", "system",
    ]  # fmt: skip
    assert "Live music night" in got.text
    assert "$10" in got.text
    (done,) = got.of("done")
    assert (done["model"], done["done"], done["suggested_event_ids"], done["status"]) == (
        "A",
        True,
        [concert.pk],
        "complete",
    )
    (system,) = got.of("system")
    assert system["model"] == "SYSTEM"
    assert system["recommended_event_ids"] == [concert.pk]
    factors = system["event_metadata"][str(concert.pk)]["ranking_factors"]
    assert factors["distance_miles"] < 1
    assert factors["days_until_event"] == pytest.approx(1, abs=0.01)


def test_the_turn_is_saved_before_its_last_chunk(ask: Ask, concert: Event, alice: User) -> None:
    got = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    session = ChatSession.objects.get(pk=got.of("turn")[0]["session_id"], user=alice)
    question, answer = session.messages.all()
    assert (question.role, question.content) == ("user", "live music in the next 3 days")
    assert (answer.content, answer.status, answer.event_ids) == (got.text, "complete", [concert.pk])
    assert answer.receipt["facts"][0]["title"] == "Live music night"
    assert ChatDebugRun.objects.get(turn_id=answer.turn_id).status == "success"


def test_nothing_fits_is_an_answer_with_ways_out(ask: Ask, concert: Event) -> None:
    got = ask(
        "live music in the next 3 days",
        location_id=SANTA_ROSA,
        ledger={"audience": None},
        candidate_event_ids=[concert.pk + 1],
    )
    assert got.of("done")[0]["status"] == "no_matches"
    assert got.of("done")[0]["suggested_event_ids"] == []
    assert got.text


def test_an_unknown_location_is_a_notice_and_never_the_whole_world(ask: Ask, concert: Event) -> None:
    got = ask("live music in the next 3 days", location_id=987654321)
    assert "unknown_place" in [n["code"] for n in got.of("notice")]
    assert got.of("events")[0]["all_event_ids"] == []


@pytest.mark.usefixtures("concert")
def test_what_a_client_has_nothing_to_say_about_may_be_null_and_a_long_history_is_cut(ask: Ask) -> None:
    history = [{"role": "assistant", "content": "It should be fun. " * 1500}]
    got = ask(
        "live music in the next 3 days", location_id=SANTA_ROSA, chat_history=history, debug=None, weights=None,
        context={"chat_history": history, "preferences": {"interests": None}, "age_range": {"min": None}, "max_price": None},
    )  # fmt: skip
    assert (got.status, [c["status"] for c in got.of("done")]) == (200, ["complete"])
    assert ask("live music in the next 3 days", location_id=SANTA_ROSA, context=None).status == 200


BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"message": ""}, "message"),
    ({"message": "x" * 4001}, "message"),
    ({"message": ["a"]}, "message"),
    ({"message": "a", "location_id": "abc"}, "location_id"),
    ({"message": "a", "context": {"age_range": {"min": -1}}}, "age_range"),
    ({"message": "a", "max_context": 200000}, "max_context"),
    ({"message": "a", "weights": {"semantic": -1}}, "weights"),
    ({"message": "a", "weights": {"magic": 1}}, "weights"),
    ({"message": "a", "candidate_event_ids": list(range(1001))}, "candidate_event_ids"),
    ({"message": "a", "session_id": "nope"}, "session_id"),
)


def test_bad_input_is_named(chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]]) -> None:
    headers = token_of(alice)
    for body, field in BAD:
        answer = httpx.post(f"{chat.url}/api/v1/chat/stream", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), body
        assert field in answer.json()["message"]


def test_who_does_not_sign_in_is_refused_before_a_stream(chat: ChatServer) -> None:
    answer = httpx.post(f"{chat.url}/api/v1/chat/stream", json={"message": "hi"})
    assert (answer.status_code, answer.json()["code"]) == (401, "auth_required")
    answer = httpx.post(
        f"{chat.url}/api/v1/chat/stream", json={"message": "hi"}, headers={"Authorization": "Bearer x.y.z"}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_a_deactivated_user_is_refused_at_once(
    chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]]
) -> None:
    headers = token_of(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    answer = httpx.post(f"{chat.url}/api/v1/chat/stream", json={"message": "hi"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "auth_failed")


def test_a_session_of_somebody_else_is_no_session(ask: Ask, concert: Event) -> None:
    bob = User.objects.create_user("bob", "bob@example.org", "a long password")
    theirs = ask("live music", location_id=SANTA_ROSA, user=bob).of("turn")[0]["session_id"]
    for session_id in (theirs, str(uuid.uuid4())):
        got = ask("live music", session_id=session_id)
        assert (got.status, got.all[0]["code"]) == (404, "session_error")


def test_the_next_turn_keeps_the_place(ask: Ask, concert: Event) -> None:
    first = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    second = ask("what about comedy?", session_id=first.of("turn")[0]["session_id"])
    assert second.of("understood")[0]["place"]["id"] == SANTA_ROSA


def test_what_was_told_is_asked_about_in_the_next_turn(ask: Ask, concert: Event) -> None:
    first = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    session = first.of("turn")[0]["session_id"]
    for question in ("when is the first one?", "is it free?", "which one is cheapest?"):
        got = ask(question, location_id=SANTA_ROSA, session_id=session)
        assert got.of("understood")[0]["about_event_ids"] == [concert.pk]
        assert got.of("done")[0]["suggested_event_ids"] == [concert.pk]
        assert "Live music night [1]" in got.text
        assert "$10" in got.text
    beyond = ask("is the fourth one free?", location_id=SANTA_ROSA, session_id=session)
    assert beyond.text.startswith("I only told you of this one.")
    assert [n["code"] for n in beyond.of("notice")] == ["not_told"]
    concert.status = "cancelled"
    concert.save()
    gone = ask("when is the first one?", location_id=SANTA_ROSA, session_id=session)
    assert "no longer" in gone.text
    assert gone.of("done")[0]["status"] == "no_matches"


def test_what_was_told_is_pointed_at_by_what_it_is(ask: Ask, concert: Event) -> None:
    session = ask("live music in the next 3 days", location_id=SANTA_ROSA).of("turn")[0]["session_id"]
    music = ask("tell me more about the music one", location_id=SANTA_ROSA, session_id=session)
    assert music.of("done")[0]["suggested_event_ids"] == [concert.pk]
    assert "Live music night [1]" in music.text
    assert not music.of("notice")
    free = ask("what about the free one?", location_id=SANTA_ROSA, session_id=session)
    assert [n["code"] for n in free.of("notice")] == ["not_told"]
    assert "does not say so" in free.text
    talk = ask("will it rain?", location_id=SANTA_ROSA, session_id=session)
    assert talk.text.startswith("I know nothing of the weather")
    assert ask("is it free?", location_id=SANTA_ROSA, session_id=session).of("understood")[0]["about_event_ids"] == [
        concert.pk
    ]
    concert.status = "cancelled"
    concert.save()
    gone = ask("the music one", location_id=SANTA_ROSA, session_id=session)
    assert gone.text.startswith("I can no longer find")


def test_when_else_it_is_on_is_told_from_the_calendar(ask: Ask, concert: Event) -> None:
    first = timezone.now() + timedelta(days=2)
    for week in range(1, 14):
        start = first + timedelta(weeks=week)
        Occurrence.objects.create(event=concert, start=start, end=start + timedelta(hours=1), effective_end=start)
    session = ask("live music in the next 3 days", location_id=SANTA_ROSA).of("turn")[0]["session_id"]
    every = ask("when else is it on?", location_id=SANTA_ROSA, session_id=session)
    assert every.text.startswith("These are the next times I know of:")
    assert [line.split("[")[-1] for line in every.text.splitlines() if line.startswith("- also")] == [
        f"{n}]" for n in range(2, 11)
    ]
    assert every.of("done")[0]["suggested_event_ids"] == [concert.pk]
    assert every.of("events")[0]["recommended_event_ids"] == [concert.pk]
    week_after = (first + timedelta(weeks=1)).astimezone(ZoneInfo("America/Los_Angeles"))
    day = f"{week_after:%B} {week_after.day}"
    also = ask(f"is it on {day} too?", location_id=SANTA_ROSA, session_id=session)
    assert also.text.startswith("Yes, it is (")
    assert day in also.text.split("\n\n")[1]
    other = week_after + timedelta(days=1)
    never = ask(f"is the first one on {other:%B} {other.day}?", location_id=SANTA_ROSA, session_id=session)
    assert never.text.startswith("Not then (")
    assert "Live music night [1]" in never.text
    assert all(got.of("done")[0]["guard"]["withheld"] == 0 for got in (every, also, never))


def test_told_in_another_order_they_are_counted_in_that_order(ask: Ask, concert: Event) -> None:
    piano = Event.objects.create(
        source=concert.source, external_id="2", title="Live music at the piano", venue=concert.venue, category="Music", price_min=5,
        tags=["music", "concert"], timezone="America/Los_Angeles", price_max=5, price_currency="USD",
    )  # fmt: skip
    start = timezone.now() + timedelta(days=2)
    Occurrence.objects.create(event=piano, start=start, end=start + timedelta(hours=1), effective_end=start)
    session = ask("live music in the next 3 days", location_id=SANTA_ROSA).of("turn")[0]["session_id"]
    told = []
    for question in ("the first one", "the other one", "which is cheapest?", "the first one", "and the second?"):
        got = ask(question, location_id=SANTA_ROSA, session_id=session)
        told.append(got.of("done")[0]["suggested_event_ids"])
    assert told == [[concert.pk], [piano.pk], [piano.pk, concert.pk], [piano.pk], [concert.pk]]


def test_a_stream_resumes_after_the_last_event_seen(
    ask: Ask, concert: Event, chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]]
) -> None:
    from chat_service.tests.conftest import read_sse

    got = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    turn_id = got.of("turn")[0]["turn_id"]
    for seen in (1, 3, len(got.ids) - 1):
        headers = {**token_of(alice), "Last-Event-ID": got.ids[seen - 1]}
        with httpx.stream("GET", f"{chat.url}/api/v1/chat/turns/{turn_id}/stream", headers=headers) as response:
            rest = [chunk for _, chunk in read_sse(response.iter_lines())]
        assert rest == got.all[seen:]


def with_provider(chat: ChatServer, provider: ScriptedProvider) -> None:
    chat.services.pipeline.router = Router([provider], LLMParams(max_attempts=1))


def test_a_model_that_invents_is_corrected(ask: Ask, concert: Event, chat: ChatServer) -> None:
    with_provider(chat, ScriptedProvider(["Go to Live music night ", "[1] for only $3", "."]))
    got = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    assert "$3" not in got.text
    assert got.of("done")[0]["guard"]["corrected"] + got.of("done")[0]["guard"]["withheld"] == 1


def test_a_model_that_fails_before_a_word_leaves_the_composer(ask: Ask, concert: Event, chat: ChatServer) -> None:
    with_provider(chat, ScriptedProvider(["never"], error=LLMUnavailable("down"), fail_after=0))
    got = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    assert "composer_fallback" in [n["code"] for n in got.of("notice")]
    assert "Live music night" in got.text
    assert got.of("done")[0]["provider"] == "composer"


def test_a_model_that_breaks_off_keeps_what_it_said(ask: Ask, concert: Event, chat: ChatServer) -> None:
    said = ["There is something for you. ", "Live music night [1] is on. ", "And more "]
    with_provider(chat, ScriptedProvider(said, error=LLMUnavailable("gone"), fail_after=2))
    got = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    assert got.text.startswith("There is something for you.")
    assert "answer_cut" in [n["code"] for n in got.of("notice")]
    assert len(got.of("done")) == 1
    assert got.of("error") == []


def test_a_failed_search_is_an_error_not_an_empty_list(
    ask: Ask, concert: Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RetrievalFailed("no operand in 'live music'") from DataError("no operand in 'live music'")

    monkeypatch.setattr("api.rag_service.retrieve", broken)
    got = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    turn_id = got.of("turn")[0]["turn_id"]
    assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING" and r.name == "chat_service.turn"] == [
        f"turn {turn_id} failed: RetrievalFailed, DataError"
    ]
    assert "live music" not in caplog.text
    (error,) = got.of("error")
    assert (error["error_code"], error["retryable"]) == ("rag_error", True)
    assert got.of("done") == []
    assert ChatMessage.objects.get(role="assistant").status == "failed"
    assert ChatDebugRun.objects.get().status == "error"


def test_without_embeddings_the_chat_goes_on_with_a_notice(ask: Ask, concert: Event, chat: ChatServer) -> None:
    from api.embedding_client import EmbeddingClient

    own = chat.services.pipeline.rag.embedder
    chat.services.pipeline.rag.embedder = EmbeddingClient("http://127.0.0.1:9", timeout_s=0.5)
    asyncio.run_coroutine_threadsafe(own.aclose(), chat.loop).result(5)
    got = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    assert "degraded_retrieval" in [n["code"] for n in got.of("notice")]
    assert got.of("done")[0]["suggested_event_ids"] == [concert.pk]


def test_health_says_what_is_up(chat: ChatServer) -> None:
    body = httpx.get(f"{chat.url}/readyz").json()
    assert (body["status"], body["database"], body["embedding"], body["language_model"]) == (
        "ready", "up", "up (hash-384)", "composer",
    )  # fmt: skip
