"""What the stages tell the trace, as JSON-ready values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.rag.answer_wire import factors_json
from api.rag.errors import PlaceNotFound
from api.rag.sameness import twins
from api.rag.tiering import venue_asked_for
from api.rag.tracing import current_recorder
from api.rag.types import Candidate, EventFacts, ParsedQuery, Place, RankedEvent

TRACED_EVENTS = 30  # of the tiers, where not every stage is kept whole
PLACE_NOTICES = (
    "unknown_place",
    "unknown_spot",
    "ambiguous_place",
    "several_places",
    "place_corrected",
    "place_choice_kept",
)


def trace_place(query: ParsedQuery) -> None:
    """Which place was meant. One that nobody knows is steering for the turn, which asks back, and an error for the trace."""
    notices = [n for n in query.notices if n.code in PLACE_NOTICES]
    told: dict[str, Any] = {"notices": [{"code": n.code, "message": n.message} for n in notices]}
    if query.place is not None:
        told |= _place(query.place)
    unknown = next((PlaceNotFound(n.message) for n in notices if n.code == "unknown_place"), None)
    current_recorder().event("location_resolution", told, error=unknown)


def _place(place: Place) -> dict[str, Any]:
    return {
        "location_id": place.location_id,
        "label": place.label,
        "lat": place.lat,
        "lng": place.lng,
        "radius_miles": place.radius_miles,
        "zone": place.zone,
        "kind": place.kind,
        "confidence": place.confidence,
        "why": place.why,
        "words": place.words,
        "alternatives": [{"location_id": o.location_id, "label": o.label} for o in place.alternatives],
    }


def trace_row(event: RankedEvent) -> dict[str, Any]:
    return {
        "event_id": event.facts.event_id,
        "occurrence_id": event.facts.occurrence_id,
        "title": event.facts.title,
        "status": event.facts.status,
        "tier": event.tier,
        "rank": event.rank,
        "score": round(event.score, 6),
        **factors_json(event.factors),
        "why": list(event.why),
    }


def trace_candidates(found: Sequence[Candidate], facts: Mapping[int, EventFacts], asked: str) -> dict[str, Any]:
    """All that ranking and tiering look at. `same`: pairs of events that are one happening, which is shown once."""
    told = [facts[c.occurrence_id] for c in found if c.occurrence_id in facts]
    return {"candidates": [_candidate(c, facts, asked) for c in found], "same": twins(told)}


def _candidate(c: Candidate, facts: Mapping[int, EventFacts], asked: str) -> dict[str, Any]:
    """Without title and venue: deleted since it was found."""
    known = facts.get(c.occurrence_id)
    return {
        "event_id": c.event_id,
        "occurrence_id": c.occurrence_id,
        "start": c.start.isoformat(),
        "score": c.score,
        "title": known.title if known else None,
        "venue": known.venue if known else None,
        "venue_asked": venue_asked_for(known.venue, asked) if known else None,
        **factors_json(c.factors),
    }
