"""What the scanner finds in the text: days, times of day, moments. Everything is local wall-clock until `intervals`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

Span = tuple[date, date]  # half-open run of local days
ONE_DAY = timedelta(days=1)
WINDOWS = frozenset({"part", "range", "after"})  # the kinds of clock that can be meant of each of several days


@dataclass(slots=True, frozen=True)
class Clock:
    """A time-of-day window in minutes; `half_known` is False for a bare hour that a neighbour may move by 12 hours."""

    start: int
    end: int
    op: str = "part"  # part, at, around, range, after, before
    half_known: bool = True
    label: str = ""
    raw: tuple[int, int] = (0, 0)  # the minutes as written, before the default half of the day was chosen


@dataclass(slots=True, frozen=True)
class Days:
    """Some runs of local days.

    `pick` re-reads a narrow phrase ("Tuesday", "the 12th") inside wider days; `after` re-reads it on or after a date;
    `frame` is where a neighbour's narrow phrase is picked when these days are a pointer ("two weeks from now").
    """

    spans: tuple[Span, ...]
    grain: str
    name: str = ""
    pick: Callable[[Sequence[Span]], tuple[Span, ...]] | None = None
    after: Callable[[date], tuple[Span, ...]] | None = None
    frame: tuple[Span, ...] = ()
    weekdays: frozenset[int] | None = None
    clock: Clock | None = None
    alternatives: tuple[Days, ...] = ()
    explicit_year: bool = True
    bare_weekday: bool = False
    of_month: bool = False  # "the 12th", "the first Friday": of a month that may be named elsewhere

    def on(self, spans: tuple[Span, ...]) -> Days:
        """A bare weekday on other days; `dataclasses.replace` costs four times as much and this runs per weekday."""
        return Days(spans, self.grain, self.name, self.pick, self.after, clock=self.clock, bare_weekday=True)


@dataclass(slots=True, frozen=True)
class Moment:
    """Elapsed time: instants, not wall-clock. `end` may equal `start` for "now"."""

    start: datetime
    end: datetime
    grain: str
    name: str = ""


Node = Days | Clock | Moment


@dataclass(slots=True)
class Atom:
    """A node and where it stands in the token list: [first, last)."""

    node: Node
    first: int
    last: int
    link: str = ""  # to the atom before: juxta, range, union, but, exclude, again (no longer left out); empty at the head of a cluster
    pre: str = ""  # until, by, before, after, from, between, around
    said_from: int = -1  # the token of that preposition, where it stands before the cluster
    ends_from: int = -1  # the token of "ending" in "ending by 9"
    free_from: int = -1  # the token of "off" in "off work at 5"
    refused_to: int = -1  # the token after "doesn't work" in "Tuesday doesn't work"


@dataclass(slots=True)
class Piece:
    """One member of the final union: days with a time of day, or plain instants."""

    spans: tuple[Span, ...] = ()
    clock: Clock | None = None
    instants: tuple[tuple[datetime, datetime], ...] = ()
    grain: str = ""
    name: str = ""
    weekdays: frozenset[int] | None = None
    node: Days | None = None


@dataclass(slots=True)
class Reading:
    """One way to read a whole message. `pairs` are UTC; `pieces` those that still stand after narrowing, `groups` all."""

    pairs: list[tuple[datetime, datetime]]
    pieces: list[Piece]
    groups: list[list[Piece]]
    excluded: list[Piece]
    time_only: bool


@dataclass(slots=True)
class Cluster:
    """Atoms that hang together, read as a union of pieces, and what they exclude."""

    pieces: list[Piece] = field(default_factory=list)
    excluded: list[Piece] = field(default_factory=list)


def one_day(day: date) -> tuple[Span, ...]:
    return ((day, day + ONE_DAY),)


def every_day(spans: Sequence[Span], limit: int) -> list[date]:
    """The days of the spans, at most `limit` of them."""
    days: list[date] = []
    for start, end in spans:
        day = start
        while day < end and len(days) < limit:
            days.append(day)
            day += ONE_DAY
    return days


def days_matching(spans: Sequence[Span], weekdays: frozenset[int], limit: int) -> tuple[Span, ...]:
    return tuple((day, day + ONE_DAY) for day in every_day(spans, limit) if day.weekday() in weekdays)


def intersect(a: Sequence[Span], b: Sequence[Span]) -> tuple[Span, ...]:
    found = [(max(s, t), min(e, f)) for s, e in a for t, f in b if max(s, t) < min(e, f)]
    return tuple(sorted(found))
