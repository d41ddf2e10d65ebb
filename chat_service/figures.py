"""What the reader of an answer sees of its speed: measured where chunks are published, from the arrival of the request."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

MILLISECONDS = 1000.0


@dataclass(slots=True)
class Figures:
    """`arrived` and all that is kept are of `time.perf_counter`, in seconds."""

    arrived: float
    first: float | None = None
    last: float | None = None
    gaps: list[float] = field(default_factory=list)

    def shown(self, now: float | None = None) -> None:
        """Some text went out."""
        now = time.perf_counter() if now is None else now
        if self.last is not None:
            self.gaps.append(now - self.last)
        self.first = now if self.first is None else self.first
        self.last = now

    def as_json(self, usage: dict[str, Any]) -> dict[str, Any]:
        """Milliseconds. Tokens per second are those the model wrote, over the time from its first to its last one."""
        return {
            "first_shown_ms": _ms(self.first - self.arrived) if self.first is not None else None,
            "gap_p50_ms": _ms(_share(self.gaps, 0.5)),
            "gap_p95_ms": _ms(_share(self.gaps, 0.95)),
            "gap_max_ms": _ms(max(self.gaps, default=None)),
            "tokens_per_s": _rate(usage),
        }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * MILLISECONDS, 2)


def _share(values: list[float], share: float) -> float | None:
    """The smallest value that at least this share of them does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)] if ordered else None


def _rate(usage: dict[str, Any]) -> float | None:
    tokens, first, total = usage.get("tokens_out"), usage.get("first_token_ms"), usage.get("total_ms")
    if not tokens or tokens < 2 or first is None or total is None or total <= first:
        return None
    rate: float = (tokens - 1) / (total - first) * MILLISECONDS
    return round(rate, 2)
