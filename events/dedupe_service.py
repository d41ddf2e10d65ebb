"""Finds the near-duplicates of stored events and points each at the event that stands for it (`Event.duplicate_of`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection

from events.dedupe import Listing, Member, canonical_of, pairs
from events.models import Event, EventRevision, Occurrence, Venue
from events.params import DUPLICATE_DATABASE_CHUNK

_RECENT = timedelta(days=1)

# Same instant, in the same or a neighbouring 0.2-degree cell (14 miles), or with no point: only those can be the same happening.
_BESIDE = """
SELECT o.event_id, e.source_id, COALESCE(NULLIF(o.title, ''), e.title), o.start, o.all_day, COALESCE(v.name, ''),
       COALESCE(v.street_address, ''), COALESCE(v.city, ''), v.latitude, v.longitude, COALESCE(v.precision = 'exact', false),
       e.attendance_mode = 'online', left(e.description, 1500), COALESCE(NULLIF(o.url, ''), e.url)
FROM events_occurrence o
JOIN events_event e ON e.id = o.event_id
LEFT JOIN events_venue v ON v.id = COALESCE(o.venue_id, e.venue_id)
JOIN (SELECT DISTINCT start, cell FROM events_occurrence WHERE event_id = ANY(%s) AND start >= %s) t ON t.start = o.start
WHERE o.cell IS NULL OR t.cell IS NULL
   OR (abs(o.cell %% 1800 - t.cell %% 1800) <= 1 AND abs(o.cell / 1800 - t.cell / 1800) <= 1)
"""


def dedupe_events(event_ids: Iterable[int], *, changed_by: str, now: datetime) -> int:
    """Look at these events and all that lie beside them; how many events changed whom they are a duplicate of."""
    ids = sorted(set(event_ids))
    return sum(
        _dedupe(ids[i : i + DUPLICATE_DATABASE_CHUNK], changed_by, now)
        for i in range(0, len(ids), DUPLICATE_DATABASE_CHUNK)
    )


def _dedupe(ids: Sequence[int], changed_by: str, now: datetime) -> int:
    since = now - _RECENT
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE, [list(ids), since])
        listings = {Listing(*row) for row in cursor.fetchall()}
    links = {(a.event_id, b.event_id) for a, b in pairs(listings)}
    grown = set(ids) | {pk for link in links for pk in link}
    involved = grown | set(Event.objects.filter(duplicate_of__in=grown).values_list("pk", flat=True))
    involved |= set(
        Event.objects.filter(pk__in=grown, duplicate_of__isnull=False).values_list("duplicate_of_id", flat=True)
    )
    stored = dict(Event.objects.filter(pk__in=involved).values_list("pk", "duplicate_of_id"))
    known = {(pk, target) for pk, target in stored.items() if target is not None and not {pk, target} <= set(ids)}
    if not links and not any(stored.values()):
        return 0
    wanted = canonical_of(_members(involved, since), links | known)
    changed = {pk: wanted.get(pk) for pk, target in stored.items() if wanted.get(pk) != target}
    EventRevision.objects.bulk_create(
        EventRevision(event_id=pk, field="duplicate_of_id", old=stored[pk], new=new, changed_by=changed_by)
        for pk, new in changed.items()
    )
    Event.objects.bulk_update(
        [Event(pk=pk, duplicate_of_id=new) for pk, new in changed.items()], ["duplicate_of"], batch_size=500
    )
    return len(changed)


def _members(ids: set[int], since: datetime) -> list[Member]:
    starts: dict[int, set[datetime]] = {pk: set() for pk in ids}
    for pk, start in Occurrence.objects.filter(event__in=ids, start__gte=since).values_list("event_id", "start"):
        starts[pk].add(start)
    rows = Event.objects.filter(pk__in=ids).values_list(
        "pk", "source__quality", "venue__precision", "is_free", "price_min", "description"
    )
    return [
        Member(
            pk,
            frozenset(starts[pk]),
            quality,
            precision == Venue.Precision.EXACT,
            is_free is not None or price is not None,
            len(text),
        )
        for pk, quality, precision, is_free, price, text in rows
    ]
