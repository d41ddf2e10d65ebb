from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request

from chat_service.auth import User
from chat_service.chunks import ErrorBody
from chat_service.errors import ChatError, ChatErrorCode, from_domain
from chat_service.run import TurnRun
from chat_service.schemas import ChatRequest
from chat_service.sse import TurnStream
from chat_service.turn import Asked, TurnServices, start_turn
from conversations.errors import ConversationError

EVENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "what Last-Event-ID takes"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["data"],
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {"schema": EVENT}},
        "description": "Each event's data is a chunk: see chunks.json",
    }
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """With those that every call behind a sign-in can have."""
    return {status: {"model": ErrorBody} for status in sorted({401, 403, 422, 500, 503, *statuses})}


router = APIRouter(prefix="/api/v1/chat")


@router.post(
    "/stream",
    response_class=TurnStream,
    status_code=200,
    responses=STREAM | refusals(400, 404, 408, 409, 413, 429),
)
async def stream(
    body: ChatRequest, user: User, request: Request, idempotency_key: Annotated[str | None, Header()] = None
) -> TurnStream:
    """Ask a question; the answer comes as server-sent events. The same Idempotency-Key again is the same turn."""
    services = _services(request)
    key = _key(idempotency_key, services.params.idempotency_key_max_chars)
    address = request.client.host if request.client else "local"
    return _stream(await start_turn(body, Asked(user, address, key), services), request)


@router.get("/turns/{turn_id}/stream", response_class=TurnStream, status_code=200, responses=STREAM | refusals(404))
async def resume(
    turn_id: uuid.UUID, user: User, request: Request, last_event_id: Annotated[str | None, Header()] = None
) -> TurnStream:
    """The rest of a turn after the event named by Last-Event-ID, or the whole turn."""
    after = _sequence(last_event_id, turn_id)
    try:
        run = await _services(request).registry.find(turn_id, user.id, after=after)
    except ConversationError as error:
        raise from_domain(error) from error
    return _stream(run, request, after=after)


@router.post("/turns/{turn_id}/stop", responses=refusals(404, 408, 413))
async def stop(turn_id: uuid.UUID, user: User, request: Request) -> dict[str, Any]:
    """Stop a running answer; what was said so far is kept. `stopped` is false when it had ended before."""
    try:
        running = await _services(request).registry.stop(turn_id, user.id)
    except ConversationError as error:
        raise from_domain(error) from error
    return {"turn_id": str(turn_id), "stopped": running}


def _services(request: Request) -> TurnServices:
    services: TurnServices = request.app.state.services
    return services


def _stream(run: TurnRun, request: Request, *, after: int = 0) -> TurnStream:
    return TurnStream(run, request.app.state.streams, _services(request).params, after=after)


def _key(key: str | None, max_chars: int) -> str:
    text = (key or "").strip()
    if len(text) > max_chars or not (text.isascii() and text.isprintable()):
        raise ChatError(
            ChatErrorCode.INVALID_REQUEST, f"Idempotency-Key: at most {max_chars} printable ASCII characters"
        )
    return text


def _sequence(last_event_id: str | None, turn_id: uuid.UUID) -> int:
    if not last_event_id:
        return 0
    turn, _, sequence = last_event_id.partition(":")
    if turn != str(turn_id) or not (sequence.isascii() and sequence.isdigit() and len(sequence) < 10):
        raise ChatError(ChatErrorCode.INVALID_REQUEST, f"Last-Event-ID {last_event_id[:80]!r} is not one of this turn.")
    return int(sequence)
