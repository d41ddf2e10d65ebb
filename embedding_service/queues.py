"""What waits: texts, the requests that asked for them, and the two queues they wait in. Touched by the event loop alone."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import Enum

import numpy as np


class Overloaded(Exception):
    """The queue is full for this kind of request."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"overloaded, try again in {retry_after_s:.1f} s")
        self.retry_after_s = retry_after_s


class DeadlineExceeded(Exception):
    """The caller's deadline passed before the text's turn came."""


class CallerLeft(Exception):
    """The connection was closed before the answer was there."""


class Draining(Exception):
    """The service is stopping and takes nothing new."""


class State(Enum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Embedded:
    vector: np.ndarray
    truncated: bool
    tokens: int


@dataclass(slots=True, eq=False)
class Entry:
    """One distinct text and everybody who waits for it."""

    text: str
    cost: int
    deadline: float
    arrived: float
    lane_queue: Queue
    waiting: list[Submission] = field(default_factory=list)
    state: State = State.QUEUED
    result: Embedded | None = None


@dataclass(slots=True, eq=False)
class Submission:
    """One request: `future` is done when all its texts are."""

    texts: list[str]
    future: asyncio.Future[None]
    entries: dict[str, Entry] = field(default_factory=dict)
    remaining: int = 0

    def results(self) -> list[Embedded]:
        found = [self.entries[text].result for text in self.texts]
        return [result for result in found if result is not None]

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)

    def settle_one(self) -> None:
        self.remaining -= 1
        if self.remaining == 0 and not self.future.done():
            self.future.set_result(None)


@dataclass(slots=True, eq=False)
class Queue:
    name: str
    wait_limit_s: float
    longest_run_s: float
    entries: deque[Entry] = field(default_factory=deque)
    tokens: int = 0
    texts: int = 0

    def add(self, entry: Entry) -> None:
        entry.lane_queue = self
        self.entries.append(entry)
        self.tokens += entry.cost
        self.texts += 1

    def forget(self, entry: Entry) -> None:
        """The entry stays in the deque and is skipped when its turn comes."""
        self.tokens -= entry.cost
        self.texts -= 1

    def head(self) -> Entry | None:
        while self.entries:
            entry = self.entries[0]
            if entry.state is State.QUEUED and entry.lane_queue is self:
                return entry
            self.entries.popleft()
        return None
