"""The `understood` object: what a client shows before the first token, and what search, debug runs and the terminal print."""

from __future__ import annotations

from typing import Any

from api.rag.answer_wire import notice_json
from api.rag.query.dates import When
from api.rag.query.ledger_json import audience_json, when_json
from api.rag.types import Constraint, ParsedQuery, Place

# The ledger field behind a constraint's name.
_LEDGER_FIELD = {"interest": "topics", "exclude": "excluded"}


def understood_json(query: ParsedQuery) -> dict[str, Any]:
    """JSON-ready. `override` and `remove` are what to send back as `ledger` to take that way: one tap, no words."""
    price = query.price
    return {
        "message": query.original or query.message,
        "read_as": query.message if query.original else "",
        "intent": query.intent,
        "now": query.now.isoformat(),
        "zone": query.zone,
        "when": _when(query.when, _source(query, "when")) if query.when is not None else None,
        "place": _place(query.place, _source(query, "place")) if query.place is not None else None,
        "radius_miles": query.place.radius_miles if query.place is not None else None,
        "audience": audience_json(query.audience, hard=query.audience_hard) if query.audience is not None else None,
        "price": None
        if price is None
        else {
            "max_price": None if price.max_price is None else float(price.max_price),
            "free_only": price.free_only,
            "label": price.label,
            "hard": query.price_hard,
        },
        "attendance": query.attendance,
        "setting": query.setting,
        "access": list(query.access),
        "interests": list(query.interests),
        "excluded": list(query.excluded),
        "quoted": list(query.quoted),
        "venue": query.venue,
        "about_event_ids": list(query.about_event_ids),
        "about_times": query.about_times,
        "search_text": query.search_text,
        "constraints": [_constraint(c) for c in query.constraints],
        "notices": [notice_json(notice) for notice in query.notices],
        "ledger": dict(query.ledger),
        "ledger_diff": [dict(change) for change in query.ledger_diff],
    }


def _when(when: When, source: str) -> dict[str, Any]:
    return {
        **when_json(when),
        "source": source,
        "ambiguous": when.ambiguous,
        "alternatives": [
            {
                "label": reading.label,
                "start": reading.range.start.isoformat(),
                "end": reading.range.end.isoformat(),
                "grain": reading.grain,
                "override": {
                    "when": {
                        "start": reading.range.start.isoformat(),
                        "end": reading.range.end.isoformat(),
                        "ranges": [[r.start.isoformat(), r.end.isoformat()] for r in reading.ranges],
                        "label": reading.label,
                        "grain": reading.grain,
                        "zone": when.zone,
                    }
                },
            }
            for reading in when.alternatives
        ],
    }


def _place(place: Place, source: str) -> dict[str, Any]:
    return {
        "id": place.location_id,
        "label": place.label,
        "lat": place.lat,
        "lng": place.lng,
        "radius_miles": place.radius_miles,
        "zone": place.zone,
        "country_code": place.country_code,
        "region": place.region,
        "kind": place.kind,
        "confidence": place.confidence,
        "why": place.why,
        "words": place.words,
        "source": source,
        "alternatives": [
            {
                "id": o.location_id,
                "label": o.label,
                "lat": o.lat,
                "lng": o.lng,
                "override": {"place": {"id": o.location_id}},
            }
            for o in place.alternatives
        ],
    }


def _constraint(c: Constraint) -> dict[str, Any]:
    remove = {_LEDGER_FIELD.get(c.field, c.field): None} if c.source in ("message", "ledger") else None
    return {"field": c.field, "label": c.label, "hard": c.hard, "words": c.words, "source": c.source, "remove": remove}


def _source(query: ParsedQuery, name: str) -> str:
    return next((c.source for c in query.constraints if c.field == name), "default")
