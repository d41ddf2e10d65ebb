"""What a feed's midnights mean."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from events.importers.recurrence import at

_LAST_MINUTE = time(23, 59)


def is_hourless(start: datetime, end: datetime | None) -> bool:
    """From one midnight to no end or another: so a feed that knows no hours writes days. `start` and `end` are in the feed's clock."""
    return start.time() == time() and (
        end is None or end <= start or end.time() == time() or end.time() >= _LAST_MINUTE
    )


def whole_days(
    start: datetime, end: datetime | None, zone: tzinfo, *, last_day: bool = False
) -> tuple[datetime, datetime]:
    """The days from `start` to `end` in `zone`: at least one. `last_day`: `end` names a day that is part of it, else a moment."""
    first = start.date()
    last = end.date() + timedelta(days=last_day or end.time() > time()) if end else first
    return at(first, time(), zone), at(max(last, first + timedelta(days=1)), time(), zone)
