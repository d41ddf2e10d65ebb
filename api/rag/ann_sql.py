"""Builds the statement of a broad question over a large corpus: the nearest events by the ANN index, then the same scoring."""

from __future__ import annotations

import math
from typing import Any

from api.rag.candidate_sql import VECTOR, CandidateFilter, Signals, Statement, scored, split_conditions
from api.rag.params import RetrievalParams, ScoringWeights

ANN_INDEX = "index_embedding_hnsw"
PLAN = "approximate:hnsw"


def is_broad(f: CandidateFilter, s: Signals, p: RetrievalParams) -> bool:
    """No place, no ids and no dates to speak of: nothing that an index could select by."""
    narrow = f.lat is not None or f.region is not None or f.ids is not None or len(f.ranges) > 1
    return s.vector is not None and not narrow and f.end - f.start >= p.ann_window


def crossover(events: float) -> float:
    """So many candidates cost the exact plan as much as the index costs: measured at 10k, 100k and 1M events."""
    return math.sqrt(400 * events)


def build_nearest(
    f: CandidateFilter, s: Signals, w: ScoringWeights, p: RetrievalParams, *, limit: int, total: int
) -> Statement:
    """As `candidate_sql.build`, over the `p.ann_pool` nearest events and as many that hold every word asked for.

    `total` is told as it is given: counting all that fit is what this plan avoids.
    """
    params: dict[str, Any] = {"pool": p.ann_pool, "estimated": total}
    of_occurrence, of_event, miles = split_conditions(f, p, params)
    # LIMIT keeps the planner from turning the inner side into a join over all occurrences.
    first = f"""
  CROSS JOIN LATERAL (
    SELECT o.id AS occurrence_id, o.start, {miles} AS miles FROM events_occurrence o
    WHERE o.event_id = i.event_id AND {of_occurrence} ORDER BY o.start, o.id LIMIT 1
  ) o"""  # noqa: S608  only condition texts of the candidate query are joined; every value is a parameter
    columns = "i.event_id, o.occurrence_id, o.start, o.miles"
    nearest = f"""(SELECT {columns} FROM events_eventindex i {first} WHERE {of_event} AND i.embedding IS NOT NULL
    ORDER BY i.embedding <=> {VECTOR} LIMIT %(pool)s)"""  # noqa: S608  as above
    arms = [nearest]
    if s.text:
        params["every_word"] = s.text.replace(" or ", " ")
        arms.append(f"""(SELECT {columns} FROM events_eventindex i {first} WHERE {of_event}
    AND i.document @@ (SELECT websearch_to_tsquery('english', %(every_word)s)) LIMIT %(pool)s)""")  # noqa: S608  as above
    if s.name:
        arms.append(f"""(SELECT {columns} FROM events_eventindex i {first} WHERE {of_event}
    AND %(name)s <<%% i.name_key LIMIT %(pool)s)""")  # noqa: S608  as above
    pool = " UNION ".join(arms)
    sql = scored(
        pool,
        "true",
        "%(estimated)s",
        (f, s, w, p),
        params,
        limit=limit,
    )
    return Statement(sql, params, PLAN, "bound", ann_settings(p))


def ann_settings(p: RetrievalParams) -> tuple[str, ...]:
    """Relaxed order goes on through the index until the filters have let enough through; the pool is sorted anyway."""
    return (
        f"hnsw.ef_search = {p.ann_ef_search}",
        "hnsw.iterative_scan = relaxed_order",
        f"hnsw.max_scan_tuples = {p.ann_max_scan_tuples}",
        "enable_seqscan = off",  # the planner thinks that sorting everything is nearly as cheap
        "max_parallel_workers_per_gather = 0",
    )
