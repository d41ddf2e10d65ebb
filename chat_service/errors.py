"""Every way a chat request can end badly, as a code a program can act on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from accounts.errors import RateLimited
from api.question import fault_of
from api.rag.errors import InvalidRequest, RagError
from conversations.errors import (
    ConversationError,
    KeyReused,
    SessionNotFound,
    TooManyTurns,
    TurnInProgress,
    TurnNotFound,
)

BUSY_S = 2  # when a running turn may have ended
DATABASE_AWAY_S = 2  # a restart takes about as long


class ChatErrorCode(StrEnum):
    TOKEN_EXPIRED = "token_expired"  # noqa: S105  a code, no secret
    TOKEN_INVALID = "token_invalid"  # noqa: S105  a code, no secret
    AUTH_REQUIRED = "auth_required"
    AUTH_FAILED = "auth_failed"
    RATE_LIMITED = "rate_limited"
    LLM_UNAVAILABLE = "llm_unavailable"
    LLM_TIMEOUT = "llm_timeout"
    RAG_ERROR = "rag_error"
    LOCATION_ERROR = "location_error"
    SESSION_ERROR = "session_error"
    SERVER_ERROR = "server_error"
    INVALID_REQUEST = "invalid_request"
    SEARCH_HANDLE_EXPIRED = "search_handle_expired"
    TURN_IN_PROGRESS = "turn_in_progress"


# status before a stream, may the same request work later, what the reader is told
_MEANING: dict[ChatErrorCode, tuple[int, bool, str]] = {
    ChatErrorCode.TOKEN_EXPIRED: (401, True, "Your sign-in has expired. Refresh the token and try again."),
    ChatErrorCode.TOKEN_INVALID: (401, False, "This sign-in token is not valid. Please sign in again."),
    ChatErrorCode.AUTH_REQUIRED: (401, False, "Please sign in first."),
    ChatErrorCode.AUTH_FAILED: (403, False, "This account may not chat. Please sign in again."),
    ChatErrorCode.RATE_LIMITED: (429, True, "That was too many questions at once. Please wait a moment."),
    ChatErrorCode.LLM_UNAVAILABLE: (503, True, "The language model is not available right now."),
    ChatErrorCode.LLM_TIMEOUT: (504, True, "The language model took too long to answer."),
    ChatErrorCode.RAG_ERROR: (503, True, "The event search is not available right now. Please try again in a moment."),
    ChatErrorCode.LOCATION_ERROR: (422, False, "That place is not known."),
    ChatErrorCode.SESSION_ERROR: (404, False, "There is no such conversation."),
    ChatErrorCode.SERVER_ERROR: (500, True, "Something went wrong on our side. Please try again."),
    ChatErrorCode.INVALID_REQUEST: (422, False, "The request cannot be read."),
    ChatErrorCode.SEARCH_HANDLE_EXPIRED: (404, False, "This search has expired. Please search again."),
    ChatErrorCode.TURN_IN_PROGRESS: (409, True, "The last question of this conversation is still being answered."),
}


class ChatError(Exception):
    """Ends a request before its stream, or a stream without an answer."""

    def __init__(
        self,
        code: ChatErrorCode,
        message: str | None = None,
        *,
        retry_after_s: int | None = None,
        status: int | None = None,
    ) -> None:
        self.code = code
        self.status, self.retryable, standard = _MEANING[code]
        self.status = status or self.status
        self.message = message or standard
        self.retry_after_s = retry_after_s
        super().__init__(f"{code}: {self.message}")

    def body(self) -> dict[str, Any]:
        """Top-level `code` and `message` for the clients that read those, `detail` for the ones that read that."""
        return {
            "code": self.code,
            "message": self.message,
            "retryable": self.retryable,
            "retry_after": self.retry_after_s,
            "detail": {"message": self.message, "error_code": self.code},
        }

    def chunk(self) -> dict[str, Any]:
        return {
            "type": "error",
            "model": "A",
            "done": True,
            "error": self.message,
            "error_code": self.code,
            "retryable": self.retryable,
        }


def from_domain(error: RagError | ConversationError | RateLimited) -> ChatError:
    """The edge's word for an error of the layers below; they carry the code, the sentence is ours."""
    match error:
        case InvalidRequest():
            return ChatError(ChatErrorCode.INVALID_REQUEST, str(error))
        case KeyReused():
            return ChatError(ChatErrorCode.INVALID_REQUEST, "Idempotency-Key: was used for another question")
        case TurnNotFound():
            return ChatError(ChatErrorCode.SESSION_ERROR, "There is no such turn, or its conversation has the rest.")
        case SessionNotFound():
            return ChatError(ChatErrorCode.SESSION_ERROR)
        case TurnInProgress():
            return ChatError(ChatErrorCode.TURN_IN_PROGRESS, retry_after_s=BUSY_S)
        case TooManyTurns():
            return ChatError(
                ChatErrorCode.RATE_LIMITED, "Your other questions are still being answered.", retry_after_s=BUSY_S
            )
        case RateLimited():
            return ChatError(ChatErrorCode.RATE_LIMITED, retry_after_s=error.retry_after_s)
        case _:
            return ChatError(ChatErrorCode(error.code) if error.code in set(ChatErrorCode) else ChatErrorCode.RAG_ERROR)


def problem_of(error: Mapping[str, Any]) -> str:
    """`field: what is wrong with it`, of what Pydantic says about a request."""
    if error["type"] == "json_invalid":
        return "body: is no JSON"
    if error["type"] == "model_attributes_type" and isinstance(error["input"], bytes):
        return "body: send JSON, with Content-Type: application/json"
    field, words = fault_of(error)
    return f"{field or 'body'}: {words}"
