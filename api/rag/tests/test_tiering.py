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
        ("The Parade and Festival", "Parade & Festival"),
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


def matched(*matches: float, category: float = 0.0) -> list[Candidate]:
    return [
        Candidate(n, n, START, RankingFactors(match, None, None, category, 0.5), 0.6 - n / 100)
        for n, match in enumerate(matches)
    ]


def recommended(candidates: list[Candidate], *, venue: str = "", asked: str = "") -> list[int]:
    facts = {
        c.occurrence_id: EventFacts(
            c.event_id, c.occurrence_id, f"event {chr(97 + c.event_id)}", START, None, False, "UTC", venue, "", "", "", "", None,
            None, "", None, None, None, "scheduled", "offline", "",
        )
        for c in candidates
    }  # fmt: skip
    found = assign(candidates, facts, TierSizes(), P, asked=asked)
    return [p.candidate.event_id for p in found if p.tier == "recommended"]


def test_what_matches_much_less_than_the_best_is_not_recommended() -> None:
    assert recommended(matched(0.9, 0.6, 0.55, 0.53, 0.4)) == [0, 1, 2]
    assert recommended(matched(0.5, 0.4, 0.36, 0.34)) == [0, 1, 2]


def test_the_number_that_the_best_match_sets_is_told() -> None:
    held = judge(matched(0.9, 0.5), {0: fact(0), 1: fact(1)}, TierSizes(), P)[1].held
    assert held is not None
    assert (held.by, held.value, round(held.limit, 2)) == ("match", 0.5, 0.54)


def fact(n: int) -> EventFacts:
    return EventFacts(
        n, n, f"event {chr(97 + n)}", START, None, False, "UTC", "", "", "", "", "", None, None, "", None, None, None, "scheduled",
        "offline", "",
    )  # fmt: skip


def test_two_words_of_the_topic_speak_for_a_weaker_match_but_not_for_any() -> None:
    assert recommended(matched(0.4, 0.3, 0.29, 0.27, category=0.67)) == [0, 1, 2]
    assert recommended(matched(0.4, 0.3, 0.29, 0.27, category=0.33)) == [0]


@pytest.mark.parametrize(
    ("venue", "asked", "shown"),
    [
        ("The Elm Tree Club", "elm tree club", 6),
        ("Elm Valley Library", "what is on at the Elm Valley library", 6),
        ("Elm's Corner", "shows at elms corner", 6),
        ("Elm Valley Library", "library", 3),
        ("Library", "library", 3),  # a name that says nothing is no name
        ("Elm Tree Club", "elm", 3),
        ("", "elm", 6),
    ],
)
def test_a_venue_asked_for_by_name_may_fill_a_tier(venue: str, asked: str, shown: int) -> None:
    assert len(recommended(matched(*[0.9] * 6), venue=venue, asked=asked)) == shown
