"""The end of this process: answers may finish, the others are saved and told, every stream is ended. Bounded in time.

The ASGI server waits for open streams before it tells the application to shut down, so the signal itself must start this.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from types import FrameType
from typing import Any

from chat_service.params import ChatParams
from chat_service.registry import TurnRegistry
from chat_service.sse import Streams

log = logging.getLogger(__name__)
CHECK_S = 0.05
FLUSH_S = 1.0  # for the last chunks to leave


class Drain:
    def __init__(self, registry: TurnRegistry, streams: Streams, params: ChatParams) -> None:
        self._registry = registry
        self._streams = streams
        self._params = params
        self._task: asyncio.Task[None] | None = None

    def on_signals(self) -> None:
        """Before the server's own handlers, which stay in place."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._then(signal.getsignal(number), loop))

    def _then(self, previous: Any, loop: asyncio.AbstractEventLoop) -> Any:
        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.start)
            if callable(previous):
                previous(number, frame)

        return handle

    def start(self) -> None:
        self._task = self._task or asyncio.create_task(self.run())

    async def run(self) -> None:
        log.info("draining %d streams", len(self._streams.open))
        await self._until(lambda: all(run.done for run in self._registry.runs if run.own), self._params.drain_s)
        await self._registry.close()
        self._streams.end()
        await self._until(lambda: not self._streams.open, FLUSH_S)
        self._streams.cut()

    async def _until(self, true: Any, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not true():  # noqa: ASYNC110  the two things waited for share no event
                    await asyncio.sleep(CHECK_S)
        except TimeoutError:
            pass
