from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api.rag.tests.answer_rows import NOW, facts, query
from api.rag.types import Audience, Candidate, RankingFactors
from api.rag.why import matched_words, why

CANDIDATE = Candidate(1, 10, NOW, RankingFactors(None, None, None, None, None), score=0.5)


def test_a_phrase_speaks_for_its_words_and_short_words_say_nothing() -> None:
    asked = replace(query(), interests=("live music",), search_text="Live music at an old barn")
    event = facts(1, "An Evening of Live Music at the Barn", NOW)
    assert matched_words(event, asked) == ["live music", "barn"]


def test_how_far_it_is_is_told_in_the_measure_of_the_country() -> None:
    def told(country: str, miles: float = 5.0, *, exact: bool = True) -> tuple[str, ...]:
        asked = query()
        assert asked.place is not None
        near = Candidate(1, 10, NOW, RankingFactors(None, None, None, None, None, distance_miles=miles), 0.5)
        there = replace(asked, place=replace(asked.place, country_code=country), when=None)
        return why(near, facts(1, "Barn Dance", NOW, exact=exact), there)

    assert told("US") == ("5.0 mi from Davis",)
    assert told("CA") == ("8.0 km from Davis",)
    assert told("US", 0.4) == ("0.4 mi from Davis",)
    assert told("US", exact=False) == ("about 5 mi from Davis",)
    assert told("CA", exact=False) == ("about 8 km from Davis",)
    assert told("US", 0.4, exact=False) == ()


def test_whole_words_are_compared() -> None:
    asked = replace(query(), interests=("art",), search_text="art classes for hikers")
    assert matched_words(facts(1, "Birthday Party at the Art-Deco Bar", NOW), asked) == ["art"]
    assert matched_words(facts(2, "Party for Everyone", NOW), asked) == []
    assert matched_words(facts(3, "Watercolor Class for a Hiker", NOW), asked) == ["classes", "hikers"]


def test_a_plural_is_met_by_its_singular() -> None:
    asked = replace(query(), interests=(), search_text="movies classes berries")
    assert matched_words(facts(1, "Movie Class with a Berry", NOW), asked) == ["movies", "classes", "berries"]


def reasons(audience: Audience, ages: tuple[int | None, int | None], **more: Any) -> tuple[str, ...]:
    event = facts(1, "An Evening of Jazz", NOW, age_min=ages[0], age_max=ages[1])
    return why(CANDIDATE, event, replace(query(), audience=audience, place=None, price=None, **more))


@pytest.mark.parametrize(
    ("audience", "ages", "expected"),
    [
        (Audience(4, 8, (4, 8), "4-year-old, 8-year-old"), (3, 10), ("suits your 4- and 8-year-old",)),
        (Audience(4, 8, (4, 8), "4-year-old, 8-year-old"), (6, None), ("suits your 8-year-old",)),
        (Audience(4, 8, (4, 8), "4-year-old, 8-year-old"), (18, None), ()),
        (Audience(4, 4, (4,), "4-year-old"), (None, None), ()),
        (Audience(0, 0, (0,), "baby"), (0, 2), ("suits your baby",)),
        (Audience(0, 17, (), "kids"), (5, 12), ("suits kids",)),
        (Audience(0, 17, (), "kids"), (21, None), ()),
        (Audience(65, None, (), "seniors"), (0, 12), ()),
    ],
)
def test_it_suits_whom_its_ages_welcome(
    audience: Audience, ages: tuple[int | None, int | None], expected: tuple[str, ...]
) -> None:
    assert reasons(audience, ages, when=None) == expected


def test_of_what_was_pointed_at_no_day_is_said_to_fit() -> None:
    everybody = Audience()
    assert reasons(everybody, (None, None)) == ("fits this weekend",)
    assert reasons(everybody, (None, None), about_event_ids=(1,)) == ()
