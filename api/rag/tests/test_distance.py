"""How far is still there, and what is no distance."""

from __future__ import annotations

import pytest

from api.rag.params import UnderstandingParams
from api.rag.query.reading import read

PARAMS = UnderstandingParams()


@pytest.mark.parametrize(
    ("message", "miles"),
    [
        ("within 10 miles of Davis", 10.0),
        ("within 25 miles", 25.0),
        ("in a 25 mile radius", 25.0),
        ("a 15 mile radius", 15.0),
        ("less than 15 km away", 9.3),
        ("within 10 km", 6.2),
        ("5 miles from here", 5.0),
        ("within ten miles", 10.0),
        ("within a mile of my hotel", 1.0),
        ("half a mile away", 0.5),
        ("within 9999 miles", 500.0),
        ("walking distance", 2.0),
        ("within easy walking distance", 2.0),
        ("somewhere I can walk to from the hotel", 2.0),
        ("a few blocks away", 2.0),
        ("biking distance", 4.0),
        ("only things I can bike to", 4.0),
        ("no driving more than 15 minutes", 9.0),
        ("a short drive away", 12.0),
        ("within a 30 minute drive", 18.0),
        ("half an hour's drive", 18.0),
        ("30 minutes by car", 18.0),
        ("no more than half an hour away", 18.0),
        ("an hour and a half away", 54.0),
        ("1.5 hours away", 54.0),
        ("one and a half hours from here", 54.0),
        ("45 min away max", 27.0),
        ("I can drive up to 45 min", 27.0),
        ("a 20 minute walk", 1.0),
        ("a 20 minute walk from here", 1.0),
        ("a 20 minute bike ride", 3.0),
        ("a 2 hour drive", 72.0),
        ("hikes within 3 miles", 3.0),
        ("a 3-mile guided hike is fine, a 10 mile hike is not", 3.0),
        ("a hike within an hour of Denver", 36.0),
    ],
)
def test_distance(message: str, miles: float) -> None:
    found = read(message, PARAMS).distance
    assert found is not None
    assert found[0] == miles


def test_how_to_come_is_no_topic() -> None:
    said = read("within biking distance, no driving", PARAMS)
    assert (list(said.topics), list(said.excluded)) == ([], [])


@pytest.mark.parametrize(
    "message",
    ["a 5 mile run", "a five mile run", "a 5 mile hike", "hike 3 miles or less", "hike five miles", "bike 20 miles", "run 5 miles", "a 2 hour walk",
     "a short walk in the park", "a walk to remember", "within 2 hours", "an hour from now", "within 0 miles", "in 30 minutes", "an hour of jazz",
     "the phoenix or mystic", "block party", ""],
)  # fmt: skip
def test_no_distance(message: str) -> None:
    assert read(message, PARAMS).distance is None
