"""Which occurrence of an event a client sees, and its facts. Three statements, whatever the number of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.rag.hydrate import load_facts
from api.rag.types import EventFacts
from conversations.models import ChatMessage
from events.models import Occurrence, Venue
from events.selectors import shown_occurrences, upcoming_occurrences

ANSWERS_LOOKED_AT = 5  # a client asks for the events of the answer it has just read


@dataclass(frozen=True, slots=True)
class EventRow:
    facts: EventFacts
    postal_code: str = ""
    telephone: str = ""
    precision: str = Venue.Precision.UNKNOWN  # exact, city or unknown: how well the coordinates are known


def by_ids(ids: Sequence[int], *, user_id: int, now: datetime) -> list[EventRow]:
    """In the order of `ids`, each once; ids that are not there are missing.

    A series is shown at the time this user was last told about, else at its next one that takes place, else at its last.
    """
    return told(ids, _told_occurrences(user_id), now=now)


def told(ids: Sequence[int], occurrences: Mapping[int, int], *, now: datetime) -> list[EventRow]:
    """As `by_ids`, at the given occurrences."""
    told_at = [occurrences[id_] for id_ in ids if id_ in occurrences]
    shown = shown_occurrences(ids, now=now, told=told_at)
    return _rows([shown[id_] for id_ in dict.fromkeys(ids) if id_ in shown])


def upcoming(limit: int, *, now: datetime) -> list[EventRow]:
    """The next occurrences that take place, soonest first."""
    return _rows(upcoming_occurrences(limit, now=now))


def _rows(occurrences: Sequence[Occurrence]) -> list[EventRow]:
    facts = load_facts([o.pk for o in occurrences]) if occurrences else {}
    return [_row(facts[o.pk][0], o.venue or o.event.venue) for o in occurrences if o.pk in facts]


def _row(facts: EventFacts, venue: Venue | None) -> EventRow:
    return EventRow(facts, venue.postal_code, venue.telephone, venue.precision) if venue else EventRow(facts)


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
