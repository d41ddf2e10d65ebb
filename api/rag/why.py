"""Why an event is where it is, in the words an answer and an operator can use."""

from __future__ import annotations

from functools import lru_cache

from api.rag.query.text import word_forms
from api.rag.types import Candidate, EventFacts, ParsedQuery
from events.text import key_of

_SAY_NOTHING = frozenset(["and", "any", "are", "for", "from", "near", "the", "with"])


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
    text = _words_of(facts)
    found = [
        word for word, forms in _asked(query.interests, query.search_text) if any(f" {form} " in text for form in forms)
    ]
    if len(found) < 2:
        return found
    return [word for word in found if not any(word in other.split() for other in found if other != word)]


@lru_cache(maxsize=4096)  # as `facts.plain`: events come again
def _words_of(facts: EventFacts) -> str:
    return f" {key_of(' '.join((facts.title, *facts.tags, facts.category)))} "


@lru_cache(maxsize=64)
def _asked(interests: tuple[str, ...], search_text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Each word or phrase with its singular and plural: whole words are compared, for "art" is not in "party"."""
    words = dict.fromkeys([*interests, *key_of(search_text).split()])
    return tuple((word, word_forms(word)) for word in words if len(word) > 2 and word not in _SAY_NOTHING)


def _ages_known(facts: EventFacts) -> bool:
    return facts.age_min is not None or facts.age_max is not None
