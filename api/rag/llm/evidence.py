"""Is an event plainly what was asked for? A match in meaning alone may be anything near: "museums" is near to every night out in town."""

from __future__ import annotations

from functools import lru_cache
from itertools import zip_longest

from api.rag import facts as spell
from api.rag.guard.vocabulary import word_set
from api.rag.guard.words import STOPWORDS
from api.rag.query.audience import ADULT_AGE
from api.rag.query.text import word_forms
from api.rag.query.topics import KINDS_OF, exclusion_terms
from api.rag.types import EventFacts, ParsedQuery, RankedEvent
from events.text import words

# Of these every other event is one: they tell nothing beside another word.
_GENERIC = word_set(
    "show shows event events festival festivals fest fair fairs class classes workshop workshops party parties session sessions "
    "series meeting meetings gathering gatherings group groups club clubs night nights evening performance performances "
    "celebration celebrations activities activity things stuff ideas program programs lesson lessons course courses live local "
    "good best great fun new nice free kids beginner beginners run runs running spot spots place places opportunity opportunities"
)
# Of a kind in a title or a tag; in a description people play games and run errands, by the light of the day.
_ALSO_VERBS = word_set("play plays run runs walk walks ride rides act acts sing light lights lighting game games")
# Whatever is on there: a concert at the Uptown Theatre is no play.
_HOUSES = word_set("theatre theatres theater theaters opera ballroom")
# A party is no Halloween party, however near it is in meaning: a word of the feast must say so, the loose ones in a title or a tag.
_FEASTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    word: (names, loose)
    for names, loose in (
        (word_set("christmas xmas santa santas nutcracker"), word_set("holiday holidays")),
        (word_set("halloween spooky haunted"), word_set("costume costumes")),
        (word_set("hanukkah chanukah menorah"), frozenset()),
        (word_set("thanksgiving"), word_set("turkey")),
        (word_set("easter"), word_set("egg")),
        (word_set("diwali"), frozenset()),
        (word_set("kwanzaa"), frozenset()),
    )
    for word in names
}
_SANTA_TOWNS = word_set("rosa barbara cruz clara monica fe ana maria paula ynez clarita margarita venetia teresa")
_COMPANY = word_set("kids kid children teens teen toddlers toddler seniors senior adults families family")
_YOUNG = word_set(
    "teen teens teenage teenager teenagers tween tweens toddler toddlers preschool preschooler preschoolers kids children children's"
    " youth baby babies storytime"
)
_GROWN = word_set("adult adults parent parents caregiver caregivers grownups seniors ages")
_GROWN_UPS = word_set("adult adults grownups seniors")
_FAMILY = word_set("family families all ages parent parents caregiver caregivers me")
CLEAR_MATCH = 0.5  # in meaning; below it a word must say so
NEAR_MATCH = 0.30  # in meaning; below it a word must say that it has to do with the topic at all
BESIDE_MATCH = 0.38  # in meaning or in words; below it nothing is named beside what fits
MIN_CHARS = 3


def speaks_of(event: RankedEvent, query: ParsedQuery) -> bool:
    """By the words of the topic in its listing or by their kind, or by how near it is in meaning. True where no topic was asked for.

    Both of two words count, of more all but every third: an art show is no drag show, and a tree no Christmas tree lighting. Of "a talk or
    lecture" either does."""
    match, asked = event.factors.semantic, _asked(query)
    if match is None or not asked:
        return True
    if not _is_of_its_kind(event, query) or _is_only_for_them(event, query):
        return False
    met = frozenset(_met(event, query))
    ways = [frozenset(asked).intersection(words(way)) for way in _said(query).split(" or ")]
    return match >= CLEAR_MATCH or any(way and len(met & way) >= len(way) - len(way) // 3 for way in ways)


def is_near(event: RankedEvent, query: ParsedQuery) -> bool:
    """Has it to do with what was asked for, by its meaning, its kind or a word? Then it can be named beside what fits. True where no
    topic was asked for."""
    match, kind = event.factors.semantic, event.factors.category or 0.0
    return match is None or match >= NEAR_MATCH or kind > 0 or not _asked(query) or words_met(event, query) > 0


def is_beside(event: RankedEvent, query: ParsedQuery) -> bool:
    """Is it near enough to be named where others fit?"""
    return is_near(event, query) and (
        event.factors.semantic is None or not _asked(query) or closeness(event, query) >= BESIDE_MATCH
    )


def is_for_others(event: RankedEvent, query: ParsedQuery) -> bool:
    """Does its title say that it is for the young, where grown-ups were asked for, or for grown-ups, where the young were, and the
    listing gives no ages?"""
    who, facts = query.audience, event.facts
    if who is None or not query.audience_hard or spell.ages_known(facts):
        return False
    title = frozenset(words(facts.title))
    if (who.age_min or 0) >= ADULT_AGE:
        return not title.isdisjoint(_YOUNG) and title.isdisjoint(_GROWN)
    young = who.age_max is not None and who.age_max < ADULT_AGE
    return young and not title.isdisjoint(_GROWN_UPS) and title.isdisjoint(_YOUNG | _FAMILY)


def _is_only_for_them(event: RankedEvent, query: ParsedQuery) -> bool:
    """ "Movies for seniors": the help with computers that they are given is near by their name alone."""
    asked, met = _asked(query), _met(event, query)
    return bool(met) and _COMPANY.issuperset(met) and not _COMPANY.issuperset(asked)


def _is_of_its_kind(event: RankedEvent, query: ParsedQuery) -> bool:
    """Where one is named: football is near to basketball in meaning, and is none. A paint night is of the kind of painting. "Meditation
    or Buddhist group" leaves another way open. So with a feast."""
    told = _told(event.facts)
    for way in _said(query).split(" or "):
        if any(word in _FEASTS and not _is_of_feast(word, event.facts) for word in words(way)):
            continue
        kinds = [word for word in words(way) if word in KINDS_OF]
        if not kinds or any(not told.isdisjoint(word_forms(kind)) or _is_done(kind, told) for kind in kinds):
            return True
    return False


def _is_of_feast(word: str, facts: EventFacts) -> bool:
    names, loose = _FEASTS[word]
    return not (_told(facts).isdisjoint(names) and _named(facts).isdisjoint(loose))


def _is_done(kind: str, told: frozenset[str]) -> bool:
    """'Quilters', 'knits' for quilting and knitting."""
    stem = kind.removesuffix("ing")
    if stem == kind:
        return False
    stem = stem[:-1] if stem[-1:] == stem[-2:-1] else stem
    return any(word.startswith(stem) for word in told)


def closeness(event: RankedEvent, query: ParsedQuery) -> float:
    """How near it comes to what was asked for, in meaning or in words, in [0, 1]."""
    asked = _asked(query)
    return max(event.factors.semantic or 0.0, words_met(event, query) / len(asked) if asked else 0.0)


def words_met(event: RankedEvent, query: ParsedQuery) -> int:
    """How many words of the topic its listing has."""
    return len(_met(event, query))


def _met(event: RankedEvent, query: ParsedQuery) -> list[str]:
    """Each word itself, or another name of its kind: a concert is live music, but a market alone no farmers market. Hockey is one kind
    of sports: not every game is meant."""
    asked, told, named = _asked(query), _told(event.facts), _named(event.facts)
    forms = {word: word_forms(word) for word in asked}
    itself = frozenset().union(*forms.values())
    kinds = [exclusion_terms(topic) for topic in query.interests if topic in _topics_said(query)]

    def by_kind(word: str) -> bool:
        if word in _FEASTS:
            return _is_of_feast(word, event.facts)
        return word not in KINDS_OF and any(
            not kind.isdisjoint(forms[word])
            and not (named.isdisjoint(kind - itself) and told.isdisjoint(kind - itself - _ALSO_VERBS))
            for kind in kinds
        )

    return [word for word in asked if not told.isdisjoint(forms[word]) or by_kind(word)]


def _asked(query: ParsedQuery) -> tuple[str, ...]:
    """Every other listing names the town: of "Davis farmers market" two words tell."""
    town = words(query.place.label.split(",")[0]) if query.place is not None else ()
    every = tuple(word for word in words(_said(query)) if len(word) >= MIN_CHARS and word not in STOPWORDS)
    return tuple(word for word in every if word not in _GENERIC and word not in town) or every


def _said(query: ParsedQuery) -> str:
    return next((c.words or c.label for c in query.constraints if c.field == "interest"), "")


def _topics_said(query: ParsedQuery) -> frozenset[str]:
    """Not the one that goes with the ages."""
    return frozenset(t for c in query.constraints if c.field == "interest" for t in c.label.split(", "))


@lru_cache(maxsize=4096)  # as `facts.plain`: events come again
def _named(facts: EventFacts) -> frozenset[str]:
    return _place_words(facts) | _words(" ".join((facts.title, facts.category, *facts.tags)))


@lru_cache(maxsize=4096)
def _told(facts: EventFacts) -> frozenset[str]:
    said = " ".join((facts.title, facts.description, facts.category, *facts.tags))
    return _place_words(facts) | _words(said)


def _place_words(facts: EventFacts) -> frozenset[str]:
    return _words(facts.venue) - _HOUSES


def _words(text: str) -> frozenset[str]:
    """Nobody comes down the chimney in Santa Rosa for being there."""
    found = words(text)
    return frozenset(
        word for word, after in zip_longest(found, found[1:]) if word != "santa" or after not in _SANTA_TOWNS
    )
