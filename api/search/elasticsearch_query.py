"""The same hard constraints as `api.rag.candidate_sql`, and the same facets, in the query language of the search server. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.rag.candidate_sql import CandidateFilter
from api.rag.params import RetrievalParams
from api.search.elasticsearch_client import Engine
from api.search.elasticsearch_mapping import OCCURRENCES, VECTOR
from api.search.facets import days_facet, facet, one_case
from api.search.params import FACET_DAYS
from api.search.types import PRICE_LABELS, Bucket, Facet, SearchQuery, Sort
from events.types import TAKES_PLACE

Query = dict[str, Any]
Ranges = Sequence[tuple[datetime, datetime]]

METRES_PER_MILE = 1609.344
TEXT_FIELDS = ["title^4", "tags^2", "category.text^2", "venue_name^1.5", "organizer^1.5", "description"]
MAX_GROUPS = 20_000  # buckets fetched of a facet, to name the biggest and count the others
_EVENT_FACETS = {"category": "category", "price": "price_band", "audience": "audience", "attendance": "attendance"}
_OCCURRENCE_FACETS = {"venue": f"{OCCURRENCES}.venue", "city": f"{OCCURRENCES}.city"}


def candidates(f: CandidateFilter, p: RetrievalParams) -> list[Query]:
    """Filter clauses that exactly the events inside the hard constraints fulfil."""
    return [*_of_event(f), nested(occurrence(f, p))]


def nested(query: Query) -> Query:
    return {"nested": {"path": OCCURRENCES, "query": query}}


def occurrence(f: CandidateFilter, p: RetrievalParams) -> Query:
    """What one and the same occurrence must fulfil: its time inside one of the ranges, and its place."""
    must: list[Query] = [
        {"terms": {f"{OCCURRENCES}.status": list(TAKES_PLACE)}},
        {"range": {f"{OCCURRENCES}.effective_end": {"gt": _time(f.now)}}},
        _any(_in_ranges(f.ranges, f.hours, p, must_end=f.must_end)),
    ]
    if f.from_anywhere:
        return {"bool": {"filter": must}}
    if f.region:
        kind = "prefix" if f.region.endswith("-") else "term"
        must.append({kind: {f"{OCCURRENCES}.region": f.region}})
    elif f.lat is not None and f.lng is not None and f.radius_miles is not None:
        circle = {
            "distance": f"{f.radius_miles * METRES_PER_MILE:.3f}m",
            f"{OCCURRENCES}.point": {"lat": f.lat, "lon": f.lng},
        }
        must.append({"geo_distance": circle})
    return {"bool": {"filter": must}}


def _in_ranges(ranges: Ranges, hours: bool, p: RetrievalParams, *, must_end: bool = False) -> list[Query]:
    found = [(e, clause) for s, e in ranges for clause in _in_range(s, e, hours, p)]
    return [{"bool": {"filter": [clause, _over_by(e)]}} for e, clause in found] if must_end else [c for _, c in found]


def _over_by(end: datetime) -> Query:
    return {"range": {f"{OCCURRENCES}.effective_end": {"lte": _time(end)}}}


def _in_range(s: datetime, e: datetime, hours: bool, p: RetrievalParams) -> list[Query]:
    """Starts in [s, e); or is on already: any occurrence where the range is a part of a day, else what runs for days."""
    start = f"{OCCURRENCES}.start"
    begins = {"range": {start: {"gte": _time(s), "lt": _time(e)}}}
    still_on = s + timedelta(minutes=p.still_on_minutes)
    runs: list[Query] = [
        {"range": {start: {"lt": _time(s)}}},
        {"range": {f"{OCCURRENCES}.effective_end": {"gte": _time(still_on)}}},
    ]
    if not hours:
        runs.append({"term": {f"{OCCURRENCES}.long": True}})
    return [begins, {"bool": {"filter": runs}}]


def _of_event(f: CandidateFilter) -> list[Query]:
    must: list[Query] = [{"term": {"live": True}}]
    if f.ids is not None:
        must.append({"terms": {"event_id": list(f.ids)}})
    if f.exclude_ids:
        must.append(_none([{"terms": {"event_id": list(f.exclude_ids)}}]))
    if f.categories:
        must.append({"terms": {"category_key": [c.lower() for c in f.categories]}})
    if f.online is not None:
        must.append(_none([{"term": {"attendance": "offline" if f.online else "online"}}]))
    if f.age_min is not None:
        must.append(_none([{"range": {"age_max": {"lt": f.age_min}}}]))
    if f.age_max is not None:
        must.append(_none([{"range": {"age_min": {"gt": f.age_max}}}]))
    if f.free_only:
        must.append({"term": {"is_free": True}})
    elif f.max_price is not None:
        unpriced = [_none([{"exists": {"field": "price_min"}}])] if f.unpriced_too else []
        must.append(_any([{"term": {"is_free": True}}, {"range": {"price_min": {"lte": f.max_price}}}, *unpriced]))
    if f.excluded_terms:
        must.append(_none([{"terms": {"terms": list(f.excluded_terms)}}]))
    if f.excluded_places:
        must.append(_none([{"match": {"venue_name": " ".join(f.excluded_places)}}]))
    return must


def _any(clauses: list[Query]) -> Query:
    return {"bool": {"should": clauses, "minimum_should_match": 1}} if clauses else {"match_none": {}}


def _none(clauses: list[Query]) -> Query:
    return {"bool": {"must_not": clauses}}


def _time(at: datetime) -> str:
    return at.isoformat()


# -- ranking -------------------------------------------------------------------------------------------------------------


def words(query: SearchQuery) -> list[Query]:
    """What lifts an event by its words: BM25 over weighted fields; names asked for literally count as phrases."""
    parsed = query.parsed
    found: list[Query] = []
    if parsed.search_text:
        found.append({"multi_match": {"query": parsed.search_text, "fields": TEXT_FIELDS, "type": "most_fields"}})
    found += [
        {"multi_match": {"query": name, "fields": ["title^8", "venue_name^4"], "type": "phrase"}}
        for name in parsed.quoted
    ]
    return found


def search_body(query: SearchQuery, f: CandidateFilter, p: RetrievalParams, *, limit: int) -> dict[str, Any]:
    """Every candidate is counted; words only rank."""
    return {
        "query": {"bool": {"filter": candidates(f, p), "should": words(query), "minimum_should_match": 0}},
        "track_total_hits": True,
        "size": limit,
        "_source": False,
        "sort": order(query.sort, f, p),
        "aggs": aggregations(f, p, ZoneInfo(query.parsed.zone)),
    }


def order(sort: Sort, f: CandidateFilter, p: RetrievalParams) -> list[Query]:
    """Total: ends with the start of the first fitting occurrence and the event's id."""
    inside = occurrence(f, p)
    fitting = {"path": OCCURRENCES, "filter": inside}
    start = {f"{OCCURRENCES}.start": {"order": "asc", "mode": "min", "nested": fitting}}
    last: list[Query] = [start, {"event_id": {"order": "asc"}}]
    if sort == "relevance":
        return [{"_score": {"order": "desc"}}, *last]
    if sort == "popularity":
        return [{"popularity": {"order": "desc", "missing": "_last"}}, *last]
    if sort == "distance" and f.lat is not None and f.lng is not None:
        point = {f"{OCCURRENCES}.point": {"lat": f.lat, "lon": f.lng}}
        return [{"_geo_distance": {**point, "order": "asc", "unit": "m", "mode": "min", "nested": fitting}}, *last]
    # What has begun comes after what is to begin, whose first key is missing.
    begun = {"bool": {"filter": [inside, {"range": {f"{OCCURRENCES}.start": {"lt": _time(f.now)}}}]}}
    first = {"order": "asc", "mode": "min", "missing": "_first", "nested": {"path": OCCURRENCES, "filter": begun}}
    return [{f"{OCCURRENCES}.start": first}, *last]


def knn_body(
    engine: Engine, vector: Sequence[float], f: CandidateFilter, p: RetrievalParams, *, k: int, looked_at: int
) -> dict[str, Any]:
    """The `k` candidates nearest in meaning, best first. The filter works inside the graph: nothing is filtered away later."""
    inside = {"bool": {"filter": candidates(f, p)}}
    common: dict[str, Any] = {"size": k, "_source": False}
    if engine == "opensearch":
        return common | {"query": {"knn": {VECTOR: {"vector": list(vector), "k": k, "filter": inside}}}}
    knn = {"field": VECTOR, "query_vector": list(vector), "k": k, "num_candidates": looked_at, "filter": inside}
    return common | {"knn": knn}


def fused(lists: Iterable[tuple[Sequence[int], float]], *, constant: int) -> dict[int, float]:
    """Reciprocal rank fusion: id -> the sum of weight / (constant + rank) over the lists that hold it.

    Cormack, Clarke, Buettcher: Reciprocal Rank Fusion outperforms Condorcet and individual rank learning methods, SIGIR 2009.
    Done here because the servers' own needs a paid licence (Elasticsearch) or a pipeline (OpenSearch).
    """
    scores: dict[int, float] = {}
    for ids, weight in lists:
        for rank, event_id in enumerate(ids, start=1):
            scores[event_id] = scores.get(event_id, 0.0) + weight / (constant + rank)
    return scores


# -- facets --------------------------------------------------------------------------------------------------------------


def aggregations(f: CandidateFilter, p: RetrievalParams, zone: ZoneInfo) -> dict[str, Any]:
    """What is about occurrences is counted inside those that fit: a day then asks for its time alone, not for every constraint again."""
    of_events: dict[str, Any] = {"aggs": {"events": {"reverse_nested": {}}}}
    found: dict[str, Any] = {name: _groups(field) for name, field in _EVENT_FACETS.items()}
    found |= {f"{name}_none": {"missing": {"field": field}} for name, field in _EVENT_FACETS.items()}
    inner: dict[str, Any] = {name: _groups(field) | of_events for name, field in _OCCURRENCE_FACETS.items()}
    inner |= {f"{name}_none": {"missing": {"field": field}} | of_events for name, field in _OCCURRENCE_FACETS.items()}
    days = {day: _any(_in_ranges(ranges, f.hours, p)) for day, ranges in _days(f, zone).items()}
    if days:
        inner["day"] = {"filters": {"filters": days}} | of_events
    fitting = {"filter": occurrence(f, p), "aggs": inner}
    return found | {"places": {"nested": {"path": OCCURRENCES}, "aggs": {"fitting": fitting}}}


def _groups(field: str) -> dict[str, Any]:
    return {"terms": {"field": field, "size": MAX_GROUPS}}


def _days(f: CandidateFilter, zone: ZoneInfo) -> dict[str, Ranges]:
    """ISO date -> the parts of the ranges that lie in it, from the filter's beginning or now, at most FACET_DAYS."""
    first = max(f.now, f.start).astimezone(zone).date()
    found: dict[str, Ranges] = {}
    for n in range(FACET_DAYS):
        day = first + timedelta(days=n)
        begin, end = (datetime.combine(d, time(), zone) for d in (day, day + timedelta(days=1)))
        parts = [(max(s, begin), min(e, end)) for s, e in f.ranges if s < end and e > begin]
        if parts:
            found[day.isoformat()] = parts
    return found


def facets(found: Mapping[str, Any]) -> dict[str, Facet]:
    """From the server's aggregations to facets as the database search tells them."""
    of_event = {name: [(b["key"], b["doc_count"]) for b in found[name]["buckets"]] for name in _EVENT_FACETS}
    none = {name: found[f"{name}_none"]["doc_count"] for name in _EVENT_FACETS}
    places = found["places"]["fitting"]
    of_place = {
        name: [(b["key"], b["events"]["doc_count"]) for b in places[name]["buckets"]] for name in _OCCURRENCE_FACETS
    }
    none |= {name: places[f"{name}_none"]["events"]["doc_count"] for name in _OCCURRENCE_FACETS}
    days = {day: b["events"]["doc_count"] for day, b in places.get("day", {"buckets": {}})["buckets"].items()}
    categories = one_case((name.lower(), name, n) for name, n in of_event["category"])
    return {
        "category": facet(categories, none["category"]),
        "day": days_facet(days.items()),
        "venue": facet([_venue(key, n) for key, n in of_place["venue"]], none["venue"]),
        "price": facet([Bucket(key, PRICE_LABELS[key], n) for key, n in of_event["price"]], none["price"]),
        "audience": facet([Bucket(key, key or "Unnamed", n) for key, n in of_event["audience"]], none["audience"]),
        "city": facet([Bucket(key, key, n) for key, n in of_place["city"]], none["city"]),
        "attendance": facet([Bucket(key, key, n) for key, n in of_event["attendance"]], none["attendance"]),
    }


def _venue(key: str, n: int) -> Bucket:
    number, _, label = key.partition("\t")
    return Bucket(int(number), label or "Unnamed", n)
