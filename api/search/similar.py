"""What is most like one event: near it in meaning, near it on the map, soon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.rag.answer_wire import notice_json
from api.rag.candidate_sql import CandidateFilter, Signals, build
from api.rag.hydrate import load_facts
from api.rag.likeness import not_embedded
from api.rag.params import RetrievalParams, ScoringWeights
from api.rag.retrieval import EventLike, event_like, run, vector_literal
from api.rag.tiering import title_key
from api.search.asking import cut_to_days
from api.search.params import SIMILAR_LOOKED_AT, SIMILAR_WEIGHTS, SIMILAR_WINDOW_DAYS

PARAMS = RetrievalParams()


@dataclass(frozen=True, slots=True)
class Similar:
    """`occurrences`: event id -> the time to attend it, most alike first. `notices` are JSON-ready."""

    occurrences: Mapping[int, int]
    similarity: Mapping[int, float]
    notices: tuple[Mapping[str, Any], ...] = ()


def similar_events(
    event_id: int, *, now: datetime, limit: int, radius_miles: float, days: tuple[date | None, date | None]
) -> Similar | None:
    """None where there is no such event. One event of each title; an event without coordinates is compared with all places.

    Raises RetrievalFailed.
    """
    model = event_like(event_id, PARAMS)
    if model is None:
        return None
    if model.vector is None:
        return Similar({}, {}, (notice_json(not_embedded(event_id, model)),))
    f = _around(event_id, model, now, radius_miles, days)
    if f is None:
        return Similar({}, {})
    s = Signals(vector=vector_literal(model.vector))
    weights = ScoringWeights.from_mapping(SIMILAR_WEIGHTS).normalised()
    rows = run(build(f, s, weights, PARAMS, limit=limit * SIMILAR_LOOKED_AT), PARAMS)
    found = _one_of_each_title(rows)[:limit]
    return Similar(
        {row[0]: row[1] for row in found}, {row[0]: round(row[4], 4) if row[4] is not None else 0.0 for row in found}
    )


def _around(
    event_id: int, model: EventLike, now: datetime, radius_miles: float, days: tuple[date | None, date | None]
) -> CandidateFilter | None:
    """None where the days asked about are over."""
    window = (now, now + timedelta(days=PARAMS.far_ahead_days if any(days) else SIMILAR_WINDOW_DAYS))
    ranges = cut_to_days((window,), days[0], days[1], ZoneInfo(model.zone))
    known = model.lat is not None and model.lng is not None
    itself = tuple(id_ for id_ in (event_id, model.duplicate_of) if id_ is not None)
    return CandidateFilter(
        now=now,
        ranges=ranges,
        lat=model.lat,
        lng=model.lng,
        radius_miles=radius_miles if known else None,
        exclude_ids=itself,
    ) if ranges else None  # fmt: skip


def _one_of_each_title(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    facts = {id_: pair[0] for id_, pair in load_facts([row[1] for row in rows]).items()} if rows else {}
    kept: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        if row[1] in facts:
            kept.setdefault(title_key(facts[row[1]].title), row)
    return list(kept.values())
