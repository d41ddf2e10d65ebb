"""The turns of this process: found by id for a resume, stopped when nobody has read them for a while, forgotten when old."""

from __future__ import annotations

import asyncio
import time
import uuid

from chat_service.run import TurnRun

ABANDONED_S = 30.0
KEEP_FINISHED_S = 600.0
SWEEP_S = 2.0


class TurnRegistry:
    def __init__(self) -> None:
        self._runs: dict[uuid.UUID, TurnRun] = {}

    def add(self, run: TurnRun) -> None:
        self._runs[run.turn_id] = run

    def find(self, turn_id: uuid.UUID, user_id: int) -> TurnRun | None:
        """Somebody else's turn is not told apart from none."""
        run = self._runs.get(turn_id)
        return run if run is not None and run.user_id == user_id else None

    def stop(self, run: TurnRun) -> None:
        if run.task is not None and not run.done:
            run.task.cancel()

    async def sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep(time.monotonic())

    def sweep(self, now: float) -> None:
        for run in list(self._runs.values()):
            if run.done and run.finished_at is not None and now - run.finished_at > KEEP_FINISHED_S:
                del self._runs[run.turn_id]
            elif not run.done and run.left_at is not None and now - run.left_at > ABANDONED_S:
                self.stop(run)

    async def close(self) -> None:
        """Stop what still runs and wait until each turn has saved what it had."""
        tasks = [run.task for run in self._runs.values() if run.task is not None and not run.done]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
