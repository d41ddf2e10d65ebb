"""An event from one import to the next: it changes, moves, vanishes and comes back. What is stored is what the feed says now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

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
