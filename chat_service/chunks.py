"""The chunks of a stream as a schema. The service writes plain dictionaries; tests hold every one of them against this."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from chat_service.errors import ChatErrorCode


class _Chunk(BaseModel):
    model_config = ConfigDict(extra="allow", protected_namespaces=())


class TurnChunk(_Chunk):
    """First of every turn: what to resume, stop and continue by."""

    type: Literal["turn"]
    turn_id: uuid.UUID
    session_id: uuid.UUID


class UnderstoodChunk(_Chunk):
    """How the question was read."""

    type: Literal["understood"]
    ledger: dict[str, Any]


class EventsChunk(_Chunk):
    """What was found, by tier; source n of the answer is the n-th of `all_event_ids`. Comes again, whole, when a model found more."""

    type: Literal["events"]
    recommended_event_ids: list[int]
    additional_event_ids: list[int]
    all_event_ids: list[int]
    event_metadata: dict[str, Any]
    events: list[dict[str, Any]]
    answers: list[Literal["A", "B"]]


class TokenChunk(_Chunk):
    """Plain text to append."""

    type: Literal["token"]
    model: Literal["A", "B"]
    token: str
    done: Literal[False]


class NoticeChunk(_Chunk):
    """Something the reader should know; never the end."""

    type: Literal["notice"]
    code: str
    message: str
    detail: dict[str, Any]


class PingChunk(_Chunk):
    """After 15 silent seconds. It has no id."""

    type: Literal["ping"]


class Failure(BaseModel):
    code: str
    retryable: bool


class DoneChunk(_Chunk):
    """The end of an answer, and of its text."""

    type: Literal["done"]
    model: Literal["A", "B"]
    done: Literal[True]
    status: Literal["complete", "no_matches", "cancelled", "failed"]
    suggested_event_ids: list[int]
    follow_up_questions: list[str]
    response_time_ms: int
    failure: Failure | None = None  # of the second model: it has no answer, and the first one's stands


class ErrorChunk(_Chunk):
    """The end of a turn that has no answer at all."""

    type: Literal["error"]
    model: Literal["A", "B"]
    done: Literal[True]
    error: str
    error_code: ChatErrorCode
    retryable: bool


class SystemChunk(_Chunk):
    """Last of every turn."""

    type: Literal["system"]
    model: Literal["SYSTEM"]
    done: Literal[True]
    session_id: uuid.UUID
    turn_id: uuid.UUID
    suggested_event_ids: list[int]
    recommended_event_ids: list[int]
    all_event_ids: list[int]
    event_metadata: dict[str, Any]


AnyChunk = Annotated[
    TurnChunk
    | UnderstoodChunk
    | EventsChunk
    | TokenChunk
    | NoticeChunk
    | PingChunk
    | DoneChunk
    | ErrorChunk
    | SystemChunk,
    Field(discriminator="type"),
]
CHUNK: TypeAdapter[Any] = TypeAdapter(AnyChunk)


class ErrorDetail(BaseModel):
    message: str
    error_code: str


class ErrorBody(BaseModel):
    """Of every answer that is not 2xx."""

    code: str
    message: str
    retryable: bool
    retry_after: int | None
    detail: ErrorDetail
