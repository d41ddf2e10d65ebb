"""Which occurrence of an event a client sees, and its facts. Three statements, whatever the number of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Extract

from api.rag.hydrate import load_facts
from api.rag.types import EventFacts
from conversations.models import ChatMessage
from events.models import Event, Occurrence

ANSWERS_LOOKED_AT = 5  # a client asks for the events of the answer it has just read


@dataclass(frozen=True, slots=True)
class EventRow:
    facts: EventFacts
    postal_code: str
    telephone: str
    precision: str  # exact, city or unknown: how well the coordinates are known


_VENUE = {
    name: Coalesce(f"venue__{name}", f"event__venue__{name}", Value(""))
    for name in ("postal_code", "telephone", "precision")
}


def by_ids(ids: Sequence[int], *, user_id: int, now: datetime) -> list[EventRow]:
    """In the order of `ids`, each once; ids that are not there are missing.

    A series is shown at the time this user was last told about, else at its next one that takes place, else at its last.
    """
    told = _told_occurrences(user_id)
    # An empty list would leave a bare 1 in ORDER BY, which PostgreSQL reads as the first column.
    preferred = [told[id_] for id_ in ids if id_ in told] or [0]
    rows = (
        Occurrence.objects.filter(event_id__in=ids)
        .annotate(
            told=Case(When(id__in=preferred, then=0), default=1),
            ended=Case(When(effective_end__lte=now, then=1), default=0),
            off=Case(When(status=Event.Status.CANCELLED, then=1), default=0),
            distance=Case(
                When(effective_end__lte=now, then=-_epoch("start")), default=_epoch("start"), output_field=FloatField()
            ),
        )
        .order_by("event_id", "told", "ended", "off", "distance")
        .distinct("event_id")
    )
    found = {row.facts.event_id: row for row in _rows(rows)}
    return [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]


def upcoming(limit: int, *, now: datetime) -> list[EventRow]:
    """The next occurrences that take place, soonest first."""
    rows = Occurrence.objects.filter(
        ~Q(status=Event.Status.CANCELLED),
        start__gte=now,
        event__status__in=[Event.Status.SCHEDULED, Event.Status.RESCHEDULED],
        event__duplicate_of__isnull=True,
    ).order_by("start", "id")
    return _rows(rows[:limit])


def _epoch(field: str) -> Extract:
    return Extract(F(field), "epoch")


def _rows(occurrences: QuerySet[Occurrence]) -> list[EventRow]:
    chosen: list[Any] = list(occurrences.values("id", **{f"shown_{name}": source for name, source in _VENUE.items()}))
    facts = load_facts([row["id"] for row in chosen]) if chosen else {}
    return [
        EventRow(facts[row["id"]][0], row["shown_postal_code"], row["shown_telephone"], row["shown_precision"])
        for row in chosen
        if row["id"] in facts
    ]


def _told_occurrences(user_id: int) -> dict[int, int]:
    """Event id -> occurrence id, from the receipts of the user's latest answers; the newest wins."""
    receipts = ChatMessage.objects.filter(
        session__user_id=user_id, role=ChatMessage.Role.ASSISTANT, model_slot="A"
    ).order_by("-id")
    told: dict[int, int] = {}
    for receipt in receipts.values_list("receipt", flat=True)[:ANSWERS_LOOKED_AT]:
        for event in _events_of(receipt):
            told.setdefault(event[0], event[1])
    return told


def _events_of(receipt: Any) -> list[tuple[int, int]]:
    facts = receipt.get("facts", []) if isinstance(receipt, Mapping) else []
    return [(fact["id"], fact["occurrence_id"]) for fact in facts if {"id", "occurrence_id"} <= fact.keys()]
