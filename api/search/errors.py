"""What can go wrong in a search beside a failed retrieval."""

from __future__ import annotations

from api.rag.errors import RagError


class SearchUnavailable(RagError):
    """The search backend does not answer, or not in time. Another backend may, see SEARCH_FALLBACK."""

    code = "search_unavailable"
    retryable = True


class SearchHandleExpired(RagError):
    """There is no such handle for this caller: expired, never issued, or somebody else's."""

    code = "search_handle_expired"
