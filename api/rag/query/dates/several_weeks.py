"""Weekdays that are meant of each week: "Tuesday mornings", "Fridays to Sundays"."""

from __future__ import annotations

from datetime import timedelta

from .lexicon import COMING_WORDS, LAST_WORDS, NEXT_WORDS, RANGE_WORDS, WEEKDAYS
from .nodes import Clock, Days, Piece, days_matching
from .numbers import MAX_DAYS_MASKED
from .reader import Reader

_PLURAL_PARTS = frozenset({"mornings", "afternoons", "evenings", "nights"})
_LISTING = frozenset({"and", "or", ",", "&", "/"})
# "This Tuesday and Thursday evenings", "Monday to Friday evenings": of one week.
_OF_ONE_WEEK = {"this"} | NEXT_WORDS | COMING_WORDS | LAST_WORDS | RANGE_WORDS

_ANY = frozenset({"a", "one", "some"})
_BOUNDS = frozenset({"before", "until", "in"})


def of_several_weeks(r: Reader, i: int) -> bool:
    """The weekday at token i is one of "Tuesday mornings" or "Tuesday and Thursday evenings", or any: "on a Tuesday in May"."""
    if r.word(i - 1) in _ANY and (r.word(i - 2) == "on" or r.word(i + 1) in _BOUNDS):
        return True
    first = i
    while step := _listed(r, first - 1, first - 2):
        first -= step
    if r.word(first - 1) in _OF_ONE_WEEK:
        return False
    last = i + 1
    while step := _listed(r, last, last + 1):
        last += step
    return r.word(last) in _PLURAL_PARTS


def _listed(r: Reader, near: int, far: int) -> int:
    """How many tokens lead to another weekday of the list: "tue, wed", "tue wed"."""
    if r.word(near) in WEEKDAYS:
        return 1
    return 2 if r.word(near) in _LISTING and r.word(far) in WEEKDAYS else 0


def weekdays_between(r: Reader, a: Days, b: Days, clock: Clock | None) -> Piece:
    """ "Mondays to Fridays", "Fridays to Sundays in December": every week up to the last such day of `b`."""
    first, last = min(a.weekdays or ()), max(b.weekdays or ())
    length = (last - first) % 7
    weekdays = frozenset((first + n) % 7 for n in range(length + 1))
    within = (max(r.today, b.spans[0][0] - timedelta(days=length)), b.spans[-1][1])
    return Piece(days_matching([within], weekdays, MAX_DAYS_MASKED), clock, grain="days", weekdays=weekdays)
