"""Chunks of a turn as server-sent events, with heartbeats that every client of the contract skips."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent

from chat_service.run import TurnRun

PING_S = 15
SEND_TIMEOUT_S = 30
HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
_PING = '{"type":"ping"}'


async def events_of(run: TurnRun, *, after: int = 0) -> AsyncIterator[ServerSentEvent]:
    chunks = run.read(after)
    pending: asyncio.Task[object] | None = None
    try:
        while True:
            pending = pending or asyncio.ensure_future(anext(chunks, None))
            ready, _ = await asyncio.wait({pending}, timeout=PING_S)
            if not ready:
                yield ServerSentEvent(data=_PING, sep="\n")
                continue
            chunk = pending.result()
            pending = None
            if chunk is None:
                return
            yield ServerSentEvent(data=chunk.body.decode(), id=f"{run.turn_id}:{chunk.sequence}", sep="\n")  # type: ignore[attr-defined]
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
        await chunks.aclose()  # type: ignore[attr-defined]


def stream_response(run: TurnRun, *, after: int = 0) -> EventSourceResponse:
    return EventSourceResponse(
        events_of(run, after=after), headers=HEADERS, ping=PING_S, sep="\n", send_timeout=SEND_TIMEOUT_S
    )
