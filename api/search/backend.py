"""What every search backend does."""

from __future__ import annotations

from abc import ABC, abstractmethod

from api.rag.candidate_sql import CandidateFilter
from api.search.types import SearchQuery, SearchResult


class EventSearchBackend(ABC):
    """Backends agree on the filters, the total and the facets; they may rank differently."""

    name: str

    @abstractmethod
    def search(self, query: SearchQuery, filters: CandidateFilter, limit: int) -> SearchResult:
        """The best `limit` of all events inside `filters`, counted and faceted over all of them. No side effects.

        `search_handle` stays empty: the service makes it. Raises SearchUnavailable or RetrievalFailed; an empty result
        means that nothing fits.
        """
