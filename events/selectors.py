"""Reads of the event records. No side effects, no query per row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count
from django.db.models.functions import Length

from events.models import Event, Occurrence
from events.types import TAKES_PLACE


def shown_occurrences(event_ids: Iterable[int], *, now: datetime, told: Iterable[int] = ()) -> dict[int, Occurrence]:
    """Event id -> the occurrence to show: one of those `told`, else the next that takes place, else the next, else the last.

    What is on at the moment is the next. Its venue and that of the event come along.
    """
    rows = (
        Occurrence.objects.filter(event__in=list(event_ids))
        .select_related("venue", "event__venue")
        .extra(
            select={
                "untold": "NOT events_occurrence.id = ANY(%s::bigint[])",
                "past": "events_occurrence.effective_end <= %s",
                "off": "NOT events_occurrence.status = ANY(%s)",
                "away": "CASE WHEN events_occurrence.effective_end <= %s THEN %s - events_occurrence.start"
                " ELSE events_occurrence.start - %s END",
            },
            select_params=(list(told), now, list(TAKES_PLACE), now, now, now),
            order_by=["event_id", "untold", "past", "off", "away"],
        )
        .distinct("event_id")
    )
    return {o.event_id: o for o in rows}


def upcoming_occurrences(limit: int, *, now: datetime) -> list[Occurrence]:
    """The next that take place, soonest first, with their venues."""
    rows = Occurrence.objects.filter(
        start__gte=now, status__in=TAKES_PLACE, event__status__in=TAKES_PLACE, event__duplicate_of=None
    )
    return list(rows.select_related("venue", "event__venue").order_by("start", "pk")[:limit])


def event_ids_by_title(title: str, *, limit: int) -> list[int]:
    """Events whose title holds these words as they stand, the shortest titles first; merged duplicates are left out."""
    rows = Event.objects.filter(title__icontains=title, duplicate_of=None).order_by(Length("title"), "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def event_ids_known_as(external_id: str, *, source: str | None = None) -> list[int]:
    """Events with this id in their feed, or with a time that has it; several when feeds share it and `source` names none."""
    named = Event.objects.filter(external_id=external_id)
    timed = Event.objects.filter(occurrences__external_id=external_id) if external_id else Event.objects.none()
    if source:
        named, timed = named.filter(source__slug=source), timed.filter(source__slug=source)
    return sorted({*named.values_list("pk", flat=True), *timed.values_list("pk", flat=True)})


def event_counts(venue_ids: Iterable[int]) -> dict[int, int]:
    """Venue id -> how many events name it; venues without one are missing."""
    rows = Event.objects.filter(venue__in=list(venue_ids)).order_by().values_list("venue")
    return dict(rows.annotate(n=Count("pk")))
