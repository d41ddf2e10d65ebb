"""What a feed says by naming an event no more, or by naming its time under another one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from events.dedupe_service import dedupe_events
from events.event_rows import occurrence_as_json
from events.models import Event, EventRevision, EventSource, Occurrence
from events.occurrence_writer import row_of
from events.source_lock import lock_sources
from events.text import key_of
from events.types import TAKES_PLACE, BadRow, EventData


@dataclass(slots=True)
class Told:
    """What one import read of one source."""

    events: set[str] = field(default_factory=set)  # their ids in the feed
    rows: dict[str, set[str]] = field(default_factory=dict)  # the events that each row is a time of, by the row's id
    latest: datetime | None = None

    def add(self, data: EventData) -> None:
        self.events.add(data.external_id)
        for occurrence in data.occurrences:
            self.latest = max(self.latest or occurrence.start, occurrence.start)
            if occurrence.external_id:
                self.rows.setdefault(occurrence.external_id, set()).add(data.external_id)
        for row in data.repeated:
            self.rows.setdefault(row, set())

    def left_out(self, row: BadRow) -> None:
        if row.row_id:
            self.rows.setdefault(row.row_id, set())


def drop_told_elsewhere(source: EventSource, told: Told, *, changed_by: str, now: datetime) -> int:
    """Remove the times whose row the feed tells of another event now, or of none: its title, venue or terms are no longer those. How many."""
    stored = Occurrence.objects.filter(event__source=source, effective_end__gt=now, external_id__in=told.rows)
    with transaction.atomic():
        lock_sources({source.pk})
        rows = stored.values_list("pk", "external_id", "event__external_id")
        gone = [pk for pk, row, event in rows if event not in told.rows[row]]
        return _remove(gone, told, changed_by=changed_by, now=now)


def cancel_missing(source: EventSource, told: Told, *, changed_by: str, now: datetime) -> int:
    """Cancel the coming times of the source's events that its feed does not name any more, as far ahead as it reaches. How many.

    Where it tells the same under a new id, the old one is no cancellation: it is removed.
    """
    gone = Occurrence.objects.filter(event__source=source, start__range=(now, told.latest or now)).exclude(
        Q(status=Event.Status.CANCELLED) | Q(event__external_id__in=told.events)
    )
    with transaction.atomic():
        lock_sources({source.pk})
        rows = list(gone.select_related("event").select_for_update(of=("self",)))
        anew = _happenings(source, told, {o.start for o in rows})
        _remove([o.pk for o in rows if _happening(o) in anew], told, changed_by=changed_by, now=now)
        return _cancel([o for o in rows if _happening(o) not in anew], changed_by=changed_by)


_Happening = tuple[datetime, str, int | None]  # start, title, venue


def _happening(o: Occurrence) -> _Happening:
    return o.start, key_of(o.title or o.event.title), o.venue_id or o.event.venue_id


def _happenings(source: EventSource, told: Told, starts: set[datetime]) -> set[_Happening]:
    rows = Occurrence.objects.filter(event__source=source, start__in=starts, status__in=TAKES_PLACE)
    return {_happening(o) for o in rows.select_related("event") if o.event.external_id in told.events}


def _cancel(rows: Sequence[Occurrence], *, changed_by: str) -> int:
    EventRevision.objects.bulk_create(
        EventRevision(
            event_id=o.event_id, occurrence_id=o.pk, field="occurrence.status", old=o.status, new="cancelled", changed_by=changed_by
        )
        for o in rows
    )  # fmt: skip
    Occurrence.objects.filter(pk__in=[o.pk for o in rows]).update(status=Event.Status.CANCELLED)
    _look_again(o.event_id for o in rows)
    return len(rows)


def _remove(ids: Sequence[int], told: Told, *, changed_by: str, now: datetime) -> int:
    if not ids:
        return 0
    rows = list(Occurrence.objects.select_for_update(of=("self",)).select_related("event").filter(pk__in=ids))
    EventRevision.objects.bulk_create(
        EventRevision(
            event_id=o.event_id, field="occurrence.removed", old=occurrence_as_json(row_of(o)), new=None, changed_by=changed_by
        )
        for o in rows
    )  # fmt: skip
    Occurrence.objects.filter(pk__in=[o.pk for o in rows]).delete()
    _look_again(o.event_id for o in rows if o.event.external_id not in told.events)
    stood_for = Event.objects.filter(duplicate_of__in={o.event_id for o in rows}).values_list("pk", flat=True)
    dedupe_events({*(o.event_id for o in rows), *stood_for}, changed_by=changed_by, now=now)
    return len(rows)


def _look_again(event_ids: Iterable[int]) -> None:
    """So that the return of what is gone is noticed though its row says what it said."""
    Event.objects.filter(pk__in=set(event_ids)).update(content_hash="")
