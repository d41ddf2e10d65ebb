"""The composer's words around the facts."""

from __future__ import annotations

from api.rag import facts as spell
from api.rag.types import ParsedQuery


def asked_for(query: ParsedQuery) -> str:
    """The understood constraints as one phrase: 'for your 4-year-old in and around Santa Rosa, this weekend, free'."""
    limit = spell.NAME_MAX_CHARS
    parts = []
    if query.interests:
        parts.append(f"for {' and '.join(spell.plain(i, limit) for i in query.interests[:2])}")
    if query.audience and query.audience.label and query.audience.label not in query.interests:
        parts.append(f"for {_someone(query)}")
    if query.place:
        parts.append(f"in and around {spell.plain(_town(query.place.label), limit)}")
    phrase = " ".join(parts)
    tail = [spell.plain(query.when.label.split(": ")[0], limit)] if query.when and query.when.label else []
    if query.price and query.price.label:
        tail.append(spell.plain(query.price.label, limit))
    return ", ".join(p for p in (phrase, *tail) if p)


def _town(label: str) -> str:
    """'Davis, CA' of 'Davis, CA, United States': a reader knows the country."""
    return ", ".join(label.split(", ")[:2])


def _someone(query: ParsedQuery) -> str:
    if query.audience is None:
        return ""
    ages = query.audience.ages
    return f"your {ages[0]}-year-old" if len(ages) == 1 else spell.plain(query.audience.label, spell.NAME_MAX_CHARS)


def _with(phrase: str) -> str:
    return f" {phrase}" if phrase else ""


def openings(phrase: str) -> tuple[str, ...]:
    p = _with(phrase)
    return (
        f"Here is what I found{p}:",
        f"Good news, there is something{p}:",
        f"These look like a good fit{p}:",
        f"You have some nice options{p}:",
        f"My picks{p}:",
    )


def came_close(phrase: str) -> tuple[str, ...]:
    p = _with(phrase)
    return (
        f"Nothing matches everything you asked for{p}, but these come close:",
        f"I found no exact match{p}. These come close:",
    )


def empties(phrase: str) -> tuple[str, ...]:
    p = _with(phrase)
    return (
        f"I looked for events{p} and found nothing that fits.",
        f"Sorry, I have no events{p} on my list.",
        f"No luck this time: nothing on my list fits{p}.",
    )


def closings() -> tuple[str, ...]:
    return (
        "Want me to narrow it down?",
        "Have fun, and tell me if you would like something different.",
        "Shall I look at another day or place?",
        "Tell me more about what you like and I can refine this.",
    )


def greetings() -> tuple[str, ...]:
    return (
        "Hello! Tell me where you are and when you are free, and I will look for something good to do.",
        "Hi there! Name a place and a day, and I will see what is on.",
    )
