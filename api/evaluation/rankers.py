"""The rankers that are compared: the parts of the score alone, and the whole of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from api.rag.hydrate import load_facts
from api.rag.params import RetrievalParams, ScoringWeights
from api.rag.retrieval import retrieve
from api.rag.tiering import assign, looked_at
from api.rag.types import Candidate, EventFacts, ParsedQuery
from api.rag_service import EventRAGService
from events.models import Event, Occurrence

Vector = np.ndarray[Any, np.dtype[np.float32]]

TOP = 20
MATCH_ALONE = ScoringWeights(1, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Ranker:
    name: str
    weights: ScoringWeights
    lexical_share: float | None  # None: words alone
    answered: bool = False  # in the order of the tiers, after floors and variety


SEMANTIC = Ranker("semantic only", MATCH_ALONE, 0.0)
LEXICAL = Ranker("lexical only", MATCH_ALONE, None)
FULL = Ranker("full scoring", ScoringWeights(), RetrievalParams().lexical_share)
ANSWERED = replace(FULL, name="as answered", answered=True)
RANKERS = (
    SEMANTIC,
    LEXICAL,
    *(Ranker(f"fusion, lexical share {share:g}", MATCH_ALONE, share) for share in (0.2, 0.35, 0.5, 0.75, 1.0)),
    *(Ranker(f"full scoring, lexical share {share:g}", ScoringWeights(), share) for share in (0.2, 0.5, 0.75)),
    FULL,
    ANSWERED,
)


@dataclass(frozen=True, slots=True)
class Question:
    query: ParsedQuery
    vector: Vector | None  # None where nothing but constraints was asked


def ranked(service: EventRAGService, ranker: Ranker, question: Question) -> tuple[Candidate, ...]:
    """Best first. Raises RetrievalFailed."""
    params = service.params.retrieval
    if ranker.lexical_share is not None:
        # Meaning alone takes no notice of names either.
        params = replace(params, lexical_share=ranker.lexical_share)
        params = replace(params, name_share=params.name_share if ranker.lexical_share else 0.0)
    if ranker.lexical_share is None:
        question = replace(question, vector=None)
    found = retrieve(question.query, question.vector, weights=ranker.weights.normalised(), params=params).candidates
    if not ranker.answered:
        return found
    sizes = service.params.tiers
    wanted = found[: looked_at(sizes)]
    facts = {occurrence: pair[0] for occurrence, pair in load_facts([c.occurrence_id for c in wanted]).items()}
    return tuple(p.candidate for p in assign(wanted, facts, sizes, params, asked=question.query.search_text))


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate with what is needed to check it against hard constraints."""

    candidate: Candidate
    facts: EventFacts
    ends: datetime  # as filters see it


def shown(candidates: tuple[Candidate, ...]) -> list[Shown]:
    ids = [c.occurrence_id for c in candidates]
    facts = load_facts(ids)
    ends = dict(Occurrence.objects.filter(pk__in=ids).values_list("pk", "effective_end"))
    return [Shown(c, facts[c.occurrence_id][0], ends[c.occurrence_id]) for c in candidates if c.occurrence_id in facts]


def event_ids(external: set[str]) -> dict[str, int]:
    """Event by the external id of its row, or of one of its occurrences; a merged duplicate counts as what it was merged into."""
    by_row = Event.objects.filter(external_id__in=external).values_list("external_id", "pk", "duplicate_of_id")
    by_occurrence = Occurrence.objects.filter(external_id__in=external).values_list(
        "external_id", "event_id", "event__duplicate_of_id"
    )
    return {name: other or own for name, own, other in (*by_row, *by_occurrence)}


def by_event(grades: Mapping[str, int], ids: Mapping[str, int]) -> dict[int, float]:
    """Of rows that became one event the best grade counts."""
    found: dict[int, float] = {}
    for external, grade in grades.items():
        if external in ids:
            found[ids[external]] = max(found.get(ids[external], 0.0), float(grade))
    return found
