"""Venues by key: the same name and address is the same venue, whoever names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from events.models import Event, EventRevision, Venue
from events.text import digest, key_of
from events.types import VenueData

_PRECISION_RANK = {"unknown": 0, "city": 1, "exact": 2}
_FILLED_WHEN_EMPTY = ("state", "postal_code", "country_code", "telephone", "url", "location_id")


_LEARNABLE = (*_FILLED_WHEN_EMPTY, "latitude", "longitude", "precision", "timezone")


@dataclass(frozen=True, slots=True)
class StoredVenue:
    """What the event's record needs to know of its venue."""

    id: int
    name: str
    city: str
    precision: str
    timezone: str


def venue_key(venue: VenueData) -> str:
    """Name, street, town and country decide; a spot without a name is told apart by its rounded point."""
    if venue.kind == "online":
        return digest(f"online|{key_of(venue.name)}|{venue.url}")
    where = ""
    if (
        not venue.street_address
        and venue.kind == "place"
        and not venue.city
        and venue.latitude is not None
        and venue.longitude is not None
    ):
        where = f"{venue.latitude:.3f},{venue.longitude:.3f}"
    parts = (venue.name, venue.street_address, venue.city, venue.state, venue.country_code)
    return digest("|".join([*map(key_of, parts), where, venue.kind]))


def upsert_venues(venues: Iterable[VenueData], *, changed_by: str) -> dict[str, StoredVenue]:
    """Rows for these venues, by key. A stored venue changes only when the new data knows more."""
    wanted: dict[str, VenueData] = {}
    for venue in venues:
        key = venue_key(venue)
        if key not in wanted or knows_more(venue.precision, wanted[key].precision):
            wanted[key] = venue
    stored = {v.key: v for v in Venue.objects.filter(key__in=wanted)}
    missing = [_new_row(key, venue) for key, venue in sorted(wanted.items()) if key not in stored]
    if missing:
        # A parallel import may add the same venue: whoever is second reads the first one's row.
        Venue.objects.bulk_create(missing, ignore_conflicts=True)
        stored |= {v.key: v for v in Venue.objects.filter(key__in=[v.key for v in missing])}
    for key, venue in sorted(wanted.items()):  # in one order, so that two imports cannot wait for each other
        row = stored[key]
        before = {name: getattr(row, name) for name in _LEARNABLE}
        if learnt := _learnt(row, venue):
            row.save(update_fields=[*learnt, "updated_at"])
            note_venue_change(
                row.pk, {name: (before[name], getattr(row, name)) for name in learnt}, changed_by=changed_by
            )
    return {key: StoredVenue(v.id, v.name, v.city, v.precision, v.timezone) for key, v in stored.items()}


def knows_more(precision: str, than: str) -> bool:
    return _PRECISION_RANK[precision] > _PRECISION_RANK[than]


def _new_row(key: str, venue: VenueData) -> Venue:
    return Venue(
        key=key, name=venue.name, street_address=venue.street_address, city=venue.city, state=venue.state, postal_code=venue.postal_code,
        country_code=venue.country_code, latitude=venue.latitude, longitude=venue.longitude, precision=venue.precision,
        timezone=venue.timezone or "UTC", kind=venue.kind, telephone=venue.telephone, url=venue.url, location_id=venue.location_id,
    )  # fmt: skip


def _learnt(row: Venue, venue: VenueData) -> list[str]:
    """Set on `row` what `venue` knows better; the names of the fields set."""
    learnt = [f for f in _FILLED_WHEN_EMPTY if getattr(venue, f) and not getattr(row, f)]
    for name in learnt:
        setattr(row, name, getattr(venue, name))
    if knows_more(venue.precision, row.precision) and venue.latitude is not None:
        row.latitude, row.longitude, row.precision = venue.latitude, venue.longitude, venue.precision
        learnt += ["latitude", "longitude", "precision"]
    if row.timezone == "UTC" and venue.timezone not in ("", "UTC"):
        row.timezone = venue.timezone
        learnt.append("timezone")
    return learnt


def note_venue_change(venue_id: int, changes: Mapping[str, tuple[Any, Any]], *, changed_by: str) -> None:
    """Where an event happens is a fact of the event: a revision per event and changed column of its venue."""
    events = Event.objects.filter(venue_id=venue_id).values_list("pk", flat=True)
    EventRevision.objects.bulk_create(
        [
            EventRevision(event_id=pk, field=f"venue.{name}", old=old, new=new, changed_by=changed_by)
            for pk in events
            for name, (old, new) in changes.items()
        ],
        batch_size=2000,
    )
