"""A stored run asked again: as of its time, or with one thing changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from api.rag.errors import InvalidRequest
from api.rag.params import FACTORS, ScoringWeights
from events.curation import change_event, change_occurrence, save_venue
from events.models import Event, EventRevision, EventSource, Occurrence, OutboxMessage
from events.services import save_event
from traces.models import ChatDebugRun, PromptVersion
from traces.ordering import order_of
from traces.replay import Changes, Order, asked_of, replay_order
from traces.selectors import diff_json, find_events
from traces.tests.runner_world import SANTA_ROSA, TITLES, ZONE, asked, data, payload, run, venue

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {"message": "live music in the next 20 days", "location_id": SANTA_ROSA, "zone": ZONE, "records": "then"}


def again(original: ChatDebugRun, **changes: Any) -> ChatDebugRun:
    return run(replay_order(original, Changes(**changes), user_id=None))


def moved(a: ChatDebugRun, b: ChatDebugRun) -> dict[str, Any]:
    found: dict[str, Any] = diff_json(a, b)["diff"]
    return found


def ids(found: ChatDebugRun) -> list[int]:
    return [e["event_id"] for e in payload(found, "rerank")["events"]]


def change(event: Event, **values: Any) -> None:
    change_event(event.pk, values, changed_by="operator", now=datetime.now(UTC))


def test_a_replay_of_an_unchanged_world_moves_nothing(town: list[Event]) -> None:
    first = run()
    assert first.status == "success"
    assert len(ids(first)) == len(town)
    second = again(first)
    assert (second.origin, second.replay_of_id) == ("replay", first.pk)
    assert moved(first, second)["same"] is True


def test_the_facts_of_then_come_back_after_everything_changed(town: list[Event], embedding_process: str) -> None:
    first = run()
    change(town[0], title="Silent film night", price_min=Decimal(25), price_max=Decimal(30))
    change(town[1], status="cancelled")
    occurrence = Occurrence.objects.get(event=town[2])
    change_occurrence(
        occurrence.pk, {"start": occurrence.start + timedelta(days=40), "end": None}, changed_by="operator"
    )
    hall = town[3].venue
    assert hall is not None
    hall.latitude, hall.name = 44.0, "Far Away Hall"
    save_venue(hall, changed_by="operator")
    source = EventSource.objects.get(slug="town")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    save_event(data(77, "Live music right here", tomorrow), source=source, changed_by="town")
    save_event(data(4, "Pottery for beginners", tomorrow, venue=venue("Kiln", 38.45)), source=source, changed_by="town")
    now = run()
    assert set(ids(now)) != set(ids(first))
    then = again(first)
    difference = moved(first, then)
    assert difference == {**difference, "ranking": [], "retrieval": [], "prompt": [], "answer": [], "same": True}
    assert payload(then, "rerank")["events"][0]["title"] == payload(first, "rerank")["events"][0]["title"]
    assert (then.summary["records"]["changed"], then.summary["records"]["added_since"]) == (5, 1)
    today = again(first, records_now=True)
    assert set(ids(today)) == set(ids(now))


def test_of_more_changes_than_memory_is_for_the_run_says_so(town: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    first = run()
    monkeypatch.setattr("traces.as_of.MAX_CHANGES", 1)
    change(town[0], title="Silent film night", price_min=Decimal(25), price_max=Decimal(30))
    refused = again(first)
    assert refused.status == "error"
    assert "more than 1 facts changed since" in payload(refused, "error")["error"]
    assert again(first, records_now=True).status == "success"


def test_going_back_leaves_no_mark_in_the_database(town: list[Event]) -> None:
    first = run()
    change(town[0], title="Silent film night")
    before = (OutboxMessage.objects.count(), list(Event.objects.order_by("pk").values()))
    again(first)
    assert (OutboxMessage.objects.count(), list(Event.objects.order_by("pk").values())) == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'asof%'")
        assert cursor.fetchone() == (0,)


def test_an_occurrence_that_was_taken_away_and_one_that_was_added(town: list[Event]) -> None:
    source = EventSource.objects.get(slug="town")
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=5)
    first = run()
    moved_to = data(0, town[0].title, start)
    save_event(moved_to, source=source, changed_by="town", authoritative=True)
    assert Occurrence.objects.filter(event=town[0]).count() == 2
    assert moved(first, again(first))["same"] is True


def test_the_weights_of_then_hold_though_the_profile_changed(town: list[Event]) -> None:
    from traces.profiles import save_profile, use_profile

    first = run()
    far = save_profile("far", ScoringWeights(0, 0, 0, 0, 1), user_id=None)
    use_profile(far.pk, user_id=None)
    now = run()
    assert payload(now, "rerank")["weights"]["popularity"] == 1
    assert moved(first, again(first))["same"] is True


def test_one_changed_weight_moves_what_it_should(town: list[Event]) -> None:
    first = run()
    before = asked_of(first)
    near = replace(before, ask=replace(before.ask, weights=ScoringWeights(0, 1, 0, 0, 0)))
    second = again(first, asked=near)
    by_distance = sorted(payload(first, "rerank")["events"], key=lambda e: e["distance_miles"])
    recommended = [e for e in payload(second, "rerank")["events"] if e["tier"] == "recommended"]
    assert [e["event_id"] for e in recommended] == [
        e["event_id"] for e in by_distance if e["event_id"] in {r["event_id"] for r in recommended}
    ]
    assert {w["what"] for w in moved(first, second)["weights"]} == set(FACTORS)


def test_the_prompt_version_of_then_is_kept_and_used(town: list[Event], settings: Any, tmp_path: Any) -> None:
    script = tmp_path / "answer.txt"
    script.write_text("Something is on [1].")
    settings.LLM_SCRIPT = str(script)
    first = run()
    version = first.summary["prompt_version"]
    kept = PromptVersion.objects.get(pk=version)
    assert set(kept.templates) == {"question.txt.j2", "source.txt.j2", "system.txt.j2"}
    other = {**kept.templates, "system.txt.j2": "Speak like a poet."}
    second = run(replay_order(first, Changes(), user_id=None), templates=other)
    assert payload(second, "prompt_final")["system"] == "Speak like a poet."
    assert [p["what"] for p in moved(first, second)["prompt"]] == ["version", "system"]
    assert moved(first, again(first))["same"] is True


def test_a_light_run_of_the_chat_is_replayed_too(town: list[Event]) -> None:
    """Compared as far as a light record goes."""
    from traces.asking import asked_json
    from traces.recorder import Subject, TurnRecorder

    first = run()
    question = asked_of(first)
    recorder = TurnRecorder(Subject(first.message, {"asked": asked_json(question)}, question.ask.now))
    for e in first.events.order_by("sequence"):
        recorder.event(e.stage, e.payload)
    recorder.finalize(status="complete", finished_at=datetime.now(UTC))
    light = ChatDebugRun.objects.get(pk=recorder.id)
    assert "candidates" not in payload(light, "rerank")
    assert moved(light, again(light))["same"] is True


def test_a_question_survives_json(town: list[Event]) -> None:
    from traces.asking import Asked, asked_from, asked_json

    question = asked(
        max_price=Decimal("12.50"), interests=("jazz",), shown_event_ids=(1, 2), candidate_ids=(), is_virtual=False
    )
    known = Asked(question.ask, "m", 0.5)
    assert asked_from(asked_json(known)) == known
    assert Order(known, 1).subject(known.ask.now).request["asked"]["temperature"] == 0.5


@pytest.mark.parametrize("clock", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59", "yesterday"])
def test_a_clock_that_no_calendar_holds_is_named(town: list[Event], clock: str) -> None:
    with pytest.raises(InvalidRequest, match="now: "):
        order_of({**ASKED, "now": clock}, user_id=None, now=datetime.now(UTC))


def test_a_clock_of_last_week_reads_the_facts_of_last_week(town: list[Event]) -> None:
    """What was entered last week and changed since, asked as of the days between."""
    entered, changed, asked_at = (datetime.now(UTC) - timedelta(days=n) for n in (10, 3, 7))
    Event.objects.update(created_at=entered)
    change(town[0], title="Silent film night", price_min=Decimal(90), price_max=Decimal(90))
    change(town[1], status="cancelled")
    EventRevision.objects.update(changed_at=changed)
    this_week, last_week = (
        run(),
        run(order_of({**ASKED, "now": asked_at.isoformat()}, user_id=None, now=datetime.now(UTC))),
    )
    told = {e["event_id"]: (e["title"], e["status"]) for e in payload(last_week, "rerank")["events"]}
    assert (told[town[0].pk], told[town[1].pk]) == ((TITLES[0], "scheduled"), (TITLES[1], "scheduled"))
    assert town[1].pk not in ids(this_week)
    assert "Silent film night" not in last_week.summary["answer"]
    assert (last_week.summary["records"]["changed"], last_week.as_of) == (2, asked_at)
    assert moved(last_week, again(last_week))["same"] is True


def test_events_are_told_apart_by_when_they_are(town: list[Event]) -> None:
    (found,) = find_events("jazz", datetime.now(UTC))
    start = Occurrence.objects.get(event=town[1]).start
    assert (found["id"], found["start"], found["zone"]) == (town[1].pk, start.isoformat(), "America/Los_Angeles")
    (past,) = find_events(str(town[1].pk), start + timedelta(days=9))
    assert past["start"] == start.isoformat()
