"""How hard a question is, and so which model answers it.

The score lies in [0, 1] and is the sum of:
  0.08 for each thing understood (when, place, audience, price, attendance, setting, each need of access), at most 0.40;
  0.10 for each refused topic, at most 0.20;
  0.15 when the message compares or plans ("compare", "plan", "itinerary", "or should", "which is better", "versus");
  up to 0.15 for length (full at 400 characters);
  0.10 when nothing was found: saying so well is harder than listing.
"""

from __future__ import annotations

import re

from api.rag.llm.base import ModelTier
from api.rag.params import LLMParams
from api.rag.types import RAGResult

_PLANS = re.compile(
    r"\b(compare|plan|itinerary|schedule|versus|vs|which (?:one )?is (?:better|best)|or should|both)\b", re.I
)


def complexity(result: RAGResult) -> float:
    query = result.query
    understood = [query.when, query.place, query.audience, query.price, query.attendance, query.setting, *query.access]
    score = min(0.40, 0.08 * sum(part is not None for part in understood))
    score += min(0.20, 0.10 * len(query.excluded))
    score += 0.15 if _PLANS.search(query.message) else 0.0
    score += 0.15 * min(1.0, len(query.message) / 400)
    score += 0.10 if not result.recommended else 0.0
    return round(min(1.0, score), 4)


def tier_for(result: RAGResult, params: LLMParams) -> ModelTier:
    score = complexity(result)
    if score < params.fast_below:
        return "fast"
    return "powerful" if score >= params.powerful_from else "balanced"
