"""Keeps the chunks and the heartbeats of this worker's turns in the database, so that another worker can take over.

The turns of a process share one write every `flush_s`: a write for each chunk of each turn would cost more than the turns.
"""

from __future__ import annotations

import asyncio
import logging
import time

from django.db import Error

from chat_service.orm import OrmBridge
from chat_service.params import ChatParams
from chat_service.run import TurnRun
from conversations.turns import ChunkRow, append_chunks, beat

log = logging.getLogger(__name__)


class Journal:
    """`orm` has a thread of its own: behind a crowd of questions the signs of life would come too late, and living turns be ended."""

    def __init__(self, orm: OrmBridge, params: ChatParams) -> None:
        self._orm = orm
        self._params = params
        self._runs: set[TurnRun] = set()
        self._grown = asyncio.Event()
        self._lock = asyncio.Lock()  # one statement over many turns at a time, so that two cannot block each other

    @property
    def turns(self) -> int:
        """How many are being written."""
        return len(self._runs)

    def add(self, run: TurnRun) -> None:
        run.on_grow = self._grown.set
        self._runs.add(run)

    async def release(self, run: TurnRun) -> None:
        """From now on the caller saves the run's chunks. Waits for the write that is under way."""
        async with self._lock:
            self._runs.discard(run)

    async def keep_for_ever(self) -> None:
        await asyncio.gather(self._flush_for_ever(), self._beat_for_ever())

    async def _flush_for_ever(self) -> None:
        while True:
            await self._grown.wait()
            self._grown.clear()
            await self._flush()
            await asyncio.sleep(self._params.flush_s)

    async def _flush(self) -> None:
        waiting = [run for run in self._runs if run.saved < len(run.chunks)]
        while waiting:
            async with self._lock:
                if not await self._keep_some(waiting):
                    self._grown.set()
                    return

    async def _keep_some(self, waiting: list[TurnRun]) -> bool:
        """Takes from `waiting` what one write may hold: many turns that begin at once are too much for it. False: it failed."""
        runs: list[TurnRun] = []
        rows: list[ChunkRow] = []
        size = 0
        while waiting and size < self._params.flush_bytes:
            run = waiting.pop()
            if run in self._runs:  # else its end has come meanwhile, and saves it
                runs.append(run)
                fresh = run.unsaved()
                rows += fresh
                size += sum(len(row.bodies) for row in fresh)
        if not rows:
            return True
        try:
            alive = await self._orm(lambda: append_chunks(rows))
        except Error as error:
            log.warning("chunks of %d turns could not be kept yet: %s", len(runs), error)
            return False
        for run in runs:
            run.saved = run.saving
            if run.turn_id not in alive:
                run.stop("lost")
        return True

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._params.heartbeat_s)
            await self._beat()

    async def _beat(self) -> None:
        async with self._lock:
            runs = list(self._runs)
            if not runs:
                return
            try:
                beats = await self._orm(lambda: beat(run.turn_id for run in runs))
            except Error as error:
                log.warning("no heartbeat for %d turns: %s", len(runs), error)
                return
        for run in runs:
            seen = beats.get(run.turn_id)
            if seen is None:
                run.stop("lost")
            elif seen.stop_requested:
                run.stop("user")
            elif not run.readers and seen.read_ago_s is not None:
                run.left_at = max(run.left_at or 0.0, time.monotonic() - seen.read_ago_s)
