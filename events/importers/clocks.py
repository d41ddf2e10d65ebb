"""The clock of an event: the zone that its feed names, else its venue's, else UTC."""

from __future__ import annotations

from collections.abc import Callable
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
