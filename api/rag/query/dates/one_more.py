"""Days beside others: "the next one", "this weekend or next", "the last Saturday before Christmas"."""

from __future__ import annotations

from .lexicon import WEEKDAYS
from .nodes import ONE_DAY, Days, one_day
from .reader import Reader
from .week_days import (
    WEEK,
    Found,
    monday_of,
    on_or_after,
    pointed_day,
    week_node,
    weekday_node,
    weekend_node,
    weekend_of_week,
)
from .year_rules import add_months, first_of_next_month


def read_next_one(r: Reader, i: int) -> Found | None:
    """ "Not this weekend but the next one", "this weekend or next"."""
    j = i + 1
    if r.word(j) == "one":
        return _one_after(r, j + 1)
    bare = r.word(i - 1) in ("the", "or", "and", "but") and r.word(j) != "to" and r.safe_after(j)
    return _one_after(r, j) if bare else None


def read_one_after(r: Reader, i: int) -> Found | None:
    """ "the one after", "the one after that"."""
    if r.word(i + 1) not in ("after", "following") or not r.safe_after(i + 2):
        return None
    return _one_after(r, r.skip(i + 2, "that"))


def _one_after(r: Reader, j: int) -> Found | None:
    said = r.spoken
    if said is None:
        return None
    start, end = said.spans[-1]
    if said.grain == "weekend":
        return weekend_node(monday_of(start) + WEEK), j
    if said.grain == "week":
        return week_node(monday_of(start) + WEEK), j
    if said.bare_weekday:
        return weekday_node(start.weekday(), start + WEEK, fixed=True), j
    return (Days(one_day(end), "day"), j) if said.grain == "day" and end - start == ONE_DAY else None


def read_month_beside(r: Reader, i: int) -> Found | None:
    """ "And the month after": the one spoken of."""
    if r.word(i + 1) not in ("after", "before") or r.spoken is None or not r.safe_after(i + 2):
        return None
    step = 1 if r.word(i + 1) == "after" else -1
    day = r.spoken.spans[-1][1] - ONE_DAY if step > 0 else r.spoken.spans[0][0]
    first = add_months(day.replace(day=1), step)
    return Days(((first, first_of_next_month(first)),), "month"), r.skip(i + 2, "that")


def read_whole_day(r: Reader, i: int) -> Found | None:
    """ "The whole day is fine", "all day": the days in force without their hours."""
    if r.context_days is None or r.word(i + 1) not in ("day", "time"):
        return None
    if r.word(i) == "all" and not _closes(r, i + 2):
        return None
    return Days(r.context_days.spans, "range"), i + 2


def read_sooner(r: Reader, i: int) -> Found | None:
    """ "Anything sooner?": the days before those in force; not "the sooner the better"."""
    if (
        r.context_days is None
        or r.context_days.spans[0][0] <= r.today
        or not _closes(r, i + 1)
        or r.word(i - 1) == "the"
    ):
        return None
    return Days(((r.today, r.context_days.spans[0][0]),), "range"), i + 1


def _closes(r: Reader, i: int) -> bool:
    return r.at(i).kind == "end" or r.word(i) in (".", "?", "!", ",", "please", "than", "maybe")


def read_last_before(r: Reader, i: int) -> Found | None:
    """ "the last weekend before Christmas": not last week's."""
    unit = r.word(i + 1)
    beyond = pointed_day(r, i + 3) if r.word(i + 2) == "before" else None
    if beyond is None:
        return None
    start = beyond[0].spans[0][0]
    if unit == "weekend":
        return Days((weekend_of_week(start, -1),), "weekend"), beyond[1]
    return (Days(one_day(on_or_after(start - WEEK, WEEKDAYS[unit])), "day"), beyond[1]) if unit in WEEKDAYS else None
