"""The question said back: what was understood of it, as a phrase that the composer's sentences are built around."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from api.rag import facts as spell
from api.rag.guard.rows import tokens
from api.rag.guard.vocabulary import DESCRIPTIVE, word_set
from api.rag.guard.words import CLAIM_WORDS, SHORT_DATE_WORDS
from api.rag.llm.day_words import in_a_sentence, in_full, with_capitals
from api.rag.query.audience import ADULT_AGE
from api.rag.query.dates import When
from api.rag.query.language import language_notices
from api.rag.query.topics import REFINING
from api.rag.types import Constraint, ParsedQuery

MAX_TOPIC_CHARS = 60
MAX_TITLE_CHARS = 48
# Said as they are: 'tomorrow night', 'this weekend'. A weekday takes 'on', a month 'in'.
_TIME_LEADS = word_set(
    "today tonight tomorrow this next the in on at from between over after before until during every now later "
    "around any all"
)
_SPAN_AHEAD = re.compile(
    r"(?:next|coming|following) (?:\d|few|couple|two|three|four|five|six|seven|ten|several|hour\b)", re.I
)
_WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?\b", re.I)
_MONTH = re.compile(r"(?:" + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in spell.MONTHS) + r")\b\.?", re.I)
# Topics that take no article: many of them, or none to count.
_UNCOUNTED = word_set(
    "women men people children life music comedy jazz yoga theatre theater art dance poetry fun food chess "
    "volleyball softball lacrosse tennis golf rugby pickleball wrestling opera ballet karaoke trivia bingo improv bluegrass rock blues storytime crafts sport fitness nature "
    "volunteering science history technology tech soccer baseball basketball hockey football stuff something "
    "anything pottery photography cinema folk wine beer coffee hanukkah chanukah christmas thanksgiving "
    "salsa swing bachata tango merengue fiction nonfiction "
    "halloween easter kwanzaa diwali santa anime help advice meditation mindfulness"
)
_SPELLED_WITH_AN = "AEFHILMNORSX"  # "an NBA watch party", "a UNC game": letter by letter
_OF_STUDY = ("logy", "nomy", "graphy")
_DOING = word_set("meet find make watch see learn celebrate hear eat drink")
_PLACES = word_set("library museum gallery university college school church zoo park")
_COUNTED = word_set("opening screening reading meeting gathering tasting lighting outing")
_NOUNS_LEFT_OUT = "events?|activities|shows?|nights?|groups?|ideas|stuff|things"
_OF_AN_AGE = re.compile(r"\b(\d{1,3})\+")
_JOINTS = re.compile(r" (?:at|for|about|in|with|by|of|on|under|near|that|which|where|from|like|to) ")
_LIMIT = re.compile(r"\b(?:under|below|up to|less than|at most) .+", re.I)
_LEANING = (" after", " before", " later", " earlier", " that")  # "the Sunday after" says no day by itself
# "Tuesday doesn't work", "Friday I'm busy": they say when it is not.
_LEFT_OUT = re.compile(r"\b(?:i|i'm|we|we're|is|are|isn't|aren't|can't|don't|doesn't|won't)\b", re.I)
_BARE_SUM = re.compile(r"^((?:up to|under|at most) )(\d)")  # of "cheaper", which names no sum
_SIGNS = {
    "US": "$", "CA": "CA$", "AU": "A$", "NZ": "NZ$", "GB": "£",
    **dict.fromkeys(("IE", "DE", "FR", "ES", "IT", "NL"), "€"),
}  # fmt: skip
_DROP_IN = re.compile(r"\b(drop|walk|sing|sit) in(?= [a-z])", re.I)
_LANGUAGES = word_set(
    "spanish french german italian portuguese chinese mandarin cantonese japanese korean vietnamese tagalog arabic russian hindi english"
)
_REFUSALS = ("nothing", "no ", "not ", "without")
_ARTICLES = ("a ", "an ", "the ", "some ", "my ", "our ")
# Topics that only say who comes along: the audience says it better.
_COMPANY = word_set("kids teens toddlers family families seniors children adults")


def asked_for(query: ParsedQuery) -> str:
    """What was understood as one phrase: 'for live music in and around Santa Rosa, CA this weekend, free of charge'."""
    parts = [_for(query), _where(query)]
    when, set_off = _when(query)
    phrase = " ".join(p for p in (*parts, "" if set_off else when) if p)
    tail = [when] if set_off else []
    tail += [_setting(query), _price(query)]
    if query.excluded:
        tail.append(f"and no {_plain(' or '.join(query.excluded[:2]))}")
    return ", ".join(p for p in (phrase, *tail) if p)


def said_back(query: ParsedQuery) -> tuple[str, ...]:
    """How the answer repeats the question."""
    return asked_for(query).removeprefix("for "), topic(query)


def topic(query: ParsedQuery) -> str:
    """What kind of thing was asked for, in the reader's own words: 'a farmers market', 'Christmas concerts'; empty for none."""
    if like := short_title(query.like_title):
        return f"something like {like}"
    words = _without_town(_DROP_IN.sub(r"\1-in", _own_topic(query)), query)
    if words.lower().startswith(_REFUSALS):
        return ""
    words = words.replace(", ", " and ")  # said one after the other
    if language_notices(words):  # said back, the guard would take it for a claim that it cannot read
        words = ""
    kinds = [i for i in query.interests if (query.audience is None or i not in _COMPANY) and i not in REFINING]
    named = with_capitals(" and ".join(kinds[:2]))
    if qualities := [i.replace(" ", "-") for i in query.interests if i in REFINING]:  # "where we can bring our dog"
        return _with_article(_plain(" ".join([*qualities, named or "events"])))
    words = words or _plain(named)
    if query.when is not None and query.when.label.lower().startswith(f"{words.lower()}: "):  # Halloween, on Halloween
        return ""
    if query.audience is not None and words.lower() in _COMPANY:
        return ""
    if words.lower() in _LANGUAGES and f" in {words.lower()}" in query.message.lower():
        return f"events in {words.capitalize()}"
    if properties := _properties(words, query.message):
        return f"something {properties}"
    return _with_article(_whole(words, query.message))


def _without_town(words: str, query: ParsedQuery) -> str:
    """'Farmers market' of "the Davis farmers market" where Davis is said beside it; a name ("Davis Makerspace") stays whole."""
    here = f"{town(query.place.label).split(',')[0]} " if query.place is not None and not query.at_venue else ""
    rest = words[len(here) :]
    return rest if here and words.lower().startswith(here.lower()) and rest[:1].islower() else words


def _whole(words: str, message: str) -> str:
    """'LGBTQ events', 'train show': with the noun behind them that the search needs no word for."""
    noun = re.search(rf"\b{re.escape(words)} ({_NOUNS_LEFT_OUT})\b", message, re.I) if words else None
    return f"{words} {noun[1].lower()}" if noun else words


def _own_topic(query: ParsedQuery) -> str:
    constraint = _said(query, "interest")
    if constraint is None or len(constraint.words) > MAX_TOPIC_CHARS:
        return ""
    said = constraint.label if constraint.words.lower().startswith(_REFUSALS) else constraint.words
    return with_capitals(_plain(said))


def _properties(words: str, message: str) -> str:
    """'Something fun', 'something jazzy for a romantic night': 'fun', 'romantic and jazzy' are no things by themselves."""
    *others, last = words.split() or [""]
    if not last or not re.search(rf"\b(?:some|any)(?:thing|where) {re.escape(last)}\b", message, re.I):
        return ""
    return " and ".join([*others, last]) if _describe(others) else ""


def _describe(words: Sequence[str]) -> bool:
    return all(word.lower() in DESCRIPTIVE for word in words)


def _with_article(words: str) -> str:
    """By its head: 'a talk about history', 'lectures at the university'."""
    last = _head(words)
    low = last.lower()
    if not words or words.lower().startswith(_ARTICLES) or " and " in words or "," in words:
        return words
    if " " in words and words.split()[0].lower() in _DOING:
        return f"a chance to {words}"
    if low in _PLACES and " " not in words:
        return f"{words} events"
    if low in DESCRIPTIVE:
        return f"something {words.replace(' ', ' and ') if _describe(words.split()) else words}"
    if _takes_no_article(last):
        return words
    first = words.split()[0]
    return f"{'an' if first[0] in (_SPELLED_WITH_AN if first.isupper() else 'aeiouAEIOU') else 'a'} {words}"


def _head(words: str) -> str:
    """The word that says how many: 'talk' of 'talk about history'. 'Christmas lights or holiday market' are two things, the first of
    which leads; 'knitting or crochet group' is one."""
    whole = _JOINTS.split(words, maxsplit=1)[0]
    first, _, second = whole.partition(" or ")
    if second and " " not in second and _takes_no_article(second):
        return second
    return (first if second and (" " in first or " " not in second) else whole).rsplit(" ", 1)[-1]


def _takes_no_article(word: str) -> bool:
    low = word.lower()
    plural = low.endswith("s") and not low.endswith("ss")
    doing = low.endswith("ing") and low not in _COUNTED
    return low in _UNCOUNTED or low.endswith(_OF_STUDY) or plural or doing or word[:1].isupper()


def _for(query: ParsedQuery) -> str:
    said, someone = topic(query), company(query)
    return " ".join(f"for {p}" for p in (said, someone) if p)


def company(query: ParsedQuery) -> str:
    """'your 4-year-old', 'your 5- and 9-year-old', 'kids', 'the family'; empty when nobody was named."""
    if query.audience is None:
        return ""
    ages = query.audience.ages
    label = _plain(query.audience.label)
    if ages:
        others = [part for part in label.split(", ") if part and not part.endswith("-year-old")]
        return " and ".join([spell.people_of(ages), *others])
    if label in ("family", "families"):
        return "the family"
    young = "children" if (query.audience.age_max or 0) < ADULT_AGE else "people"
    return _OF_AN_AGE.sub(r"people of \1 and over", label).replace("up to ", f"{young} up to ")


def _where(query: ParsedQuery) -> str:
    if query.attendance == "online":
        return "online"
    if query.at_venue:
        return f"{'by' if query.same_organizer_as is not None else 'at'} {_plain(query.at_venue)}"
    if query.place is None:
        return ""
    label = _plain(town(query.place.label))
    return label if label.startswith("near ") else f"in and around {label}"  # of a position


def town(label: str) -> str:
    """'Davis, CA' of 'Davis, CA, United States': a reader knows the country."""
    return ", ".join(label.split(", ")[:2])


def _when(query: ParsedQuery) -> tuple[str, bool]:
    """The time asked about, and whether it stands apart."""
    when = query.when
    if when is None or not when.label:
        return "", False
    name, days = when.label.split(": ")[0], when.label.split(": ")[-1]
    today = query.now.astimezone(ZoneInfo(query.zone)).date()
    words = _own_when(query, when)
    # 'Friday at 9' leaves open which 9 is looked at; said in pieces, "Saturday" concerts "in December", they make no phrase
    if words and (when.bare_hour or len(when.words) > 1):
        return _by_itself(days, today)
    if not words or words.lower().endswith(_LEANING) or _LEFT_OUT.search(words) or when.kept_hours:
        return (_led(name, when.label), False) if _led(name, when.label) and name != days else _by_itself(name, today)
    phrase = _led(words, when.label)
    return (phrase, False) if phrase else _by_itself(days, today)


def _by_itself(label: str, today: date) -> tuple[str, bool]:
    phrase = in_a_sentence(_plain(label), today)
    return (phrase, False) if phrase else (in_full(_plain(label), today), True)


def _own_when(query: ParsedQuery, when: When) -> str:
    """The reader's words for the time where they were said just now, for tomorrow is another day tomorrow."""
    constraint = _said(query, "when")
    words = _plain(constraint.words) if constraint is not None and constraint.source == "message" else ""
    if not words and constraint is None and len(when.words) == 1:
        words = _plain(when.words[0])
    return with_capitals(words.lower() if words.isupper() else words)


def _led(words: str, label: str) -> str:
    """With the preposition that they take; empty for words that are no phrase of time by themselves."""
    start_lower = words[:1].lower() + words[1:]
    if _SPAN_AHEAD.match(words):
        return f"in the {start_lower}"
    if words.split(" ", 1)[0].lower() in _TIME_LEADS:
        return start_lower
    if month := _MONTH.match(words):
        return f"{'on' if words[month.end() :].strip()[:1].isdigit() else 'in'} {words}"
    if _WEEKDAY.match(words) or label.startswith(f"{words}: "):  # New Year's Eve
        return f"on {words}"
    return ""


def _setting(query: ParsedQuery) -> str:
    return f"{query.setting}s" if query.setting else ""


def _price(query: ParsedQuery) -> str:
    if query.price is None or not query.price.label:
        return ""
    if query.price.free_only:
        return "free of charge"
    constraint = _said(query, "price")
    limit = _LIMIT.search(constraint.words) if constraint is not None else None
    if limit is not None and not query.price.label.endswith(" each"):  # the words told the sum for all
        return _plain(limit[0])
    if query.price.is_cheap:
        return "at a low price"
    sign = _SIGNS.get(query.place.country_code, "") if query.place is not None else ""
    return _BARE_SUM.sub(rf"\1{sign}\2", _plain(query.price.label))


def _said(query: ParsedQuery, field: str) -> Constraint | None:
    return next((c for c in query.constraints if c.field == field), None)


def _plain(text: str) -> str:
    return spell.plain(text, spell.NAME_MAX_CHARS)


def short_title(title: str) -> str:
    """Empty for a title that is too long, or that would be read as a time or a price: 'Friday Night on Fourth'."""
    plain = spell.plain(title, spell.TITLE_MAX_CHARS).rstrip("?!. ")
    words = tokens(plain)
    claims = any(w in CLAIM_WORDS or w in SHORT_DATE_WORDS or not w.isalpha() for w in words)
    return "" if claims or len(plain) > MAX_TITLE_CHARS else plain
