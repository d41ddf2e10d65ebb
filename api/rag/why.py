"""Why an event is where it is, in the words an answer and an operator can use."""

from __future__ import annotations

from api.rag.types import Candidate, EventFacts, ParsedQuery


def why(candidate: Candidate, facts: EventFacts, query: ParsedQuery) -> tuple[str, ...]:
    f = candidate.factors
    reasons: list[str] = []
    if f.distance_miles is not None and query.place is not None:
        reasons.append(f"{f.distance_miles:.1f} mi from {query.place.label.split(',')[0]}")
    if query.when is not None:
        reasons.append(f"fits {query.when.label}")
    if query.audience is not None and query.audience.label and _ages_known(facts):
        reasons.append(f"suits {query.audience.label}")
    if query.price is not None and facts.is_free:
        reasons.append("free")
    words = matched_words(facts, query)
    if words:
        reasons.append("matches " + ", ".join(words))
    reasons.extend(f"{name} unknown" for name in f.unknown)
    return tuple(reasons)


def matched_words(facts: EventFacts, query: ParsedQuery) -> list[str]:
    """Words asked for that stand in the title, the tags or the category; a phrase speaks for its words."""
    text = " ".join((facts.title, *facts.tags, facts.category)).casefold()
    asked = dict.fromkeys([*query.interests, *query.search_text.casefold().split()])
    found = [word for word in asked if len(word) > 2 and word in text]
    return [word for word in found if not any(word in other.split() for other in found if other != word)]


def _ages_known(facts: EventFacts) -> bool:
    return facts.age_min is not None or facts.age_max is not None
