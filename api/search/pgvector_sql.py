"""Builds the one search statement: every fitting occurrence and every candidate event as columns of numbers, from one snapshot.

Every value is a parameter; the only text that varies is which conditions and which factors apply. Counting and ordering is not done
here: the numbers leave as whole columns, and api/search/counting.py does both at a hundredth of what an aggregate costs.
"""

from __future__ import annotations

from typing import Any

from api.rag.candidate_sql import (
    FACETS_ALONE,
    LIVE,
    LONG_BEFORE,
    NO_NESTED_LOOP,
    RECENT,
    CandidateFilter,
    Signals,
    Statement,
    factor_columns,
    matched_columns,
    split_conditions,
)
from api.rag.params import FACTORS, RetrievalParams, ScoringWeights
from api.search.types import Sort

_VENUE = "COALESCE(concat_ws(', ', NULLIF(v.name, ''), NULLIF(NULLIF(v.city, ''), v.name)), '')"
_CITY = "CASE WHEN v.city <> '' THEN concat_ws(', ', v.city, NULLIF(v.state, '')) END"

# An occurrence that may be on for longer than the day it starts on brings its end, the others an end before all time.
_UNTIL = "CASE WHEN long OR %(hours)s THEN effective_end ELSE '-infinity' END"


def build_search(f: CandidateFilter, s: Signals, w: ScoringWeights, p: RetrievalParams, *, sort: Sort) -> Statement:
    """One row of columns, each as `array_send` gives it (None: no rows), and two JSON lists:

    of fitting occurrences: event_id, start, until, venue_id (0: its event's), miles; of events: event_id, venue_id (0: none), rank;
    per combination of what events say: [events, category, the same in lower case, audience, attendance, is_free, price_min];
    per venue: [id, label, city]. Times are microseconds since 2000. What `sort` does not order by is None: `miles` and `rank`, which
    is the score or the popularity.
    """
    params: dict[str, Any] = {}
    near, of_event = _near(f, p, params)
    kept = _ranked(f, s, w, p, of_event, params) if sort == "relevance" else _plain(of_event)
    rank = {"relevance": _sent("rank"), "popularity": _sent("popularity")}.get(sort, "NULL::bytea")
    far = _sent("COALESCE(miles, 'infinity')") if sort == "distance" else "NULL::bytea"
    # Where few events are left of many, it is cheaper to look which than to send all their occurrences.
    left = "WHERE event_id IN (SELECT event_id FROM kept)" if of_event != LIVE else ""
    sql = f"""
WITH near AS MATERIALIZED ({near}), kept AS MATERIALIZED ({kept}), keys AS MATERIALIZED (
  SELECT facet_key, count(*) AS n, min(event_id) AS one FROM kept GROUP BY facet_key
)
SELECT * FROM (
  SELECT {_sent("event_id")}, {_sent("start")}, {_sent(_UNTIL)}, {_sent("COALESCE(venue_id, 0)")}, {far} FROM near {left}
) occurrences, (
  SELECT {_sent("event_id")}, {_sent("COALESCE(venue_id, 0)")}, {rank} FROM kept
) events, (
  SELECT json_agg(json_build_array(k.n, e.category, lower(e.category), e.audience, e.attendance_mode, e.is_free, e.price_min::float8))
  FROM keys k JOIN events_event e ON e.id = k.one WHERE e.id = ANY (ARRAY(SELECT one FROM keys))
) said, (
  SELECT json_agg(json_build_array(v.id, {_VENUE}, {_CITY})) FROM events_venue v
  WHERE v.id = ANY (ARRAY(SELECT venue_id FROM near WHERE venue_id IS NOT NULL UNION SELECT venue_id FROM kept))
) named
"""  # noqa: S608  only texts of this module and of the candidate query are joined; every value is a parameter
    plan = "exact:cells" if "cells" in params else "exact:ids" if f.ids is not None else "exact:time"
    return Statement(sql, params, plan, "bound" if plan == "exact:time" else "prepared", NO_NESTED_LOOP)


def _sent(column: str) -> str:
    return f"array_send(array_agg({column}))"


def _near(f: CandidateFilter, p: RetrievalParams, params: dict[str, Any]) -> tuple[str, str]:
    """The occurrences inside the constraints, and the constraints on their events that remain."""
    of_occurrence, of_event, miles = split_conditions(f, p, params)
    fitting = (
        f"SELECT o.event_id, o.start, o.effective_end, o.long, o.venue_id, {miles} AS miles"  # noqa: S608  as above
        f" FROM events_occurrence o WHERE {of_occurrence}"
    )
    both = f"{fitting} AND {RECENT} UNION ALL {fitting} AND {LONG_BEFORE}"
    return (f"SELECT * FROM ({both}) both_kinds WHERE miles <= %(radius)s" if "radius" in params else both), of_event  # noqa: S608  as above


def _plain(of_event: str) -> str:
    return f"""
  SELECT i.event_id, i.venue_id, i.facet_key, i.popularity FROM events_eventindex i
  WHERE i.event_id = ANY (ARRAY(SELECT event_id FROM near)) AND {FACETS_ALONE} AND {of_event}"""  # noqa: S608  as above


def _ranked(
    f: CandidateFilter, s: Signals, w: ScoringWeights, p: RetrievalParams, of_event: str, params: dict[str, Any]
) -> str:
    """Each event with the score of its first fitting occurrence."""
    matched = ", ".join(f"{sql} AS {name}" for name, sql in matched_columns(s, p, params).items())
    factors = factor_columns(s, f, p, params)
    params |= _weights(w, factors)
    score = " + ".join(f"%(w_{name})s * COALESCE({sql}, 0)" for name, sql in factors.items())
    return f"""
  SELECT m.event_id, m.venue_id, m.facet_key, ({score})::float8 AS rank FROM (
    SELECT i.event_id, i.venue_id, i.facet_key, c.start, c.miles, {matched}
    FROM events_eventindex i
    JOIN (SELECT DISTINCT ON (event_id) event_id, start, miles FROM near ORDER BY event_id, start) c USING (event_id)
    WHERE i.event_id = ANY (ARRAY(SELECT event_id FROM near)) AND {of_event}
  ) m"""  # noqa: S608  as above


def _weights(w: ScoringWeights, factors: dict[str, str]) -> dict[str, float]:
    applied = [name for name in FACTORS if name in factors]
    total = sum(getattr(w, name) for name in applied)
    return {f"w_{name}": getattr(w, name) / total if total else 0.0 for name in applied}
