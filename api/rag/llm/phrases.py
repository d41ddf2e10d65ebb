"""The composer's words around the facts."""

from __future__ import annotations

import re

from api.rag import facts as spell
from api.rag.llm.asked import asked_for, topic
from api.rag.llm.day_words import in_full
from api.rag.types import ParsedQuery

_THANKS = re.compile(r"\b(?:thanks?|thx|ty|cheers|appreciate)\b", re.I)
_HELLO = re.compile(r"\W*(?:hi|hello|hey|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day))\b", re.I)
_GOODBYE = re.compile(r"\b(?:bye|goodbye|see (?:you|ya)|good night|later)\b", re.I)


def _with(phrase: str) -> str:
    return f" {phrase}" if phrase and not phrase.startswith(",") else phrase


def openings(phrase: str, count: int, *, kind: str = "", fits: bool = True) -> tuple[str, ...]:
    """`kind` is the topic that the phrase begins with, where it has one: nobody finds 'something for a book club'."""
    p = _with(phrase)
    news = () if kind else (f"Good news, there is something{p}:",)
    fit = (f"{'This looks' if count == 1 else 'These look'} like a good fit{p}:",) if fits else ()
    if count == 1:
        return (
            f"Here is what I found{p}:",
            *news,
            *fit,
            *((f"There is one event{p}:",) if not kind.endswith("events") else ()),
            f"My pick{p}:",
        )
    return (
        f"Here is what I found{p}:",
        *news,
        *fit,
        f"You have some nice options{p}:",
        f"My picks{p}:",
    )


def told_again(count: int) -> tuple[str, ...]:
    """Before what the listings say of events told before."""
    if count == 1:
        return ("Here is what the listing says:", "This is what I know about it:", "From the listing:")
    return ("Here is what the listings say:", "This is what I know about them:", "From the listings:")


def verdict(says: str, what: str, n: int) -> str:
    """The answer to a yes-or-no question about source n; `what` as in `whether.Verdict`."""
    if says == "unsaid":
        return f"The listing does not say {what} [{n}]."
    clause = f"{says.capitalize()}: {what}" if says in ("yes", "no") else f"{what[:1].upper()}{what[1:]}"
    return f"{clause} [{n}]."


def verdict_lead(says: str, count: int) -> str:
    """Before those of several to which the same is said."""
    unsaid = "The listing does not say:" if count == 1 else "The listings do not say:"
    return {"yes": "Yes:", "no": "No:", "said": "In part, or it depends:"}.get(says, unsaid)


def every_time(count: int, *, more: bool) -> str:
    """Before the times of what was told; `more` follow after those."""
    if count == 1:
        return "I know of one time:"
    return "These are the next times I know of:" if more else "These are all the times I know of:"


def on_then(days: str, *, count: int, all_of_them: bool, is_asked: bool, every: bool) -> str:
    """Before the times on the days asked about, `days`, of all of `count` events or of some. `is_asked`: a yes answers the question;
    `every`: the days are one stretch, so that it is on then, and not only on some of them."""
    said = "it is" if count == 1 else "they are" if all_of_them else "some of them are"
    yes = "Yes, " if is_asked and (count == 1 or all_of_them) else ""
    on = " on at these times" if not every else "" if yes else " on then"
    clause = f"{yes}{said}{on} ({_days(days)}):"
    return f"{clause[:1].upper()}{clause[1:]}"


def not_then(days: str, count: int) -> str:
    """Before the next times of what is not on then; `days` where they have not been said yet."""
    tell = "listing tells" if count == 1 else "listings tell"
    return f"Not then ({_days(days)}), as far as the {tell}. Next:" if days else "Not then, but next:"


def _days(label: str) -> str:
    return in_full(spell.plain(label.split(": ")[-1], spell.NAME_MAX_CHARS))


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


def cannot_do(*, pages: bool) -> str:
    """Before what the listings say, where something is to be done with them; `pages`: each has a link."""
    return f"I can only look things up, not book, buy, save or send them: {'the links below' if pages else 'the organizers'} can help with that."


def way_from(place: str) -> str:
    """Before what was told, where the way from another place is asked for; `place` is where it was looked for."""
    return f"I only know how far things are from {place}." if place else "I do not know how far things are from there."


def reasons(query: ParsedQuery) -> str:
    """Before what was told, where it is asked why."""
    phrase = asked_for(query)
    looked = phrase if topic(query) else f"for something{_with(phrase)}"
    by = ["how well it matches"] if topic(query) else []
    by += ["how near it is", "how soon"] if query.place is not None else ["how soon it is"]
    return f"I looked {looked}, and ranked what I found by {', '.join(by[:-1])}{' and ' if by[1:] else ''}{by[-1]}."


def listings_end(count: int) -> str:
    """After all that is known: what else was asked is not in the record."""
    return f"That is all {'the listing tells' if count == 1 else 'the listings tell'} me; for anything else, please ask the organizer."


def came_close(phrase: str, count: int, *, kind: str) -> tuple[str, ...]:
    """`kind` is the topic that the phrase begins with, where it has one: there is no match for a child."""
    p = _with(phrase)
    said = f" ({phrase.removeprefix('for ') if kind else f'something{p}'})" if phrase else ""
    close = "this comes close" if count == 1 else "these come close"
    return (
        f"Nothing is just what you asked for{said}, but {close}:",
        f"I found {'no exact match' if kind else 'nothing just right'}{p}. {close[:1].upper()}{close[1:]}:",
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
    # in the middle of a conversation: a yes or a no to nothing
    if query.ledger.get("told") and not _HELLO.match(message):
        return (
            "All right. Ask me about any of these, or name a day, a place or a kind of event.",
            "Sure. Tell me which of these you mean, or a day, a place or a kind of event.",
        )
    return (
        "Hello! Tell me where you are and when you are free, and I will look for something good to do.",
        "Hi there! Name a place and a day, and I will see what is on.",
    )


def wider(query: ParsedQuery) -> str:
    """What could be given up, where nothing was counted: 'Other days, a higher price or a place nearby may help.' Of a topic the other
    ways were counted, and none alone finds it."""
    if topic(query):
        also = (("on other days", query.when), ("at another price", query.price), ("in a place nearby", query.place))
        change = next((f" {words}" for words, asked in also if asked is not None), "")
        return f"Another kind of event{change} may help."
    ideas = []
    if query.when is not None:
        ideas.append("other days")
    if query.price is not None:
        ideas.append("paid events" if query.price.free_only else "a higher price")
    if query.audience is not None and len(ideas) < 2:
        ideas.append("other ages")
    if query.place is not None:
        ideas.append("a place nearby")
    if not ideas and query.at_venue:
        return "Another place may have more."
    if not ideas:
        return "A town or a day to look at would help."
    said = ideas[0] if len(ideas) == 1 else f"{', '.join(ideas[:-1])} or {ideas[-1]}"
    return f"{said[:1].upper()}{said[1:]} may help."


AGES_UNKNOWN = "ages not listed"
AGES_NOTE = "Not every listing says for what ages it is, so please check before you go."
QUIET_NOTE = "Listings rarely say how loud or crowded it gets, so please ask the venue before you go."
ACCESS_NOTE = "Listings rarely say how accessible a place is, so please ask the venue before you go."
DOG_NOTE = "Listings rarely say whether dogs are welcome, so please ask the venue before you go."
LONG_RUN_NOTE = "What runs for weeks may have days off, so please check its page before you go."
SETTING_NOTE = "Listings rarely say whether something is indoors or outdoors, so please check before you go."
