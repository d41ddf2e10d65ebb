"""The ways out of an empty result, counted, each by one statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from api.rag.params import RetrievalParams, ScoringWeights
from api.rag.relax import Way, both, ways_out
from api.rag.retrieval import candidate_filter, count, count_good, signals
from api.rag.types import ParsedQuery, Relaxation

KINDS_STAND = 2  # among the first three, which an answer tells
Vector = np.ndarray[Any, np.dtype[np.float32]]


def relaxations(
    query: ParsedQuery, vector: Vector | None, *, more_than: int, weights: ScoringWeights, params: RetrievalParams
) -> tuple[Relaxation, ...]:
    """Ways out that find something. Raises RetrievalFailed.

    Where a topic was asked for only good matches of it count: a thousand other events within 25 miles are no way out. Otherwise
    a way must find more than the `more_than` events that fit as it is. Given up, the topic leaves just those.
    """
    f, s = candidate_filter(query, params), signals(query, vector, params)
    has_topic = s.vector is not None or bool(s.text or s.name)

    def found(way: Way) -> int:
        return count_good(way.filter, s, weights, params) if has_topic else count(way.filter, params)

    least = 1 if has_topic else more_than + 1
    told = [first for group in ways_out(query, f, params) if (first := _first(group, found, least))]
    if not told and (far := both(query, f, params)) is not None:
        told = [last] if (last := _first((far,), found, least)) else []
    if more_than and _only_a_topic_to_give_up(query):
        told.insert(KINDS_STAND, Relaxation(f"{more_than} of any kind", more_than, {"interests": None}))
    return tuple(told)


def _only_a_topic_to_give_up(query: ParsedQuery) -> bool:
    """Then all that fits otherwise is left, and nothing that ranks it: ages, a setting and needs of access are words of the search too."""
    told = {c.field for c in query.constraints}
    return (
        "interest" in told
        and told.isdisjoint(("audience", "setting", "access"))
        and not query.quoted
        and not query.at_venue
    )


def _first(group: tuple[Way, ...], found: Callable[[Way], int], least: int) -> Relaxation | None:
    for way in group:
        if (n := found(way)) >= least:
            return Relaxation(f"{n} {way.label}", n, way.change)
    return None
