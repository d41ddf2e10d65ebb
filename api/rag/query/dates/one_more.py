"""One more of the kind just named: "the next one", "this weekend or next", "the one after that"."""

from __future__ import annotations

from .nodes import ONE_DAY, Days, one_day
from .reader import Reader
from .week_days import WEEK, Found, monday_of, week_node, weekday_node, weekend_node


def read_next_one(r: Reader, i: int) -> Found | None:
    """ "Not this weekend but the next one", "this weekend or next"."""
    j = i + 1
    if r.word(j) == "one":
        return _one_after(r, j + 1)
    bare = r.word(i - 1) in ("the", "or", "and", "but") and r.word(j) != "to" and r.safe_after(j)
    return _one_after(r, j) if bare else None


def read_one_after(r: Reader, i: int) -> Found | None:
    """ "the one after", "the one after that": of the days that this message named before."""
    if r.word(i + 1) not in ("after", "following") or not r.safe_after(i + 2):
        return None
    return _one_after(r, r.skip(i + 2, "that"))


def _one_after(r: Reader, j: int) -> Found | None:
    said = r.previous
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
