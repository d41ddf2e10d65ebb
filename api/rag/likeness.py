"""Events named by the client: 'more like this one', and 'only among these'."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from api.rag.params import RetrievalParams
from api.rag.picked import pointed_at
from api.rag.retrieval import EventLike, event_like, unknown_ids
from api.rag.types import Notice, ParsedQuery
from api.rag.venues import at_venue

Vector = np.ndarray[Any, np.dtype[np.float32]]
SHOWN_IDS = 100  # of those not known, in a notice


@dataclass(frozen=True, slots=True)
class Anchored:
    query: ParsedQuery
    vector: Vector | None
    notices: tuple[Notice, ...] = ()


def anchor(query: ParsedQuery, vector: Vector | None, params: RetrievalParams) -> Anchored:
    """The query among the events of the venue that it names, and turned towards the event that more like it is asked for. Ids that no event has are told, never passed over.

    The event's stored vector stands for it; words beside it turn the vector a little. Raises RetrievalFailed.
    """
    query, not_told = pointed_at(query, params)
    notices = (*not_told, *_unknown(query, params))
    query = at_venue(query, params)
    vector = vector if query.search_text else None
    if query.more_like_event_id is None:
        return Anchored(query, vector, notices)
    model = event_like(query.more_like_event_id, params)
    if model is None:
        return Anchored(query, vector, (*notices, _missing((query.more_like_event_id,))))
    itself = tuple(id_ for id_ in (query.more_like_event_id, model.duplicate_of) if id_ is not None)
    turned = replace(
        query,
        exclude_event_ids=tuple(dict.fromkeys((*query.exclude_event_ids, *itself))),
        intent="find" if query.intent == "smalltalk" or _wordless(query) else query.intent,
    )
    if model.vector is None:
        return Anchored(turned, vector, (*notices, not_embedded(itself[0], model)))
    return Anchored(turned, _between(model.vector, vector, params.more_like_share), notices)


def not_embedded(event_id: int, model: EventLike) -> Notice:
    return Notice("not_embedded", f"“{model.title}” cannot be compared with others yet.", {"ids": [event_id]})


def _wordless(query: ParsedQuery) -> bool:
    return any(notice.code == "no_words" for notice in query.notices)


def _unknown(query: ParsedQuery, params: RetrievalParams) -> tuple[Notice, ...]:
    missing = unknown_ids(query.candidate_ids, params) if query.candidate_ids else ()
    return (_missing(missing),) if missing else ()


def _missing(ids: tuple[int, ...]) -> Notice:
    count = f"{len(ids)} of the events asked about are" if len(ids) > 1 else f"Event {ids[0]} is"
    return Notice("unknown_ids", f"{count} not known here.", {"ids": list(ids[:SHOWN_IDS]), "count": len(ids)})


def _between(model: Vector, words: Vector | None, share: float) -> Vector:
    """A unit vector, `share` of the way at the event."""
    if words is None:
        return model
    mixed = share * model + (1 - share) * words
    unit: Vector = (mixed / np.linalg.norm(mixed)).astype(np.float32)
    return unit
