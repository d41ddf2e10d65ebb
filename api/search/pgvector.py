"""Search in the database itself: candidates and their ranking by one statement, counted and ordered here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from api.rag.candidate_sql import CandidateFilter
from api.rag.params import PipelineParams
from api.rag.retrieval import run, signals
from api.search.backend import EventSearchBackend
from api.search.counting import Candidates
from api.search.facets import days_facet, facet, one_case, price_band
from api.search.pgvector_sql import build_search
from api.search.types import PRICE_LABELS, Bucket, Facet, SearchQuery, SearchResult

OF_OCCURRENCES = 5  # columns of the search statement


class PgVectorSearchBackend(EventSearchBackend):
    name = "pgvector"

    def __init__(self) -> None:
        self._params = PipelineParams()

    def search(self, query: SearchQuery, filters: CandidateFilter, limit: int) -> SearchResult:
        began = time.perf_counter()
        params = self._params.retrieval
        asked = signals(query.parsed, query.vector, params)
        statement = build_search(filters, asked, self._params.weights.normalised(), params, sort=query.sort)
        ((*columns, said, named),) = run(statement, params)
        found = Candidates.read(columns[:OF_OCCURRENCES], columns[OF_OCCURRENCES:])
        days = found.by_day(
            filters.ranges,
            max(filters.now, filters.start),
            query.parsed.zone,
            timedelta(minutes=params.still_on_minutes),
        )
        return SearchResult(
            candidate_ids=found.ordered(query.sort, filters.now, limit),
            search_handle="",
            total_hits=len(found.ids),
            facets={
                **_of_events(said or ()),
                **_of_venues(found, named or ()),
                "day": days_facet((day.isoformat(), n) for day, n in days.items()),
            },
            search_time_ms=(time.perf_counter() - began) * 1000,
            recall="exact",
            backend=self.name,
            detail={"plan": statement.plan},
        )


def _of_events(said: Sequence[Sequence[Any]]) -> dict[str, Facet]:
    """From (events, category, the same in lower case, audience, attendance, is_free, price_min)."""
    unknown = sum(n for n, category, *_ in said if not category)
    bands: Counter[str | None] = Counter()
    audiences: Counter[str | None] = Counter()
    attendances: Counter[str | None] = Counter()
    for n, _, _, audience, attendance, is_free, price in said:
        bands[price_band(is_free, price)] += n
        attendances[attendance] += n
        for label in set(audience) or (None,):
            audiences[label] += n
    return {
        "category": facet(one_case((key, name, n) for n, name, key, *_ in said if name), unknown),
        "price": _counted(bands, PRICE_LABELS),
        "audience": _counted(audiences),
        "attendance": _counted(attendances),
    }


def _of_venues(found: Candidates, named: Sequence[Sequence[Any]]) -> dict[str, Facet]:
    """`named`: (id, label, city) of the venues."""
    labels = {venue: label or "Unnamed" for venue, label, _ in named}
    at, cities = found.by_place({venue: city for venue, _, city in named})
    unknown = at.pop(0, 0)
    return {
        "venue": facet((Bucket(venue, labels[venue], n) for venue, n in at.items()), unknown),
        "city": _counted(cities),
    }


def _counted(counts: Mapping[str | None, int], labels: Mapping[str, str] | None = None) -> Facet:
    """None: not said. A value is its own label where it has no other."""
    buckets = (
        Bucket(value, (labels or {}).get(value, value) or "Unnamed", n)
        for value, n in counts.items()
        if value is not None
    )
    return facet(buckets, counts.get(None, 0))
