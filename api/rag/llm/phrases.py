"""The composer's words around the facts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from api.rag import facts as spell
from api.rag.guard.vocabulary import DESCRIPTIVE
from api.rag.query.audience import ADULT_AGE
from api.rag.query.language import language_notices
from api.rag.query.topics import REFINING
from api.rag.types import Constraint, ParsedQuery

MAX_TOPIC_CHARS = 60
# Said as they are: 'tomorrow night', 'this weekend'. A weekday takes 'on', a month 'in'.
_TIME_LEADS = frozenset(
    [
        "today",
        "tonight",
        "tomorrow",
        "this",
        "next",
        "the",
        "in",
        "on",
        "at",
        "from",
        "between",
        "over",
        "after",
        "before",
        "until",
        "during",
        "every",
        "now",
        "later",
        "around",
        "any",
        "all",
    ]
)
_SPAN_AHEAD = re.compile(r"(?:next|coming|following) (?:\d|few|couple|two|three|four|five|six|seven|ten|several)", re.I)
_WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?\b", re.I)
_MONTH = re.compile(r"(?:" + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in spell.MONTHS) + r")\b\.?", re.I)
# Topics that take no article: many of them, or none to count.
_UNCOUNTED = frozenset(
    [
        "women",
        "men",
        "people",
        "children",
        "life",
        "music",
        "comedy",
        "jazz",
        "yoga",
        "theatre",
        "theater",
        "art",
        "dance",
        "poetry",
        "fun",
        "food",
        "chess",
        "opera",
        "ballet",
        "karaoke",
        "trivia",
        "bingo",
        "improv",
        "bluegrass",
        "rock",
        "blues",
        "storytime",
        "crafts",
        "sport",
        "fitness",
        "nature",
        "volunteering",
        "science",
        "history",
        "technology",
        "tech",
        "soccer",
        "baseball",
        "basketball",
        "hockey",
        "football",
        "stuff",
        "something",
        "anything",
        "pottery",
        "photography",
        "cinema",
        "folk",
        "wine",
        "beer",
        "coffee",
        "theatre",
        "hanukkah",
        "chanukah",
        "christmas",
        "thanksgiving",
        "halloween",
        "easter",
        "kwanzaa",
        "diwali",
        "anime",
    ]
)
_DOING = frozenset(["meet", "make", "watch", "see", "learn", "celebrate", "hear", "eat", "drink"])
_PLACES = frozenset(["library", "museum", "gallery", "university", "college", "school", "church", "zoo", "park"])
_COUNTED = frozenset(["opening", "screening", "reading", "meeting", "gathering", "tasting", "lighting", "outing"])
_OF_AN_AGE = re.compile(r"\b(\d{1,3})\+")
_JOINTS = re.compile(r" (?:at|for|about|in|with|by|of|on|under|near) ")
_LIMIT = re.compile(r"\b(?:under|below|up to|less than|at most) .+", re.I)
_LEANING = (" after", " before", " later", " earlier", " that")  # "the Sunday after" says no day by itself
# "Tuesday doesn't work", "Friday I'm busy": they say when it is not.
_LEFT_OUT = re.compile(r"\b(?:i|i'm|we|we're|is|are|isn't|aren't|can't|don't|doesn't|won't)\b", re.I)
_BARE_SUM = re.compile(r"^((?:up to|under|at most) )(\d)")  # of "cheaper", which names no sum
_SIGNS = {
    "US": "$",
    "CA": "CA$",
    "AU": "A$",
    "NZ": "NZ$",
    "GB": "£",
    "IE": "€",
    "DE": "€",
    "FR": "€",
    "ES": "€",
    "IT": "€",
    "NL": "€",
}
_REFUSALS = ("nothing", "no ", "not ", "without")
_THANKS = re.compile(r"\b(?:thanks?|thx|ty|cheers|appreciate)\b", re.I)
_HELLO = re.compile(r"\W*(?:hi|hello|hey|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day))\b", re.I)
_GOODBYE = re.compile(r"\b(?:bye|goodbye|see (?:you|ya)|good night|later)\b", re.I)
_ARTICLES = ("a ", "an ", "the ", "some ", "my ", "our ")
# Topics that only say who comes along: the audience says it better.
_COMPANY = frozenset(["kids", "teens", "toddlers", "family", "families", "seniors", "children", "adults"])


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
    constraint = _said(query, "interest")
    words = ""
    if constraint is not None and len(constraint.words) <= MAX_TOPIC_CHARS:
        words = _plain(constraint.label if constraint.words.lower().startswith(_REFUSALS) else constraint.words)
        if words.lower().startswith(_REFUSALS):
            return ""
        words = words.replace(", ", " and ")  # said one after the other
    own = [i for i in query.interests if (query.audience is None or i not in _COMPANY) and i not in REFINING]
    if language_notices(words):  # said back, the guard would take it for a claim that it cannot read
        words = ""
    if qualities := [i.replace(" ", "-") for i in query.interests if i in REFINING]:  # "where we can bring our dog"
        return _with_article(_plain(" ".join([*qualities, " and ".join(own[:2]) or "events"])))
    words = words or _plain(" and ".join(own[:2]))
    if query.audience is not None and words.lower() in _COMPANY:
        return ""
    if (
        words
        and " " not in words
        and re.search(rf"\b(?:some|any)(?:thing|where) {re.escape(words)}\b", query.message, re.I)
    ):
        return f"something {words}"
    return _with_article(words)


def _with_article(words: str) -> str:
    """By its head: 'a talk about history', 'lectures at the university'."""
    last = _JOINTS.split(words, maxsplit=1)[0].rsplit(" ", 1)[-1]
    low = last.lower()
    if not words or words.lower().startswith(_ARTICLES) or " and " in words or "," in words:
        return words
    if " " in words and words.split()[0].lower() in _DOING:
        return f"a chance to {words}"
    if low in _PLACES and " " not in words:
        return f"{words} events"
    if low in DESCRIPTIVE:
        return f"something {words}"
    plural = low.endswith("s") and not low.endswith("ss")
    uncounted = low in _UNCOUNTED or plural or (low.endswith("ing") and low not in _COUNTED)
    if uncounted or last[0].isupper():
        return words
    return f"{'an' if words[0].lower() in 'aeiou' else 'a'} {words}"


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
        return " and ".join([people_of(ages), *others])
    if label in ("family", "families"):
        return "the family"
    return _OF_AN_AGE.sub(r"people of \1 and over", label).replace("up to ", "children up to ")


def people_of(ages: Sequence[int]) -> str:
    """'your 4-year-old', 'a 28-year-old': a grown-up may be the reader."""
    young, grown = [a for a in ages if a < ADULT_AGE], [a for a in ages if a >= ADULT_AGE]
    article = "an" if grown and str(grown[0]).startswith(("8", "18")) else "a"
    said = [f"your {_years_old(young)}"] if young else []
    return " and ".join([*said, *([f"{article} {_years_old(grown)}"] if grown else [])])


def _years_old(ages: Sequence[int]) -> str:
    """'4-year-old', '5- and 9-year-old', '3-, 5- and 9-year-old'."""
    *first, last = [str(age) for age in ages]
    return f"{', '.join(f'{a}-' for a in first)} and {last}-year-old" if first else f"{last}-year-old"


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
    """The time asked about, and whether it stands apart. In the reader's words where they were said just now, for tomorrow is
    another day tomorrow."""
    if query.when is None or not query.when.label:
        return "", False
    constraint = _said(query, "when")
    words = _plain(constraint.words) if constraint is not None and constraint.source == "message" else ""
    if not words and constraint is None and len(query.when.words) == 1:
        words = _plain(query.when.words[0])
    words = words.lower() if words.isupper() else words
    if words and query.when.bare_hour:  # 'Friday at 9' leaves open which 9 is looked at
        return _plain(query.when.label.split(": ")[-1]), True
    if words and len(query.when.words) > 1:  # said in pieces, "Saturday" concerts "in December", they make no phrase
        return _plain(query.when.label.split(": ")[-1]), True
    if words.lower().endswith(_LEANING) or _LEFT_OUT.search(words) or query.when.kept_hours:
        words = ""
    first = words.split(" ", 1)[0].lower()
    if _SPAN_AHEAD.match(words):
        return f"in the {words[:1].lower()}{words[1:]}", False
    if first in _TIME_LEADS:
        return words[:1].lower() + words[1:], False
    if _WEEKDAY.match(words):
        return f"on {words}", False
    if month := _MONTH.match(words):
        return f"{'on' if words[month.end() :].strip()[:1].isdigit() else 'in'} {words}", False
    if words and query.when.label.startswith(f"{words}: "):
        return f"on {words}", False  # New Year's Eve
    return _plain(query.when.label.split(": ")[-1] if words else query.when.label.split(": ")[0]), True


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
    if query.price.label.startswith("cheap"):
        return "at a low price"
    sign = _SIGNS.get(query.place.country_code, "") if query.place is not None else ""
    return _BARE_SUM.sub(rf"\1{sign}\2", _plain(query.price.label))


def _said(query: ParsedQuery, field: str) -> Constraint | None:
    return next((c for c in query.constraints if c.field == field), None)


def _plain(text: str) -> str:
    return spell.plain(text, spell.NAME_MAX_CHARS)


def _with(phrase: str) -> str:
    return f" {phrase}" if phrase and not phrase.startswith(",") else phrase


def openings(phrase: str, count: int) -> tuple[str, ...]:
    p = _with(phrase)
    if count == 1:
        return (
            f"Here is what I found{p}:",
            f"Good news, there is something{p}:",
            f"This looks like a good fit{p}:",
            f"There is one event{p}:",
            f"My pick{p}:",
        )
    return (
        f"Here is what I found{p}:",
        f"Good news, there is something{p}:",
        f"These look like a good fit{p}:",
        f"You have some nice options{p}:",
        f"My picks{p}:",
    )


def told_again(count: int) -> tuple[str, ...]:
    """Before what the listings say of events told before."""
    if count == 1:
        return ("Here is what the listing says:", "This is what I know about it:", "From the listing:")
    return ("Here is what the listings say:", "This is what I know about them:", "From the listings:")


def every_time(count: int, *, more: bool) -> str:
    """Before the times of what was told; `more` follow after those."""
    if count == 1:
        return "I know of one time:"
    return "These are the next times I know of:" if more else "These are all the times I know of:"


def on_then(days: str, *, count: int, all_of_them: bool) -> str:
    """Before the times on the days asked about, `days`, of all of `count` events or of some."""
    said = "Yes, it is" if count == 1 else "Yes, they are" if all_of_them else "Some of them are"
    return f"{said} ({_days(days)}):"


def not_then(days: str) -> str:
    """Before the next times of what is not on then; `days` where they have not been said yet."""
    return f"Not then ({_days(days)}), as far as the listings tell. Next:" if days else "Not then, but next:"


def _days(label: str) -> str:
    return _plain(label.split(": ")[-1])


IN_ORDER = {"price": "Cheapest first:", "distance": "Nearest first:", "start": "Soonest first:"}
ALL_ALIKE = {
    "price": "They cost the same, as far as the listings tell:",
    "distance": "They are about as near as each other, as far as the listings tell:",
    "start": "They begin at the same time:",
}


def gone(count: int, *, rest: bool) -> str:
    """`rest`: others of those asked about follow."""
    one, which = count == 1, "one of them" if count == 1 else "some of them"
    lost = which if rest else "that one" if one else "those"
    return f"I can no longer find {lost}: {'it is' if one else 'they are'} over, or {'it was' if one else 'they were'} taken off the calendar."


def not_as_planned(count: int) -> str:
    """Before what was asked for by name and is cancelled or postponed, as its line says."""
    return f"Sorry, this is what the {'listing says' if count == 1 else 'listings say'}:"


INSTEAD = "What does take place:"


def listings_end(count: int) -> str:
    """After all that is known: what else was asked is not in the record."""
    return f"That is all {'the listing tells' if count == 1 else 'the listings tell'} me; for anything else, please ask the organizer."


def came_close(phrase: str) -> tuple[str, ...]:
    p = _with(phrase)
    said = f" ({phrase.removeprefix('for ')})" if phrase else ""
    return (
        f"Nothing is just what you asked for{said}, but this comes close:",
        f"I found no exact match{p}. This comes close:",
        f"Not quite what you asked for{said}, but worth a look:",
    )


def empties(phrase: str, kind: str) -> tuple[str, ...]:
    """`kind` is the topic that the phrase begins with, where it has one."""
    p = _with(phrase)
    looked = phrase.removeprefix("for ") if kind else f"something{p}"
    first = f"I looked for {looked}, but found nothing that fits."
    if kind.startswith("something "):
        return (first,)
    return (first, f"Sorry, I have nothing{p}.", f"No luck this time: I found nothing{p}.")


def no_more(phrase: str) -> tuple[str, ...]:
    """Where something was told before and left out now."""
    p = _with(phrase)
    return (f"That was all I have{p}.", f"I have nothing else{p}.", f"There is nothing more{p}.")


def more_leads() -> tuple[str, ...]:
    return ("Also worth a look", "You might also like", "If you want more")


def closings() -> tuple[str, ...]:
    return (
        "Say what matters most to you and I can narrow it down.",
        "Have fun, and tell me if you would like something different.",
        "Name another day or place and I will look there.",
        "Tell me more about what you like and I can refine this.",
    )


def placeless() -> tuple[str, ...]:
    return (
        "Tell me your town and I will look closer to home.",
        "Where are you? With a town or a postal code I can find things near you.",
    )


def which_town() -> str:
    return "Tell me a town or a postal code, and I will look there."


def greetings(query: ParsedQuery) -> tuple[str, ...]:
    message = query.message
    if _THANKS.search(message):
        return ("You're welcome! Tell me if you would like anything else.", "Glad to help. Enjoy!")
    if _GOODBYE.search(message):
        return ("Goodbye, and have fun!", "See you. Have a lovely time!")
    if query.ledger.get("told") and not _HELLO.match(
        message
    ):  # in the middle of a conversation: a yes or a no to nothing
        return (
            "All right. Ask me about any of these, or name another day, a place or a kind of event.",
            "Sure. Tell me which of these you mean, or another day, place or kind of event.",
        )
    return (
        "Hello! Tell me where you are and when you are free, and I will look for something good to do.",
        "Hi there! Name a place and a day, and I will see what is on.",
    )


def wider(query: ParsedQuery) -> str:
    """What could be given up, where nothing was counted: 'Other days, a higher price or a place nearby may help.'"""
    ideas = []
    if query.when is not None:
        ideas.append("other days")
    if query.price is not None:
        ideas.append("paid events" if query.price.free_only else "a higher price")
    if query.audience is not None and len(ideas) < 2:
        ideas.append("other ages")
    if topic(query) and len(ideas) < 2:
        ideas.append("another kind of event")
    if query.place is not None:
        ideas.append("a place nearby")
    if not ideas and query.at_venue:
        return "Another place may have more."
    if not ideas:
        return "A town or a day to look at would help."
    said = ideas[0] if len(ideas) == 1 else f"{', '.join(ideas[:-1])} or {ideas[-1]}"
    return f"{said[:1].upper()}{said[1:]} may help."


ACCESS_NOTE = "Listings rarely say how accessible a place is, so please ask the venue before you go."
DOG_NOTE = "Listings rarely say whether dogs are welcome, so please ask the venue before you go."
SETTING_NOTE = "Listings rarely say whether something is indoors or outdoors, so please check before you go."
