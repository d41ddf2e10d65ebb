"""The candidate query: every event inside the user's hard constraints, scored in the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import psycopg
from django.db import DatabaseError, connection, transaction
from django.db.utils import InterfaceError

from api.rag.ann import approximate_total
from api.rag.ann_sql import build_nearest
from api.rag.candidate_counts import build_checks, build_count, build_count_good, build_fitting, build_rank, build_times
from api.rag.candidate_sql import CandidateFilter, Signals, Statement, applied_factors, build
from api.rag.errors import RetrievalFailed
from api.rag.params import EMBEDDING_DIMENSION, FACTORS, RetrievalParams, ScoringWeights, times_of_each
from api.rag.query.audience import ADULT_AGE
from api.rag.query.topics import exclusion_terms, place_terms, topic_terms
from api.rag.types import Audience, Candidate, ParsedQuery, RankingFactors, Recall, Retrieved

PART_OF_A_DAY = timedelta(hours=20)
SECONDS_PER_DAY = 86_400
ONLY_WHEN_ASKED = 2**31  # executions before psycopg prepares a statement of its own accord
KNOWN_IDS = "SELECT event_id FROM events_eventindex WHERE event_id = ANY(%(ids)s)"
EVENT_LIKE = """
SELECT e.title, e.duplicate_of_id, i.embedding::vector::real[], v.latitude, v.longitude,
  COALESCE(NULLIF(e.timezone, ''), v.timezone, 'UTC')
FROM events_event e JOIN events_eventindex i ON i.event_id = e.id LEFT JOIN events_venue v ON v.id = e.venue_id
WHERE e.id = %(event_id)s
"""


def candidate_filter(query: ParsedQuery, params: RetrievalParams) -> CandidateFilter:
    """The hard constraints of the query as numbers."""
    ranges = _ranges(query, params)
    place, region = query.place, _region(query)
    near = place if region is None else None  # the middle of a state is nowhere in particular: nothing is nearer to it
    lat, lng = (near.lat, near.lng) if near else (None, None)
    hours = query.when is not None and all(end - start < PART_OF_A_DAY for start, end in ranges)
    if query.about_event_ids:  # told before, so nothing but the day says which of their times is meant
        return CandidateFilter(query.now, ranges, hours=hours, lat=lat, lng=lng, ids=query.about_event_ids)
    audience = query.audience if query.audience_hard else None
    age_min, age_max = ages_to_fit(audience) if audience else (None, None)
    # few listings name a price: of "cheap" what is known to be dear is left out, the rest stays
    price = query.price if query.price_hard or (query.price and query.price.is_cheap) else None
    return CandidateFilter(
        now=query.now,
        ranges=ranges,
        must_end=query.when is not None and query.when.must_end,
        hours=hours,
        lat=lat,
        lng=lng,
        radius_miles=near.radius_miles if near and not query.at_venue else None,
        region=region if not query.at_venue else None,
        ids=query.candidate_ids,
        exclude_ids=query.exclude_event_ids,
        online=None if query.attendance is None else query.attendance == "online",
        age_min=age_min,
        age_max=age_max,
        max_price=float(price.max_price) if price and price.max_price is not None else None,
        unpriced_too=price is not None and not query.price_hard,
        free_only=bool(price and price.free_only),
        excluded_terms=_refused(query),
        excluded_places=tuple(sorted({word for topic in query.excluded for word in place_terms(topic)})),
    )


def _ranges(query: ParsedQuery, params: RetrievalParams) -> tuple[tuple[datetime, datetime], ...]:
    """No date asked for: the default window from now."""
    if query.when is not None:
        return tuple((r.start, r.end) for r in query.when.ranges)
    if query.about_event_ids or query.candidate_ids is not None:  # the choice was made before: whatever is not over
        return (not_over(query.now, params),)
    days = params.browse_window_days if query.quoted or query.asks_when else params.default_window_days
    return ((query.now, query.now + timedelta(days=days)),)


def ages_to_fit(audience: Audience) -> tuple[int | None, int | None]:
    """As `CandidateFilter` takes them. Children named by their age must all be welcome; grown-ups come along with them.

    Of a range or a group ("ages 3-5", "kids") it is enough that the event is for some.
    """
    children = [age for age in audience.ages if age < ADULT_AGE]
    return (max(children), min(children)) if children else (audience.age_min, audience.age_max)


def not_over(now: datetime, params: RetrievalParams) -> tuple[datetime, datetime]:
    """The range that every event fits which is not over: what began earlier runs for days, or is over."""
    return now - timedelta(days=params.not_over_days), now + timedelta(days=params.far_ahead_days)


def _refused(query: ParsedQuery) -> tuple[str, ...]:
    words = sorted({word for topic in query.excluded for word in exclusion_terms(topic)})
    return stems(" ".join(words)) if words else ()


def _region(query: ParsedQuery) -> str | None:
    place = query.place
    if place is None or place.kind not in ("state", "country"):
        return None
    return f"{place.country_code}-{place.region or ''}" if place.kind == "state" else f"{place.country_code}-"


def signals(
    query: ParsedQuery, vector: np.ndarray[Any, np.dtype[np.float32]] | None, params: RetrievalParams
) -> Signals:
    return Signals(
        vector=vector_literal(vector) if vector is not None else None,
        text=any_of(query.search_text),
        name=" ".join(query.quoted).lower(),
        terms=_topic_words(query)[: params.max_terms],
        wants_time=query.when is not None or bool(query.at_venue) or _asks_what_is_on(query),
    )


def _asks_what_is_on(query: ParsedQuery) -> bool:
    """ "I'm bored", "what's going on downtown?": with no topic to rank by, what is next comes first."""
    return not (
        query.search_text or query.interests or query.quoted or query.about_event_ids or query.more_like_event_id
    )


def _topic_words(query: ParsedQuery) -> tuple[str, ...]:
    """Stemmed words that speak for the topic, those that were said first: not all are counted."""
    said = set(query.search_text.lower().split())
    words = {word for topic in query.interests for word in topic_terms(topic)} or said
    groups = (said & words, words)
    return tuple(dict.fromkeys(stem for group in groups if group for stem in stems(" ".join(sorted(group)))))


def any_of(text: str) -> str:
    """A websearch query that any word satisfies; ts_rank then counts how many did. Operators in the text are only words."""
    words = ["".join(ch for ch in word if ch.isalnum() or ch in "'_") for word in text.lower().split()]
    return " or ".join(dict.fromkeys(w for w in words if w and w not in ("or", "and")))


def vector_literal(vector: np.ndarray[Any, np.dtype[np.float32]]) -> str:
    if vector.shape != (EMBEDDING_DIMENSION,):
        raise ValueError(f"the query vector must have shape ({EMBEDDING_DIMENSION},), got {vector.shape}")
    return "[" + ",".join(f"{x:.6g}" for x in vector.tolist()) + "]"


@lru_cache(maxsize=4096)
def stems(text: str) -> tuple[str, ...]:
    """The words of `text` as PostgreSQL's English dictionary stems them, stop words gone, sorted. Raises RetrievalFailed."""
    try:
        with _cursor() as cursor:
            cursor.execute("SELECT tsvector_to_array(strip(to_tsvector('english', %s)))", [text])
            return tuple(cursor.fetchone()[0])
    except (DatabaseError, InterfaceError) as error:
        raise RetrievalFailed(f"the words could not be stemmed: {error}") from error


def retrieve(
    query: ParsedQuery,
    vector: np.ndarray[Any, np.dtype[np.float32]] | None,
    *,
    weights: ScoringWeights,
    params: RetrievalParams,
) -> Retrieved:
    """Best `params.fetch_limit` candidates. Raises RetrievalFailed; an empty result means none fits."""
    f, s = candidate_filter(query, params), signals(query, vector, params)
    statement, recall = chosen(f, s, weights, params)
    rows = run(statement, params)
    asked = asked_factors(s, f)
    candidates = tuple(_candidate(row, asked, query.now) for row in rows)
    found = Retrieved(candidates, total=rows[0][-1] if rows else 0, recall=recall, plan=statement.plan)
    if query.about_times:
        found = replace(found, candidates=_next_times(candidates, f, params, query.now))
    left = tuple(id_ for id_ in query.about_event_ids if id_ not in {c.event_id for c in candidates})
    if not left or query.when is None:
        return found
    # Not on the days in force, or those asked for: their next time.
    next_time = replace(query, about_event_ids=left, about_times=False, when=None)
    other = retrieve(next_time, vector, weights=weights, params=params)
    return replace(found, candidates=(*found.candidates, *other.candidates), total=found.total + other.total)


def _next_times(
    candidates: Sequence[Candidate], f: CandidateFilter, params: RetrievalParams, now: datetime
) -> tuple[Candidate, ...]:
    """The next fitting times of each event, an event after the other."""
    if not candidates:
        return ()
    times: dict[int, list[tuple[int, datetime]]] = {}
    most = times_of_each(len(candidates)) + 1  # one more, to tell that there are more
    for event_id, occurrence_id, start in run(build_times(f, params, of_each=most), params):
        times.setdefault(event_id, []).append((occurrence_id, start))
    return tuple(
        replace(
            c,
            occurrence_id=occurrence_id,
            start=start,
            factors=replace(c.factors, days_until_event=_days_until(start, now)),
        )
        for c in candidates
        for occurrence_id, start in times.get(c.event_id, ())
    )


def chosen(
    f: CandidateFilter, s: Signals, weights: ScoringWeights, params: RetrievalParams
) -> tuple[Statement, Recall]:
    """Every event inside the constraints, unless they leave so many that the ANN index is cheaper. Raises RetrievalFailed."""
    try:
        total = approximate_total(f, s, params)
    except (DatabaseError, InterfaceError) as error:
        raise RetrievalFailed(f"the candidates could not be estimated: {error}") from error
    if total is None:
        return build(f, s, weights, params, limit=params.fetch_limit), "exact"
    return build_nearest(f, s, weights, params, limit=params.fetch_limit, total=total), "approximate"


def count(f: CandidateFilter, params: RetrievalParams) -> int:
    return int(run(build_count(f, params), params)[0][0])


def count_good(f: CandidateFilter, s: Signals, weights: ScoringWeights, params: RetrievalParams) -> int:
    """Of a question with a topic: how many could be recommended."""
    return int(run(build_count_good(f, s, weights, params), params)[0][0])


def fitting_occurrences(f: CandidateFilter, params: RetrievalParams) -> dict[int, int]:
    """Event id -> its first occurrence inside the hard constraints."""
    return dict(run(build_fitting(f, params), params))


def unknown_ids(ids: Sequence[int], params: RetrievalParams) -> tuple[int, ...]:
    """Those of `ids` that no event has, in their order."""
    known = {row[0] for row in run(Statement(KNOWN_IDS, {"ids": list(ids)}), params)}
    return tuple(id_ for id_ in dict.fromkeys(ids) if id_ not in known)


@dataclass(frozen=True, slots=True)
class EventLike:
    """What more like an event is looked for by. `vector` is its stored unit vector, None where it has none yet."""

    title: str
    duplicate_of: int | None
    vector: np.ndarray[Any, np.dtype[np.float32]] | None
    lat: float | None
    lng: float | None
    zone: str


def event_like(event_id: int, params: RetrievalParams) -> EventLike | None:
    """None where there is no such event."""
    rows = run(Statement(EVENT_LIKE, {"event_id": event_id}), params)
    if not rows:
        return None
    title, duplicate_of, vector, lat, lng, zone = rows[0]
    unit = None if vector is None else np.array(vector, dtype=np.float32)
    return EventLike(title, duplicate_of, unit, lat, lng, zone)


@dataclass(frozen=True, slots=True)
class Place:
    rank: int  # from 1, by score among all candidates
    candidate: Candidate


def place_of(
    event_id: int,
    query: ParsedQuery,
    vector: np.ndarray[Any, np.dtype[np.float32]] | None,
    *,
    weights: ScoringWeights,
    params: RetrievalParams,
) -> Place | None:
    """Exact, however many candidates there are; None when the event is no candidate."""
    f, s = candidate_filter(query, params), signals(query, vector, params)
    rows = run(build_rank(f, s, weights, params, event_id=event_id), params)
    return Place(int(rows[0][0]), _candidate(rows[0][1:], asked_factors(s, f), query.now)) if rows else None


def checks(event_id: int, f: CandidateFilter, params: RetrievalParams) -> tuple[list[tuple[Any, ...]], tuple[str, ...]]:
    """Each occurrence of the event against each hard constraint, see `build_checks`, and the stages checked."""
    statement, stages = build_checks(f, params, event_id=event_id)
    return run(statement, params), stages


def asked_factors(s: Signals, f: CandidateFilter) -> tuple[str | None, ...]:
    """By position in FACTORS: the name of a factor that the query asks about, else None."""
    asked = applied_factors(s, f)
    return tuple(name if asked[name] else None for name in FACTORS)


def _candidate(row: Sequence[Any], asked: tuple[str | None, ...], now: datetime) -> Candidate:
    event_id, occurrence_id, start, miles, *values = row[: 4 + len(FACTORS)]
    semantic, location, time, category, popularity = values
    unknown: tuple[str, ...] = ()
    if None in values:
        unknown = tuple(name for name, value in zip(asked, values, strict=True) if name and value is None)
    days = _days_until(start, now)
    # by position: a hundred of them a question
    factors = RankingFactors(semantic, location, time, category, popularity, None, miles, days, unknown)
    return Candidate(event_id, occurrence_id, start, factors, row[4 + len(FACTORS)])


def _days_until(start: datetime, now: datetime) -> float:
    return max(0.0, (start - now).total_seconds() / SECONDS_PER_DAY)


def _cursor() -> Any:
    return connection.cursor()


def run(statement: Statement, params: RetrievalParams) -> list[tuple[Any, ...]]:
    try:
        if not connection.in_atomic_block:
            return (_run_in_one_message if statement.binding == "plain" else _run_in_one_batch)(statement, params)
        with transaction.atomic(), _cursor() as cursor:
            cursor.execute(_set_local(statement, params))
            if statement.binding == "plain":
                cursor.execute(statement.sql, statement.params)
                return list(cursor.fetchall())
            with _typed() as raw:
                return _execute(raw, statement).fetchall()
    except (DatabaseError, InterfaceError) as error:
        raise RetrievalFailed(f"the candidate query failed: {error}") from error


def _run_in_one_message(statement: Statement, params: RetrievalParams) -> list[tuple[Any, ...]]:
    """Settings and statement, which is a transaction of its own: one round trip instead of four."""
    with _cursor() as cursor:
        cursor.execute(f"{_set_local(statement, params)}; {statement.sql}", statement.params)
        while cursor.nextset():
            pass
        return list(cursor.fetchall())


def _run_in_one_batch(statement: Statement, params: RetrievalParams) -> list[tuple[Any, ...]]:
    """As `_run_in_one_message`, for what is bound by the server, which takes one statement a message."""
    settings = _settings(statement, params)
    set_local = "SELECT " + ", ".join(["set_config(%s, %s, true)"] * len(settings))
    with _typed() as raw:
        with raw.pipeline():
            psycopg.Cursor(raw).execute(set_local, [word for pair in settings for word in pair], prepare=True)
            found = _execute(raw, statement)
        return found.fetchall()


def _set_local(statement: Statement, params: RetrievalParams) -> str:
    return "; ".join(f"SET LOCAL {name} = {value}" for name, value in _settings(statement, params))


def _settings(statement: Statement, params: RetrievalParams) -> list[tuple[str, str]]:
    found = [("statement_timeout", str(int(params.statement_timeout_ms))), ("jit", "off")]
    for setting in statement.settings:
        name, _, value = setting.partition(" = ")
        found.append((name, value))
    if statement.binding == "prepared":
        # The shape of the statement says which index serves it; a worker would cost more than a narrow query.
        found += [("plan_cache_mode", "force_generic_plan"), ("max_parallel_workers_per_gather", "0")]
    return found


@contextmanager
def _typed() -> Iterator[psycopg.Connection[Any]]:
    """Past Django's cursor, which writes the values into the text: typed values, binary rows and kept plans."""
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold = ONLY_WHEN_ASKED
    try:
        with connection.wrap_database_errors:
            yield raw
    finally:
        # Else psycopg counts every statement of Django too and remembers the last hundred whole, with the values in their texts.
        raw.prepare_threshold = None


def _execute(raw: psycopg.Connection[Any], statement: Statement) -> psycopg.Cursor[Any]:
    prepare = statement.binding == "prepared"
    return psycopg.Cursor(raw).execute(statement.sql, statement.params, prepare=prepare, binary=True)
