"""Is an event plainly what was asked for? A match in meaning alone may be anything near: "museums" is near to every night out in town."""

from __future__ import annotations

from functools import lru_cache

from api.rag.query.topics import KINDS_OF, exclusion_terms, plural_forms
from api.rag.types import EventFacts, ParsedQuery, RankedEvent
from events.text import words

CLEAR_MATCH = 0.5  # in meaning; below it a word must say so
MIN_CHARS = 3


def speaks_of(event: RankedEvent, query: ParsedQuery) -> bool:
    """By a word of the topic in its listing, by its kind, or by how near it is in meaning. True where no topic was asked for."""
    match, asked = event.factors.semantic, _asked(query)
    if match is None or match >= CLEAR_MATCH or not asked:
        return True
    told = _told(event.facts)
    if any(not told.isdisjoint(forms) for forms in map(_forms, asked)):
        return True
    if not KINDS_OF.isdisjoint(asked):  # hockey is one kind of sports: not every game is meant
        return False
    return any(not told.isdisjoint(exclusion_terms(topic)) for topic in query.interests if topic in _topics_said(query))


def _asked(query: ParsedQuery) -> tuple[str, ...]:
    said = next((c.words or c.label for c in query.constraints if c.field == "interest"), "")
    return tuple(word for word in words(said) if len(word) >= MIN_CHARS)


def _forms(word: str) -> tuple[str, ...]:
    return (*plural_forms(word), word.removesuffix("s"), word.removesuffix("es"))


def _topics_said(query: ParsedQuery) -> frozenset[str]:
    """Not the one that goes with the ages."""
    return frozenset(t for c in query.constraints if c.field == "interest" for t in c.label.split(", "))


@lru_cache(maxsize=4096)  # as `facts.plain`: events come again
def _told(facts: EventFacts) -> frozenset[str]:
    return frozenset(words(" ".join((facts.title, facts.description, facts.category, facts.venue, *facts.tags))))
