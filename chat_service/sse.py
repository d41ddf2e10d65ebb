"""Chunks of a turn as server-sent events, with heartbeats that every client of the contract skips.

Own ASGI code: one write for all that has piled up, no task per heartbeat, and a cut that frees the socket of a client
that does not read. A generator under a library's response cost three times the CPU per chunk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chat_service.params import ChatParams
from chat_service.run import Reader, TurnRun

log = logging.getLogger(__name__)
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}
PING = b': ping\n\ndata: {"type":"ping"}\n\n'
RESUME = (
    b'data: {"type":"notice","code":"resume","message":"The service is restarting; resume this turn.","detail":{}}\n\n'
)
TRANSPORT = "eventzombie.transport"
SERVER_SEND = "eventzombie.send"


def outermost(app: ASGIApp) -> ASGIApp:
    """Remembers uvicorn's transport, which ASGI hides: closing it politely waits for ever for a client that does not read.

    And the server's own send: what lies between it and a stream looks at the head of an answer alone, so the body need not pass there.
    """

    async def remember(scope: Scope, receive: Receive, send: Send) -> None:
        scope[TRANSPORT] = getattr(getattr(send, "__self__", None), "transport", None)
        scope[SERVER_SEND] = send
        await app(scope, receive, send)

    return remember


class Streams:
    """The open streams of this process."""

    def __init__(self) -> None:
        self.open: set[TurnStream] = set()

    def end(self) -> None:
        """Each closes after what its turn has said so far."""
        for stream in self.open:
            stream.end()

    def cut(self) -> None:
        for stream in self.open:
            stream.cut()


class TurnStream(Response):
    def __init__(self, run: TurnRun, streams: Streams, params: ChatParams, *, after: int = 0) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers(HEADERS)
        self._run = run
        self._streams = streams
        self._params = params
        self._after = after
        self._gone = False
        self._ending = False
        self._silent = False
        self._sent_at = 0.0  # by the clock of the loop
        self._alarm: asyncio.TimerHandle | None = None
        self._reader: Reader | None = None
        self._transport: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._transport = scope.get(TRANSPORT)
        self._reader = reader = self._run.join(self._after)
        self._streams.open.add(self)
        watch = asyncio.create_task(self._watch(receive))
        self._sent_at = asyncio.get_running_loop().time()
        self._listen_for_silence()
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._pump(reader, scope.get(SERVER_SEND, send))
        except TimeoutError:
            log.info("cut a client that took nothing for %s s", self._params.send_timeout_s)
            self.cut()
            await asyncio.sleep(0)  # the transport tells the server of its end in the next round of the loop
        finally:
            watch.cancel()
            if self._alarm is not None:
                self._alarm.cancel()
            self._streams.open.discard(self)
            reader.leave()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._wake()

    async def _pump(self, reader: Reader, send: Send) -> None:
        while not self._gone:
            if body := reader.take(self._params.send_bytes):
                last = reader.ended
                await self._send(send, body, more=not last)
                if last:
                    return
            elif reader.ended:
                return await self._send(send, b"", more=False)
            elif self._ending:
                return await self._send(send, RESUME, more=False)
            elif self._silent:
                await self._send(send, PING)
            else:
                reader.wake.clear()
                await reader.wake.wait()

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        self._sent_at, self._silent = asyncio.get_running_loop().time(), False
        message: MutableMapping[str, Any] = {"type": "http.response.body", "body": body, "more_body": more}
        if self._transport is not None and not self._transport.get_write_buffer_size():
            return await send(message)  # the client has taken all: this does not wait
        async with asyncio.timeout(self._params.send_timeout_s):
            await send(message)

    def _listen_for_silence(self) -> None:
        """One alarm a stream, set again when it rings: one for each wait cost as much as the waits."""
        loop = asyncio.get_running_loop()
        rings_at = self._sent_at + self._params.ping_s
        if loop.time() >= rings_at:
            self._silent = True
            self._wake()
            rings_at = loop.time() + self._params.ping_s
        self._alarm = loop.call_at(rings_at, self._listen_for_silence)

    def end(self) -> None:
        self._ending = True
        self._wake()

    def cut(self) -> None:
        self._gone = True
        self._wake()
        if self._transport is not None:
            self._transport.abort()

    def _wake(self) -> None:
        if self._reader is not None:
            self._reader.wake.set()
