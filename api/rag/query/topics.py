"""What people ask for, under one name each: 'gig' and 'band' are live music."""

from __future__ import annotations

import re
from collections.abc import Iterable

from api.rag.query.text import plural_forms, words_of
from api.rag.query.topic_table import TOPICS, TRAPS, Topic

__all__ = [
    "KINDS_OF",
    "REFINING",
    "TOPICS",
    "TRAPS",
    "Topic",
    "cut_refused",
    "exclusion_terms",
    "topic_phrases",
    "topic_terms",
    "without_words",
]

# Words for one kind of a topic: whoever refuses them refuses that kind alone. "No football" leaves the other sports.
DOG_FRIENDLY = "dog friendly"
REFINING = frozenset({DOG_FRIENDLY})  # they say more of what was asked for, not something else
KINDS_OF = frozenset(
    words_of(
        "tribute cover country rock folk metal punk rap indie pop funk soul disco blues reggae acoustic recital choir symphony orchestra techno rave edm improv standup musical broadway puppets shakespeare drama"
        " ballet salsa tango ballroom documentary painting sculpture photography planetarium knitting crochet quilting sewing pottery ceramics"
        " woodworking poetry brunch lunch dinner bbq barbecue tasting tastings potluck cooking oktoberfest basketball football soccer baseball softball hockey"
        " volleyball tennis pickleball golf rugby lacrosse wrestling boxing skateboarding bowling marathon zumba pilates crossfit gym"
        " meditation mindfulness birding birdwatching stargazing kayaking kayak camping beach fishing zoo aquarium dogs horses bingo chess trivia"
        " cards esports poker arcade coding hackathon ai robotics vr singles astronomy genealogy archaeology prayer worship gospel rally"
        " protest gala auction drag powwow santa nutcracker motorcycle circus juggling magician"
    )
)


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


def without_words(text: str, topic: str) -> str:
    """The text without what speaks of the topic: "dog friendly hikes" as "hikes"."""
    known = TOPICS[topic]
    named = sorted((*known.phrases, *known.terms), key=len, reverse=True)
    return " ".join(re.sub(rf"\b(?:{'|'.join(map(re.escape, named))})\b", " ", text, flags=re.IGNORECASE).split())


def cut_refused(text: str, refusals: Iterable[str]) -> str:
    """The topic's words without what "without the food trucks" names at its end."""
    for refusal in refusals:
        words = refusal.split()
        ends = (" ".join(words[n:]) for n in range(len(words)))
        named = next((end for end in ends if f" {end} " in f" {text.lower()} "), "")
        at = text.lower().find(named) if named else -1
        text = (
            " ".join((text[:at] + text[at + len(named) :]).split()).removesuffix(" and").removeprefix("and ")
            if at >= 0
            else text
        )
    return text
