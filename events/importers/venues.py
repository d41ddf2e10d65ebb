"""Venue values from the fields that feeds name: one place for bounds, zones and coordinate sanity."""

from __future__ import annotations

import math
from typing import Any

from events.importers.addresses import country_code, region_code
from events.params import CITY_MAX, NAME_MAX
from events.text import name_in, one_line, safe_url, zone_or_none
from events.types import Precision, VenueData, VenueKind


def point_of(lat: object, lng: object) -> tuple[float, float] | None:
    """A point on the globe; (0, 0) is how feeds write "none"."""
    if isinstance(lat, bool) or isinstance(lng, bool) or lat is None or lng is None:
        return None
    try:
        y, x = float(str(lat)), float(str(lng))
    except ValueError:
        return None
    if not (math.isfinite(y) and math.isfinite(x) and -90 <= y <= 90 and -180 <= x <= 180) or (
        abs(y) < 1e-6 and abs(x) < 1e-6
    ):
        return None
    return round(y, 6), round(x, 6)


def venue_of_fields(fields: dict[str, Any], *, precision: Precision = "exact", zone: str = "") -> VenueData | None:
    """From name, street, city, state, postal_code, country, lat, lng, telephone, url. None when nothing is named."""
    name, street = name_in(fields.get("name"), NAME_MAX), name_in(fields.get("street"), NAME_MAX)
    city = name_in(fields.get("city"), CITY_MAX)
    state, country = region_code(one_line(fields.get("state"), 60), country_code(one_line(fields.get("country"), 60)))
    point = point_of(fields.get("lat"), fields.get("lng"))
    if not (name or street or city or point):
        return None
    kind: VenueKind = "place" if name or street else "city"
    return VenueData(
        name=name,
        street_address=street,
        city=city,
        state=state,
        postal_code=one_line(fields.get("postal_code"), 20),
        country_code=country,
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        precision=("city" if kind == "city" else precision) if point else "unknown",
        timezone=zone if zone_or_none(zone) else "",
        kind=kind,
        telephone=one_line(fields.get("telephone"), 40),
        url=safe_url(fields.get("url"), 500),
    )
