"""Builds what else is asked about candidates: how many there are, how many are good, where one stands, what keeps one out."""

from __future__ import annotations

from typing import Any

from api.rag.candidate_sql import (
    FACETS_ALONE,
    NO_NESTED_LOOP,
    CandidateFilter,
    Signals,
    Statement,
    build,
    first_fitting,
    hard_conditions,
)
from api.rag.params import RetrievalParams, ScoringWeights


def build_fitting(f: CandidateFilter, p: RetrievalParams) -> Statement:
    """Event id and first fitting occurrence of every event inside the hard constraints; the events by one walk, as `scored` has it."""
    params: dict[str, Any] = {}
    first, of_event = first_fitting(f, p, params)
    sql = f"""
WITH c AS MATERIALIZED ({first})
SELECT event_id, occurrence_id FROM c JOIN events_eventindex i USING (event_id)
WHERE i.event_id = ANY (ARRAY(SELECT event_id FROM c)) AND {FACETS_ALONE} AND {of_event}"""  # noqa: S608  as above
    return Statement(sql, params, settings=NO_NESTED_LOOP)


def build_times(f: CandidateFilter, p: RetrievalParams, *, of_each: int) -> Statement:
    """Event id, occurrence id and start of the first `of_each` occurrences of every event inside the hard constraints, soonest first."""
    params: dict[str, Any] = {"of_each": of_each}
    where, _ = hard_conditions(f, p, params)
    sql = f"""
SELECT event_id, id, start FROM (
  SELECT o.event_id, o.id, o.start, row_number() OVER (PARTITION BY o.event_id ORDER BY o.start, o.id) AS nth
  FROM events_occurrence o JOIN events_eventindex i ON i.event_id = o.event_id WHERE {" AND ".join(where.values())}
) times WHERE nth <= %(of_each)s ORDER BY start, id"""  # noqa: S608  as above
    return Statement(sql, params)


def build_estimated(f: CandidateFilter, p: RetrievalParams) -> Statement:
    """The same events in a shape whose number the planner can estimate; not for running."""
    params: dict[str, Any] = {}
    first, of_event = first_fitting(f, p, params, apart=False)
    sql = f"SELECT event_id FROM ({first}) c JOIN events_eventindex i USING (event_id) WHERE {of_event}"  # noqa: S608  as above
    return Statement(sql, params)


def build_count(f: CandidateFilter, p: RetrievalParams) -> Statement:
    """How many events fit the hard constraints."""
    fitting = build_fitting(f, p)
    sql = f"SELECT count(*) FROM ({fitting.sql}) fitting"  # noqa: S608  as above
    return Statement(sql, fitting.params, settings=fitting.settings)


def build_count_good(f: CandidateFilter, s: Signals, w: ScoringWeights, p: RetrievalParams) -> Statement:
    """How many candidates of a question with a topic pass the floors of a recommendation, as `tiering.weakness` has them."""
    every = build(f, s, w, p, limit=None)
    params = {
        **every.params,
        "score_floor": p.recommended_floor,
        "match_floor": p.recommended_semantic_floor,
        "topical": p.topical_category,
        "topical_floor": p.topical_semantic_floor,
        "share_of_best": p.recommended_share_of_best,
    }
    sql = f"""SELECT count(*) FROM (SELECT *, max(semantic) OVER () AS best FROM ({every.sql}) every) every
WHERE score >= %(score_floor)s AND semantic >= %(share_of_best)s * best
  AND (semantic >= %(match_floor)s OR (category >= %(topical)s AND semantic >= %(topical_floor)s))"""  # noqa: S608  as above
    return Statement(sql, params, every.plan, settings=every.settings)


def build_rank(f: CandidateFilter, s: Signals, w: ScoringWeights, p: RetrievalParams, *, event_id: int) -> Statement:
    """The 1-based rank of one event among all candidates, then the columns of `build`; no row when it is none."""
    every = build(f, s, w, p, limit=None)
    sql = f"""SELECT * FROM (
  SELECT row_number() OVER (ORDER BY score DESC, start, event_id) AS rank, every.* FROM ({every.sql}) every
) ranked WHERE event_id = %(asked_id)s"""  # noqa: S608  as above
    return Statement(sql, {**every.params, "asked_id": event_id}, every.plan, settings=every.settings)


def build_checks(f: CandidateFilter, p: RetrievalParams, *, event_id: int) -> tuple[Statement, tuple[str, ...]]:
    """Each occurrence of one event against each hard constraint, by the very conditions of the candidate query.

    Columns: occurrence_id, start, effective_end, occurrence status, region, miles, then one truth value per stage told back.
    """
    params: dict[str, Any] = {"asked_id": event_id}
    where, miles = hard_conditions(f, p, params)
    if "radius" in params:
        where["radius"] = f"{miles} <= %(radius)s"
    checks = ", ".join(f"COALESCE(({sql})::boolean, false)" for sql in where.values())
    sql = f"""
SELECT o.id, o.start, o.effective_end, o.status, o.region, {miles}, {checks}
FROM events_occurrence o JOIN events_eventindex i ON i.event_id = o.event_id
WHERE o.event_id = %(asked_id)s ORDER BY o.start, o.id"""  # noqa: S608  as above
    return Statement(sql, params), tuple(where)
