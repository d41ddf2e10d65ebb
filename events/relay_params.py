"""The numbers of the relay, in seconds unless named otherwise."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RelayParams:
    poll_s: float = 1.0  # the longest sleep when no notification wakes it
    retry_base_s: float = 1.0  # of one message: doubled at each failure
    retry_max_s: float = 300.0
    max_attempts: int = 8  # about 4 minutes of trying; then it is buried
    down_base_s: float = 0.25  # of a consumer that takes nothing: doubled at each look
    down_max_s: float = 15.0
    lost_base_s: float = 0.1  # of a lost database connection
    lost_max_s: float = 2.0
    idle_every_s: float = 30.0  # how often a consumer may look for work of its own
    wait_for_writers_s: float = 60.0


def backoff(base_s: float, top_s: float, failures: int) -> float:
    """Exponential with jitter: between half and all of base * 2^failures, at most `top_s`."""
    return min(top_s, base_s * 2.0 ** min(failures, 30)) * random.uniform(0.5, 1.0)  # noqa: S311  spreads retries, guards nothing
