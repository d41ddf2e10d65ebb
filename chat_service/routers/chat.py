from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from sse_starlette import EventSourceResponse

from chat_service.auth import User
from chat_service.errors import ChatError, ChatErrorCode
from chat_service.registry import TurnRegistry
from chat_service.run import TurnRun
from chat_service.schemas import ChatRequest
from chat_service.sse import stream_response
from chat_service.turn import start_turn

router = APIRouter(prefix="/api/v1/chat")


@router.post("/stream")
async def stream(body: ChatRequest, user: User, request: Request) -> EventSourceResponse:
    """Ask a question; the answer comes as server-sent events."""
    run = await start_turn(body, user, request.app.state.services)
    _registry(request).add(run)
    return stream_response(run)


@router.get("/turns/{turn_id}/stream")
async def resume(
    turn_id: uuid.UUID, user: User, request: Request, last_event_id: Annotated[str | None, Header()] = None
) -> EventSourceResponse:
    """The rest of a turn after the event named by Last-Event-ID, or the whole turn."""
    return stream_response(_find(request, turn_id, user.id), after=_sequence(last_event_id, turn_id))


@router.post("/turns/{turn_id}/stop")
async def stop(turn_id: uuid.UUID, user: User, request: Request) -> dict[str, Any]:
    """Stop a running answer; what was said so far is kept."""
    run = _find(request, turn_id, user.id)
    _registry(request).stop(run)
    return {"turn_id": str(turn_id), "stopped": not run.done}


def _registry(request: Request) -> TurnRegistry:
    registry: TurnRegistry = request.app.state.registry
    return registry


def _find(request: Request, turn_id: uuid.UUID, user_id: int) -> TurnRun:
    run = _registry(request).find(turn_id, user_id)
    if run is None:
        raise ChatError(ChatErrorCode.SESSION_ERROR, "There is no such turn.")
    return run


def _sequence(last_event_id: str | None, turn_id: uuid.UUID) -> int:
    if not last_event_id:
        return 0
    turn, _, sequence = last_event_id.partition(":")
    if turn != str(turn_id) or not (sequence.isascii() and sequence.isdigit() and len(sequence) < 10):
        raise ChatError(ChatErrorCode.INVALID_REQUEST, f"Last-Event-ID {last_event_id[:80]!r} is not one of this turn.")
    return int(sequence)
