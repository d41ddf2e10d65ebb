"""Rules that give a span for a year, and the ways to read one: next time, within other days, in a stated year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from .nodes import ONE_DAY, Days, Span, intersect
from .numbers import EARLY_MONTH, FIRST_YEAR, LAST_YEAR, LATE_MONTH, MID_MONTH
from .reader import Reader

YearRule = Callable[[int], Span | None]


def add_months(day: date, months: int) -> date:
    """The same day of the month, clamped to its last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first = date(year, month + 1, 1)
    return min(first.replace(day=1) + timedelta(days=day.day - 1), last_of_month(first))


def first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def last_of_month(day: date) -> date:
    return first_of_next_month(day) - ONE_DAY


def month_span(year: int, month: int) -> Span:
    first = date(year, month, 1)
    return first, first_of_next_month(first)


def months_of(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The whole months from the first day of the spans to their last."""
    months = [month_span(spans[0][0].year, spans[0][0].month)]
    while months[-1][1] < spans[-1][1]:
        months.append((months[-1][1], first_of_next_month(months[-1][1])))
    return tuple(months)


def safe_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def yearly(read: YearRule, reference: date) -> tuple[Span, ...]:
    """The first reading, year by year, that is not over on the reference day. Leap days need up to eight years."""
    for year in range(reference.year - 1, reference.year + 9):
        span = read(year)
        if span is not None and span[1] > reference:
            return (span,)
    return ()


def recurring_in(read: YearRule) -> Callable[[Sequence[Span]], tuple[Span, ...]]:
    def pick(outer: Sequence[Span]) -> tuple[Span, ...]:
        found: list[Span] = []
        for start, end in outer:
            for year in range(start.year, min(end.year, start.year + 3) + 1):
                span = read(year)
                if span is not None:
                    found += intersect([span], [(start, end)])
        return tuple(found)

    return pick


def from_year_rule(r: Reader, read: YearRule, grain: str, name: str, year: int | None) -> Days | None:
    if year is not None:
        span = read(year)
        return None if span is None else Days((span,), grain, name)
    spans = yearly(read, r.today)
    if not spans:
        return None
    return Days(spans, grain, name, pick=recurring_in(read), after=lambda ref: yearly(read, ref), explicit_year=False)


def day_rule(month: int, first: int, last: int) -> YearRule:
    def read(year: int) -> Span | None:
        start, end = safe_date(year, month, first), safe_date(year, month, last)
        return None if start is None or end is None or end < start else (start, end + ONE_DAY)

    return read


def month_rule(month: int, part: str) -> YearRule:
    def read(year: int) -> Span | None:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        return month_part(month_span(year, month), part)

    return read


def month_part(span: Span, part: str) -> Span:
    start, end = span
    if part == "early":
        return start + timedelta(days=EARLY_MONTH[0] - 1), start + timedelta(days=EARLY_MONTH[1])
    if part == "mid":
        return start + timedelta(days=MID_MONTH[0] - 1), start + timedelta(days=MID_MONTH[1])
    if part == "late":
        return start + timedelta(days=LATE_MONTH - 1), end
    return span
