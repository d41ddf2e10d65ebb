"""What a question about something told wants besides its facts: that we do something, or our reasons."""

from __future__ import annotations

from api.rag.guard.vocabulary import word_set
from api.rag.query.text import words_of

_ASKED_OF_US = word_set(
    "can could would will you please pls i we want need to i'd like let's just ok okay yes and so then now great cool thanks"
)
_DOINGS = word_set(
    "sign save bookmark book reserve rsvp register buy order email mail text send forward remind print copy share add put"
)
_SAID_ANYWAY = word_set(
    "link links website url address phone number contact details info information price price list map"
)


def wants_done(message: str) -> bool:
    """ "Email me that", "can you book the first one?"; not "send me the link", which is told."""
    words = words_of(message.lower())
    first = next((word for word in words if word not in _ASKED_OF_US), "")
    return first in _DOINGS and _SAID_ANYWAY.isdisjoint(words)


def wants_reasons(message: str) -> bool:
    """ "Why did you show me this?", "and why these?"."""
    return "why" in words_of(message.lower())[:2]
