"""Writes the events, venues and occurrences that imports bring. Every change of a fact leaves an EventRevision in the same transaction.

What operators do to single records is in `events.curation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db import DataError, IntegrityError, transaction

from events import dedupe_service
from events.deadlocks import past_deadlocks
from events.event_rows import (
    apply,
    column_values,
    content_hash,
    sound,
)
from events.models import Event, EventRevision, EventSource
from events.occurrence_writer import OccurrenceWriter, wanted_rows
from events.params import BATCH_SIZE
from events.places import PlaceBook
from events.source_lock import lock_sources
from events.types import EventData, VenueData
from events.venue_upsert import StoredVenue, upsert_venues, venue_key


@dataclass(frozen=True, slots=True)
class SaveResult:
    """`error` is set, and `event_id` None, when the database refused the row."""

    event_id: int | None
    created: bool
    changed: bool
    error: str = ""

    @property
    def event(self) -> Event:
        """Raises Event.DoesNotExist when nothing was saved."""
        return Event.objects.get(pk=self.event_id or 0)


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
    result = _save_or_split([(source, data)], options, PlaceBook())[0]
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
        return past_deadlocks(lambda: _save_batch(batch, options, book))
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
        lock_sources({source.pk for source, _ in completed})
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


_Identity = tuple[int, str]  # of a source, and the event's id there


@dataclass(frozen=True, slots=True)
class _Change:
    """A row whose event is unknown or says something else than it did; `known` is the id it has."""

    source: EventSource
    data: EventData
    digest: str
    known: int | None


def _write(items: Sequence[tuple[EventSource, EventData]], options: SaveOptions) -> list[SaveResult]:
    stored = _stored_hashes(items)
    todo = _changes(items, stored)
    venues = upsert_venues((v for change in todo.values() for v in _venues(change.data)), changed_by=options.changed_by)
    known = [change.known for change in todo.values() if change.known is not None]
    existing = {(e.source_id, e.external_id): e for e in Event.objects.select_for_update().filter(pk__in=known)}
    zones_before = {event.pk: event.timezone for event in existing.values()}
    fresh, revisions = _write_events(todo, existing, venues, options)
    writer = OccurrenceWriter(options.changed_by, options.now, options.authoritative)
    rows = {i: wanted_rows(change.data, lambda v: venues[venue_key(v)].id) for i, change in todo.items()}
    writer.insert([(fresh[i], rows[i]) for i in fresh])
    by_rule = {existing[i].pk for i in existing if todo[i].data.by_rule}
    writer.update([(existing[i], rows[i]) for i in existing], zones_before, by_rule)
    EventRevision.objects.bulk_create([*revisions, *writer.revisions])
    ids = {i: pk for i, (pk, _) in stored.items()} | {i: e.pk for i, e in fresh.items()}
    return [
        SaveResult(ids[identity], created=identity in fresh, changed=identity in todo)
        for identity in ((source.pk, data.external_id) for source, data in items)
    ]


def _changes(
    items: Sequence[tuple[EventSource, EventData]], stored: Mapping[_Identity, tuple[int, str]]
) -> dict[_Identity, _Change]:
    """Of two rows with one id the last counts."""
    todo: dict[_Identity, _Change] = {}
    for source, data in items:
        identity, digest = (source.pk, data.external_id), content_hash(data)
        known, before = stored.get(identity, (None, ""))
        if before != digest:
            todo[identity] = _Change(source, data, digest, known)
    return todo


def _write_events(
    todo: Mapping[_Identity, _Change],
    existing: Mapping[_Identity, Event],
    venues: Mapping[str, StoredVenue],
    options: SaveOptions,
) -> tuple[dict[_Identity, Event], list[EventRevision]]:
    """The new events, and what changed of the existing ones."""
    fresh: dict[_Identity, Event] = {}
    revisions: list[EventRevision] = []
    touched = {"updated_at"}
    for identity, change in todo.items():
        values = column_values(change.data, _stored(venues, change.data.venue), change.source)
        values |= {"content_hash": change.digest}
        event = existing.get(identity)
        if event is None:
            fresh[identity] = Event(source=change.source, external_id=change.data.external_id, **values)
            continue
        names, changed = apply(event, values, changed_by=options.changed_by, now=options.now)
        touched.update("venue" if name == "venue_id" else name for name in names)
        revisions += changed
        event.updated_at = options.now
    Event.objects.bulk_create(fresh.values())
    # Only the columns that some row of the batch changes: each one is a CASE over the whole batch.
    Event.objects.bulk_update(existing.values(), sorted(touched))
    return fresh, revisions


def _stored(venues: Mapping[str, StoredVenue], venue: VenueData | None) -> StoredVenue | None:
    return venues[venue_key(venue)] if venue else None


def _stored_hashes(items: Sequence[tuple[EventSource, EventData]]) -> dict[tuple[int, str], tuple[int, str]]:
    rows = Event.objects.filter(
        source_id__in={source.pk for source, _ in items}, external_id__in={data.external_id for _, data in items}
    ).values_list("source_id", "external_id", "pk", "content_hash")
    return {(source_id, external_id): (pk, stored) for source_id, external_id, pk, stored in rows}
