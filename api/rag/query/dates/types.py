"""The values this package hands out. A date range is half-open and zone-aware: [start, end)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DateRange:
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class DailyMask:
    """A local time-of-day window that recurs. Minutes after midnight; `end_minute <= start_minute` wraps past midnight."""

    weekdays: frozenset[int] | None
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class WhenReading:
    """One way to read an ambiguous phrase."""

    range: DateRange
    label: str
    grain: str
    ranges: tuple[DateRange, ...] = ()


@dataclass(frozen=True, slots=True)
class When:
    """What a message says about time.

    `ranges` is the exact, sorted, merged set of intervals; `range` is its hull. `spans` are character offsets into the
    message, `words` the phrases found there.
    """

    range: DateRange
    ranges: tuple[DateRange, ...]
    mask: DailyMask | None
    grain: str
    label: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    ambiguous: bool
    alternatives: tuple[WhenReading, ...]
    time_only: bool
    zone: str
    bare_hour: bool = False  # "at 9": which half of the day it is was not said
    must_end: bool = False  # "ending by 9": what is on must also be over by the end of its interval
    kept_hours: bool = False  # of the turn before: the words name another day alone
