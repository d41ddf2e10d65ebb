"""Builds the one search statement: candidates, their ranking and their facets, from one snapshot.

Every value is a parameter; the only text that varies is which conditions and which factors apply.
"""

from __future__ import annotations

from typing import Any

from api.rag.candidate_sql import (
    CandidateFilter,
    Signals,
    Statement,
    factor_columns,
    hard_conditions,
    matched_columns,
)
from api.rag.params import FACTORS, RetrievalParams, ScoringWeights
from api.search.params import FACET_BUCKETS, FACET_DAYS, PRICE_BANDS
from api.search.types import Sort

ID_BYTES = 8

_ORDER: dict[Sort, str] = {
    "relevance": "score DESC, start, event_id",
    "date": "start < %(now)s, start, event_id",
    "distance": "miles NULLS LAST, start, event_id",
    "popularity": "popularity DESC NULLS LAST, start, event_id",
}
_FREE, _LOW, _MIDDLE, _HIGH, _TOP = "free", "under_10", "10_to_25", "25_to_50", "50_and_over"
_BAND = (
    f"CASE WHEN e.is_free THEN '{_FREE}' WHEN e.price_min < {PRICE_BANDS[0]} THEN '{_LOW}'"
    f" WHEN e.price_min < {PRICE_BANDS[1]} THEN '{_MIDDLE}' WHEN e.price_min < {PRICE_BANDS[2]} THEN '{_HIGH}'"
    f" WHEN e.price_min IS NOT NULL THEN '{_TOP}' END"
)
_CITY = "CASE WHEN v.city <> '' THEN concat_ws(', ', v.city, NULLIF(v.state, '')) END"
_VENUE = "COALESCE(concat_ws(', ', NULLIF(v.name, ''), NULLIF(v.city, '')), '')"

# Each: value, label, n. Grouped by what is cheap to compare first: candidates are many, groups few.
_GROUPS = {
    "category": """
  SELECT min(category COLLATE "C") AS value, min(category COLLATE "C") AS label, sum(n)::int AS n
  FROM (SELECT category, count(*) AS n FROM found GROUP BY category) c GROUP BY lower(category)""",
    "price": "SELECT band AS value, band AS label, count(*) AS n FROM found GROUP BY band",
    "attendance": "SELECT attendance AS value, attendance AS label, count(*) AS n FROM found GROUP BY attendance",
    "audience": """
  SELECT a.label AS value, a.label, sum(n)::int AS n FROM (SELECT audience, count(*) AS n FROM found GROUP BY audience) w
  LEFT JOIN LATERAL (SELECT DISTINCT label FROM unnest(w.audience) AS u(label)) a ON true GROUP BY a.label""",
    "venue": """
  SELECT venue_id AS value, name AS label, n FROM (SELECT venue_id, count(*) AS n FROM venues GROUP BY venue_id) w
  LEFT JOIN named USING (venue_id)""",
    "city": """
  SELECT min(city) AS value, min(city) AS label, count(*) AS n
  FROM (SELECT DISTINCT event_id, city_no FROM venues LEFT JOIN named USING (venue_id)) w
  LEFT JOIN (SELECT DISTINCT city_no, city FROM named) c USING (city_no) GROUP BY city_no""",
}
# An occurrence of one day starts on it; only one that may be on for longer is laid out day by day.
_DAYS = """
SELECT json_build_array(0, json_agg(json_build_array(day, day, n) ORDER BY day)) FROM (
  SELECT day, count(*) AS n FROM (
    SELECT event_id, first AS day FROM spans
    WHERE last IS NULL AND first BETWEEN b.first_day AND b.first_day + %(facet_days)s - 1
    UNION
    SELECT event_id, d::date FROM spans CROSS JOIN LATERAL generate_series(
      greatest(first, b.first_day), least(greatest(first, last), b.first_day + %(facet_days)s - 1), interval '1 day') d
    WHERE last IS NOT NULL
  ) on_day GROUP BY day
) days"""


def build_search(
    f: CandidateFilter, s: Signals, w: ScoringWeights, p: RetrievalParams, *, sort: Sort, zone: str, limit: int
) -> Statement:
    """One row: total, the ids in their order as 8-byte big-endian integers, and per facet [buckets left out, [[value, label, n]]]."""
    params: dict[str, Any] = {
        "zone": zone,
        "facet_days": FACET_DAYS,
        "buckets": FACET_BUCKETS,
        "id_bytes": limit * ID_BYTES,
    }
    where, miles = hard_conditions(f, p, params)
    circle = "WHERE miles <= %(radius)s" if "radius" in params else ""
    matched = ", ".join(f"{sql} AS {name}" for name, sql in matched_columns(s, p, params).items())
    factors = factor_columns(s, f, p, params)
    params |= _weights(w, factors)
    score = " + ".join(f"%(w_{name})s * COALESCE({sql}, 0)" for name, sql in factors.items())
    query = ", (SELECT websearch_to_tsquery('english', %(text)s) AS text) q" if s.text else ""
    facets = ", ".join(f"'{name}', ({_buckets(sql)})" for name, sql in _GROUPS.items())
    sql = f"""
WITH near AS MATERIALIZED (
  SELECT * FROM (
    SELECT o.event_id, o.id AS occurrence_id, o.start, o.effective_end, o.long, o.venue_id, {miles} AS miles
    FROM events_occurrence o JOIN events_eventindex i ON i.event_id = o.event_id
    WHERE {" AND ".join(where.values())}
  ) near {circle}
), fitting AS MATERIALIZED (
  SELECT DISTINCT ON (event_id) event_id, occurrence_id, start, miles FROM near ORDER BY event_id, start, occurrence_id
), found AS MATERIALIZED (
  SELECT c.event_id, c.start, c.miles, {matched}, NULLIF(e.category, '') AS category, e.audience,
    e.attendance_mode AS attendance, {_BAND} AS band, e.venue_id
  FROM fitting c JOIN events_eventindex i USING (event_id) JOIN events_event e ON e.id = c.event_id{query}
), scored AS (
  SELECT m.event_id, m.start, m.miles, m.popularity, ({score})::float8 AS score FROM found m
), elsewhere AS MATERIALIZED (
  SELECT event_id FROM near WHERE venue_id IS NOT NULL
), venues AS MATERIALIZED (
  SELECT event_id, venue_id FROM found WHERE event_id NOT IN (SELECT event_id FROM elsewhere)
  UNION ALL
  SELECT DISTINCT n.event_id, COALESCE(n.venue_id, f.venue_id) FROM near n JOIN found f USING (event_id)
  WHERE n.event_id IN (SELECT event_id FROM elsewhere)
), named AS MATERIALIZED (
  SELECT v.id AS venue_id, {_VENUE} AS name, {_CITY} AS city, dense_rank() OVER (ORDER BY {_CITY}) AS city_no
  FROM events_venue v WHERE v.id IN (SELECT venue_id FROM venues)
), ranges AS (
  SELECT r.s, r.e FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS r(s, e)
), spans AS MATERIALIZED (
  SELECT o.event_id, (greatest(o.start, r.s) AT TIME ZONE %(zone)s)::date AS first,
    CASE WHEN o.long OR %(hours)s
      THEN (least(o.effective_end - %(running)s::interval, r.e - interval '1 microsecond') AT TIME ZONE %(zone)s)::date
    END AS last
  FROM near o JOIN ranges r ON (o.start >= r.s AND o.start < r.e)
    OR (o.start < r.s AND o.effective_end >= r.s + %(running)s::interval AND (%(hours)s OR o.long))
), bounds AS (
  SELECT (greatest(%(now)s, %(start)s::timestamptz) AT TIME ZONE %(zone)s)::date AS first_day
)
SELECT (SELECT count(*) FROM fitting),
  (SELECT substr(string_agg(int8send(event_id), ''::bytea ORDER BY {_ORDER[sort]}), 1, %(id_bytes)s) FROM scored),
  json_build_object({facets}, 'day', ({_DAYS}))
FROM bounds b
"""  # noqa: S608  only texts of this module and of the candidate query are joined; every value is a parameter
    return Statement(
        sql, params, "exact:cells" if "cells" in params else "exact:ids" if f.ids is not None else "exact:time"
    )


def _weights(w: ScoringWeights, factors: dict[str, str]) -> dict[str, float]:
    applied = [name for name in FACTORS if name in factors]
    total = sum(getattr(w, name) for name in applied)
    return {f"w_{name}": getattr(w, name) / total if total else 0.0 for name in applied}


def _buckets(groups: str) -> str:
    """The biggest buckets of one facet and how many are left out; what the events do not say is always told, last."""
    return f"""
  SELECT json_build_array(count(*) FILTER (WHERE NOT shown),
    json_agg(json_build_array(value, label, n) ORDER BY place) FILTER (WHERE shown))
  FROM (SELECT value, label, n, place, value IS NULL OR place <= %(buckets)s AS shown FROM (
    SELECT value, label, n, row_number() OVER (ORDER BY value IS NULL, n DESC, label COLLATE "C", value) AS place
    FROM ({groups}) g) p) b"""  # noqa: S608  as above
