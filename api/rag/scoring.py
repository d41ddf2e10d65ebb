"""The factors and their weighted mean. SQL computes the same formulas (candidate_sql); this is their reference and the re-ranker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from api.rag.params import FACTORS, RetrievalParams, ScoringWeights
from api.rag.types import Candidate, RankingFactors

DEFAULTS = RetrievalParams()


def location_factor(miles: float, half: float = DEFAULTS.distance_half_miles) -> float:
    """1 at the spot, 1/2 at `half` miles."""
    return 1 / (1 + max(0.0, miles) / half)


def time_factor(days: float, half: float = DEFAULTS.time_half_days) -> float:
    """1 now, 1/2 in `half` days."""
    return 1 / (1 + max(0.0, days) / half)


def category_factor(overlap: int, full: int = DEFAULTS.category_full_overlap) -> float:
    """Share of `full` topic words found among the event's title, tags and category."""
    return min(1.0, overlap / full)


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
