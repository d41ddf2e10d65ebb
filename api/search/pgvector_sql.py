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
    matched_columns,
    split_conditions,
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
    f"CASE WHEN i.is_free THEN '{_FREE}' WHEN i.price_min < {PRICE_BANDS[0]} THEN '{_LOW}'"
    f" WHEN i.price_min < {PRICE_BANDS[1]} THEN '{_MIDDLE}' WHEN i.price_min < {PRICE_BANDS[2]} THEN '{_HIGH}'"
    f" WHEN i.price_min IS NOT NULL THEN '{_TOP}' END"
)
_CITY = "CASE WHEN v.city <> '' THEN concat_ws(', ', v.city, NULLIF(v.state, '')) END"
_VENUE = "COALESCE(concat_ws(', ', NULLIF(v.name, ''), NULLIF(NULLIF(v.city, ''), v.name)), '')"

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
  SELECT venue_id AS value, name AS label, sum(n)::int AS n FROM (
    SELECT venue_id, n FROM at_once UNION ALL SELECT venue_id, count(*) FROM at_times GROUP BY venue_id) w
  LEFT JOIN named USING (venue_id) GROUP BY venue_id, name""",
    "city": """
  SELECT city AS value, city AS label, sum(n)::int AS n FROM (
    SELECT city, n FROM at_once LEFT JOIN named USING (venue_id)
    UNION ALL
    SELECT city, count(DISTINCT event_id) FROM at_times LEFT JOIN named USING (venue_id) GROUP BY city) w GROUP BY city""",
}
# An occurrence of one day starts on it; only one that may be on for longer is laid out day by day.
_DAYS = """
SELECT json_build_array(0, json_agg(json_build_array(day, day, n) ORDER BY day)) FROM (
  SELECT day, sum(n)::int AS n FROM (
    SELECT (start AT TIME ZONE %(zone)s)::date AS day, count(*) AS n FROM found
    WHERE NOT (several OR long OR %(hours)s) GROUP BY day
    UNION ALL
    SELECT day, count(*) FROM (
      SELECT event_id, (start AT TIME ZONE %(zone)s)::date AS day FROM times WHERE NOT (long OR %(hours)s)
      UNION
      SELECT event_id, d::date FROM spans CROSS JOIN LATERAL generate_series(
        greatest(first, b.first_day), least(greatest(first, last), b.first_day + %(facet_days)s - 1), interval '1 day') d
    ) on_day GROUP BY day
  ) counted WHERE day BETWEEN b.first_day AND b.first_day + %(facet_days)s - 1 GROUP BY day
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
    of_occurrence, of_event, miles = split_conditions(f, p, params)
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
    FROM events_occurrence o WHERE {of_occurrence}
  ) near {circle}
), firsts AS (
  SELECT event_id, start, effective_end, long, venue_id, miles, event_id IS NOT DISTINCT FROM after AS several FROM (
    SELECT *, lag(event_id) OVER in_order AS before, lead(event_id) OVER in_order AS after
    FROM near WINDOW in_order AS (ORDER BY event_id, start, occurrence_id)
  ) near WHERE event_id IS DISTINCT FROM before
), found AS MATERIALIZED (
  SELECT c.event_id, c.start, c.effective_end, c.long, c.several, c.miles, COALESCE(c.venue_id, e.venue_id) AS venue_id,
    e.venue_id AS usual_venue_id, {matched}, NULLIF(e.category, '') AS category, e.audience, i.attendance, {_BAND} AS band
  FROM firsts c JOIN events_eventindex i USING (event_id) JOIN events_event e ON e.id = c.event_id{query} WHERE {of_event}
), scored AS (
  SELECT m.event_id, m.start, m.miles, m.popularity, ({score})::float8 AS score FROM found m
), times AS MATERIALIZED (
  SELECT event_id, n.start, n.effective_end, n.long, COALESCE(n.venue_id, f.usual_venue_id) AS venue_id
  FROM near n JOIN found f USING (event_id) WHERE f.several
), at_once AS MATERIALIZED (
  SELECT venue_id, count(*) AS n FROM found WHERE NOT several GROUP BY venue_id
), at_times AS MATERIALIZED (
  SELECT DISTINCT event_id, venue_id FROM times
), named AS MATERIALIZED (
  SELECT v.id AS venue_id, {_VENUE} AS name, {_CITY} AS city
  FROM events_venue v WHERE v.id IN (SELECT venue_id FROM at_once UNION SELECT venue_id FROM at_times)
), ranges AS (
  SELECT r.s, r.e FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS r(s, e)
), spans AS MATERIALIZED (
  SELECT event_id, (greatest(o.start, r.s) AT TIME ZONE %(zone)s)::date AS first,
    (least(o.effective_end - %(running)s::interval, r.e - interval '1 microsecond') AT TIME ZONE %(zone)s)::date AS last
  FROM (
    SELECT event_id, start, effective_end, long FROM found WHERE NOT several
    UNION ALL
    SELECT event_id, start, effective_end, long FROM times
  ) o JOIN ranges r ON (o.start >= r.s AND o.start < r.e) OR (o.start < r.s AND o.effective_end >= r.s + %(running)s::interval)
  WHERE o.long OR %(hours)s
), bounds AS (
  SELECT (greatest(%(now)s, %(start)s::timestamptz) AT TIME ZONE %(zone)s)::date AS first_day
)
SELECT (SELECT count(*) FROM found),
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
