"""What a feed's midnight means."""

from __future__ import annotations

from datetime import datetime, time


def is_hourless(start: datetime, end: datetime | None) -> bool:
    """A start at local midnight with no end after it: so a feed that knows no hours writes a day. `start` is in the event's zone."""
    return start.time() == time() and (end is None or end <= start)
