"""One happening that several feeds list is one row, which names them all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from api.rag.params import RetrievalParams, TierSizes
from api.rag.sameness import stand_ins, twins
from api.rag.tiering import assign, judge
from api.rag.types import Candidate, EventFacts, RankingFactors

START = datetime(2026, 11, 27, 19, tzinfo=ZoneInfo("America/New_York"))
DESCRIPTION = (
    "Three sets of swing from the Elm Trio and their guests in the old ballroom, with a dance floor and a bar."
)
JAZZ = EventFacts(
    1, 1, "Jazz Night with the Elm Trio", START, None, False, "America/New_York", "Elm Hall", "", "Durham", "NC", "US", None, None,
    "", None, None, None, "scheduled", "offline", "", description=DESCRIPTION, source_id=1,
)  # fmt: skip


def listed_again(**changes: object) -> EventFacts:
    return replace(JAZZ, **{"event_id": 2, "occurrence_id": 2, "source_id": 2, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": "Elm Hall presents: JAZZ NIGHT with the Elm Trio"},
        {"venue": ""},
        {"start": START.replace(hour=0), "all_day": True},
        {"start": START.replace(hour=0)},
        {"start": START.replace(hour=7)},
        {"start": START - timedelta(hours=1)},
    ],
)
def test_the_one_found_first_stands_for_the_other(changes: dict[str, object]) -> None:
    assert stand_ins([JAZZ, listed_again(**changes)]) == {2: 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"start": START + timedelta(days=1)},
        {"start": START - timedelta(hours=2)},
        {"start": START.replace(hour=0), "venue": "Oak Library"},
        {"title": "Blues Night with the Oak Trio"},
        {"source_id": 1, "start": START - timedelta(hours=1)},
        {"source_id": 0},
        {"attendance": "online", "start": START.replace(hour=7)},
    ],
)
def test_two_happenings_stay_two(changes: dict[str, object]) -> None:
    assert stand_ins([JAZZ, listed_again(**changes)]) == {}


def test_a_third_listing_points_at_the_one_that_is_shown() -> None:
    third = listed_again(event_id=3, source_id=3)
    assert stand_ins([JAZZ, listed_again(), third]) == {2: 1, 3: 1}


def test_twins_are_told_pair_by_pair_whatever_the_order() -> None:
    third = listed_again(event_id=3, source_id=3)
    other = replace(JAZZ, event_id=4, occurrence_id=4, title="Chess for beginners", source_id=2)
    for order in permutations([JAZZ, listed_again(), third, other]):
        assert {frozenset(pair) for pair in twins(order)} == {frozenset(p) for p in ((1, 2), (1, 3), (2, 3))}


def test_the_row_keeps_the_others_and_the_others_get_no_tier() -> None:
    rows = [JAZZ, listed_again(), replace(JAZZ, event_id=3, occurrence_id=3, title="Chess for beginners", venue="")]
    factors = RankingFactors(None, None, None, None, 0.9)
    candidates = [Candidate(f.event_id, f.occurrence_id, datetime.now(UTC), factors, 0.9) for f in rows]
    facts = {f.occurrence_id: f for f in rows}
    placed = assign(candidates, facts, TierSizes(), RetrievalParams())
    assert [(p.candidate.event_id, p.tier, p.also) for p in placed] == [
        (1, "recommended", (2,)),
        (3, "recommended", ()),
    ]
    held = {j.candidate.event_id: j.held for j in judge(candidates, facts, TierSizes(), RetrievalParams())}[2]
    assert held is not None
    assert (held.by, held.other) == ("same", 1)
