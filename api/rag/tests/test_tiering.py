from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api.rag.params import RetrievalParams, TierSizes
from api.rag.tiering import assign, judge, title_key
from api.rag.types import Candidate, EventFacts, RankingFactors

START = datetime(2026, 11, 21, 18, tzinfo=UTC)
P = RetrievalParams()


def placed(rows: list[tuple[str, str, float]], sizes: TierSizes) -> dict[str, list[int]]:
    """Event numbers by tier; rows are (title, venue, score), best first."""
    candidates, facts = [], {}
    for n, (title, venue, score) in enumerate(rows):
        factors = RankingFactors(semantic=None, location=None, time=None, category=None, popularity=score)
        candidates.append(Candidate(n, n, START, factors, score))
        facts[n] = EventFacts(
            n, n, title, START, None, False, "UTC", venue, "", "", "", "", None, None, "", None, None, None, "scheduled",
            "offline", "",
        )  # fmt: skip
    found: dict[str, list[int]] = {"recommended": [], "additional": [], "context": []}
    for p in assign(candidates, facts, sizes, P):
        found[p.tier].append(p.candidate.event_id)
    assert len(judge(candidates, facts, sizes, P)) == len(rows)
    return found


def crowd(count: int, venue: str) -> list[tuple[str, str, float]]:
    return [(f"{venue} {chr(97 + n)}", venue, 0.9) for n in range(count)]


def test_one_venue_fills_no_tier_while_others_have_something() -> None:
    elsewhere = [(f"other {chr(97 + n)}", f"venue {n}", 0.8) for n in range(6)]
    found = placed([*crowd(8, "Library"), *elsewhere], TierSizes(5, 4, 50))
    assert found == {"recommended": [0, 1, 2, 8, 9], "additional": [3, 4, 5, 10], "context": [6, 7, 11, 12, 13]}


def test_places_left_in_additional_go_to_what_variety_held_back() -> None:
    found = placed(crowd(8, "Library"), TierSizes(5, 4, 50))
    assert found == {"recommended": [0, 1, 2], "additional": [3, 4, 5, 6], "context": [7]}


def test_events_without_a_venue_do_not_share_one() -> None:
    found = placed([(f"kind {chr(97 + n)}", "", 0.9) for n in range(5)], TierSizes(5, 0, 0))
    assert found["recommended"] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Story Time #1", "STORY TIME #2"),
        ("Yoga - Week 3 of 8", "Yoga: week 4 of 8"),
        ("Trivia Night (11/20)", "Trivia Night (11/27)"),
    ],
)
def test_titles_of_one_series_read_alike(one: str, other: str) -> None:
    assert title_key(one) == title_key(other)


def test_other_words_are_another_title() -> None:
    assert title_key("Toddler Story Time") != title_key("Family Story Time")


def test_a_weak_score_is_never_recommended() -> None:
    assert placed([("dull", "Hall", 0.29)], TierSizes())["recommended"] == []
    assert placed([("fair", "Hall", 0.30)], TierSizes())["recommended"] == [0]


def test_sizes_of_zero_hold_nothing() -> None:
    assert placed(crowd(3, "Hall"), TierSizes(0, 0, 0)) == {"recommended": [], "additional": [], "context": []}
