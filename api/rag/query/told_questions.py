"""Questions about what was told that name it by its kind: "what is the address for this game?", "I'd like four tickets, please".

Every word asks, points or names a property; whoever says anything else looks for something. Sets of words, no patterns: the cost is
that of the words.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from api.rag.query.text import NUMBER_WORDS, Text, words_of

_ASKING = frozenset(
    words_of(
        "what what's whats when when's where where's who how which is am are was does do did will would can could may might should shall a an the"
        " i i'm i'd i'll we we'd we'll you me us my our your let's lets to for of at about on in into and also so then please just only really exactly"
        " actually ok okay oh yes yeah yep no nope wait well hmm uh um hi hey tell give show send share let know find get see have need want"
        " wants like provide help learn hear check with much many long be been go attend join there take takes place taking held located start starts"
        " starting end ends ending begin begins beginning happen happens happening playing type kind sort more bit little"
        " kindly interested watch choose pick try definitely think"
    )
)
_QUESTIONS = frozenset(words_of("what what's whats when when's where where's who how which know tell"))
# What a listing tells, and nothing that is looked for.
_PROPERTIES = frozenset(
    words_of(
        "address adress addresses price prices cost costs fee fees admission ticket tickets seat seats website link links url phone directions details info"
        " information"
    )
)
# The same of one event only: "the time", "which day", but "a time" and "a place to go".
_OF_ONE_EVENT = frozenset(
    words_of(
        "location venue time times date dates day days hour hours schedule lineup organizer contact number page description"
    )
)
_DEFINITE = frozenset(words_of("the this that its it's their your what which what's whats"))
_REFERENCES = frozenset(words_of("it this that those these them"))
_ANY_EVENT = frozenset(words_of("event performance show"))
# Whether what was told is of that kind is for the conversation to know.
_KINDS = frozenset(
    words_of("game match concert gig movie film play screening festival fair class workshop talk tour fight race")
)
_BUILDINGS = frozenset(words_of("venue theatre theater hall arena stadium club"))
_TICKETS = frozenset(words_of("ticket tickets seat seats"))
# "How much for 2 adults and 3 kids?" asks for the price of what was told, for whoever comes.
_WHO_PAYS = frozenset(
    words_of(
        "adult adults kid kids child children toddler toddlers teen teens senior seniors student students person people each family couple"
    )
)
_BUYING = frozenset(words_of("buy purchase reserve book order"))
_CHOOSING = frozenset(words_of("go attend join see watch take choose pick try do want interested show tell get"))
_US = frozenset(words_of("i i'm i'd i'll we we'd we'll let's lets me us"))
_MOST_WORDS = 24
_ABOUT = (("what", "about"), ("how", "about"))  # "what about that day?" changes the day


@dataclass(frozen=True, slots=True)
class ToldQuestion:
    kind: str = ""  # what it calls the event, where not every event is one: "game"


def find_told_question(text: Text) -> ToldQuestion | None:
    """`text` is the message in lower case."""
    words = text.words
    if not words or len(words) > _MOST_WORDS or words[:2] in _ABOUT:
        return None
    said = frozenset(words)
    asks_price = ("how", "much") in itertools.pairwise(words[:4])
    counts = asks_price or not said.isdisjoint(_TICKETS)
    kind, of_event = "", not said.isdisjoint(_REFERENCES)
    of_property = not said.isdisjoint(_PROPERTIES) or (asks_price and not said.isdisjoint(_WHO_PAYS))
    for i, word in enumerate(words):
        before, after = words[i - 1] if i else "", words[i + 1] if i + 1 < len(words) else ""
        if word in _OF_ONE_EVENT:
            of_property = of_property or before in _DEFINITE or before in _ANY_EVENT
        elif word == "show" and before not in _DEFINITE:  # "show me the event"
            continue
        elif word in _ANY_EVENT or word in _KINDS:
            if before in _DEFINITE and before not in ("what", "which"):
                of_event = True
            elif not (before == "of" or after in _PROPERTIES or after in _OF_ONE_EVENT):
                return None
            kind = word if word in _KINDS else kind
        elif word in _BUILDINGS:
            if before not in _DEFINITE:
                return None
        elif _is_number(word) or word == "not":
            if not counts:
                return None
        elif word in _WHO_PAYS:
            if not asks_price:
                return None
        elif word not in _ASKING and word not in _PROPERTIES and word not in _REFERENCES and word not in _BUYING:
            return None
    asked = of_event and not said.isdisjoint(_QUESTIONS)
    chosen = of_event and (not said.isdisjoint(_BUYING) or not (said.isdisjoint(_US) or said.isdisjoint(_CHOOSING)))
    return ToldQuestion(kind) if of_property or asked or chosen else None


def _is_number(word: str) -> bool:
    return word in NUMBER_WORDS or (word.isdecimal() and len(word) <= 2)
