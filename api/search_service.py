"""STORY: a search. Understand -> narrow -> embed -> find, count and facet -> keep under a handle -> page through.

Public names: SearchService, EventSearchBackend with its backends, and the values of api/search/types.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings

from api.rag.candidate_sql import CandidateFilter
from api.rag.errors import InvalidRequest
from api.rag.query.places import Gazetteer
from api.rag.query.wire import understood_json
from api.rag.retrieval import fitting_occurrences
from api.rag.types import Notice, Recall
from api.rag_service import EventRAGService
from api.search import handles
from api.search.asking import Asked, read_request
from api.search.backend import EventSearchBackend
from api.search.carried import ledger_of
from api.search.errors import SearchHandleExpired, SearchUnavailable
from api.search.params import PREVIEW_EVENTS, RANKED_MAX
from api.search.pgvector import PgVectorSearchBackend
from api.search.types import Bucket, Facet, SearchQuery, SearchRequest, SearchResult
from api.search.wire import facets_json, filters_json, notices_json

__all__ = [
    "Bucket",
    "EventSearchBackend",
    "Facet",
    "FallbackBackend",
    "Page",
    "PgVectorSearchBackend",
    "SearchHandleExpired",
    "SearchQuery",
    "SearchRequest",
    "SearchResult",
    "SearchService",
    "SearchUnavailable",
    "search_backend",
    "search_service",
]

FELL_BACK = Notice(
    "search_fallback", "The search server is unavailable right now; these results come from the database."
)


@dataclass(frozen=True, slots=True)
class Page:
    """`size` ids of a search from `first` on (0-based). `occurrences` says when to attend each of its first ten events.

    `ids_kept` is what can be paged through: all of `total_hits`, but for searches above RANKED_MAX. `told` is JSON-ready and the
    same on every page of a search: facets, understood, filters, notices.
    """

    search_handle: str
    ids: tuple[int, ...]
    first: int
    size: int
    ids_kept: int
    total_hits: int
    recall: Recall
    backend: str
    occurrences: Mapping[int, int]
    told: Mapping[str, Any]
    search_time_ms: float

    @property
    def next_page(self) -> int | None:
        return self.first // self.size + 2 if self.first + self.size < self.ids_kept else None


class SearchService:
    def __init__(
        self, *, backend: EventSearchBackend, rag: EventRAGService, gazetteer: Callable[[], Gazetteer]
    ) -> None:
        self.backend, self.rag = backend, rag
        self._gazetteer = gazetteer

    def search(self, request: SearchRequest, *, now: datetime, zone: str) -> tuple[Asked, SearchResult]:
        """Everything but the handle. Raises InvalidRequest, SearchUnavailable, RetrievalFailed."""
        began = time.perf_counter()
        params = self.rag.params.retrieval
        asked = read_request(request, now=now, zone=zone, gazetteer=self._gazetteer(), params=params)
        vector, notices = self.rag.embed(asked.query) if asked.sort == "relevance" else (None, ())
        found = self.backend.search(SearchQuery(asked.query, vector, asked.sort), asked.filters, RANKED_MAX)
        return asked, replace(
            found,
            notices=(*asked.query.notices, *notices, *found.notices),
            search_time_ms=(time.perf_counter() - began) * 1000,
        )

    def first_page(
        self, request: SearchRequest, *, caller: int, now: datetime, zone: str, number: int, size: int
    ) -> Page:
        """A new search with a new handle."""
        began = time.perf_counter()
        asked, found = self.search(request, now=now, zone=zone)
        state = {
            "total_hits": found.total_hits,
            "recall": found.recall,
            "backend": found.backend,
            "told": {
                "facets": facets_json(found.facets),
                "understood": understood_json(asked.query),
                "filters": filters_json(asked, request),
                "notices": notices_json(found.notices),
            },
            "filter": asdict(asked.filters),
            "ledger": ledger_of(asked, request),
        }
        handle = handles.save(caller, found.candidate_ids, state)
        return self._page(handle, handles.StoredSearch(found.candidate_ids, state), number, size, began)

    def later_page(self, handle: str, *, caller: int, number: int, size: int) -> Page:
        """Of a search made before, as it was then. Raises SearchHandleExpired."""
        began = time.perf_counter()
        return self._page(handle, handles.load(handle, caller), number, size, began)

    def _page(self, handle: str, stored: handles.StoredSearch, number: int, size: int, began: float) -> Page:
        first = (number - 1) * size
        ids = stored.ids[first : first + size]
        if not ids and number > 1:
            raise InvalidRequest("page", f"there are {-(-len(stored.ids) // size)} pages of {size}")
        shown = ids[:PREVIEW_EVENTS]
        inside = replace(CandidateFilter(**stored.state["filter"]), ids=shown)
        return Page(
            search_handle=handle,
            ids=ids,
            first=first,
            size=size,
            ids_kept=len(stored.ids),
            total_hits=stored.state["total_hits"],
            recall=stored.state["recall"],
            backend=stored.state["backend"],
            occurrences=fitting_occurrences(inside, self.rag.params.retrieval) if shown else {},
            told=stored.state["told"],
            search_time_ms=(time.perf_counter() - began) * 1000,
        )


class FallbackBackend(EventSearchBackend):
    """Asks `first`; while that is unavailable, `second`, and says so."""

    def __init__(self, first: EventSearchBackend, second: EventSearchBackend) -> None:
        self.first, self.second = first, second
        self.name = first.name

    def search(self, query: SearchQuery, filters: CandidateFilter, limit: int) -> SearchResult:
        try:
            return self.first.search(query, filters, limit)
        except SearchUnavailable:
            found = self.second.search(query, filters, limit)
            return replace(found, notices=(*found.notices, FELL_BACK))


@cache
def search_backend() -> EventSearchBackend:
    """The backend that the settings name; one for the process."""
    own = PgVectorSearchBackend()
    if settings.SEARCH_BACKEND == "pgvector":
        return own
    from api.search.elasticsearch_backend import ElasticsearchBackend

    elastic = ElasticsearchBackend(settings.ELASTICSEARCH_URL, index=settings.ELASTICSEARCH_INDEX)
    return FallbackBackend(elastic, own) if settings.SEARCH_FALLBACK == "pgvector" else elastic


@cache
def search_service() -> SearchService:
    """The one search of this process."""
    from api.rag.bootstrap import rag_service  # the composition root builds on this layer
    from locations.memory import gazetteer

    return SearchService(backend=search_backend(), rag=rag_service(), gazetteer=gazetteer)
