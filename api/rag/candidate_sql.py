"""Builds the one candidate statement: hard filters, exact cosine distance, lexical match and factors in SQL.

Every value is a parameter; the only text that varies is which conditions and which factors apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from api.rag.geo import bounding_box, cells_in_circle
from api.rag.params import FACTORS, RetrievalParams, ScoringWeights
from events.types import TAKES_PLACE as STATUSES_TAKING_PLACE
from locations.geo import EARTH_RADIUS_MILES

Conditions = dict[str, str]  # SQL by the name of its stage

# The hard constraints in the order in which a missing event is explained.
STAGES = (
    "status",
    "over",
    "ids",
    "excluded",
    "dates",
    "region",
    "radius",
    "categories",
    "attendance",
    "ages",
    "price",
    "refused",
)

# What fits and began before is long. Without a lower bound the index would walk through the past of every cell, and apart each of
# the two is read from an index alone.
RECENT, LONG_BEFORE = "o.start >= %(since)s", "o.long AND o.start < %(since)s"
NOT_LONG = timedelta(hours=26)  # `long` begins at 25

# The planner takes the candidates and their index rows for few, and a nested loop over both takes the square of their number.
NO_NESTED_LOOP = ("enable_nestloop = off",)

# True of every row: lets an event be read from the index of facets, for who asks about no word and no vector.
FACETS_ALONE = "i.facet_key IS NOT NULL"

LIVE, TAKES_PLACE = "i.live", f"o.status IN {STATUSES_TAKING_PLACE}"
# Constraints on the event as a whole: checked once per event, after its first fitting occurrence is known.
OF_EVENT = ("categories", "attendance", "ages", "price", "refused")

# Subqueries like this are computed once, whatever the plan.
VECTOR, TEXT = "(SELECT %(vector)s::halfvec(384))", "(SELECT websearch_to_tsquery('english', %(text)s))"

# ts_rank() of an OR query is the mean over its words of weight / (pi^2 / 6): one word found once in the title gives this.
TS_RANK_OF_ONE_TITLE_HIT = 0.6079


@dataclass(frozen=True, slots=True)
class CandidateFilter:
    """The hard constraints, resolved: absolute intervals, a circle, numbers."""

    now: datetime
    ranges: tuple[tuple[datetime, datetime], ...]  # half-open, at least one, sorted
    hours: bool = False  # the ranges are parts of a day: something already running still fits
    must_end: bool = False  # it is over by the end of its range
    lat: float | None = None
    lng: float | None = None
    radius_miles: float | None = None
    region: str | None = None  # "US-CA", or "US-" for a whole country
    ids: tuple[int, ...] | None = None
    exclude_ids: tuple[int, ...] = ()
    online: bool | None = None
    online_here: bool = False  # the place holds even for what can be joined online
    age_min: int | None = None  # somebody of this age or older is welcome ...
    age_max: int | None = None  # ... and of this age or younger: of several children the eldest, and the youngest
    max_price: float | None = None
    unpriced_too: bool = False  # of `max_price`: what names no price fits as well
    free_only: bool = False
    excluded_terms: tuple[str, ...] = ()  # stemmed words of refused topics
    excluded_places: tuple[str, ...] = ()  # and those of their words that a venue's name may have
    categories: tuple[str, ...] = ()  # the event's category is one of these, in any case

    @property
    def start(self) -> datetime:
        return self.ranges[0][0]

    @property
    def end(self) -> datetime:
        return max(end for _, end in self.ranges)

    @property
    def from_anywhere(self) -> bool:
        """What is asked for online has no place to be near to; most of it has no coordinates either."""
        return self.online is True and not self.online_here


@dataclass(frozen=True, slots=True)
class Signals:
    """What the ranking may use; None or empty means the query did not ask about it."""

    vector: str | None = None  # halfvec literal
    text: str = ""  # websearch query for full text: words joined by "or"
    name: str = ""  # a title or venue asked for literally, lower case
    terms: tuple[str, ...] = ()  # stemmed words of the topic, for the category factor
    wants_time: bool = False


@dataclass(slots=True)
class Statement:
    """`binding`: "plain" puts the values into the text; "bound" sends them beside it, typed; "prepared" also keeps the plan, which
    must be good for all values - planning costs as much as running a narrow query."""

    sql: str
    params: dict[str, Any] = field(default_factory=dict)
    plan: str = ""
    binding: Literal["plain", "bound", "prepared"] = "plain"
    settings: tuple[str, ...] = ()  # of the database, for this statement alone


def _where_when(f: CandidateFilter, p: RetrievalParams, params: dict[str, Any]) -> Conditions:
    params |= {
        "now": f.now,
        "start": f.start,
        "end": f.end,
        "starts": [s for s, _ in f.ranges],
        "ends": [e for _, e in f.ranges],
        "running": f"{p.still_on_minutes} minutes",
        "hours": f.hours,
        "since": f.start - NOT_LONG if f.hours else f.start,  # of what began before a whole day only what is long fits
    }
    # Starts inside a range; or is already on: a part of a day asks what is on then, a whole day only what runs for days.
    in_time = "o.effective_end <= r.e AND " if f.must_end else ""
    fits = (
        "EXISTS (SELECT 1 FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS r(s, e) WHERE"  # noqa: S608  as below
        f" {in_time}((o.start >= r.s AND o.start < r.e) OR (o.start < r.s AND o.effective_end >= r.s + %(running)s::interval"
        " AND (%(hours)s OR o.long))))"
    )
    if len(f.ranges) == 1:
        fits = (
            "(o.start >= %(start)s OR (o.effective_end >= %(start)s::timestamptz + %(running)s::interval"
            " AND (%(hours)s OR o.long)))"
        )
        fits = f"o.effective_end <= %(end)s AND {fits}" if f.must_end else fits
    return {"over": "o.effective_end > %(now)s", "dates": f"o.start < %(end)s AND ({RECENT} OR o.long) AND {fits}"}


def _where_place(f: CandidateFilter, p: RetrievalParams, params: dict[str, Any]) -> tuple[Conditions, str]:
    """Conditions, and the expression of the distance in miles."""
    where: Conditions = {}
    miles = "NULL::float8"
    if f.region and not f.from_anywhere:
        params["region"] = f"{f.region.replace('%', '').replace('_', '')}%" if f.region.endswith("-") else f.region
        # Of a state the index is used; of a country the time selects.
        where["region"] = "o.region LIKE %(region)s" if f.region.endswith("-") else "o.region = %(region)s"
    if f.lat is not None and f.lng is not None:
        params |= {"lat": f.lat, "lng": f.lng, "diameter": 2 * EARTH_RADIUS_MILES}
        # Haversine, inline: earth_distance() costs nine times as much. least() clamps rounding above 1, and skips NULL.
        miles = (
            "CASE WHEN o.lat IS NOT NULL THEN %(diameter)s * asin(least(1, sqrt(sin(radians(o.lat - %(lat)s) / 2) ^ 2"
            " + cos(radians(%(lat)s)) * cos(radians(o.lat)) * sin(radians(o.lng - %(lng)s) / 2) ^ 2))) END"
        )
        if f.radius_miles is not None and not f.region and not f.from_anywhere:
            cells = cells_in_circle(f.lat, f.lng, f.radius_miles, limit=p.max_cells)
            params["radius"] = f.radius_miles
            if cells is not None:
                params["cells"] = cells
                where["radius"] = "o.cell = ANY(%(cells)s)"
            else:
                south, north, west, east = bounding_box(f.lat, f.lng, f.radius_miles)
                params |= {"south": south, "north": north}
                where["radius"] = "o.lat BETWEEN %(south)s AND %(north)s"
                if west >= -180 and east <= 180:
                    params |= {"west": west, "east": east}
                    where["radius"] += " AND o.lng BETWEEN %(west)s AND %(east)s"
    return where, miles


def _where_event(f: CandidateFilter, params: dict[str, Any]) -> Conditions:
    where: Conditions = {}
    if f.ids is not None:
        params["ids"] = list(f.ids)
        where["ids"] = "o.event_id = ANY(%(ids)s)"
    if f.exclude_ids:
        params["exclude_ids"] = list(f.exclude_ids)
        where["excluded"] = "o.event_id <> ALL(%(exclude_ids)s)"
    if f.categories:
        params["categories"] = list(f.categories)
        where["categories"] = (
            "i.category_key = ANY (ARRAY(SELECT lower(wanted) FROM unnest(%(categories)s::text[]) wanted))"
        )
    if f.online is not None:
        where["attendance"] = "i.attendance <> 'offline'" if f.online else "i.attendance <> 'online'"
    ages: list[str] = []
    if f.age_min is not None:
        params["age_min"] = f.age_min
        ages.append("(i.age_max IS NULL OR i.age_max >= %(age_min)s)")
    if f.age_max is not None:
        params["age_max"] = f.age_max
        ages.append("(i.age_min IS NULL OR i.age_min <= %(age_max)s)")
    if ages:
        where["ages"] = " AND ".join(ages)
    if f.free_only:
        where["price"] = "i.is_free"
    elif f.max_price is not None:
        params["max_price"] = f.max_price
        unpriced = " OR i.price_min IS NULL" if f.unpriced_too else ""
        where["price"] = f"(i.is_free OR i.price_min <= %(max_price)s{unpriced})"
    if f.excluded_terms:
        params["excluded"] = list(f.excluded_terms)
        where["refused"] = "NOT i.terms && %(excluded)s::text[]"
    if f.excluded_places:
        params["excluded_places"] = rf"\m({'|'.join(f.excluded_places)})\M"
        where["refused"] += " AND i.name_key !~ %(excluded_places)s"
    return where


def hard_conditions(f: CandidateFilter, p: RetrievalParams, params: dict[str, Any]) -> tuple[Conditions, str]:
    """Every hard constraint that applies by the name of its stage, in the order of `STAGES`, and the distance in miles."""
    place, miles = _where_place(f, p, params)
    status = {"status": f"{LIVE} AND {TAKES_PLACE}"}
    found = status | _where_when(f, p, params) | place | _where_event(f, params)
    return {stage: found[stage] for stage in STAGES if stage in found}, miles


def matched_columns(s: Signals, p: RetrievalParams, params: dict[str, Any]) -> dict[str, str]:
    """What is read from the index row, each computed once per event: similarity, lexical, overlap, popularity."""
    columns = {
        "popularity": "i.popularity",
        "similarity": "NULL::float8",
        "lexical": "NULL::float8",
        "overlap": "NULL::int",
    }
    if s.vector is not None:
        params["vector"] = s.vector
        # greatest() skips NULL: without the CASE an event not yet embedded would score 0 instead of unknown
        similarity = f"greatest(0, 1 - (i.embedding <=> {VECTOR}))"
        columns["similarity"] = f"CASE WHEN i.embedding IS NOT NULL THEN {similarity} END"
    lexical: list[str] = []
    # Beside a similarity a literal match counts as a share of what is left to 1; alone it counts whole.
    word_share, name_share = (p.lexical_share, p.name_share) if s.vector is not None else (1.0, 1.0)
    if s.text:
        params |= {"text": s.text, "full_rank": TS_RANK_OF_ONE_TITLE_HIT, "word_share": word_share}
        rank = f"ts_rank('{{0.1, 0.3, 0.6, 1.0}}', i.document, {TEXT})"
        lexical.append(
            f"CASE WHEN i.document @@ {TEXT} THEN %(word_share)s * least(1, {rank} / %(full_rank)s) ELSE 0 END"
        )
    if s.name:
        params |= {"name": s.name, "name_share": name_share}
        # The trigram index gives the few names that are alike at all: comparing each costs more than everything else.
        alike = "SELECT n.event_id FROM events_eventindex n WHERE %(name)s <<%% n.name_key"
        lexical.append(
            f"CASE WHEN i.event_id IN ({alike}) THEN %(name_share)s * strict_word_similarity(%(name)s, i.name_key) ELSE 0 END"
        )
    if lexical:
        columns["lexical"] = f"greatest({', '.join(lexical)})"
    if s.terms:
        params |= {f"term{n}": term for n, term in enumerate(s.terms)}
        columns["overlap"] = " + ".join(f"(%(term{n})s = ANY(i.terms))::int" for n in range(len(s.terms)))
    return columns


def factor_columns(s: Signals, f: CandidateFilter, p: RetrievalParams, params: dict[str, Any]) -> dict[str, str]:
    """SQL of every factor that applies, each in [0, 1] or NULL when the event's data is missing."""
    factors = {"popularity": "m.popularity"}
    words = bool(s.text or s.name)
    if s.vector is not None and words:
        known = "COALESCE(m.similarity, 0)"
        factors["semantic"] = f"{known} + (1 - {known}) * m.lexical"
    elif s.vector is not None or words:
        factors["semantic"] = "m.similarity" if s.vector is not None else "m.lexical"
    if f.lat is not None and not f.from_anywhere:
        params["half_miles"] = p.distance_half_miles
        factors["location"] = "1 / (1 + m.miles / %(half_miles)s)"
    if s.wants_time:
        params["half_days"] = p.time_half_days
        # extract() is numeric, and slow.
        factors["time"] = "1 / (1 + greatest(0, date_part('epoch', m.start - %(now)s)) / 86400 / %(half_days)s)"
    if s.terms:
        params["full_overlap"] = p.category_full_overlap
        factors["category"] = "least(1, m.overlap / %(full_overlap)s::float8)"
    return factors


def build(f: CandidateFilter, s: Signals, w: ScoringWeights, p: RetrievalParams, *, limit: int | None) -> Statement:
    """One row per event with its first fitting occurrence, best score first, ties by start, then id.

    Columns: event_id, occurrence_id, start, miles, one per factor in `FACTORS` order (NULL: not asked or unknown),
    score, total (count of all candidates).
    """
    params: dict[str, Any] = {}
    first, of_event = first_fitting(f, p, params)
    sql = scored(first, of_event, "(SELECT count(*) FROM matched)", (f, s, w, p), params, limit=limit)
    plan = "exact:cells" if "cells" in params else "exact:ids" if f.ids is not None else "exact:time"
    return Statement(sql, params, plan, "bound" if plan == "exact:time" else "prepared", NO_NESTED_LOOP)


def scored(
    candidates: str,
    of_event: str,
    total: str,
    asked: tuple[CandidateFilter, Signals, ScoringWeights, RetrievalParams],
    params: dict[str, Any],
    *,
    limit: int | None,
) -> str:
    """The factors and the score of `candidates`, a query that gives (event_id, occurrence_id, start, miles) once per event.

    The index rows are read by one walk through the key: a lookup for each costs half as much again.
    """
    f, s, w, p = asked
    params["limit"] = limit
    matched = ", ".join(f"{sql} AS {name}" for name, sql in matched_columns(s, p, params).items())
    factors = factor_columns(s, f, p, params)
    applied = [name for name in FACTORS if name in factors]
    total_weight = sum(getattr(w, name) for name in applied)
    params |= {f"w_{name}": getattr(w, name) / total_weight if total_weight else 0.0 for name in applied}
    score = " + ".join(f"%(w_{name})s * COALESCE({factors[name]}, 0)" for name in applied)
    selected = ", ".join(f"({factors.get(name, 'NULL')})::float8 AS {name}" for name in FACTORS)
    # Only the best are worth their single factors.
    return f"""
WITH c AS MATERIALIZED ({candidates}), matched AS MATERIALIZED (
  SELECT i.event_id, c.occurrence_id, c.start, c.miles, {matched}
  FROM events_eventindex i JOIN c ON c.event_id = i.event_id
  WHERE i.event_id = ANY (ARRAY(SELECT event_id FROM c)) AND {of_event}
), best AS (
  SELECT m.*, ({score})::float8 AS score FROM matched m ORDER BY score DESC, start, event_id LIMIT %(limit)s
)
SELECT m.event_id, m.occurrence_id, m.start, m.miles, {selected}, m.score, {total} AS total
FROM best m ORDER BY m.score DESC, m.start, m.event_id
"""  # noqa: S608  only condition texts of this module are joined; every value is a parameter


def first_fitting(
    f: CandidateFilter, p: RetrievalParams, params: dict[str, Any], *, apart: bool = True
) -> tuple[str, str]:
    """Events with their first occurrence inside the constraints on occurrences, and the constraints on events that remain.

    `apart`: what is recent and what runs for days are read one after the other, which is fast and beyond the planner's estimates.
    """
    of_occurrence, of_event, miles = split_conditions(f, p, params)
    circle = "WHERE miles <= %(radius)s" if "radius" in params else ""
    fitting = f"SELECT o.event_id, o.id AS occurrence_id, o.start, {miles} AS miles FROM events_occurrence o WHERE {of_occurrence}"  # noqa: S608  as above
    both = f"{fitting} AND {RECENT} UNION ALL {fitting} AND {LONG_BEFORE}" if apart else fitting
    return (
        f"""
  SELECT DISTINCT ON (event_id) event_id, occurrence_id, start, miles FROM (
    {both}
  ) near {circle}
  ORDER BY event_id, start, occurrence_id""",  # noqa: S608  as above
        of_event,
    )


def split_conditions(f: CandidateFilter, p: RetrievalParams, params: dict[str, Any]) -> tuple[str, str, str]:
    """The constraints on occurrences (o), those on their event's index row (i), and the distance in miles."""
    where, miles = hard_conditions(f, p, params)
    of_event = [LIVE, *(where.pop(stage) for stage in OF_EVENT if stage in where)]
    of_occurrence = [TAKES_PLACE, *(sql for stage, sql in where.items() if stage != "status")]
    return " AND ".join(of_occurrence), " AND ".join(of_event), miles


def applied_factors(s: Signals, f: CandidateFilter) -> Mapping[str, bool]:
    """Which factors the query asks about; popularity is about every event."""
    return {
        "semantic": s.vector is not None or bool(s.text or s.name),
        "location": f.lat is not None and not f.from_anywhere,
        "time": s.wants_time,
        "category": bool(s.terms),
        "popularity": True,
    }
