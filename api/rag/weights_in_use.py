"""The weights production ranks with, where an operator chose some. Who keeps them registers here; nobody else needs to know who it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from api.rag.params import ScoringWeights

KEEP_S = 5.0  # a process asks again after so long
Source = Callable[[], ScoringWeights | None]


@dataclass(slots=True)
class _Kept:
    source: Source | None = None
    weights: ScoringWeights | None = None
    until: float = 0.0  # monotonic


_kept = _Kept()


def keep_weights_from(source: Source) -> None:
    """`source` returns None where the built-in weights hold. It must not raise."""
    _kept.source, _kept.until = source, 0.0


def forget_weights() -> None:
    """Ask the source again at the next question."""
    _kept.until = 0.0


def weights_in_use() -> ScoringWeights | None:
    """May wait for the source's database; None: the built-in weights hold."""
    now = time.monotonic()
    if _kept.source is not None and now >= _kept.until:
        _kept.weights, _kept.until = _kept.source(), now + KEEP_S
    return _kept.weights
