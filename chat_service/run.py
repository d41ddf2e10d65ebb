"""A running turn: its chunks in order, for any number of readers. It outlives its connections."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import orjson

from api.rag.query.text import storable
from conversations.turns import ChunkRow

FRAME_BYTES = 60  # around a body on the wire, about
StopReason = Literal["", "user", "abandoned", "restart", "lost"]


class Chunk(NamedTuple):
    """One of a few hundred a turn: a tuple is made in a third of the time."""

    sequence: int  # from 1
    body: bytes
    text: str = ""  # what of the answer it shows


class Reader:
    """One client's place in a run. The run may be a copy that does not yet hold what this client has seen."""

    __slots__ = ("_after", "_next", "_run", "_turn_id", "wake")

    def __init__(self, run: TurnRun, after: int) -> None:
        self._run = run
        self._turn_id = str(run.turn_id).encode()
        self._after = after
        self._next = 0
        self.wake = asyncio.Event()

    def take(self, limit: int) -> bytes:
        """Frames that this client has not had: at least one if there is one, and no more than `limit` bytes after it."""
        chunks, start = self._run.chunks, self._skip_seen()
        size = 0
        while self._next < len(chunks) and (size == 0 or size + len(chunks[self._next].body) <= limit):
            size += len(chunks[self._next].body) + FRAME_BYTES
            self._next += 1
        # Made when it is sent: to keep it beside the body would double what a turn holds.
        return b"".join(
            [b"id: %s:%d\ndata: %s\n\n" % (self._turn_id, c.sequence, c.body) for c in chunks[start : self._next]]
        )

    def _skip_seen(self) -> int:
        chunks = self._run.chunks
        while self._next < len(chunks) and chunks[self._next].sequence <= self._after:
            self._next += 1
        return self._next

    @property
    def ended(self) -> bool:
        return self._run.done and self._skip_seen() == len(self._run.chunks)

    def leave(self) -> None:
        self._run.readers.discard(self)
        if not self._run.readers:
            self._run.left_at = time.monotonic()


@dataclass(slots=True, eq=False)
class TurnRun:
    """Written by one task, read by the streams of its clients. `own` is False for a copy of another worker's turn."""

    turn_id: uuid.UUID
    user_id: int
    own: bool = True
    chunks: list[Chunk] = field(default_factory=list)
    done: bool = False
    readers: set[Reader] = field(default_factory=set)
    left_at: float | None = field(default_factory=time.monotonic)  # when the last reader left
    finished_at: float | None = None
    task: asyncio.Task[None] | None = None
    closing: asyncio.Task[None] | None = None  # saves what there is; nothing cancels it
    stop_reason: StopReason = ""
    saved: int = 0  # chunks the database holds
    saving: int = 0  # chunks of the write that is under way or failed: it is repeated as it was
    on_grow: Callable[[], None] = lambda: None

    def publish(self, chunk: Mapping[str, Any]) -> None:
        shown = chunk.get("type") == "token" and chunk.get("model") == "A"
        text = chunk.get("token", "") if shown else ""
        # orjson leaves its whole buffer behind the text, 4 KB a word; the copy holds what it says
        self.append(len(self.chunks) + 1, memoryview(orjson.dumps(chunk)).tobytes(), text)

    def append(self, sequence: int, body: bytes, text: str = "") -> None:
        self.chunks.append(Chunk(sequence, body, text))
        self._wake()
        self.on_grow()

    def finish(self) -> None:
        self.done = True
        self.finished_at = time.monotonic()
        self._wake()

    def join(self, after: int = 0) -> Reader:
        """A reader of the chunks with a number above `after`."""
        reader = Reader(self, after)
        self.readers.add(reader)
        self.left_at = None
        return reader

    def _wake(self) -> None:
        for reader in self.readers:
            reader.wake.set()

    def stop(self, reason: StopReason) -> None:
        if self.task is not None and self.closing is None and not self.task.done():
            self.stop_reason = self.stop_reason or reason
            self.task.cancel()

    def unsaved(self, *, all_of_them: bool = False) -> list[ChunkRow]:
        """Rows for the database. A write that failed comes again unchanged, for it may have gone through."""
        if self.saving <= self.saved:
            self.saving = len(self.chunks)
        rows = [self._row(self.saved, self.saving)]
        if all_of_them:
            rows.append(self._row(self.saving, len(self.chunks)))
        return [row for row in rows if row.bodies]

    def _row(self, start: int, end: int) -> ChunkRow:
        chunks = self.chunks[start:end]
        bodies = b"\n".join(chunk.body for chunk in chunks).decode()
        return ChunkRow(self.turn_id, start + 1, bodies, storable("".join(chunk.text for chunk in chunks)))
