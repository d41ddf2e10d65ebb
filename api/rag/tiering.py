"""From scored candidates to tiers: quality floors, then variety, then sizes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from api.rag.params import RetrievalParams, TierSizes
from api.rag.types import Candidate, EventFacts, Tier

_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Placed:
    candidate: Candidate
    tier: Tier


def good_enough(c: Candidate, params: RetrievalParams) -> bool:
    """A weak match is never recommended: the score has a floor, and when a topic was asked for, so has the match with it."""
    if c.score < params.recommended_floor:
        return False
    return _near_topic(c, params.recommended_semantic_floor)


def _near_topic(c: Candidate, floor: float) -> bool:
    """True where no topic was asked for."""
    semantic = c.factors.semantic
    if semantic is None and "semantic" not in c.factors.unknown:
        return True
    return (semantic or 0.0) >= floor or bool(c.factors.category)


def assign(
    candidates: Sequence[Candidate], facts: dict[int, EventFacts], sizes: TierSizes, params: RetrievalParams
) -> list[Placed]:
    """Best first. Recommended takes good matches of varied venues and titles; what variety holds back leads the next tier."""
    known = [c for c in candidates if c.occurrence_id in facts]
    recommended: list[Candidate] = []
    rest: list[Candidate] = []
    venues: Counter[str] = Counter()
    titles: set[str] = set()
    for c in known:
        f = facts[c.occurrence_id]
        title, venue = title_key(f.title), f.venue.casefold()
        fits = len(recommended) < sizes.max_recommended and good_enough(c, params)
        if fits and title not in titles and (not venue or venues[venue] < params.max_per_venue):
            recommended.append(c)
            titles.add(title)
            venues[venue] += 1
        else:
            rest.append(c)
    close = [c for c in rest if _near_topic(c, params.additional_semantic_floor)]
    additional = close[: sizes.max_additional]
    taken = {c.occurrence_id for c in additional}
    context = [c for c in rest if c.occurrence_id not in taken][: sizes.max_context]
    return [
        *(Placed(c, "recommended") for c in recommended),
        *(Placed(c, "additional") for c in additional),
        *(Placed(c, "context") for c in context),
    ]


def title_key(title: str) -> str:
    """Titles of one series read alike: case, punctuation and numbers do not tell them apart."""
    return " ".join(w for w in _WORDS.findall(title.casefold()) if not w.isdigit())
