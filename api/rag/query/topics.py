"""What people ask for, under one name each: 'gig' and 'band' are live music."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from api.rag.query.text import plural_forms, word_forms, words_of
from api.rag.query.topic_table import TOPICS, TRAPS, Topic

__all__ = [
    "KINDS_OF",
    "REFINING",
    "TOPICS",
    "TRAPS",
    "Topic",
    "cut_refused",
    "exclusion_terms",
    "kind_terms",
    "names_topic",
    "place_terms",
    "topic_of",
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

# Kinds that are called by several words, and the words of an event that make it one; see `kind_terms` for those that need no entry.
_KIND_TERMS = {
    **dict.fromkeys(("stand up", "standup", "stand up comedy", "standup comedy"), frozenset({"standup", "stand-up"})),
    "paint and sip": frozenset({"sip"}),
    "food truck": frozenset({"truck"}),
}
# "Springstowne Library", "Dutton Estate Winery". A theater may be refused as a kind of show, so none is one.
_PLACES = frozenset(
    form
    for place in words_of(
        "bar pub library casino school mall restaurant museum church winery vineyard brewery taproom gym"
    )
    for form in plural_forms(place)
)
_LEADS_ON = frozenset(words_of("and or in at a an the with of"))
_TELLS_NO_KIND = frozenset(words_of("live night family public big local free open the and of"))


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


@functools.cache
def kind_terms(phrase: str, topic: str) -> frozenset[str]:
    """The words that make one of a topic's events the kind that the phrase names: "ice" of "ice skating", "ghost" of "ghost tours". None
    where the phrase is the topic itself ("live music", "yoga class")."""
    *before, last = phrase.split()
    alike = {" ".join((*before, form)) for form in word_forms(last)}
    known = next((_KIND_TERMS[form] for form in alike if form in _KIND_TERMS), None)
    if known is not None:
        return known
    others = (other.terms for other in TOPICS.values() if other.name != topic)
    if not before or topic in alike or last not in TOPICS[topic].terms or any(not t.isdisjoint(before) for t in others):
        return frozenset()  # "no science museums" leaves science alone
    return frozenset(form for word in before if word not in _TELLS_NO_KIND for form in plural_forms(word))


def exclusion_terms(topic: str) -> frozenset[str]:
    """The narrower set that refuses an event: 'no jazz' must not refuse all music."""
    known = TOPICS.get(topic)
    if known is not None:
        return known.terms
    of = topic_of(topic)
    return (kind_terms(topic, of) if of is not None else frozenset()) or topic_terms(topic)


def place_terms(topic: str) -> frozenset[str]:
    """Of the words that refuse a topic those that say where: in the name of a venue they refuse what is on there."""
    return exclusion_terms(topic) & _PLACES


def topic_of(phrase: str) -> str | None:
    """The topic that a phrase names: "food" of "food trucks"."""
    return _topic_by_phrase().get(phrase)


def names_topic(text: str, topic: str) -> bool:
    """Does anything in the text ask for the topic?"""
    said = f" {text.lower()} "
    phrases = TOPICS[topic].phrases if topic in TOPICS else (topic,)
    return any(f" {form} " in said for phrase in phrases for form in plural_forms(phrase))


@functools.cache
def _topic_by_phrase() -> dict[str, str]:
    return topic_phrases()


def without_words(text: str, topic: str) -> str:
    """The text without what speaks of the topic: "dog friendly hikes" as "hikes"."""
    known = TOPICS[topic]
    named = sorted((*known.phrases, *known.terms), key=len, reverse=True)
    return " ".join(re.sub(rf"\b(?:{'|'.join(map(re.escape, named))})\b", " ", text, flags=re.IGNORECASE).split())


def cut_refused(text: str, refusals: Iterable[str]) -> str:
    """The topic's words without what is refused: "festival with food trucks" without "the food trucks"."""
    for refusal in refusals:
        *first, last = refusal.split()
        forms = (" ".join((*first, form)) for form in (last, *word_forms(last)))
        named = next((form for form in forms if f" {form} " in f" {text.lower()} "), "")
        if named:
            at = text.lower().find(named)
            before, rest = text[:at].split(), text[at + len(named) :].split()
            rest = rest[1:] if rest[:1] in (["and"], ["or"]) else rest
            while before and before[-1].lower() in (_LEADS_ON if not rest else ("and", "or")):
                before.pop()
            text = " ".join((*before, *rest))
    return text
