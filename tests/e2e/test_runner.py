"""The debug runner in Chromium, over real processes: a run streams, every tab fills, sliders rank anew, errors show, replays agree."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from psycopg import sql

from conftest import free_port
from tests.e2e.stack import Stack, process
from tests.e2e.upstream import Model, model_server

pytestmark = pytest.mark.browser
RUNNER = "/admin/traces/chatdebugrun/debug-runner/"
QUESTION = "things to do with kids in the next 14 days"
PASSWORD = "a long password"
STAFF = f"""
from django.contrib.auth.models import User
User.objects.create_superuser("operator", "operator@example.org", "{PASSWORD}")
"""
SAYS = ["There is a good one [1]. ", "It costs $999. ", "Bring a friend."]
TAGS = "<script>window.hit=1</script><img src=x onerror=window.hit=1>"
WORDS = [f"</script>{TAGS} {{{{7*7}}}}", "W" * 480, "\u202eמסיבת ילדים عرض للأطفال", "🎉" * 90]
LISTS = ("events/event", "events/venue", "events/eventsource", "events/eventrevision", "traces/chatdebugrun")
TABS = [
    "Answer",
    "Understanding",
    "Retrieval",
    "Why not",
    "Prompt",
    "Timeline",
    "Response quality",
    "Errors",
    "Raw JSON",
]


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with model_server() as running:
        yield running


@pytest.fixture(scope="module")
def web(page_stack: Stack, model: Model) -> Iterator[str]:
    """The web process once more, with a model of ours, over the stack's database."""
    page_stack.manage("shell", "--verbosity", "0", "--command", STAFF)
    port = free_port()
    environment = page_stack.environment | {"OPENAI_BASE_URL": model.url, "LLM_PROVIDERS": "openai"}
    command = ("-m", "uvicorn", "--log-level", "warning", "--port", str(port), "config.asgi:application")
    url = f"http://127.0.0.1:{port}"
    with (
        tempfile.TemporaryDirectory() as logs,
        process(*command, environment=environment, ready=f"{url}/livez", log=Path(logs) / "web"),
    ):
        yield url


@pytest.fixture(scope="module")
def signed_in(browser: Browser, web: str) -> Any:
    """The cookies of an operator."""
    context = browser.new_context(base_url=web)
    page = context.new_page()
    page.goto(f"/admin/login/?next={RUNNER}")
    page.fill("input[name=username]", "operator")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"**{RUNNER}")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def runner(browser: Browser, web: str, signed_in: Any, model: Model) -> Iterator[Page]:
    """The runner's page of an operator; the test fails on any error in the browser's console."""
    model.says, model.status, model.pause_s = SAYS, 200, 0.0
    context = browser.new_context(
        base_url=web, viewport={"width": 1280, "height": 900}, timezone_id="America/Los_Angeles", locale="en-US",
        storage_state=signed_in,
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(15_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(RUNNER)
    yield page
    context.close()
    assert troubles == []


@pytest.fixture
def database(page_stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(page_stack.database, autocommit=True) as connection:
        yield connection


def ask(page: Page, question: str = QUESTION, place: str = "santa ro") -> None:
    """Asked about Santa Rosa, and waited for until the stored run is shown."""
    page.get_by_label("Question", exact=True).fill(question)
    if place:
        page.locator("input[name=place]").fill(place)
        page.get_by_role("button", name="Santa Rosa, CA", exact=False).first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    settled(page)


def settled(page: Page) -> None:
    expect(page.get_by_role("button", name="Replay as then")).to_be_visible()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=re.compile(f"^{name}")).click()


def order(page: Page) -> list[int]:
    return [int(row.get_attribute("data-event") or 0) for row in page.locator(".ezr-event").all()]


def recorded(page: Page) -> Any:
    """The whole run as the page downloads it."""
    tab(page, "Raw JSON")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON").click()
    return json.loads(Path(download.value.path()).read_text())


def slide(page: Page, factor: str, value: float) -> None:
    slider = page.locator(f"input[name=weight-{factor}]")
    slider.evaluate(f"(node) => {{ node.value = {value}; node.dispatchEvent(new Event('input', {{bubbles: true}})); }}")


def weights(page: Page, **values: float) -> None:
    details = page.locator("[data-part=weights]")
    if details.get_attribute("open") is None:
        details.locator("summary").first.click()
    for factor in ("semantic", "location", "time", "category", "popularity"):
        slide(page, factor, values.get(factor, 0.0))


def test_a_run_streams(runner: Page, model: Model) -> None:
    model.says, model.pause_s = ["There is a good one [1]. ", *["Take your time. "] * 12], 0.12
    runner.get_by_label("Question", exact=True).fill(QUESTION)
    runner.locator("input[name=place]").fill("santa ro")
    runner.get_by_role("button", name="Santa Rosa, CA", exact=False).first.click()
    runner.get_by_role("button", name="Run", exact=True).click()
    answer = runner.locator("[data-part=answer]")
    expect(answer).to_contain_text("There is a good one")
    assert runner.get_by_role("button", name="Stop", exact=True).is_visible()
    early = answer.inner_text()
    settled(runner)
    assert len(answer.inner_text()) > len(early)


def test_every_tab_fills(runner: Page) -> None:
    ask(runner)
    for name in TABS:
        tab(runner, name)
        if name != "Errors":
            expect(runner.get_by_role("tabpanel").locator(".ezr-empty")).to_have_count(0)
        assert len(runner.get_by_role("tabpanel").inner_text()) >= 10
    panel = runner.get_by_role("tabpanel")
    tab(runner, "Answer")
    expect(panel).to_contain_text(re.compile("claims? checked"))
    assert panel.locator("mark").count() + panel.locator("s").count() > 0  # $999 is in no listing
    assert "$999" not in panel.locator("[data-part=answer]").inner_text()
    tab(runner, "Understanding")
    expect(panel).to_contain_text("Santa Rosa, CA")
    tab(runner, "Prompt")
    assert panel.locator(".ezr-block").count() == 4
    tab(runner, "Timeline")
    stages = {row.get_attribute("data-stage") for row in panel.locator("li").all()}
    assert stages >= {"understanding", "location_resolution", "embedding", "retrieval", "rerank", "context_block",
                      "prompt_final", "llm_request", "llm_chunk", "llm_response", "guard"}  # fmt: skip
    tab(runner, "Response quality")
    expect(panel).to_contain_text("sources are in the answer")


def test_the_tabs_are_walked_with_the_keyboard(runner: Page) -> None:
    ask(runner)
    tab(runner, "Answer")
    for key, name in (("ArrowRight", "Understanding"), ("ArrowRight", "Retrieval"), ("ArrowLeft", "Understanding")):
        runner.keyboard.press(key)
        expect(runner.get_by_role("tab", name=name)).to_be_focused()
        expect(runner.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def test_why_not_names_the_stage(runner: Page, database: psycopg.Connection[Any]) -> None:
    ask(runner)
    row = database.execute(
        "SELECT e.id, e.title FROM events_event e JOIN events_venue v ON v.id = e.venue_id WHERE v.city = 'Davis' LIMIT 1"
    ).fetchone()
    assert row is not None
    tab(runner, "Why not")
    runner.get_by_role("combobox", name="Event").fill(str(row[0]))
    runner.get_by_role("option").get_by_role("button").click()
    expect(runner.locator("[data-part=why-not]")).to_contain_text(re.compile("radius|dates|over"))


def test_sliders_rank_anew_as_the_pipeline_would(runner: Page) -> None:
    ask(runner)
    tab(runner, "Retrieval")
    before = order(runner)
    assert len(before) > 3
    weights(runner, location=1.0, time=0.2)
    expect(runner.locator("[data-part=weights-sum]")).to_have_text("Sum 1.20, used as shares of it")
    expect(runner.get_by_text("Ranked anew by the sliders")).to_be_visible()
    moved = order(runner)
    assert moved != before
    assert runner.locator(".ezr-move.up, .ezr-move.down").count() > 0
    runner.get_by_role("button", name="Replay with these settings").click()
    settled(runner)
    tab(runner, "Retrieval")
    assert order(runner) == moved
    tab(runner, "Diff")
    expect(runner.locator("[data-moved=weights]")).to_be_visible()
    told = {
        int(row.get_attribute("data-event") or 0) for row in runner.locator("[data-moved=ranking] [data-event]").all()
    }
    assert {event for rank, event in enumerate(moved) if before.index(event) != rank} <= told
    runner.reload()  # the recorded weights, 5/6 and 1/6, lie between the steps of the sliders
    settled(runner)
    tab(runner, "Retrieval")
    expect(runner.get_by_text("Ranked anew by the sliders")).to_have_count(0)
    assert order(runner) == moved


def test_the_formula_is_the_pipelines(runner: Page) -> None:
    """The page's score, order, tiers and flips against the Python ones, over random factors."""
    from tests.e2e.rank_cases import differences

    assert differences(runner) == []


def test_a_replay_of_a_stored_run_moves_nothing(runner: Page) -> None:
    ask(runner)
    runner.get_by_role("button", name="Replay as then").click()
    settled(runner)
    expect(runner.locator("[data-part=diff]")).to_have_attribute("data-same", "true")


def test_a_changed_fact_shows_only_where_it_should(runner: Page, database: psycopg.Connection[Any]) -> None:
    ask(runner)
    run = recorded(runner)
    ranking = next(stage["payload"] for stage in run["stages"] if stage["stage"] == "rerank")
    event = ranking["events"][0]
    rename(database, event["event_id"], event["title"], "A quiet evening of chess")
    try:
        runner.get_by_role("button", name="Replay as then").click()
        settled(runner)
        expect(runner.locator("[data-part=diff]")).to_have_attribute("data-same", "true")
        runner.goto(f"{RUNNER}?run={run['run']['id']}")
        runner.locator("summary", has_text="Settings").click()
        runner.locator("select[name=records]").select_option("now")
        runner.get_by_role("button", name="Replay with these settings").click()
        settled(runner)
        expect(runner.locator("[data-part=diff]")).to_have_attribute("data-same", "false")
    finally:
        rename(database, event["event_id"], "A quiet evening of chess", event["title"])


def rename(database: psycopg.Connection[Any], event_id: int, old: str, new: str) -> None:
    """As the service that writes events: the fact and its revision in one transaction."""
    with database.transaction():
        database.execute("UPDATE events_event SET title = %s WHERE id = %s", [new, event_id])
        database.execute(
            "INSERT INTO events_eventrevision (event_id, field, old, new, changed_at, changed_by)"
            " VALUES (%s, 'title', to_jsonb(%s::text), to_jsonb(%s::text), now(), 'test')",
            [event_id, old, new],
        )


def test_links_open(runner: Page) -> None:
    ask(runner)
    runner.get_by_role("button", name="Replay as then").click()  # so that there is a related run
    settled(runner)
    tab(runner, "Retrieval")
    found = {link.get_attribute("href") or "" for link in runner.locator("#runner a").all()}
    kinds = (
        "/events/event/",
        "/events/venue/",
        "/locations/location/",
        "/traces/chatdebugrun/",
        "debug-runner/?run=",
        "compare/?a=",
    )
    chosen = [next(href for href in sorted(found) if kind in href) for kind in kinds]
    for href in chosen:
        answer = runner.request.get(href)
        assert (answer.status, urlsplit(answer.url).path) == (200, urlsplit(href).path)


def test_two_runs_side_by_side(runner: Page) -> None:
    ask(runner)
    first = recorded(runner)["run"]["id"]
    ask(runner, "music in the next 14 days")
    second = recorded(runner)["run"]["id"]
    runner.goto(f"{RUNNER}compare/?a={first}&b={second}")
    expect(runner.locator(".ezr-side-run")).to_have_count(2)
    expect(runner.locator("[data-moved=understanding]")).to_be_visible()


def test_a_profile_is_saved_used_and_taken_back(runner: Page) -> None:
    weights(runner, time=1.0)
    runner.get_by_role("button", name="Save as profile").click()
    runner.get_by_label("Save as profile").get_by_role("textbox").fill("soonest first")
    runner.get_by_role("button", name="Save", exact=True).click()
    runner.locator("summary", has_text="Profiles (1)").click()
    runner.get_by_role("button", name="Use in production").click()
    runner.get_by_role("button", name="Use it").click()
    runner.locator("summary", has_text="Profiles (1)").click()
    expect(runner.locator("[data-profile='soonest first v1']")).to_contain_text("in use")
    runner.goto(RUNNER)
    ask(runner)
    assert recorded(runner)["run"]["summary"]["weights"]["time"] == 1
    weights(runner)
    runner.get_by_role("button", name="Back to the one before").click()
    runner.locator("summary", has_text="Profiles (1)").click()
    expect(runner.locator("[data-profile='soonest first v1']")).not_to_contain_text("in use")


@contextmanager
def broken(kind: str, runner: Page, database: psycopg.Connection[Any], model: Model) -> Iterator[None]:
    """What makes a turn fail so."""
    rename = sql.SQL("ALTER TABLE {} RENAME TO {}")
    if kind == "rag_error":
        database.execute(rename.format(sql.Identifier("events_occurrence"), sql.Identifier("events_away")))
    elif kind == "timeout_error":
        database.execute("BEGIN; LOCK TABLE events_occurrence")
    elif kind == "llm_error":
        model.status = 500
    elif kind == "auth_error":
        model.status = 401
    elif kind == "validation_error":
        weights(runner)
    elif kind == "unknown":
        database.execute("ALTER TABLE events_event RENAME COLUMN timezone TO zone_kept")
        # Not a constant: every row is written anew, so that facts read before do not stand for it.
        database.execute(
            "ALTER TABLE events_event ADD COLUMN timezone text DEFAULT 'Mars/Olympus' || left(random()::text, 0)"
        )
    try:
        yield
    finally:
        if kind == "rag_error":
            database.execute(rename.format(sql.Identifier("events_away"), sql.Identifier("events_occurrence")))
        elif kind == "timeout_error":
            database.execute("ROLLBACK")
        elif kind == "unknown":
            database.execute("ALTER TABLE events_event DROP COLUMN timezone")
            database.execute("ALTER TABLE events_event RENAME COLUMN zone_kept TO timezone")


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("rag_error", "error"),
        ("timeout_error", "error"),
        ("llm_error", "warning"),
        ("auth_error", "warning"),
        ("location_error", "warning"),
        ("validation_error", "error"),
        ("unknown", "critical"),
    ],
)
def test_an_error_of_each_type_is_shown(
    runner: Page, database: psycopg.Connection[Any], model: Model, kind: str, severity: str
) -> None:
    with broken(kind, runner, database, model):
        if kind == "location_error":
            ask(runner, "concerts in Qwertyville tonight", place="")
        else:
            ask(runner)
    tab(runner, "Errors")
    shown = runner.locator(f"[data-type={kind}]").first
    expect(shown).to_contain_text(severity)
    count = runner.locator("[data-part=error-count]")
    expect(count).to_have_text(str(runner.locator("[data-type]").count()))
    assert count.evaluate("(node) => getComputedStyle(node).backgroundColor") == "rgb(179, 38, 30)"
    shown.locator("summary").first.click()
    assert len(shown.locator("pre").first.inner_text()) > 20


def test_hostile_text_stays_text(runner: Page, model: Model, page_stack: Stack) -> None:
    model.says = ["<img src=x onerror=window.hit=1> there is one [1]."]
    ask(runner, "<script>window.hit=1</script> music in the next 14 days")
    for name in TABS:
        tab(runner, name)
    assert runner.evaluate("window.hit") is None
    assert runner.locator("#runner img").count() == 0


def test_nobody_else_comes_in(browser: Browser, web: str, runner: Page) -> None:
    ask(runner)
    run = recorded(runner)["run"]["id"]
    context = browser.new_context(base_url=web)
    page = context.new_page()
    for path in (
        RUNNER,
        f"{RUNNER}?run={run}",
        f"{RUNNER}{run}/json",
        f"{RUNNER}recent",
        f"{RUNNER}diff?a={run}&b={run}",
    ):
        page.goto(path)
        assert urlsplit(page.url).path == "/admin/login/"
    context.close()


HOSTILE = f"""
from datetime import timedelta
from django.utils import timezone
from events.models import Event, EventRevision, EventSource
from events.services import save_event
from events.types import EventData, OccurrenceData, VenueData
from traces.models import ChatDebugRun
source = EventSource.objects.create(name={TAGS!r}, slug="hostile", kind="manual")
for n, words in enumerate({WORDS!r}):
    hall = VenueData(name=words[:200], city="Santa Rosa", state="CA", country_code="US", latitude=38.44, longitude=-122.71, precision="exact")
    when = (OccurrenceData(start=timezone.now() + timedelta(days=3, hours=n)),)
    data = EventData(external_id=str(n), title=words, description=words, venue=hall, occurrences=when, category=words[:80], url="https://example.org/")
    row = save_event(data, source=source, changed_by={TAGS!r}).event
    EventRevision.objects.create(event=row, field="title", old=words, new=words, changed_by={TAGS!r})
    ChatDebugRun.objects.create(message=words, as_of=timezone.now(), status="error")
"""


def test_hostile_records_stay_text_and_in_their_place(
    browser: Browser, web: str, signed_in: Any, page_stack: Stack
) -> None:
    """Tags, a title without a space, letters from right to left with an open override, emoji: in lists, records and the runner."""
    page_stack.manage("shell", "--verbosity", "0", "--command", HOSTILE)
    context = browser.new_context(base_url=web, storage_state=signed_in)
    page = context.new_page()
    lists = [f"/admin/{name}/" for name in LISTS]
    for address in [*lists, "/admin/", "/admin/traces/demandcell/"]:
        page.goto(address)
        held(page)
        if address in lists:
            page.goto(web + str(page.locator("#result_list tbody th a").first.get_attribute("href")))
            held(page)
    page.goto(RUNNER)
    page.locator("summary", has_text="Recent runs").click()
    page.locator("[data-part=recent] a").first.click()
    expect(page.get_by_role("button", name="Replay as then")).to_be_visible()
    for name in TABS:
        tab(page, name)
        held(page)
    context.close()


def held(page: Page) -> None:
    """Nothing was run, and nothing is wider than the window."""
    assert page.evaluate("window.hit") is None, page.url
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (page.url, width)
