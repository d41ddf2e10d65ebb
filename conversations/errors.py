from __future__ import annotations


class ConversationError(Exception):
    code = "session_error"
    retryable = False


class SessionNotFound(ConversationError):
    """There is no such session of this user: somebody else's is not told apart from none."""


class TurnNotFound(ConversationError):
    """There is no such turn of this user."""


class TurnInProgress(ConversationError):
    """The session is still answering its last question."""

    code = "turn_in_progress"
    retryable = True


class TooManyTurns(ConversationError):
    """This user's other questions are still being answered."""

    code = "rate_limited"
    retryable = True


class KeyReused(ConversationError):
    """The idempotency key belongs to another question."""

    code = "invalid_request"


class OneAnswer(ConversationError):
    """The turn has one answer, so there is nothing to choose."""

    code = "invalid_request"
