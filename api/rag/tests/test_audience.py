"""Ages and age ranges, by the words people use."""

from __future__ import annotations

import pytest

from api.rag.params import UnderstandingParams
from api.rag.query.audience import audience_topic
from api.rag.query.reading import read
from api.rag.types import Audience

PARAMS = UnderstandingParams()
NONE = (None, None, ())


def ages(message: str) -> tuple[int | None, int | None, tuple[int, ...]]:
    audience = read(message, PARAMS).audience.audience
    return NONE if audience is None else (audience.age_min, audience.age_max, audience.ages)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("something for a 4-year-old", (4, 4, (4,))),
        ("a 4yo and a 7yo", (4, 7, (4, 7))),
        ("4 y/o", (4, 4, (4,))),
        ("my 4 year old and my 9 year old", (4, 9, (4, 9))),
        ("for my 4 and 9 year olds", (4, 9, (4, 9))),
        ("3, 5 and 8 year olds", (3, 8, (3, 5, 8))),
        ("two kids, 4 and 9", (4, 9, (4, 9))),
        ("my kids are 5 8 and 11", (5, 11, (5, 8, 11))),
        ("grandkids for the week, ages 5 7 and 11", (5, 11, (5, 7, 11))),
        ("grandkids are in town, 6, 9 and 11", (6, 11, (6, 9, 11))),
        ("my little one is 3 almost 4", (3, 4, (3, 4))),
        ("my 4 year old is at school, something for my 2 year old", (2, 2, (2,))),
        ("kids (4, 7 and 9)", (4, 9, (4, 7, 9))),
        ("five-year-old twins", (5, 5, (5,))),
        ("a 2 and a half year old", (2, 2, (2,))),
        ("my 2.5 year old", (2, 2, (2,))),
        ("kids 3 1/2 years old", (3, 3, (3,))),
        ("my daughter is 6", (6, 6, (6,))),
        ("my twins just turned 5", (5, 5, (5,))),
        ("my son who’s 7", (7, 7, (7,))),
        ("for my mom who is 72", (72, 72, (72,))),
        ("my mother-in-law is 68", (68, 68, (68,))),
        ("my 80-year-old grandmother", (80, 80, (80,))),
        ("we're 65 and 70", (65, 70, (65, 70))),
        ("with my parents (70 and 72)", (70, 72, (70, 72))),
        ("I'm 70", (70, 70, (70,))),
        ("a 10 month old baby", (0, 0, (0,))),
        ("18 month old", (1, 1, (1,))),
        ("a 16yr old", (16, 16, (16,))),
    ],
)
def test_people_named_one_by_one(message: str, expected: tuple[int, int, tuple[int, ...]]) -> None:
    assert ages(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("3-5 year olds", (3, 5, ())),
        ("3–5 year olds", (3, 5, ())),
        ("kids ages 3 to 5", (3, 5, ())),
        ("ages four to six", (4, 6, ())),
        ("between 8 and 12 years old", (8, 12, ())),
        ("kids aged between 6 and 10", (6, 10, ())),
        ("new in town, mid 20s", (20, 29, ())),
        ("something for a couple in our late-30s", (30, 39, ())),
        ("we're early 40's", (40, 49, ())),
        ("21+", (21, None, ())),
        ("21 and over", (21, None, ())),
        ("18+ events", (18, None, ())),
        ("21+ events tonight", (21, None, ())),
        ("no one under 21", (21, None, ())),
        ("we are two retired couples", (60, None, ())),
        ("over 21s", (21, None, ())),
        ("people over 50", (50, None, ())),
        ("those over 60", (60, None, ())),
        ("women who are over 40", (40, None, ())),
        ("55+ crowd", (55, None, ())),
        ("ages 8 and up", (8, None, ())),
        ("kids under 5", (0, 4, ())),
        ("under 12s", (0, 11, ())),
        ("children up to 8", (0, 8, ())),
        ("aged 12 or under", (0, 12, ())),
        ("3 and under", (0, 3, ())),
        ("2nd graders", (7, 8, ())),
        ("in kindergarten", (5, 6, ())),
        ("a couple in their 30s", (30, 39, ())),
    ],
)
def test_ranges(message: str, expected: tuple[int | None, int | None, tuple[int, ...]]) -> None:
    assert ages(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("fun for kids", (0, 12, ())),
        ("family friendly", (0, 17, ())),
        ("toddlers", (1, 3, ())),
        ("for my toddler", (1, 3, ())),
        ("preschool age kids", (3, 5, ())),
        ("tweens", (9, 12, ())),
        ("teens", (13, 17, ())),
        ("adults only", (18, None, ())),
        ("seniors", (60, None, ())),
        ("toddlers and a 9 year old", (1, 9, (9,))),
        ("kids and adults", (0, None, ())),
        ("no kids", (18, None, ())),
        ("a date night without the kids", (18, None, ())),
        ("nothing for kids", (18, None, ())),
        ("no children or teenagers please", (18, None, ())),
        ("where kids aren't allowed", (18, None, ())),
        ("no families or teens", (18, None, ())),
        ("no adult themes, my kids are with me", (0, 12, ())),
        ("no teens please", NONE),
        ("something to do while my son is at soccer practice", NONE),
        ("the kids are with their dad this weekend", NONE),
        ("while my daughter is at ballet", NONE),
        ("my son can't make it", NONE),
        ("my kids won't go to museums", (0, 12, ())),
        ("the kids are home from school", (0, 12, ())),
        ("concerts, but not for seniors", NONE),
        ("comedy without adult humor", NONE),
        ("all ages", (None, None, ())),
    ],
)
def test_groups(message: str, expected: tuple[int | None, int | None, tuple[int, ...]]) -> None:
    assert ages(message) == expected


@pytest.mark.parametrize(
    "message",
    [
        "a 25-year-old brewery",
        "tour of the 150 year old church",
        "a party of 6 people",
        "in 3 days",
        "over 21 miles away",
        "under 20",
        "for 20 bucks",
        "family history workshop",
        "20+ events",
        "nothing 21+ please",
        "high school football",
        "kid rock concert",
        "from 2 to 5 on Saturday",
    ],
)
def test_what_is_no_age(message: str) -> None:
    assert ages(message) == NONE


def test_the_hour_after_kids_is_no_age() -> None:
    assert ages("something for kids at 4pm") == (0, 12, ())
    assert ages("the kids 2-4pm") == (0, 12, ())


def test_stated_ages_filter_and_vague_groups_rank() -> None:
    hard = {m: read(m, PARAMS).audience.hard for m in ("4-year-old", "kids", "21+", "college students", "my son")}
    assert hard == {"4-year-old": True, "kids": True, "21+": True, "college students": False, "my son": False}


def test_words_are_those_of_the_message() -> None:
    found = read("Something for my 4 and 9 year olds on Sunday", PARAMS).audience
    assert found.words == "4 and 9 year olds"
    assert found.audience == Audience(4, 9, (4, 9), "4-year-old, 9-year-old")


@pytest.mark.parametrize(
    ("audience", "topic"),
    [
        (Audience(4, 4), "kids"),
        (Audience(0, 17), "kids"),
        (Audience(13, 17), "teens"),
        (Audience(60, None), "seniors"),
        (Audience(21, None), ""),
        (Audience(30, 39), ""),
    ],
)
def test_topic_that_goes_with_the_ages(audience: Audience, topic: str) -> None:
    assert audience_topic(audience) == topic
