"""An event from one import to the next: it changes, moves, vanishes and comes back. What is stored is what the feed says now."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from events.importers.formats import Reading
from events.importers.runner import ImportJob, ImportReport, run_import
from events.models import Occurrence
from events.tests.conftest import NOW

Load: TypeAlias = Callable[[str], ImportReport]
ZONE = "America/New_York"


@pytest.fixture
def load(db: None, tmp_path: Path) -> Load:
    def imported(text: str) -> ImportReport:
        path = tmp_path / ("feed.ics" if text.startswith("BEGIN:VCALENDAR") else "feed.jsonl")
        path.write_text(text, encoding="utf-8")
        return run_import(ImportJob(str(path), Reading(NOW, zone=ZONE), source="feed"))

    return imported


def told() -> list[tuple[str, str, str]]:
    """(title, day and hour in UTC, status) of all that is stored, by time."""
    rows = Occurrence.objects.select_related("event").order_by("start", "event__title")
    return [(o.title or o.event.title, f"{o.start:%d %H}", o.status) for o in rows]


# -- Calendars ---------------------------------------------------------------------------------------------------------


def calendar(*events: str, end: str = "END:VCALENDAR\n") -> str:
    return "BEGIN:VCALENDAR\n" + "".join(f"BEGIN:VEVENT\n{event}END:VEVENT\n" for event in events) + end


def one(title: str, day: int, *lines: str) -> str:
    return "\n".join([f"UID:{day}", f"SUMMARY:{title}", f"DTSTART:202612{day:02}T190000Z", *lines, ""])


FIRST, SECOND, THIRD = one("Choir", 4), one("Quiz", 5), one("Jazz", 6)


@pytest.mark.parametrize(
    "left",
    [one("Library closed", 4), one("Private party", 4), one("Choir", 4, "CLASS:PRIVATE")],
    ids=["closure", "let", "private"],
)
def test_what_is_for_nobody_to_attend_goes_and_is_no_reason_to_keep_what_is_gone(load: Load, left: str) -> None:
    load(calendar(FIRST, SECOND, THIRD))
    assert load(calendar(left, THIRD)).cancelled == 2
    assert told() == [("Choir", "04 19", "cancelled"), ("Quiz", "05 19", "cancelled"), ("Jazz", "06 19", "scheduled")]


@pytest.mark.parametrize(
    "text",
    [
        calendar(FIRST, THIRD, end=""),
        calendar(FIRST, THIRD, "SUMMARY:Quiz\nDTSTART:soon\n"),
        calendar(FIRST, THIRD, end="BEGIN:VEVENT\nUID:5\nSUMM"),
    ],
    ids=["cut off between events", "an event that cannot be read", "cut off within an event"],
)
def test_a_calendar_that_was_not_read_whole_takes_nothing_back(load: Load, text: str) -> None:
    load(calendar(FIRST, SECOND, THIRD))
    assert load(text).cancelled == 0
    assert [status for *_, status in told()] == ["scheduled"] * 3


@pytest.mark.parametrize("word", ["RESCHEDULED", "POSTPONED"])
def test_what_is_gone_is_off_whatever_it_was_before(load: Load, word: str) -> None:
    load(calendar(one(f"{word} - Choir", 4), THIRD))
    load(calendar(THIRD))
    assert told() == [("Choir", "04 19", "cancelled"), ("Jazz", "06 19", "scheduled")]
    load(calendar(FIRST, THIRD))
    assert told() == [("Choir", "04 19", "scheduled"), ("Jazz", "06 19", "scheduled")]


def test_a_day_of_a_series_on_which_there_is_none(load: Load) -> None:
    weekly = one("Story Time", 4, "RRULE:FREQ=WEEKLY;COUNT=2")
    load(calendar(weekly, "UID:4\nSUMMARY:No Story Time\nRECURRENCE-ID:20261211T190000Z\nDTSTART:20261211T190000Z\n"))
    assert told() == [("Story Time", "04 19", "scheduled"), ("Story Time", "11 19", "cancelled")]


def test_a_calendar_that_gives_new_ids_cancels_nothing(load: Load) -> None:
    choir = one("Choir", 4, "LOCATION:Elm Hall")
    for again in (choir, choir.replace("UID:4", "UID:new"), choir):
        assert load(calendar(again, THIRD)).cancelled == 0
        assert told() == [("Choir", "04 19", "scheduled"), ("Jazz", "06 19", "scheduled")]
        assert Occurrence.objects.filter(event__index_row__live=True).count() == 2


def test_a_series_that_begins_an_hour_later_keeps_its_rows(load: Load) -> None:
    weekly = one("Story Time", 4, "RRULE:FREQ=WEEKLY;COUNT=3")
    load(calendar(weekly))
    rows = set(Occurrence.objects.values_list("pk", flat=True))
    load(calendar(weekly.replace("T190000Z", "T200000Z")))
    assert told() == [("Story Time", f"{day} 20", "scheduled") for day in ("04", "11", "18")]
    assert set(Occurrence.objects.values_list("pk", flat=True)) == rows


def test_what_comes_back_under_a_new_id_is_shown(load: Load) -> None:
    choir = one("Choir", 4, "LOCATION:Elm Hall")
    load(calendar(choir, THIRD))
    load(calendar(THIRD))
    load(calendar(choir.replace("UID:4", "UID:new"), THIRD))
    shown = Occurrence.objects.filter(event__index_row__live=True, status="scheduled")
    assert list(shown.values_list("event__external_id", flat=True).order_by("start")) == ["new", "6"]


# -- Rows --------------------------------------------------------------------------------------------------------------

SWING: dict[str, Any] = {
    "id": "7", "title": "Swing Night", "start": "2026-12-04T14:00", "price": {"min": 10},
    "venue": {"name": "Elm Hall", "city": "Durham", "state": "NC"}, "description": "A band plays all the old songs.",
}  # fmt: skip


def feed(*rows: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, rows))


def there() -> list[tuple[str, str, str, str, bool]]:
    """(title, venue, day and hour in UTC, status, shown) of all that is stored."""
    rows = Occurrence.objects.select_related("event__venue").order_by("start")
    return [
        (o.event.title, o.event.venue.name, f"{o.start:%d %H}", o.status, o.event.duplicate_of_id is None)
        for o in rows
        if o.event.venue
    ]


@pytest.mark.parametrize(
    ("change", "now"),
    [
        ({"venue": {**SWING["venue"], "name": "Oak Hall"}}, ("Swing Night", "Oak Hall", "04 19", "scheduled")),
        ({"title": "Swing Nite"}, ("Swing Nite", "Elm Hall", "04 19", "scheduled")),
        ({"title": "Swing Nite", "start": "2026-12-05T14:00"}, ("Swing Nite", "Elm Hall", "05 19", "scheduled")),
        ({"status": "cancelled", "venue": {"name": "Oak Hall"}}, ("Swing Night", "Oak Hall", "04 19", "cancelled")),
    ],
)
@pytest.mark.parametrize("given", ["7", 7, "https://example.org/events/" + 20 * "long-" + "7"])
def test_a_row_is_one_time_whatever_changes_of_it(
    load: Load, change: dict[str, Any], now: tuple[str, ...], given: object
) -> None:
    row = {**SWING, "id": given}
    load(feed(row))
    load(feed(row | change))
    assert there() == [(*now, True)]
    load(feed(row))
    assert there() == [("Swing Night", "Elm Hall", "04 19", "scheduled", True)]


def test_a_show_that_is_told_apart_from_another_takes_its_time_along(load: Load) -> None:
    """A second price under one title and venue makes two shows, and the first one goes by another id than before."""
    load(feed(SWING))
    load(feed(SWING | {"status": "cancelled"}, SWING | {"id": "8", "price": {"min": 20}, "start": "2026-12-05T14:00"}))
    assert there() == [
        ("Swing Night", "Elm Hall", "04 19", "cancelled", True), ("Swing Night", "Elm Hall", "05 19", "scheduled", True),
    ]  # fmt: skip


def test_long_ids_that_begin_alike_are_two(load: Load) -> None:
    weekly = {"repeat": {"rule": "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=5", "time": "14:00"}}
    rows = [{"id": 130 * "x" + n, "title": f"Market {n}", **weekly} for n in "ab"]
    assert load(feed(*rows)).created == 2


def test_the_times_of_a_rule_are_all_there_are(load: Load) -> None:
    row: dict[str, Any] = {"id": "9", "title": "Market", "venue": SWING["venue"]}
    load(feed(row | {"repeat": {"rule": "FREQ=DAILY", "time": "08:00", "from": "2026-12-05", "until": "2026-12-07"}}))
    load(feed(row | {"repeat": {"rule": "FREQ=DAILY", "time": "09:00", "from": "2026-12-05", "until": "2026-12-06"}}))
    assert [(when, status) for _, when, status in told()] == [
        ("05 14", "scheduled"), ("06 14", "scheduled"), ("07 13", "cancelled"),
    ]  # fmt: skip


def test_rows_without_an_id_that_are_silent_stay(load: Load) -> None:
    without = {k: v for k, v in SWING.items() if k != "id"}
    load(feed(without))
    load(feed(without | {"title": "Tango Night"}))
    assert [title for title, *_ in there()] == ["Swing Night", "Tango Night"]


def test_a_row_that_becomes_a_closure_is_no_event_any_more(load: Load) -> None:
    load(feed(SWING, SWING | {"id": "8", "title": "Tango Night"}))
    load(feed(SWING | {"title": "Private event"}))
    assert [title for title, *_ in there()] == ["Tango Night"]


def test_a_row_that_repeats_another_lets_go_of_what_it_said(load: Load) -> None:
    load(feed(SWING | {"id": "8", "start": "2026-12-05T14:00"}))
    load(feed(SWING, SWING | {"id": "8"}))
    assert [when for _, _, when, *_ in there()] == ["04 19"]
