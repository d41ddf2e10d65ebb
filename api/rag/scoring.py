"""The factors and their weighted mean. SQL computes the same formulas (candidate_sql); this is their reference and the re-ranker."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from api.rag.params import FACTORS, RetrievalParams, ScoringWeights
from api.rag.types import Candidate, RankingFactors

DEFAULTS = RetrievalParams()


def location_factor(miles: float) -> float:
    """1 at the spot, 1/2 at `distance_half_miles`."""
    return 1 / (1 + max(0.0, miles) / DEFAULTS.distance_half_miles)


def time_factor(days: float) -> float:
    """1 now, 1/2 in `time_half_days`."""
    return 1 / (1 + max(0.0, days) / DEFAULTS.time_half_days)


def weighted_score(factors: RankingFactors, weights: ScoringWeights) -> float:
    """Weighted mean over the factors the query asks about; unknown data counts 0."""
    asked = [f for f in FACTORS if getattr(factors, f) is not None or f in factors.unknown]
    total = sum(getattr(weights, f) for f in asked)
    if total <= 0:
        return 0.0
    return float(sum(getattr(weights, f) * (getattr(factors, f) or 0.0) for f in asked) / total)


def rerank(candidates: Iterable[Candidate], weights: ScoringWeights) -> list[Candidate]:
    """The same candidates under other weights; ties by start, then id."""
    scored = [replace(c, score=weighted_score(c.factors, weights)) for c in candidates]
    return sorted(scored, key=lambda c: (-c.score, c.start, c.event_id))


@dataclass(frozen=True, slots=True)
class Flip:
    """The value of one weight, the others kept as they are, at which two candidates tie; past it `b` is ahead of `a`."""

    factor: str
    weight: float  # as it is now
    at: float  # on the same scale as the other weights
    side: Literal["above", "below"]  # where b is ahead


def flips(a: RankingFactors, b: RankingFactors, weights: ScoringWeights) -> dict[str, Flip]:
    """By factor; a factor is missing where no value >= 0 of its weight swaps the two, for both are of one query.

    Both scores are divided by the same sum of weights, so their order is the sign of a line in the one weight:
    (B - A) + w (b - a), where A and B are the weighted sums of the other factors. It changes at (A - B) / (b - a).
    """
    asked = [f for f in FACTORS if any(getattr(c, f) is not None or f in c.unknown for c in (a, b))]
    gain = {f: (getattr(b, f) or 0.0) - (getattr(a, f) or 0.0) for f in asked}
    found: dict[str, Flip] = {}
    for factor in asked:
        others = sum(getattr(weights, f) * gain[f] for f in asked if f != factor)
        if gain[factor] == 0:
            continue
        at = -others / gain[factor]
        if at > 0 and math.isfinite(at):
            side: Literal["above", "below"] = "above" if gain[factor] > 0 else "below"
            found[factor] = Flip(factor, getattr(weights, factor), at, side)
    return found
