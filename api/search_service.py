"""STORY: from a search request to counted, faceted, ranked ids and a handle to them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from api.rag.candidate_sql import CandidateFilter
from api.rag.types import Notice
from api.search.backend import EventSearchBackend
from api.search.errors import SearchHandleExpired, SearchUnavailable
from api.search.types import Bucket, Facet, SearchQuery, SearchRequest, SearchResult

if TYPE_CHECKING:
    from api.search.elasticsearch_backend import ElasticsearchBackend

__all__ = [
    "Bucket",
    "EventSearchBackend",
    "Facet",
    "FallbackBackend",
    "SearchHandleExpired",
    "SearchQuery",
    "SearchRequest",
    "SearchResult",
    "SearchUnavailable",
    "search_backend",
]

FELL_BACK = Notice(
    "search_fallback", "The search server is unavailable right now; these results come from the database."
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
    from api.search.pgvector import PgVectorSearchBackend

    own = PgVectorSearchBackend()
    if settings.SEARCH_BACKEND == "pgvector":
        return own
    elastic = _elasticsearch()
    return FallbackBackend(elastic, own) if settings.SEARCH_FALLBACK == "pgvector" else elastic


def _elasticsearch() -> ElasticsearchBackend:
    from api.search.elasticsearch_backend import ElasticsearchBackend

    return ElasticsearchBackend(settings.ELASTICSEARCH_URL, index=settings.ELASTICSEARCH_INDEX)
