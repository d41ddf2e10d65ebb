"""The closed form of a flip against trying values of the weight one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api.rag.params import FACTORS, ScoringWeights
from api.rag.scoring import flips, weighted_score
from api.rag.types import RankingFactors

HUGE = 1e6
SEARCH_STEPS = 200
unit = st.integers(0, 1000).map(lambda n: n / 1000)
weight = st.integers(1, 100).map(lambda n: n / 100)
all_weights = st.builds(ScoringWeights, weight, weight, weight, weight, weight)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[RankingFactors, RankingFactors]:
    """Two events of one query: the same factors are asked about, data may be missing in either."""
    asked = draw(st.sets(st.sampled_from(FACTORS), min_size=1))

    def one() -> RankingFactors:
        values = {f: draw(st.none() | unit) if f in asked else None for f in FACTORS}
        return RankingFactors(**values, unknown=tuple(f for f in FACTORS if f in asked and values[f] is None))

    return one(), one()


def lead(a: RankingFactors, b: RankingFactors, weights: ScoringWeights, factor: str, value: float) -> float:
    """How far b is ahead of a when the factor weighs `value`."""
    changed = replace(weights, **{factor: value})
    return weighted_score(b, changed) - weighted_score(a, changed)


def flip_by_search(a: RankingFactors, b: RankingFactors, weights: ScoringWeights, factor: str) -> float | None:
    """Bisection over [0, HUGE] for the weight at which the lead changes its sign."""
    low, high = 0.0, HUGE
    if lead(a, b, weights, factor, low) * lead(a, b, weights, factor, high) >= 0:
        return None
    rising = lead(a, b, weights, factor, high) > 0
    for _ in range(SEARCH_STEPS):
        middle = (low + high) / 2
        if (lead(a, b, weights, factor, middle) > 0) == rising:
            high = middle
        else:
            low = middle
    return high


@given(pairs(), all_weights, st.sampled_from(FACTORS))
def test_the_closed_form_equals_the_search(
    pair: tuple[RankingFactors, RankingFactors], weights: ScoringWeights, factor: str
) -> None:
    a, b = pair
    # Without any other difference the scores tie at 0 and rounding decides what the search sees.
    assume(abs(lead(a, b, weights, factor, 0.0)) > 1e-9 or flips(a, b, weights).get(factor) is None)
    found = flips(a, b, weights).get(factor)
    searched = flip_by_search(a, b, weights, factor)
    if found is None:
        assert searched is None or searched == pytest.approx(0.0, abs=1e-6)
        return
    assert searched == pytest.approx(found.at, rel=1e-6, abs=1e-9)
    ahead = lead(a, b, weights, factor, found.at * 1.01) > 0
    assert found.side == ("above" if ahead else "below")


def factors(**values: float) -> RankingFactors:
    return RankingFactors(**({f: None for f in FACTORS} | values))


def test_the_flip_of_a_worked_example() -> None:
    near = factors(semantic=0.2, location=0.9, popularity=0.5)
    alike = factors(semantic=0.8, location=0.4, popularity=0.5)
    found = flips(near, alike, ScoringWeights(semantic=0.1, location=0.3))
    assert (found["semantic"].at, found["semantic"].side) == (pytest.approx(0.25), "above")
    assert (found["location"].at, found["location"].side) == (pytest.approx(0.12), "below")
    assert set(found) == {"semantic", "location"}


def test_an_event_better_in_everything_is_never_overtaken() -> None:
    assert flips(factors(semantic=0.9, time=0.9), factors(semantic=0.1, time=0.2), ScoringWeights()) == {}


def test_what_the_query_did_not_ask_about_flips_nothing() -> None:
    a, b = factors(semantic=0.9, location=0.1), factors(semantic=0.1, location=0.2)
    assert "time" not in flips(a, b, ScoringWeights())
