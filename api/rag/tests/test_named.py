"""Events that were told, by their names."""

from __future__ import annotations

import pytest

from api.rag.query.named import find_named
from api.rag.query.pointing import Pointer
from api.rag.query.text import Text

NAMES = (
    (11, "Sunday Puppet Parlor"),
    (12, "Fairytale Ball"),
    (13, "Discovery Lab: Code & Go Robot Mouse"),
    (14, "Farmers Market"),
    (15, "Jazz Jam at the Blue Door"),
    (16, "Library Storytime"),
    (17, "Live Music"),
    (18, "Sunrise Yoga"),
    (19, "Evening Yoga by Candlelight"),
    (20, "Friday Night Comedy"),
)


def find(message: str) -> Pointer | None:
    return find_named(Text.read(message.lower()), NAMES)


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("tell me about the puppet show", (11,)),
        ("tell me more about the sunday puppet parlor please", (11,)),
        ("When does the ball end?", (12,)),
        ("is the ball free", (12,)),
        ("is the ball indoors or outdoors?", (12,)),
        ("what's the address of the fairytale ball?", (12,)),
        ("do you have the link for the ball", (12,)),
        ("is the fairytale ball ok for my 3 year old?", (12,)),
        ("can we bring our dog to the ball", (12,)),
        ("how much is the robot mouse thing?", (13,)),
        ("what is the robot mouse", (13,)),
        ("is the farmers market open on Tuesday?", (14,)),
        ("how do I get to the farmers market", (14,)),
        ("what time does jazz jam start", (15,)),
        ("details about Jazz Jam at the Blue Door", (15,)),
        ("what about the jazz jam?", (15,)),
        ("the jazz jam", (15,)),
        ("who's playing at the jazz concert?", (15,)),
        ("when does the market close?", (14,)),
        ("is the storytime in the morning?", (16,)),
        ("how long is the yoga class", (18, 19)),
        ("how long is the sunrise yoga", (18,)),
        ("is the friday night comedy free", (20,)),
    ],
)
def test_what_was_told_is_asked_about_by_name(message: str, ids: tuple[int, ...]) -> None:
    pointer = find(message)
    assert pointer is not None
    assert (pointer.manner, pointer.ids) == ("about", ids)


@pytest.mark.parametrize(
    ("message", "manner", "left"),
    [
        ("anything like the puppet show on saturday", "like", " on saturday"),
        ("more like the fairytale ball please", "like", " please"),
        ("not the puppet show", "not", ""),
        ("i don't want the farmers market", "not", "i "),
    ],
)
def test_more_like_it_or_without_it(message: str, manner: str, left: str) -> None:
    pointer = find(message)
    assert pointer is not None
    assert pointer.manner == manner
    start, end = pointer.span
    assert message[:start] + message[end:] == left


@pytest.mark.parametrize(
    "message",
    [
        "live music on friday",
        "what about live music?",
        "is there live music at the farmers market",
        "farmers market",
        "show me the farmers markets",
        "farmers markets near davis",
        "is the farmers market in Davis open?",
        "when is the next jazz jam",
        "is there a puppet show",
        "when is the puppet museum open",
        "is the jazz festival this weekend?",
        "what's on at the library?",
        "is the market open on sunday",
        "something after the puppet show",
        "dinner before the jazz jam",
        "what else is at the farmers market",
        "kids' events near the farmers market",
        "tell me about the concerts on sunday",
        "for this friday",
        "this friday night",
        "yoga",
        "the",
        "",
    ],
)
def test_what_is_looked_for_is_not_what_was_told(message: str) -> None:
    assert find(message) is None


def test_nothing_was_told() -> None:
    assert find_named(Text.read("when does the ball end?"), ()) is None
