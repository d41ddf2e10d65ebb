"""From a search request to what to rank by and what to filter by: the words are understood, the parameters narrow them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from api.rag.candidate_sql import CandidateFilter
from api.rag.errors import InvalidRequest
from api.rag.params import RetrievalParams
from api.rag.query.places import Gazetteer
from api.rag.query.understand import understand
from api.rag.retrieval import candidate_filter, not_over
from api.rag.types import ParsedQuery, QueryContext
from api.search.types import SearchRequest, Sort

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Asked:
    query: ParsedQuery
    filters: CandidateFilter
    sort: Sort


def read_request(
    request: SearchRequest, *, now: datetime, zone: str, gazetteer: Gazetteer, params: RetrievalParams
) -> Asked:
    """Raises InvalidRequest for a place that is not known or not given where it is needed.

    Nothing asked about a time means everything that is not over. A place named in the words that is not known leaves nothing.
    """
    query = _words(request, now=now, zone=zone, gazetteer=gazetteer)
    f = candidate_filter(query, params)
    if query.when is None:
        f = replace(f, ranges=(not_over(now, params),))
    if any(notice.code == "unknown_place" for notice in query.notices):
        f = replace(f, ids=())
    f = _narrowed(f, request, query.zone)
    sort = request.sort or ("relevance" if query.search_text or query.quoted else "date")
    if sort == "distance" and f.lat is None:
        raise InvalidRequest("sort", "distance needs a place")
    return Asked(query, f, sort)


def _words(request: SearchRequest, *, now: datetime, zone: str, gazetteer: Gazetteer) -> ParsedQuery:
    context = QueryContext(
        location_id=request.location_id,
        date_from=request.date_from.isoformat() if request.date_from else None,
        date_to=request.date_to.isoformat() if request.date_to else None,
    )
    query = understand(request.query, context=context, now=now, zone=zone, gazetteer=gazetteer)
    if any("location_id" in notice.detail for notice in query.notices if notice.code == "unknown_place"):
        raise InvalidRequest("location_id", f"there is no place {request.location_id}")
    if request.radius_miles is not None:
        if query.place is None or query.place.kind in ("state", "country"):
            raise InvalidRequest("radius", "needs a town, an address or a point to be around")
        query = replace(query, place=replace(query.place, radius_miles=request.radius_miles))
    # A search box makes no conversation: a greeting is a word to look for, and no words ask for everything.
    text = request.query.strip() if query.intent == "smalltalk" else query.search_text
    notices = tuple(notice for notice in query.notices if notice.code != "no_words")
    return replace(query, intent="find", search_text=text, notices=notices)


def _narrowed(f: CandidateFilter, request: SearchRequest, zone: str) -> CandidateFilter:
    """Inside `f` and inside every parameter. Whether ranges mean hours stays as the words have it: a part of a whole day is no hour."""
    ranges = cut_to_days(f.ranges, request.date_from, request.date_to, ZoneInfo(zone))
    price = None if request.max_price is None else float(request.max_price)
    opposed = request.is_virtual is not None and f.online is not None and request.is_virtual != f.online
    return replace(
        f,
        ranges=ranges or f.ranges,
        ids=() if opposed or not ranges else f.ids,
        categories=request.categories,
        online=f.online if request.is_virtual is None else request.is_virtual,
        online_here=f.online is None,  # words that ask for something online look everywhere, a parameter only narrows
        age_min=_tighter(max, f.age_min, request.age_min),
        age_max=_tighter(min, f.age_max, request.age_max),
        free_only=f.free_only or price == 0,
        max_price=_tighter(min, f.max_price, price),
        unpriced_too=f.unpriced_too and price is None,
    )


def _tighter(choose: Callable[[N, N], N], a: N | None, b: N | None) -> N | None:
    return choose(a, b) if a is not None and b is not None else b if a is None else a


def cut_to_days(
    ranges: tuple[tuple[datetime, datetime], ...], first: date | None, last: date | None, zone: ZoneInfo
) -> tuple[tuple[datetime, datetime], ...]:
    """The parts of the ranges that lie in these days, both inclusive; none where they do not meet."""
    start = datetime.combine(first, time(), zone) if first else datetime.min.replace(tzinfo=UTC)
    end = datetime.combine(last + timedelta(days=1), time(), zone) if last else datetime.max.replace(tzinfo=UTC)
    parts = ((max(s, start), min(e, end)) for s, e in ranges)
    return tuple((s, e) for s, e in parts if s < e)
