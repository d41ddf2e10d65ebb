"""What a message of the outbox says: an event changed, and by what. It carries no state; consumers read that themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

SAVED, DELETED, EMBEDDED = "event.saved", "event.deleted", "event.embedded"
KINDS = (SAVED, DELETED, EMBEDDED)


class PayloadV1(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    event_id: int
    cause: Literal[
        "event.inserted", "event.updated", "event.deleted", "venue.updated",
        "occurrence.inserted", "occurrence.updated", "occurrence.deleted",
        "embedding.stored", "embedding.requested",
    ]  # fmt: skip


SCHEMAS: Mapping[int, type[PayloadV1]] = {1: PayloadV1}


class BadPayload(ValueError):
    """The message is not one of ours; trying again cannot help."""


@dataclass(frozen=True, slots=True)
class Change:
    """`id` grows with the order of the changes of one event."""

    id: int
    event_id: int
    kind: str
    cause: str
    created_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a consumer did not take the changes of one event. `permanent`: it never will."""

    reason: str
    permanent: bool = False


class ConsumerUnavailable(Exception):
    """The consumer takes nothing at the moment. Its messages wait without being counted as failed."""


class ConsumerMisconfigured(Exception):
    """Only an operator can help; the message says how. The relay ends."""


class Consumer(Protocol):
    """An index that follows the events.

    `deliver` gets changes in order per event and must bear any of them again: it brings its index to the event's present
    state. `fence` grows with every reading of states: what was read under a smaller one is older. It returns refusals by
    event id, and raises
    ConsumerUnavailable or ConsumerMisconfigured. It runs inside the relay's transaction: rows it writes are written
    exactly once. `idle` may do a bounded piece of other work when there is nothing to deliver; True when it did some.
    """

    @property
    def name(self) -> str: ...
    @property
    def kinds(self) -> Sequence[str]: ...
    @property
    def batch(self) -> int: ...

    def deliver(self, changes: Sequence[Change], *, fence: int) -> Mapping[int, Refusal]: ...

    def idle(self) -> bool: ...

    def close(self) -> None: ...


def parse(message_id: int, event_id: int, kind: str, version: int, payload: Any, rest: tuple[datetime, int]) -> Change:
    """Raises BadPayload, which names what is wrong."""
    if kind not in KINDS:
        raise BadPayload(f"unknown kind {kind!r}")
    schema = SCHEMAS.get(version)
    if schema is None:
        raise BadPayload(f"unknown version {version} of {kind}; known: {', '.join(map(str, SCHEMAS))}")
    try:
        body = schema.model_validate(payload)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadPayload(f"payload.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if body.event_id != event_id:
        raise BadPayload(f"payload.event_id is {body.event_id}, the message's {event_id}")
    return Change(message_id, event_id, kind, body.cause, *rest)
