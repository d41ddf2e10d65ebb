"""The clock of a question, where an operator or a benchmark names it."""

from __future__ import annotations

from datetime import datetime

CLOCK_YEARS = range(1970, 2201)  # windows are counted from it: the calendar must not end first


def clock_of(value: object) -> datetime:
    """Of an ISO time with an offset. Raises ValueError, which says what is wrong."""
    try:
        now = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(f"{value!r} is not an ISO time, as 2026-11-21T10:00-08:00") from error
    if now.tzinfo is None:
        raise ValueError(f"{value!r} needs an offset, as 2026-11-21T10:00-08:00")
    return within_years(now)


def within_years(now: datetime) -> datetime:
    """Raises ValueError for a year whose windows no calendar holds."""
    if now.year not in CLOCK_YEARS:
        raise ValueError(f"{now.isoformat()!r} is not between {CLOCK_YEARS[0]} and {CLOCK_YEARS[-1]}")
    return now
