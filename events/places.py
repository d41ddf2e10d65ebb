"""Which town a venue is in: coordinates, zone and country for venues that lack them, looked up once per town."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from events.text import zone_or_none
from events.types import VenueData
from locations.models import Location, LocationName
from locations.normalize import place_key

_CLEARLY_LARGER = 10  # of two towns of a name, with no state or country said


@dataclass(frozen=True, slots=True)
class Town:
    id: int
    name: str
    admin1: str
    country_code: str
    lat: float
    lng: float
    timezone: str
    population: int


class PlaceBook:
    """Towns by (city, state, country), remembered for the length of an import."""

    def __init__(self) -> None:
        self._towns: dict[str, list[Town]] = {}
        self._nearest: dict[tuple[float, float], Town | None] = {}

    def load(self, venues: Iterable[VenueData]) -> None:
        """Fetch the towns of these venues in one query."""
        keys = {key for v in venues if v.city and (key := place_key(v.city)) and key not in self._towns}
        if not keys:
            return
        self._towns.update({key: [] for key in keys})
        columns = ("id", "name", "admin1", "country_code", "lat", "lng", "timezone", "population")
        found = LocationName.objects.filter(key__in=keys, location__kind=Location.Kind.CITY).order_by(
            "-primary", "-location__population"
        )
        for key, *row in found.values_list("key", *(f"location__{c}" for c in columns)):
            self._towns[key].append(Town(*row))

    def town_of(self, venue: VenueData) -> Town | None:
        if not venue.city:
            return self._near(venue)
        key = place_key(venue.city)
        if key not in self._towns:
            self.load([venue])
        towns = self._towns.get(key, [])
        if venue.country_code:
            towns = [t for t in towns if t.country_code == venue.country_code]
        if venue.state and venue.country_code in ("", "US", "CA", "AU"):
            towns = [t for t in towns if t.admin1.lower() == venue.state.lower()]
        if not towns:
            return None
        ranked = sorted(towns, key=lambda t: -t.population)
        said = bool(venue.country_code or venue.state)
        if not said and len(ranked) > 1 and ranked[0].population < _CLEARLY_LARGER * ranked[1].population:
            return None
        return ranked[0]

    def _near(self, venue: VenueData) -> Town | None:
        """The nearest town of a venue that has a point and no city."""
        if venue.latitude is None or venue.longitude is None:
            return None
        point = (round(venue.latitude, 3), round(venue.longitude, 3))
        if point not in self._nearest:
            lat, lng = point
            near = Location.objects.filter(
                kind=Location.Kind.CITY, lat__range=(lat - 0.3, lat + 0.3), lng__range=(lng - 0.4, lng + 0.4)
            ).values_list("id", "name", "admin1", "country_code", "lat", "lng", "timezone", "population")
            towns = [Town(*row) for row in near]
            self._nearest[point] = min(towns, key=lambda t: (t.lat - lat) ** 2 + (t.lng - lng) ** 2, default=None)
        return self._nearest[point]

    def zone_of(self, venue: VenueData) -> str:
        """Empty when its town is not known."""
        town = self.town_of(venue) or self._near(venue)
        return venue.timezone or (town.timezone if town else "")

    def completed(self, venue: VenueData, fallback_zone: str) -> VenueData:
        """The venue with what its town tells. A point the feed gave is never moved."""
        zone = venue.timezone or fallback_zone or "UTC"
        if venue.kind == "online":
            return replace(venue, timezone=zone if zone_or_none(zone) else "UTC")
        town = self.town_of(venue) or self._near(venue)
        if town is None:
            return replace(venue, timezone=zone if zone_or_none(zone) else "UTC")
        placed = venue.latitude is not None
        return replace(
            venue,
            city=venue.city or town.name,
            state=venue.state or town.admin1,
            country_code=venue.country_code or town.country_code,
            latitude=venue.latitude if placed else town.lat,
            longitude=venue.longitude if placed else town.lng,
            precision=venue.precision if placed else "city",
            timezone=venue.timezone or town.timezone,
            location_id=town.id,
        )
