"""A question about the results of a search: what was found there bounds the answer, what was asked there still holds."""

from __future__ import annotations

from dataclasses import replace

from api.rag.errors import InvalidRequest
from api.rag.types import QueryContext
from api.search import handles
from api.search.carried import merged
from api.search.handles import StoredSearch
from chat_service.params import HANDLE_EVENTS_MAX


def load_search(handle: str, caller: int) -> StoredSearch:
    """Raises SearchHandleExpired, and InvalidRequest for a search too wide to be talked about."""
    found = handles.load(handle, caller)
    if len(found.ids) > HANDLE_EVENTS_MAX:
        total = found.state["total_hits"]
        raise InvalidRequest("search_handle", f"this search found {total} events; narrow it to {HANDLE_EVENTS_MAX}")
    return found


def inside(found: StoredSearch, context: QueryContext) -> QueryContext:
    """The question's context within the search: only its events, and of those also named one by one only these."""
    ids = found.ids
    if context.candidate_ids is not None:
        named = set(context.candidate_ids)
        ids = tuple(id_ for id_ in ids if id_ in named)
    return replace(context, candidate_ids=ids, ledger=merged(found.state["ledger"], context.ledger))
