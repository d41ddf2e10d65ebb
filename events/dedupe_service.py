"""Finds the near-duplicates of stored events and points each at the event that stands for it (`Event.duplicate_of`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Left

from events.dedupe import Listing, Member, canonical_of, pairs
from events.models import Event, EventRevision, Occurrence, Venue
from events.params import DUPLICATE_DATABASE_CHUNK
from events.types import TAKES_PLACE

_RECENT = timedelta(days=1)

# Same instant, in the same or a neighbouring 0.2-degree cell (14 miles), or with no point: only those can be the same happening.
# One index lookup per start, whatever the planner thinks the tables hold: right after a first import it thinks them empty,
# and joining here took 7 s for 400 starts.
_BESIDE = """
SELECT DISTINCT o.id, o.event_id, o.venue_id, o.title, o.start, o.all_day, o.url, o.status
FROM unnest(%s::timestamptz[], %s::integer[]) AS t (start, cell)
CROSS JOIN LATERAL (
  SELECT c.* FROM events_occurrence c
  WHERE c.start = t.start
    AND (c.cell IS NULL OR t.cell IS NULL
         OR c.cell - t.cell IN (-1801, -1800, -1799, -1, 0, 1, 1799, 1800, 1801))
) o
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
    listings = _listings_beside(ids, since)
    links = {(a.event_id, b.event_id) for a, b in pairs(listings)}
    grown = set(ids) | {pk for link in links for pk in link}
    involved = grown | set(Event.objects.filter(duplicate_of__in=grown).values_list("pk", flat=True))
    involved |= set(
        Event.objects.filter(pk__in=grown, duplicate_of__isnull=False).values_list("duplicate_of_id", flat=True)
    )
    stored = dict(Event.objects.filter(pk__in=involved).values_list("pk", "duplicate_of_id"))
    # Two that were compared just now are decided anew; of others stays what was found when they were.
    beside = {listing.event_id for listing in listings}
    known = {
        (pk, target)
        for pk, target in stored.items()
        if target is not None and not ({pk, target} <= beside and {pk, target} & set(ids))
    }
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


def _listings_beside(ids: Sequence[int], since: datetime) -> list[Listing]:
    """The coming occurrences of these events, and those of others at the same time and nearby."""
    own = set(Occurrence.objects.filter(event__in=ids, start__gte=since).values_list("start", "cell"))
    if not own:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE, [[start for start, _ in own], [cell for _, cell in own]])
        rows = cursor.fetchall()
    events: dict[int, list[Any]] = {
        pk: list(facts)
        for pk, *facts in Event.objects.filter(pk__in={row[1] for row in rows})
        .annotate(story=Left("description", 1500))
        .values_list("pk", "source_id", "venue_id", "title", "attendance_mode", "story", "url", "status")
    }
    venues = Venue.objects.in_bulk({row[2] or events[row[1]][1] for row in rows} - {None})
    listings = []
    for _, event_id, own_venue_id, own_title, start, all_day, own_url, own_status in rows:
        source_id, venue_id, title, mode, story, url, status = events[event_id]
        v = venues.get(own_venue_id or venue_id)
        listings.append(
            Listing(
                event_id, source_id, own_title or title, start, all_day, online=mode == "online", description=story, url=own_url or url,
                venue=v.name if v else "", street=v.street_address if v else "", city=v.city if v else "",
                lat=v.latitude if v else None, lng=v.longitude if v else None, exact=v is not None and v.precision == Venue.Precision.EXACT,
                off=not {status, own_status} <= set(TAKES_PLACE),
            )
        )  # fmt: skip
    return listings


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
