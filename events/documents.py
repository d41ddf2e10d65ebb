"""The text of an event that is embedded: the same event gives the same text, the words that matter come first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from events.params import DOCUMENT_MAX_PIECES
from events.text import digest

_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_", re.UNICODE)
_WEB = re.compile(r"https?://\S+|www\.\S+")
_RUN = re.compile(r"\S+")
_NAME_END = re.compile(r"\.\w+")


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    title: str
    category: str = ""
    tags: Sequence[str] = ()
    venue: str = ""
    city: str = ""
    organizer: str = ""
    audience: Sequence[str] = ()
    age_min: int | None = None
    age_max: int | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    is_free: bool | None = None
    attendance_mode: str = "offline"
    description: str = ""


def document_text(facts: DocumentFacts) -> str:
    """One text of at most `DOCUMENT_MAX_PIECES` estimated word pieces: title, kind, place, audience, price, then description."""
    tags = [tag for tag in facts.tags if tag.lower() != facts.category.lower()]
    head = [
        facts.title,
        ", ".join(filter(None, [facts.category, *tags[:8]])),
        " in ".join(filter(None, [facts.venue, facts.city])),
        ", ".join(filter(None, [*facts.audience, age_words(facts.age_min, facts.age_max)])),
        price_words(facts),
        "online event"
        if facts.attendance_mode == "online"
        else "in person and online"
        if facts.attendance_mode == "mixed"
        else "",
        facts.organizer if facts.organizer != facts.venue else "",
        without_addresses(facts.description),
    ]
    text = ". ".join(" ".join(part.split()).rstrip(". ") for part in head if part.strip())
    return bounded(text, DOCUMENT_MAX_PIECES)


def without_addresses(text: str) -> str:
    """Without those of the web and of mail. Mail by words: one pattern would try every beginning of a feed's endless word."""
    if "@" in text:
        text = _RUN.sub(lambda run: _without_mail(run.group()), text)
    return _WEB.sub("", text)


def _without_mail(word: str) -> str:
    """All to the end of the domain goes; a link that holds an @ is left to the other pattern."""
    at = word.find("@", 1)
    if at < 0 or _WEB.match(word):
        return word
    ends = [end.end() for end in _NAME_END.finditer(word, at + 2)]
    return word[ends[-1] :] if ends else word


def age_words(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return ""
    if low is not None and low >= 18 and high is None:
        return f"adults {low}+"
    if high is None:
        return f"ages {low}+"
    kind = (
        "babies, toddlers"
        if high <= 3
        else "preschool kids"
        if high <= 6
        else "kids"
        if high <= 12
        else "teens"
        if high <= 19
        else ""
    )
    return " ".join(filter(None, [kind, f"ages {low or 0}-{high}"]))


def price_words(facts: DocumentFacts) -> str:
    if facts.is_free:
        return "free"
    if facts.price_min is None and facts.price_max is None:
        return ""
    top = facts.price_max if facts.price_max is not None else facts.price_min
    return (
        "pay what you can" if facts.price_min == 0 else "cheap tickets" if top is not None and top <= 10 else "tickets"
    )


def bounded(text: str, pieces: int) -> str:
    """The longest beginning whose estimated number of word pieces is within `pieces`."""
    used = 0
    for token in _TOKEN.finditer(text):
        used += estimated_pieces(token.group())
        if used > pieces:
            return text[: token.start()].rstrip()
    return text


def estimated_pieces(token: str) -> int:
    """Never below what the model's vocabulary needs for English: common words are one piece, digits and rare words more.

    Words of other scripts fall apart into letters.
    """
    if not token.isascii():
        return len(token)
    if token.isdigit():
        return max(1, (len(token) + 1) // 2)
    return 1 if len(token) <= 4 else 2 if len(token) <= 8 else 1 + (len(token) + 2) // 4


def document_hash(text: str) -> str:
    return digest(text)
