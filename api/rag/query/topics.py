"""What people ask for, under one name each: 'gig' and 'band' are live music."""

from __future__ import annotations

from api.rag.query.text import plural_forms
from api.rag.query.topic_table import TOPICS, TRAPS, Topic

__all__ = ["TOPICS", "TRAPS", "Topic", "exclusion_terms", "topic_phrases", "topic_terms"]


def topic_phrases() -> dict[str, str]:
    phrases: dict[str, str] = {}
    for topic in TOPICS.values():
        for phrase in topic.phrases:
            if phrase:
                for form in plural_forms(phrase):
                    phrases.setdefault(form, topic.name)
    return phrases


def topic_terms(topic: str) -> frozenset[str]:
    """Lower-case single words, singular and plural, that speak for the topic in an event's tags, category or title.

    A name outside the table stands for its own words.
    """
    known = TOPICS.get(topic)
    if known is not None:
        return known.terms | known.related
    return frozenset(form for word in topic.lower().split() for form in plural_forms(word))


def exclusion_terms(topic: str) -> frozenset[str]:
    """The narrower set that refuses an event: 'no jazz' must not refuse all music."""
    known = TOPICS.get(topic)
    return known.terms if known is not None else topic_terms(topic)
