"""How many of something an event has, in words: true when its own text says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.rag.guard import Guard
from api.rag.tests.answer_rows import SOURCES, query
from api.rag.types import Source

JAZZ = replace(SOURCES[1].facts, description="Two bands on 3 stages and dozens of stalls.")
KNOWN = (SOURCES[0], Source(2, JAZZ), *SOURCES[2:])


def shown(text: str) -> tuple[str, int]:
    guard = Guard(KNOWN, query=query())
    told = guard.feed(text) + guard.finish()
    return told, guard.report().withheld


@pytest.mark.parametrize(
    "text",
    [
        "Blue Door Jazz Quartet [2] has two bands.",
        "Blue Door Jazz Quartet [2] has three stages.",
        "Blue Door Jazz Quartet [2] has dozens of stalls.",
        "Blue Door Jazz Quartet [2] is one of two good reasons to go out.",
        "Here are two lovely ideas for you.",
    ],
)
def test_a_quantity_that_is_listed_or_none_of_the_events_own_passes(text: str) -> None:
    assert shown(text) == (text, 0)


@pytest.mark.parametrize(
    ("text", "invented"),
    [
        ("Blue Door Jazz Quartet [2] has five stages.", "five"),
        ("Blue Door Jazz Quartet [2] has four fantastic food trucks.", "four"),
        ("Toddler Story Time [1] has hundreds of stalls.", "hundreds"),
        ("Toddler Story Time [1] has a dozen local vendors.", "dozen"),
        ("Enjoy twelve bands under the stars.", "twelve"),
    ],
)
def test_a_quantity_that_nobody_listed_never_reaches_the_reader(text: str, invented: str) -> None:
    told, withheld = shown(text)
    assert invented not in told
    assert withheld >= 1
