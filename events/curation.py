"""Acts of operators and of the worker on single records. Every change of a fact leaves an EventRevision in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from events import dedupe_service
from events.changes import SAVED
from events.documents import document_hash
from events.event_rows import FACTS, apply, completeness_of, document_of_event, facts_of
from events.models import Event, EventIndex, EventRevision, EventSource, Occurrence, Venue
from events.occurrence_writer import OccurrenceWriter
from events.outbox import announce
from events.params import BATCH_SIZE
from events.popularity import popularity
from events.types import VenueData
from events.venue_upsert import knows_more, note_venue_change, venue_key

VENUE_FACTS = (
    "name", "street_address", "city", "state", "postal_code", "country_code", "latitude", "longitude", "precision", "timezone", "kind",
    "telephone", "url", "location_id",
)  # fmt: skip


@transaction.atomic
def change_event(event_id: int, values: Mapping[str, Any], *, changed_by: str, now: datetime) -> list[str]:
    """Set facts of one event by hand; the names of the facts that changed. The feed's next change of the row overwrites them."""
    event = Event.objects.select_for_update(of=("self",)).select_related("venue", "source").get(pk=event_id)
    unknown = sorted(set(values) - set(FACTS))
    if unknown:
        raise ValueError(f"not facts of an event: {', '.join(unknown)}")
    changed, revisions = apply(event, values, changed_by=changed_by, now=now)
    if not changed:
        return []
    event.document_hash = document_hash(document_of_event(event))
    event.save(update_fields=[*(c.removesuffix("_id") for c in changed), "document_hash", "updated_at"])
    EventRevision.objects.bulk_create(revisions)
    dedupe_service.dedupe_events([event.pk], changed_by=changed_by, now=now)
    return [c for c in changed if c in FACTS]


def cancel_event(event_id: int, *, changed_by: str, now: datetime) -> bool:
    """True when it was not cancelled before."""
    return bool(change_event(event_id, {"status": Event.Status.CANCELLED}, changed_by=changed_by, now=now))


@transaction.atomic
def change_occurrence(occurrence_id: int, values: Mapping[str, Any], *, changed_by: str) -> list[str]:
    """Set facts of one occurrence by hand; the names of those that changed."""
    occurrence = Occurrence.objects.select_for_update().get(pk=occurrence_id)
    return OccurrenceWriter.change_one(occurrence, values, changed_by=changed_by)


@transaction.atomic
def merge_venues(keep_id: int, other_ids: Iterable[int], *, changed_by: str) -> int:
    """Events and occurrences of the others move to `keep_id`, the others go; how many events moved.

    The kept venue learns what only the others knew. An import that names a merged venue again makes it anew.
    """
    others = [pk for pk in set(other_ids) if pk != keep_id]
    keep = Venue.objects.select_for_update().get(pk=keep_id)
    before = {name: getattr(keep, name) for name in (*_LEARNT_IN_MERGE, *_POINT, "timezone")}
    for other in Venue.objects.select_for_update().filter(pk__in=others):
        learnt = [f for f in _LEARNT_IN_MERGE if getattr(other, f) not in ("", None) and getattr(keep, f) in ("", None)]
        learnt += _POINT if knows_more(other.precision, keep.precision) else ()
        learnt += ("timezone",) if keep.timezone == "UTC" != other.timezone else ()
        for name in learnt:
            setattr(keep, name, getattr(other, name))
        if learnt:
            keep.save(update_fields=[*learnt, "updated_at"])
    gained = {name: (old, getattr(keep, name)) for name, old in before.items() if old != getattr(keep, name)}
    note_venue_change(keep_id, gained, changed_by=changed_by)
    events = list(Event.objects.filter(venue_id__in=others).values_list("pk", "venue_id"))
    times = Occurrence.objects.filter(venue_id__in=others).values_list("event_id", "pk", "venue_id")
    moves: list[tuple[int, int | None, str, int | None]] = [(pk, None, "venue_id", old) for pk, old in events]
    moves += [(event_id, pk, "occurrence.venue_id", old) for event_id, pk, old in times]
    EventRevision.objects.bulk_create(
        [
            EventRevision(event_id=pk, occurrence_id=time, field=name, old=old, new=keep_id, changed_by=changed_by)
            for pk, time, name, old in moves
        ],
        batch_size=2000,
    )
    Event.objects.filter(venue_id__in=others).update(venue=keep)
    Occurrence.objects.filter(venue_id__in=others).update(venue=keep)
    Venue.objects.filter(pk__in=others).delete()
    refresh_documents(Event.objects.filter(venue=keep).values_list("pk", flat=True))
    return len(events)


_LEARNT_IN_MERGE = ("street_address", "city", "state", "postal_code", "country_code", "telephone", "url", "location_id")
_POINT = ("latitude", "longitude", "precision")


def refresh_documents(event_ids: Iterable[int]) -> int:
    """Recompute the document hash (after a venue changed); how many changed and so will be embedded anew."""
    stale = []
    for event in Event.objects.filter(pk__in=list(event_ids)).select_related("venue").iterator(chunk_size=BATCH_SIZE):
        new = document_hash(document_of_event(event))
        if new != event.document_hash:
            event.document_hash = new
            stale.append(event)
    Event.objects.bulk_update(stale, ["document_hash"], batch_size=BATCH_SIZE)
    return len(stale)


@transaction.atomic
def create_event(values: Mapping[str, Any], *, source: EventSource, now: datetime) -> Event:
    """An event entered by hand: facts by column name."""
    event = Event(source=source, external_id=f"manual-{uuid.uuid4()}", **values)
    facts = completeness_of(
        facts_of(event), exact_venue=event.venue is not None and event.venue.precision == "exact", ends=[]
    )
    event.popularity = popularity(source.quality, facts)
    event.document_hash = document_hash(document_of_event(event))
    event.status_changed_at = now if event.status != Event.Status.SCHEDULED else None
    event.save(force_insert=True)
    return event


@transaction.atomic
def add_occurrence(event_id: int, values: Mapping[str, Any], *, changed_by: str) -> Occurrence:
    """One more time to attend; facts by column name."""
    return OccurrenceWriter.add_one(event_id, values, changed_by=changed_by)


@transaction.atomic
def save_venue(venue: Venue, *, changed_by: str) -> Venue:
    """A venue entered or edited by hand. Its key stays when edited, so the feeds that name it still find it."""
    if venue.pk is None:
        known = {name: getattr(venue, name) for name in VENUE_FACTS}
        venue.key = venue_key(VenueData(**known))
        venue.save(force_insert=True)
        return venue
    stored = Venue.objects.select_for_update().get(pk=venue.pk)
    changes = {
        name: (getattr(stored, name), getattr(venue, name))
        for name in VENUE_FACTS
        if getattr(stored, name) != getattr(venue, name)
    }
    if changes:
        venue.save(update_fields=[*(name.removesuffix("_id") for name in changes), "updated_at"])
        note_venue_change(venue.pk, changes, changed_by=changed_by)
        refresh_documents(Event.objects.filter(venue=venue).values_list("pk", flat=True))
    return venue


@transaction.atomic
def mark_for_embedding(event_ids: Iterable[int]) -> int:
    """Forget the stored vectors' hashes and ask for these events to be embedded again."""
    ids = list(event_ids)
    announce(ids, kind=SAVED, cause="embedding.requested")
    return EventIndex.objects.filter(event_id__in=ids).update(document_hash="")


def refresh_popularity(attention: Mapping[int, tuple[int, int]], *, now: datetime) -> int:
    """Popularity of these events from {event id: (times shown, times opened)}; how many changed by more than 0.005."""
    events = (
        Event.objects.filter(pk__in=list(attention)).select_related("venue", "source").prefetch_related("occurrences")
    )
    moved = []
    for event in events.iterator(chunk_size=BATCH_SIZE):
        shown, opened = attention[event.pk]
        exact = event.venue is not None and event.venue.precision == Venue.Precision.EXACT
        facts = completeness_of(facts_of(event), exact_venue=exact, ends=[o.end for o in event.occurrences.all()])
        days = (now - event.updated_at).total_seconds() / 86_400
        value = popularity(event.source.quality, facts, shown=shown, opened=opened, days_unchanged=days)
        if abs(value - event.popularity) > 0.005:
            event.popularity = value
            moved.append(event)
    Event.objects.bulk_update(moved, ["popularity"], batch_size=BATCH_SIZE)
    return len(moved)
