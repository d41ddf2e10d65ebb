"""The clock of an event: the zone that its feed names, else its venue's, else UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from events.text import zone_or_none
from events.types import VenueData

ZoneAt: TypeAlias = Callable[[VenueData | None], str]  # empty when the zone of the place is not known


def unknown_zone(_: VenueData | None) -> str:
    return ""


def clock_of(named: ZoneInfo | None, venue: VenueData | None, zone_at: ZoneAt) -> tuple[str, ZoneInfo]:
    """(the zone's name, empty when neither feed nor venue tells it; the zone to read times in that name none)."""
    name = named.key if named else zone_at(venue)
    return name, zone_or_none(name) or ZoneInfo("UTC")


_COMMON = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu",
    "America/Halifax", "America/St_Johns", "Europe/London", "Europe/Berlin", "Europe/Athens", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
# between the changes of clocks
_PROBED_DAYS = ((1, 15), (3, 20), (4, 3), (4, 15), (7, 15), (9, 28), (10, 15), (11, 3), (12, 15))
_PROBED_YEAR = 2027


def same_clock(zone: tzinfo | None) -> str:
    """The common zone whose clocks change as those of one that a feed made up; else empty."""
    return _zones_by_offsets().get(_offsets(zone), "") if zone else ""


@cache
def _zones_by_offsets() -> dict[tuple[timedelta | None, ...], str]:
    return {_offsets(ZoneInfo(name)): name for name in reversed(_COMMON)}


def _offsets(zone: tzinfo) -> tuple[timedelta | None, ...]:
    return tuple(datetime(_PROBED_YEAR, month, day, 12, tzinfo=zone).utcoffset() for month, day in _PROBED_DAYS)
