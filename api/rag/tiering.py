"""From scored candidates to tiers: one row per happening, then quality floors, variety and sizes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from api.rag.params import RetrievalParams, TierSizes
from api.rag.sameness import stand_ins
from api.rag.types import Candidate, EventFacts, Tier
from events.dedupe import telling_venue_words
from events.text import words

_WORDS = re.compile(r"\w+")
_SMALL_WORDS = frozenset(("a", "an", "and", "at", "in", "of", "on", "the", "with"))

HeldBy = Literal["size", "score", "match", "venue", "title", "same"]


# A question makes some hundred of each of these: a tuple is made in a third of the time of a frozen dataclass.
class Held(NamedTuple):
    """What kept a candidate out of a tier: the number it had and the one it needed."""

    by: HeldBy
    value: float
    limit: float
    other: int | None = None  # the event whose title it repeats, or that is shown in its place


class Placed(NamedTuple):
    """`also`: events that are the same happening, listed by other feeds."""

    candidate: Candidate
    tier: Tier
    also: tuple[int, ...] = ()


class Judged(NamedTuple):
    """`rank` counts by score from 1; `held` says why it is not in the tier above its own, None where it is recommended."""

    candidate: Candidate
    rank: int
    tier: Tier | None
    held: Held | None


def looked_at(sizes: TierSizes) -> int:
    """How many of the best candidates are judged: enough for the tiers when variety holds some back."""
    return sizes.max_recommended * 4 + sizes.max_additional + sizes.max_context


def weakness(c: Candidate, best: float, params: RetrievalParams) -> Held | None:
    """A weak match is never recommended: the score has a floor, and when a topic was asked for, so has the match with it.

    `best` is the best match among the candidates: what is much weaker than it is something else, however high the floor.
    """
    if c.score < params.recommended_floor:
        return Held("score", c.score, params.recommended_floor)
    match, of_best = c.factors.semantic or 0.0, params.recommended_share_of_best * best
    if not _near_topic(c, params.recommended_semantic_floor, params):
        return Held("match", match, max(params.recommended_semantic_floor, of_best))
    return Held("match", match, of_best) if _has_topic(c) and match < of_best else None


def best_match(candidates: Iterable[Candidate]) -> float:
    """0 where no topic was asked for."""
    return max((c.factors.semantic or 0.0 for c in candidates), default=0.0)


def _has_topic(c: Candidate) -> bool:
    return c.factors.semantic is not None or "semantic" in c.factors.unknown


def _near_topic(c: Candidate, floor: float, params: RetrievalParams) -> bool:
    """True where no topic was asked for."""
    match, topical = c.factors.semantic or 0.0, (c.factors.category or 0.0) >= params.topical_category
    return not _has_topic(c) or match >= floor or (topical and match >= params.topical_semantic_floor)


def venue_asked_for(venue: str, asked: str) -> bool:
    """Is this venue asked for by its name? Then nobody minds that all is there."""
    telling = telling_venue_words(venue)
    return bool(telling) and telling <= set(words(asked))


@dataclass(slots=True)
class _Variety:
    """What a tier holds so far: at most `per_venue` events of one venue, and one of each title."""

    per_venue: int
    asked: str  # the words asked for
    titles: dict[str, int] = field(default_factory=dict)
    venues: Counter[str] = field(default_factory=Counter)

    def objection(self, facts: EventFacts) -> Held | None:
        other = self.titles.get(title_key(facts.title))
        if other is not None:
            return Held("title", 2, 1, other)
        held = self.venues[facts.venue.casefold()] if facts.venue else 0
        if held < self.per_venue or venue_asked_for(facts.venue, self.asked):
            return None
        return Held("venue", held + 1, self.per_venue)

    def take(self, facts: EventFacts) -> None:
        self.titles.setdefault(title_key(facts.title), facts.event_id)
        self.venues[facts.venue.casefold()] += 1


class _Row(NamedTuple):
    rank: int
    candidate: Candidate
    facts: EventFacts


def judge(
    candidates: Sequence[Candidate],
    facts: dict[int, EventFacts],
    sizes: TierSizes,
    params: RetrievalParams,
    *,
    asked: str = "",
    chosen: bool = False,
) -> list[Judged]:
    """Every candidate whose facts are known, tier by tier and best first; those without a tier come last. `asked`: the words asked for.

    Recommended takes good matches of varied venues and titles. Additional takes what is near the topic: varied first, and
    what variety holds back only where places are left. Events that were `chosen` themselves are all good and varied enough.
    """
    every = [
        _Row(rank, c, facts[c.occurrence_id]) for rank, c in enumerate(candidates, start=1) if c.occurrence_id in facts
    ]
    if chosen:
        return _as_chosen(every, sizes)
    same = stand_ins(row.facts for row in every)
    rows = [row for row in every if row.candidate.event_id not in same]
    held: dict[int, Held] = {}
    later: dict[int, Held] = {}
    pick = _Picking(params, best_match(row.candidate for row in every), asked)
    recommended = pick.varied(rows, sizes.max_recommended, held, floors=True)
    rest = _without(recommended, rows)
    additional = pick.near(rest, sizes.max_additional, later)
    below = _without(additional, rest)
    filled = len(recommended) + len(additional)
    for row in below:
        later[row.rank] = _last_word(row, held[row.rank], later.get(row.rank), filled, params)
    return [
        *(Judged(row.candidate, row.rank, "recommended", None) for row in recommended),
        *(Judged(row.candidate, row.rank, "additional", held[row.rank]) for row in additional),
        *(Judged(row.candidate, row.rank, "context", later[row.rank]) for row in below[: sizes.max_context]),
        *(Judged(row.candidate, row.rank, None, later[row.rank]) for row in below[sizes.max_context :]),
        *(
            Judged(row.candidate, row.rank, None, Held("same", 2, 1, same[row.candidate.event_id]))
            for row in every
            if row.candidate.event_id in same
        ),
    ]


def _as_chosen(rows: Sequence[_Row], sizes: TierSizes) -> list[Judged]:
    most = sizes.max_recommended
    tiers: list[Tier] = ["recommended" if n < most else "additional" for n in range(most + sizes.max_additional)]
    return [Judged(row.candidate, row.rank, tier, None) for row, tier in zip(rows, tiers, strict=False)]


def _without(taken: Sequence[_Row], rows: Sequence[_Row]) -> list[_Row]:
    ranks = {row.rank for row in taken}
    return [row for row in rows if row.rank not in ranks]


def _last_word(row: _Row, first: Held, second: Held | None, filled: int, params: RetrievalParams) -> Held:
    """Why a candidate is below both tiers; `first` kept it out of recommended, `second` out of additional."""
    if second is None:
        return Held("match", row.candidate.factors.semantic or 0.0, params.additional_semantic_floor)
    if second.by != "size":
        return second
    return Held("size", row.rank, filled) if row.rank > filled else first


@dataclass(frozen=True, slots=True)
class _Picking:
    params: RetrievalParams
    best: float
    asked: str

    def varied(self, rows: Sequence[_Row], size: int, held: dict[int, Held], *, floors: bool) -> list[_Row]:
        """The best `size` varied rows; what keeps each other one out goes to `held` by its rank."""
        variety = _Variety(self.params.max_per_venue, self.asked)
        picked: list[_Row] = []
        for row in rows:
            weak = weakness(row.candidate, self.best, self.params) if floors else None
            objection = weak or variety.objection(row.facts)
            if objection is None and len(picked) >= size:
                objection = Held("size", row.rank, size)
            if objection is None:
                picked.append(row)
                variety.take(row.facts)
            else:
                held[row.rank] = objection
        return picked

    def near(self, rows: Sequence[_Row], size: int, held: dict[int, Held]) -> list[_Row]:
        """The best `size` near the topic: varied ones, then of the others as many as there is room for."""
        close = [row for row in rows if _near_topic(row.candidate, self.params.additional_semantic_floor, self.params)]
        picked = self.varied(close, size, held, floors=False)
        picked += _without(picked, close)[: size - len(picked)]
        return sorted(picked, key=lambda row: row.rank)


def assign(
    candidates: Sequence[Candidate],
    facts: dict[int, EventFacts],
    sizes: TierSizes,
    params: RetrievalParams,
    *,
    asked: str = "",
    chosen: bool = False,
) -> list[Placed]:
    """Best first, tier by tier."""
    judged = judge(candidates, facts, sizes, params, asked=asked, chosen=chosen)
    also: dict[int, list[int]] = {}
    for j in judged:
        if j.held is not None and j.held.by == "same" and j.held.other is not None:
            also.setdefault(j.held.other, []).append(j.candidate.event_id)
    return [
        Placed(j.candidate, j.tier, tuple(also.get(j.candidate.event_id, ()))) for j in judged if j.tier is not None
    ]


@lru_cache(maxsize=4096)  # as `facts.plain`: events come again
def title_key(title: str) -> str:
    """Titles of one series read alike: case, punctuation, numbers and small words do not tell them apart."""
    return " ".join(w for w in _WORDS.findall(title.casefold()) if not w.isdigit() and w not in _SMALL_WORDS)
