"""Questions about what was told that call it by its kind; whoever says anything else looks for something."""

from __future__ import annotations

import pytest

from api.rag.query.text import Text
from api.rag.query.told_questions import ToldQuestion, find_told_question


def asked(message: str) -> ToldQuestion | None:
    return find_told_question(Text.read(message.lower()))


@pytest.mark.parametrize(
    "message",
    [
        "What is the address of the event, and can you tell me more about it?",
        "could you let me know the venue's address",
        "what is the adress",
        "When does the event begin and where is it held?",
        "please tell me when the show will be",
        "What kind of event is this?",
        "how much does a ticket cost",
        "how much for 2 adults and 3 kids?",
        "and how much is it for kids",
        "how much would it be for a family of 4?",
        "how much for two people",
        "can you provide us with the location of the theater",
        "I'd like two tickets, please",
        "uh, I need three tickets, not four",
        "Can I get 5 seats?",
        "yes, please buy me tickets for the event",
        "I want to purchase event tickets",
        "reserve it",
        "we want to go to this",
        "I am interested in that event",
        "I think we'll go to that",
        "I'd like to know the dates for this",
    ],
)
def test_of_what_was_told(message: str) -> None:
    assert asked(message) == ToldQuestion()


@pytest.mark.parametrize(
    ("message", "kind"), [("when does the game start?", "game"), ("what is the price for this concert", "concert")]
)
def test_of_what_is_called_by_its_kind(message: str, kind: str) -> None:
    assert asked(message) == ToldQuestion(kind)


@pytest.mark.parametrize(
    "message",
    [
        "where can I see a show",
        "something for 2 adults and 3 kids",
        "how much are concerts for kids",
        "show me a game",
        "what kind of show can I go to",
        "what kind of events are there",
        "tell me about the events",
        "I want to attend an event",
        "I want to go to a concert",
        "tickets to the zoo",
        "tickets under $20",
        "free tickets",
        "I'm looking for tickets in Sonoma",
        "I want it at 5",
        "what about that day",
        "what time is the concert tomorrow",
        "when is the next event",
        "where is a place to go",
        "what's the address of the library",
        "what else is at this venue",
        "I don't want tickets",
        "book club",
        "find me a place",
        "",
        "tell me the address " * 20,
    ],
)
def test_what_looks_for_something(message: str) -> None:
    assert asked(message) is None
