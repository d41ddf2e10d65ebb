"""What kind of failure an exception is, and how bad."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

from api.rag.errors import LLMError, LLMTimeout, LLMUnauthorised, RagError
from traces.models import ChatDebugEvent

Type = ChatDebugEvent.ErrorType
Severity = ChatDebugEvent.Severity

QUERY_CANCELED = "57014"  # PostgreSQL: statement_timeout
_BY_CODE = {
    "rag_error": Type.RAG,
    "embedding_unavailable": Type.RAG,
    "model_mismatch": Type.RAG,
    "location_error": Type.LOCATION,
    "invalid_request": Type.VALIDATION,
    "invalid_weights": Type.VALIDATION,
    "auth_required": Type.AUTH,
    "auth_failed": Type.AUTH,
    "token_expired": Type.AUTH,
    "token_invalid": Type.AUTH,
}
STACK_MAX_CHARS = 20_000


def error_type(error: BaseException) -> str:
    """A missed deadline is one whatever it was set for; then the class and the code of the error decide."""
    if any(_is_timeout(e) for e in _chain(error)):
        return Type.TIMEOUT
    if isinstance(error, LLMUnauthorised):
        return Type.AUTH
    if isinstance(error, LLMError):
        return Type.LLM
    known = _BY_CODE.get(str(getattr(error, "code", "")))
    if known is not None:
        return known
    return Type.RAG if isinstance(error, RagError) else Type.UNKNOWN


def severity(error: BaseException, *, ended_the_turn: bool) -> str:
    """What the turn survived is a warning; what no rule knows is critical."""
    if error_type(error) == Type.UNKNOWN:
        return Severity.CRITICAL
    return Severity.ERROR if ended_the_turn else Severity.WARNING


def told(error: BaseException) -> dict[str, Any]:
    stack = "".join(traceback.format_exception(error))
    return {"error": str(error), "exception": type(error).__name__, "stack": stack[-STACK_MAX_CHARS:]}


def _is_timeout(error: BaseException) -> bool:
    return isinstance(error, LLMTimeout | TimeoutError) or getattr(error, "sqlstate", None) == QUERY_CANCELED


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        yield found
        seen.add(id(found))
        found = found.__cause__
