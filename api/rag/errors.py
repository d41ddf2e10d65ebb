"""What can go wrong in the mind. Each class carries its code and whether trying again can help; the sentence for the user lives at the edge."""

from __future__ import annotations


class RagError(Exception):
    code = "rag_error"
    retryable = False

    def chain(self) -> str:
        """For a log, where no word of a reader may stand: 'RetrievalFailed, OperationalError, QueryCanceled', each caused by the next.

        The messages of a database quote what it was given.
        """
        names: list[str] = []
        error: BaseException | None = self
        while error is not None:
            names.append(type(error).__name__)
            error = error.__cause__
        return ", ".join(names)


class EmbeddingUnavailable(RagError):
    """The embedding service did not answer in time, refused, or answered with something that is not a vector."""

    code = "embedding_unavailable"
    retryable = True


class EmbeddingRefused(EmbeddingUnavailable):
    """The embedding service answers, and will never take this text."""

    retryable = False


class RetrievalFailed(RagError):
    """The database could not run the candidate query. Never turned into an empty list."""

    code = "rag_error"
    retryable = True


class LLMError(RagError):
    code = "llm_unavailable"
    retryable = True

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class LLMUnavailable(LLMError):
    """The provider refused, broke off or is not reachable."""


class LLMTimeout(LLMError):
    """The provider missed the deadline for connecting, for the first token or for the whole answer."""

    code = "llm_timeout"


class LLMRejected(LLMError):
    """The provider will never accept this request as it is (bad key, unknown model, prompt too long)."""

    retryable = False


class LLMUnauthorised(LLMRejected):
    """The provider does not accept our key."""


class PlaceNotFound(RagError):
    """A place that was named is in no gazetteer. Never raised by a turn, which asks back; it marks the trace."""

    code = "location_error"


class InvalidRequest(RagError):
    """A value the caller sent cannot be used; `field` names it."""

    code = "invalid_request"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
