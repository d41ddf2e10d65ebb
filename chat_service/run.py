"""A running turn: its chunks in order, for any number of readers. It outlives its connections."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Chunk:
    sequence: int  # from 1
    body: bytes


@dataclass(slots=True)
class TurnRun:
    """Written by one task, read by the streams of its clients."""

    turn_id: uuid.UUID
    user_id: int
    chunks: list[Chunk] = field(default_factory=list)
    done: bool = False
    readers: int = 0
    left_at: float | None = None  # monotonic, when the last reader left
    finished_at: float | None = None
    task: asyncio.Task[None] | None = None
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, chunk: Mapping[str, Any]) -> None:
        self.chunks.append(Chunk(len(self.chunks) + 1, orjson.dumps(chunk)))
        self._wake()

    def finish(self) -> None:
        self.done = True
        self.finished_at = time.monotonic()
        self._wake()

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()

    async def read(self, after: int = 0) -> AsyncIterator[Chunk]:
        """Chunks with a sequence above `after`, as they come, until the turn has ended."""
        self.readers += 1
        self.left_at = None
        try:
            while True:
                grown = self._grown
                while after < len(self.chunks):
                    after += 1
                    yield self.chunks[after - 1]
                if self.done:
                    return
                await grown.wait()
        finally:
            self.readers -= 1
            if self.readers == 0:
                self.left_at = time.monotonic()
