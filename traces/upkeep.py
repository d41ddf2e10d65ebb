"""What the worker does for the traces, a little at every look: closing, counting, batches in the background, pruning."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from traces.batch_run import advance_waiting
from traces.demand_service import BATCH, count_turns, prune_demand
from traces.pruning import Limits, prune_runs
from traces.sweep import sweep_runs

log = logging.getLogger(__name__)
SWEEP_EVERY_S = 30.0
COUNT_EVERY_S = 60.0
PRUNE_EVERY_S = 3600.0
BATCH_SHARE_S = 1.0  # of a look


def limits() -> Limits:
    """As the settings say; 0 means no limit."""
    days, runs, megabytes = settings.TRACE_KEEP_DAYS, settings.TRACE_MAX_RUNS, settings.TRACE_MAX_MB
    return Limits(timedelta(days=days) if days else None, runs or None, megabytes * 1_000_000 or None)


@dataclass(slots=True)
class Upkeep:
    _next: dict[str, float] = field(default_factory=dict)

    @property
    def tasks(self) -> dict[str, Callable[[], object]]:
        """Each raises what the database raises, and costs nothing when nothing is due."""
        return {
            "the closing of runs": self._sweep,
            "the count of turns": self._count,
            "the pruning of runs": self._prune,
            "the batches": lambda: advance_waiting(BATCH_SHARE_S),
        }

    def _sweep(self) -> None:
        if self._due("sweep", SWEEP_EVERY_S) and (closed := sweep_runs(timezone.now())):
            log.warning("closed the runs of %d turns whose process died", closed)

    def _count(self) -> None:
        if self._due("count", COUNT_EVERY_S) and count_turns(timezone.now()) == BATCH:
            self._next.pop("count")  # there is more

    def _prune(self) -> None:
        """What is not counted yet must not go."""
        if not self._due("prune", PRUNE_EVERY_S):
            return
        while count_turns(timezone.now()) == BATCH:
            pass
        gone = prune_runs(limits(), timezone.now()) + prune_demand(timezone.now())
        if gone:
            log.info("pruned %d runs and counts", gone)

    def _due(self, what: str, every_s: float) -> bool:
        if time.monotonic() < self._next.get(what, 0.0):
            return False
        self._next[what] = time.monotonic() + every_s
        return True
