"""From `EventData` to column values, and from two states of a row to the revisions between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from events.documents import DocumentFacts, document_hash, document_text
from events.models import Event, EventRevision, EventSource
from events.occurrence_diff import OccurrenceRow
from events.params import DESCRIPTION_MAX, NAME_MAX, SHORT_MAX, TITLE_MAX
from events.popularity import Completeness, popularity
from events.prices import price_of
from events.text import digest
from events.types import EventData
from events.venue_upsert import StoredVenue

FACTS = (
    "title", "description", "venue_id", "room_name", "organizer", "url", "category", "tags", "audience", "age_min", "age_max",
    "price_min", "price_max", "price_currency", "is_free", "attendance_mode", "status", "timezone", "language",
)  # fmt: skip
_FORMAT = "1"  # of the content hash: raise it to make every re-import look at its rows again


def sound(data: EventData) -> EventData:
    """Within the bounds that the database enforces, for callers that skipped an importer's cleaning."""
    price = price_of(data.price_min, data.price_max, data.price_currency, data.is_free)
    low, high = data.age_min, data.age_max
    if low is not None and high is not None and low > high:
        low = high = None
    return replace(
        data,
        title=data.title.strip()[:TITLE_MAX],
        description=data.description[:DESCRIPTION_MAX],
        organizer=data.organizer[:NAME_MAX],
        room_name=data.room_name[:SHORT_MAX],
        price_min=price.minimum,
        price_max=price.maximum,
        price_currency=price.currency,
        is_free=price.is_free,
        age_min=low,
        age_max=high,
    )


def content_hash(data: EventData) -> str:
    return digest(_FORMAT + repr(replace(data, line=0, feed=None)))


def column_values(data: EventData, venue: StoredVenue | None, source: EventSource) -> dict[str, Any]:
    """Facts and derived columns of an event. Times shown and opened are added by `curation.refresh_popularity`."""
    values: dict[str, Any] = {
        name: getattr(data, name) for name in FACTS if name not in ("venue_id", "tags", "audience", "timezone")
    }
    values |= {
        "venue_id": venue.id if venue else None,
        "tags": list(data.tags),
        "audience": list(data.audience),
        "timezone": data.timezone or (venue.timezone if venue else "") or "UTC",
    }
    facts = completeness_of(
        values, exact_venue=venue is not None and venue.precision == "exact", ends=[o.end for o in data.occurrences]
    )
    return values | {
        "popularity": popularity(source.quality, facts),
        "document_hash": document_hash(document_of(values, venue.name if venue else "", venue.city if venue else "")),
    }


def completeness_of(values: Mapping[str, Any], *, exact_venue: bool, ends: Iterable[datetime | None]) -> Completeness:
    return Completeness(
        description_chars=len(values["description"]),
        exact_venue=exact_venue,
        price_known=values["is_free"] is not None or values["price_min"] is not None,
        link=bool(values["url"]),
        classified=bool(values["category"] or values["tags"]),
        end_known=any(end is not None for end in ends),
    )


def document_of(values: Mapping[str, Any], venue_name: str, city: str) -> str:
    return document_text(
        DocumentFacts(
            title=values["title"], category=values["category"], tags=values["tags"], venue=venue_name, city=city,
            organizer=values["organizer"], audience=values["audience"], age_min=values["age_min"], age_max=values["age_max"],
            price_min=values["price_min"], price_max=values["price_max"], is_free=values["is_free"],
            attendance_mode=values["attendance_mode"], description=values["description"],
        )
    )  # fmt: skip


def document_of_event(event: Event) -> str:
    """The text to embed of a stored event; `venue` should be fetched with it."""
    venue = event.venue
    return document_of(facts_of(event), venue.name if venue else "", venue.city if venue else "")


def facts_of(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in FACTS}


def apply(
    event: Event, values: Mapping[str, Any], *, changed_by: str, now: datetime
) -> tuple[list[str], list[EventRevision]]:
    """Set the values on the row; the names of the columns that changed and a revision for each changed fact."""
    changed: list[str] = []
    revisions: list[EventRevision] = []
    for name, new in values.items():
        old = getattr(event, name)
        if old == new:
            continue
        if name in FACTS:
            revisions.append(
                EventRevision(event=event, field=name, old=as_json(old), new=as_json(new), changed_by=changed_by)
            )
        setattr(event, name, new)
        changed.append(name)
    if "status" in changed:
        event.status_changed_at = now
        changed.append("status_changed_at")
    return changed, revisions


def as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def occurrence_as_json(row: OccurrenceRow) -> dict[str, Any]:
    """All that is needed to see the occurrence as it was."""
    return {
        "start": row.start.isoformat(), "end": row.end.isoformat() if row.end else None, "all_day": row.all_day, "status": row.status,
        "title": row.title, "venue_id": row.venue_id, "room_name": row.room_name, "url": row.url,
    }  # fmt: skip
