"""The only writer of events, venues and occurrences. Every change of a fact leaves an EventRevision in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from events import dedupe_service
from events.documents import document_hash
from events.event_rows import (
    DERIVED,
    FACTS,
    apply,
    column_values,
    completeness_of,
    content_hash,
    document_of_event,
    facts_of,
    sound,
)
from events.models import Event, EventRevision, EventSource, Occurrence, Venue
from events.occurrence_writer import OccurrenceWriter, wanted_rows
from events.params import BATCH_SIZE
from events.places import PlaceBook
from events.popularity import popularity
from events.types import EventData, VenueData
from events.venue_upsert import StoredVenue, upsert_venues, venue_key

_SOURCE_LOCKS = 7_302_100  # first key of the advisory lock; the second is the source's id


@dataclass(frozen=True, slots=True)
class SaveResult:
    """`error` is set, and `event_id` None, when the database refused the row."""

    event_id: int | None
    created: bool
    changed: bool
    error: str = ""

    @property
    def event(self) -> Event:
        return Event.objects.get(pk=self.event_id)


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """`authoritative`: occurrences of the future that the data does not name any more are cancelled."""

    changed_by: str
    now: datetime
    authoritative: bool = False
    dedupe: bool = True


def save_event(
    data: EventData, *, source: EventSource, changed_by: str, now: datetime | None = None, authoritative: bool = False
) -> SaveResult:
    """One event with its venue and occurrences, in one transaction. The same data again writes nothing. Raises ValueError."""
    options = SaveOptions(changed_by, now or datetime.now(UTC), authoritative)
    result = _save_batch([(source, data)], options, PlaceBook())[0]
    if result.error:
        raise ValueError(result.error)
    return result


def save_events(
    items: Iterable[tuple[EventSource, EventData]], options: SaveOptions, *, book: PlaceBook | None = None
) -> list[SaveResult]:
    """As `save_event` for many, one transaction per batch. A row the database refuses does not take its batch down."""
    known = book or PlaceBook()
    results: list[SaveResult] = []
    batch: list[tuple[EventSource, EventData]] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH_SIZE:
            results += _save_or_split(batch, options, known)
            batch = []
    return results + _save_or_split(batch, options, known)


def _save_or_split(
    batch: list[tuple[EventSource, EventData]], options: SaveOptions, book: PlaceBook
) -> list[SaveResult]:
    if not batch:
        return []
    try:
        return _save_batch(batch, options, book)
    except (IntegrityError, DataError) as error:
        if len(batch) == 1:
            return [SaveResult(None, False, False, error=str(error).split("\n")[0][:200])]
        half = len(batch) // 2
        return _save_or_split(batch[:half], options, book) + _save_or_split(batch[half:], options, book)


def _save_batch(
    items: Sequence[tuple[EventSource, EventData]], options: SaveOptions, book: PlaceBook
) -> list[SaveResult]:
    book.load(venue for _, data in items for venue in _venues(data))
    completed = [(source, _completed(sound(data), book)) for source, data in items]
    with transaction.atomic():
        _lock_sources({source.pk for source, _ in completed})
        results = _write(completed, options)
        if options.dedupe:
            touched = [r.event_id for r in results if r.event_id is not None and r.changed]
            dedupe_service.dedupe_events(touched, changed_by=options.changed_by, now=options.now)
    return results


def _venues(data: EventData) -> list[VenueData]:
    return [v for v in (data.venue, *(o.venue for o in data.occurrences)) if v is not None]


def _completed(data: EventData, book: PlaceBook) -> EventData:
    """Venues know their town; the event's zone is its own, else the venue's."""
    venue = book.completed(data.venue, data.timezone) if data.venue else None
    occurrences = tuple(
        replace(o, venue=book.completed(o.venue, data.timezone)) if o.venue else o for o in data.occurrences
    )
    return replace(
        data, venue=venue, occurrences=occurrences, timezone=data.timezone or (venue.timezone if venue else "UTC")
    )


def _lock_sources(ids: set[int]) -> None:
    """One writer per source at a time: two imports of one feed must not interleave."""
    with connection.cursor() as cursor:
        for pk in sorted(ids):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_SOURCE_LOCKS, pk])


def _write(items: Sequence[tuple[EventSource, EventData]], options: SaveOptions) -> list[SaveResult]:
    hashes = [content_hash(data) for _, data in items]
    known = _stored_hashes(items)
    todo: dict[tuple[int, str], tuple[EventSource, EventData, str]] = {}
    for (source, data), digest in zip(items, hashes, strict=True):
        identity = (source.pk, data.external_id)
        if known.get(identity, (0, ""))[1] != digest:
            todo[identity] = (source, data, digest)  # of two rows with one id the last counts
    venues = upsert_venues(venue for _, data, _ in todo.values() for venue in _venues(data))
    existing = {
        (e.source_id, e.external_id): e
        for e in Event.objects.select_for_update().filter(pk__in=[known[i][0] for i in todo if i in known])
    }
    fresh: dict[tuple[int, str], Event] = {}
    outdated: list[Event] = []
    revisions: list[EventRevision] = []
    for identity, (source, data, digest) in todo.items():
        values = column_values(data, _stored(venues, data.venue), source) | {"content_hash": digest}
        event = existing.get(identity)
        if event is None:
            fresh[identity] = Event(source=source, external_id=data.external_id, **values)
        else:
            _, new_revisions = apply(event, values, changed_by=options.changed_by, now=options.now)
            revisions += new_revisions
            outdated.append(event)
    Event.objects.bulk_create(fresh.values())
    if outdated:
        for event in outdated:
            event.updated_at = options.now
        Event.objects.bulk_update(
            outdated, [*FACTS_COLUMNS, *DERIVED, "content_hash", "status_changed_at", "updated_at"]
        )
    writer = OccurrenceWriter(options.changed_by, options.now, options.authoritative)
    rows = {identity: wanted_rows(data, lambda v: venues[venue_key(v)].id) for identity, (_, data, _) in todo.items()}
    writer.insert([(fresh[i], rows[i]) for i in fresh])
    writer.update([(existing[i], rows[i]) for i in existing])
    EventRevision.objects.bulk_create([*revisions, *writer.revisions])
    ids = {i: pk for i, (pk, _) in known.items()} | {i: e.pk for i, e in fresh.items()}
    return [
        SaveResult(ids[identity], created=identity in fresh, changed=identity in todo)
        for identity in ((source.pk, data.external_id) for source, data in items)
    ]


FACTS_COLUMNS = tuple("venue" if name == "venue_id" else name for name in FACTS)


def _stored(venues: Mapping[str, StoredVenue], venue: VenueData | None) -> StoredVenue | None:
    return venues[venue_key(venue)] if venue else None


def _stored_hashes(items: Sequence[tuple[EventSource, EventData]]) -> dict[tuple[int, str], tuple[int, str]]:
    rows = Event.objects.filter(
        source_id__in={source.pk for source, _ in items}, external_id__in={data.external_id for _, data in items}
    ).values_list("source_id", "external_id", "pk", "content_hash")
    return {(source_id, external_id): (pk, stored) for source_id, external_id, pk, stored in rows}


# -- Single acts of operators and of the worker --------------------------------------------------------------------------------


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
    if "venue_id" in changed:
        event.refresh_from_db(fields=["venue"]) if event.venue_id is None else setattr(
            event, "venue", Venue.objects.get(pk=event.venue_id)
        )
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
    for other in Venue.objects.select_for_update().filter(pk__in=others):
        learnt = [f for f in _LEARNT_IN_MERGE if getattr(other, f) not in ("", None) and getattr(keep, f) in ("", None)]
        for name in learnt:
            setattr(keep, name, getattr(other, name))
        if learnt:
            keep.save(update_fields=[*learnt, "updated_at"])
    events = list(Event.objects.filter(venue_id__in=others).values_list("pk", "venue_id"))
    EventRevision.objects.bulk_create(
        [
            EventRevision(event_id=pk, field="venue_id", old=old, new=keep_id, changed_by=changed_by)
            for pk, old in events
        ]
    )
    Event.objects.filter(venue_id__in=others).update(venue=keep)
    Occurrence.objects.filter(venue_id__in=others).update(venue=keep)
    Venue.objects.filter(pk__in=others).delete()
    refresh_documents(pk for pk, _ in events)
    return len(events)


_LEARNT_IN_MERGE = ("street_address", "city", "state", "postal_code", "country_code", "telephone", "url", "location_id")


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
def venue_changed(venue_id: int) -> int:
    """To be called after a venue was edited: its events' documents name it."""
    return refresh_documents(Event.objects.filter(venue_id=venue_id).values_list("pk", flat=True))


def mark_for_embedding(event_ids: Iterable[int]) -> int:
    """Forget the stored vectors' hashes so that the indexer embeds these events again."""
    from events.models import EventIndex

    return EventIndex.objects.filter(event_id__in=list(event_ids)).update(document_hash="")


def cancel_missing(source: EventSource, seen: set[str], *, until: datetime, changed_by: str, now: datetime) -> int:
    """Cancel the occurrences between now and `until` of the source's events that its feed does not name any more."""
    gone = Occurrence.objects.filter(
        event__source=source, start__range=(now, until), status=Event.Status.SCHEDULED
    ).exclude(event__external_id__in=seen)
    with transaction.atomic():
        rows = list(gone.select_for_update(of=("self",)).values_list("pk", "event_id"))
        EventRevision.objects.bulk_create(
            EventRevision(
                event_id=event_id,
                occurrence_id=pk,
                field="occurrence.status",
                old="scheduled",
                new="cancelled",
                changed_by=changed_by,
            )
            for pk, event_id in rows
        )
        Occurrence.objects.filter(pk__in=[pk for pk, _ in rows]).update(status=Event.Status.CANCELLED)
        Event.objects.filter(pk__in={e for _, e in rows}).update(content_hash="")  # so that its return is noticed
    return len(rows)


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
