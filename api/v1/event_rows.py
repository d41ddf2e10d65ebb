"""Which occurrence of an event a client sees, and its facts. Three statements, whatever the number of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from api.rag.hydrate import load_facts
from api.rag.types import EventFacts
from conversations.models import ChatMessage

ANSWERS_LOOKED_AT = 5  # a client asks for the events of the answer it has just read


@dataclass(frozen=True, slots=True)
class EventRow:
    facts: EventFacts
    postal_code: str
    telephone: str
    precision: str  # exact, city or unknown: how well the coordinates are known


_CHOSEN = """
SELECT DISTINCT ON (o.event_id) o.id, COALESCE(v.postal_code, ''), COALESCE(v.telephone, ''), COALESCE(v.precision, 'unknown')
FROM events_occurrence o
JOIN events_event e ON e.id = o.event_id
LEFT JOIN events_venue v ON v.id = COALESCE(o.venue_id, e.venue_id)
WHERE o.event_id = ANY(%(ids)s)
ORDER BY o.event_id, o.id = ANY(%(told)s) DESC, o.effective_end <= %(now)s, o.status = 'cancelled',
  CASE WHEN o.effective_end <= %(now)s THEN %(now)s - o.start ELSE o.start - %(now)s END
"""
_UPCOMING = """
SELECT o.id, COALESCE(v.postal_code, ''), COALESCE(v.telephone, ''), COALESCE(v.precision, 'unknown')
FROM events_occurrence o
JOIN events_event e ON e.id = o.event_id
LEFT JOIN events_venue v ON v.id = COALESCE(o.venue_id, e.venue_id)
WHERE o.start >= %(now)s AND o.status <> 'cancelled' AND e.status IN ('scheduled', 'rescheduled') AND e.duplicate_of_id IS NULL
ORDER BY o.start, o.id LIMIT %(limit)s
"""


def by_ids(ids: Sequence[int], *, user_id: int, now: datetime) -> list[EventRow]:
    """In the order of `ids`, each once; ids that are not there are missing.

    A series is shown at the time this user was last told about, else at its next one that takes place, else at its last.
    """
    return told(ids, _told_occurrences(user_id), now=now)


def told(ids: Sequence[int], occurrences: Mapping[int, int], *, now: datetime) -> list[EventRow]:
    """As `by_ids`, at the given occurrences."""
    wanted = [occurrences[id_] for id_ in ids if id_ in occurrences]
    rows = _rows(_CHOSEN, {"ids": list(ids), "told": wanted, "now": now})
    found = {row.facts.event_id: row for row in rows}
    return [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]


def upcoming(limit: int, *, now: datetime) -> list[EventRow]:
    """The next occurrences that take place, soonest first."""
    return _rows(_UPCOMING, {"limit": limit, "now": now})


def _rows(statement: str, values: Mapping[str, Any]) -> list[EventRow]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        chosen = cursor.fetchall()
    facts = load_facts([row[0] for row in chosen]) if chosen else {}
    return [EventRow(facts[id_][0], *venue) for id_, *venue in chosen if id_ in facts]


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
