"""Counting over columns of numbers: what a day is, and that an event counts once in it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from api.search.counting import NEVER, Candidates, column, micros

HOUR = timedelta(hours=1)
STILL_ON = timedelta(minutes=30)
NEW_YORK = ZoneInfo("America/New_York")


def sent(values: Sequence[int | float], kind: str = "q") -> bytes:
    """As `array_send` writes an array of one dimension."""
    elements = b"".join(struct.pack(f">i{kind}", 8, value) for value in values)
    return struct.pack(">5i", 1, 0, 20, len(values), 1) + elements


def found(*occurrences: tuple[int, datetime, datetime | None, int], usual: int = 7) -> Candidates:
    """Of (event id, start, end if it may run on, venue or 0), every event usually at `usual`."""
    ids = sorted({event for event, *_ in occurrences}, reverse=True)
    until = [micros(end) if end else NEVER for _, _, end, _ in occurrences]
    columns = [[o[0] for o in occurrences], [micros(o[1]) for o in occurrences], until, [o[3] for o in occurrences]]
    return Candidates.read([*map(sent, columns), None], [sent(ids), sent([usual] * len(ids)), None])


def days(candidates: Candidates, *ranges: tuple[datetime, datetime]) -> dict[str, int]:
    counts = candidates.by_day(ranges, ranges[0][0], "America/New_York", STILL_ON)
    return {day.isoformat(): n for day, n in counts.items()}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


def test_columns_are_read_as_the_database_sends_them() -> None:
    assert column(sent([3, -1, 2**40]), ">i8").tolist() == [3, -1, 2**40]
    assert column(sent([0.25, -2.0], "d"), ">f8").tolist() == [0.25, -2.0]
    assert column(None, ">i8").tolist() == []


def test_a_day_is_a_day_of_the_clock_also_when_it_has_25_hours() -> None:
    november = (at(1, 0), at(3, 0))
    late, next_day = datetime(2026, 11, 2, 4, 59, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)
    assert days(found((1, late, None, 0), (2, next_day, None, 0)), november) == {"2026-11-01": 1, "2026-11-02": 1}


def test_an_event_counts_once_in_a_day_however_often_it_fits() -> None:
    evenings = ((at(10, 18), at(10, 20)), (at(10, 21), at(10, 23)), (at(11, 18), at(11, 20)))
    through = (1, at(10, 17), at(10, 23), 0)
    twice = [(2, at(11, 18), at(11, 19), 0), (2, at(11, 19), at(11, 20), 0)]
    assert days(found(through, *twice), *evenings) == {"2026-11-10": 1, "2026-11-11": 1}


def test_what_runs_is_on_until_less_than_half_an_hour_of_it_is_left() -> None:
    week = (at(10, 0), at(17, 0))
    assert days(found((1, at(9, 12), at(12, 0, 20), 0)), week) == {"2026-11-10": 1, "2026-11-11": 1}
    assert list(days(found((1, at(16, 12), at(30, 12), 0)), week)) == ["2026-11-16"]


def test_an_event_counts_in_every_venue_and_city_of_its_times() -> None:
    candidates = found(
        (1, at(10, 9), None, 0), (1, at(11, 9), None, 8), (1, at(12, 9), None, 8), (2, at(9, 9), None, 9)
    )
    assert candidates.by_place({7: "Here", 8: "Here", 9: None}) == ({7: 1, 8: 1, 9: 1}, {"Here": 1, None: 1})


def test_the_first_time_of_an_event_orders_it_and_its_id_breaks_ties() -> None:
    candidates = found(
        (1, at(12, 9), None, 0), (1, at(10, 9), None, 0), (3, at(10, 9), None, 0), (2, at(9, 9), None, 0)
    )
    assert candidates.ordered("date", at(9, 12), 10) == (1, 3, 2)  # what has begun comes last
    assert candidates.ordered("date", at(9, 12), 2) == (1, 3)


def test_nothing_found_counts_nothing() -> None:
    nothing = Candidates.read([None] * 5, [None] * 3)
    assert nothing.ordered("date", at(9, 12), 10) == ()
    assert nothing.by_place({}) == ({}, {})
    assert nothing.by_day(((at(9, 0), at(10, 0)),), at(9, 0), "UTC", STILL_ON) == {}
