"""The turns of this process: found by id, wherever they run, stopped when nobody has read them for a while, forgotten when old."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid

from django.db import Error

from chat_service.endings import retold
from chat_service.follow import Wakes, follow
from chat_service.journal import Journal
from chat_service.orm import OrmBridge
from chat_service.params import ChatParams
from chat_service.run import TurnRun
from conversations.turns import end_lost_turns, forget_turns, request_stop, stored_answer, turn_state

log = logging.getLogger(__name__)


class TurnRegistry:
    def __init__(self, orm: OrmBridge, journal: Journal, params: ChatParams) -> None:
        self._orm = orm
        self._params = params
        self._runs: dict[uuid.UUID, TurnRun] = {}
        self.wakes = Wakes(self._stop_asked)
        self.journal = journal

    def add(self, run: TurnRun) -> None:
        self._runs[run.turn_id] = run
        self.journal.add(run)

    def pace(self) -> float:
        """Seconds between two handfuls of words of a turn, now."""
        return self._params.words_every(self.journal.turns)

    @property
    def runs(self) -> list[TurnRun]:
        return list(self._runs.values())

    async def find(self, turn_id: uuid.UUID, user_id: int, *, after: int = 0) -> TurnRun:
        """The turn, or a copy of it. Raises TurnNotFound; somebody else's turn is not told apart from none."""
        run = self._of(turn_id, user_id)
        if run is not None:
            return run
        state = await self._orm(lambda: turn_state(turn_id, user_id))
        run = self._of(turn_id, user_id)  # two readers may have come at once
        if run is not None:
            return run
        if state is None:
            answer = await self._orm(lambda: stored_answer(turn_id, user_id))
            return retold(answer, user_id, after=after)
        run = TurnRun(turn_id, user_id, own=False)
        self._runs[turn_id] = run
        run.task = asyncio.create_task(follow(run, self._orm, self.wakes, self._params), name=f"follow {turn_id}")
        return run

    def _of(self, turn_id: uuid.UUID, user_id: int) -> TurnRun | None:
        run = self._runs.get(turn_id)
        return run if run is not None and run.user_id == user_id else None

    async def stop(self, turn_id: uuid.UUID, user_id: int) -> bool:
        """Says whether it still ran. Raises TurnNotFound."""
        run = self._of(turn_id, user_id)
        if run is not None and run.own:
            running = not run.done
            run.stop("user")
            return running
        if await self._orm(lambda: turn_state(turn_id, user_id)) is None:
            await self._orm(lambda: stored_answer(turn_id, user_id))
            return False
        return await self._orm(lambda: request_stop(turn_id))

    def _stop_asked(self, turn_id: uuid.UUID) -> None:
        run = self._runs.get(turn_id)
        if run is not None and run.own:
            run.stop("user")

    async def sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._params.sweep_s)
            self.sweep(time.monotonic())

    def sweep(self, now: float) -> None:
        for run in self.runs:
            unread_s = now - run.left_at if run.left_at is not None and not run.readers else 0.0
            if run.done:
                if run.finished_at is not None and min(now - run.finished_at, unread_s) > self._params.keep_finished_s:
                    del self._runs[run.turn_id]
            elif run.own and unread_s > self._params.abandoned_s:
                run.stop("abandoned")
            elif not run.own and unread_s > self._params.follow_idle_s:
                del self._runs[run.turn_id]
                if run.task is not None:
                    run.task.cancel()

    async def tidy_for_ever(self) -> None:
        """Ends turns whose worker died, wherever that was, and forgets old ones.

        After a pause of its own - a busy machine, a database that was away - a worker lets one round pass: the others' signs of
        life were held up as its own were.
        """
        looked_at = forget_at = time.monotonic()
        while True:
            on_time = time.monotonic() - looked_at < self._params.lost_after_s / 2
            try:
                lost = (
                    await self._orm(lambda: end_lost_turns(self._params.lost_after_s, but=self._living))
                    if on_time
                    else []
                )
                if lost:
                    log.warning("ended %d turns whose worker was silent: %s", len(lost), ", ".join(map(str, lost)))
                if time.monotonic() >= forget_at:
                    await self._orm(lambda: forget_turns(self._params.forget_after_s))
                    forget_at = time.monotonic() + self._params.forget_every_s
                looked_at = time.monotonic()
            except Error as error:
                log.warning("lost turns could not be looked for: %s", error)
            await asyncio.sleep(self._params.heartbeat_s)

    @property
    def _living(self) -> list[uuid.UUID]:
        """Turns that this process answers itself, however late its signs of life are."""
        return [run.turn_id for run in self.runs if run.own and not run.done]

    async def close(self) -> None:
        """Stop what still runs and wait until each turn has saved what it had."""
        for run in self.runs:
            if run.own:
                run.stop("restart")
            elif run.task is not None:
                run.task.cancel()
        ends = [task for run in self.runs for task in (run.task, run.closing) if task is not None]
        if ends:
            await asyncio.wait(ends, timeout=self._params.close_s)
            # a turn that was cancelled has begun to save by now
            closings = [run.closing for run in self.runs if run.closing is not None and not run.closing.done()]
            if closings:
                await asyncio.wait(closings, timeout=self._params.close_s)
