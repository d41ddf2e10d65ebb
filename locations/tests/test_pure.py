from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locations.geo import EARTH_RADIUS_MILES, cell_of, cells_around, enclosing_circle, miles_between
from locations.normalize import KEY_MAX_CHARS, key_variants, place_key
from locations.regions import Region, place_label, regions_named
from locations.typos import edits_to_prefix, lookups


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Washington, D.C.", "washington dc"),
        ("St. Louis", "st louis"),
        ("Winston–Salem", "winston salem"),
        ("Coeur d'Alene", "coeur dalene"),
        ("São Paulo", "sao paulo"),
        ("Łódź", "lodz"),
        ("Malmö", "malmo"),
        ("İstanbul", "istanbul"),
        ("東京", "東京"),
        ("서울", "서울"),
        ("Москва", "москва"),
        ("  two   spaces ", "two spaces"),
        ("%_\\", ""),
        ("🎉", ""),
    ],
)
def test_place_key(name: str, key: str) -> None:
    assert place_key(name) == key


@given(st.text(max_size=600))
def test_a_key_is_stable_short_and_trimmed(text: str) -> None:
    key = place_key(text)
    assert len(key) <= KEY_MAX_CHARS
    assert key == key.strip()
    assert "  " not in key


def test_saint_is_spelt_both_ways() -> None:
    assert set(key_variants("saint louis")) == {"st louis"}
    assert set(key_variants("fort mount")) == {"ft mt"}
    assert list(key_variants("davis")) == []


def test_distance() -> None:
    assert miles_between(38.44, -122.71, 38.54, -121.74) == pytest.approx(53.0, abs=0.5)
    assert miles_between(0, 0, 0, 180) == pytest.approx(math.pi * EARTH_RADIUS_MILES)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_point_lies_in_its_own_neighbourhood(lat: float, lng: float) -> None:
    assert 0 <= cell_of(lat, lng) < 180 * 360
    if abs(lat) < 89:
        assert cell_of(lat, lng) in cells_around(lat, lng)


@given(st.lists(st.tuples(st.floats(-60, 60), st.floats(-100, -60)), min_size=1, max_size=20))
def test_a_circle_holds_its_points(points: list[tuple[float, float]]) -> None:
    lat, lng, miles = enclosing_circle(points)
    near = [p for p in points if miles_between(lat, lng, *p) <= miles + 0.01]
    assert len(near) >= len(points) * 0.5  # far outliers may be left out


def test_a_lone_slip_far_away_is_left_out() -> None:
    towns = [(51.0 + i / 50, -1.0 + i / 40) for i in range(60)]
    assert enclosing_circle([*towns, (34.6, 33.0)])[2] < 100
    assert enclosing_circle([(10.0, 20.0)]) == pytest.approx((10.0, 20.0, 0.0), abs=1e-4)


def test_no_points_have_no_circle() -> None:
    with pytest.raises(ValueError, match="no points"):
        enclosing_circle([])


def test_codes_and_names_of_regions() -> None:
    assert regions_named("ON") == (Region("CA", "ON", "Ontario"),)
    assert regions_named("california") == (Region("US", "CA", "California"),)
    assert set(regions_named("IN")) == {Region("US", "IN", "Indiana"), Region("IN", "", "India")}


def test_labels() -> None:
    assert place_label("Santa Rosa", "US", "CA", "city") == "Santa Rosa, CA, United States"
    assert place_label("Nice", "FR", "93", "city") == "Nice, Provence-Alpes-Côte d'Azur, France"
    assert place_label("California", "US", "CA", "state") == "California, United States"
    assert place_label("Canada", "CA", "", "country") == "Canada"


@pytest.mark.parametrize(
    ("query", "name", "slips"),
    [
        ("petal", "petaluma", 0),
        ("petla", "petaluma", 1),
        ("ptal", "petaluma", 1),
        ("pettal", "petaluma", 1),
        ("pexal", "petaluma", 1),
        ("petulama", "petaluma", 2),
        ("zzzz", "petaluma", None),
    ],
)
def test_edits_to_prefix(query: str, name: str, slips: int | None) -> None:
    assert edits_to_prefix(query, name, 2) == slips


@given(st.text("abcde", min_size=6, max_size=9), st.integers(0, 4), st.sampled_from("xyz"), st.integers(0, 3))
def test_one_slip_in_the_beginning_is_always_looked_up(name: str, at: int, letter: str, kind: int) -> None:
    slips = [
        name[:at] + name[at + 1 :],
        name[:at] + letter + name[at:],
        name[:at] + letter + name[at + 1 :],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    ]
    start = name[:5]
    stored = {start, *(start[:i] + start[i + 1 :] for i in range(5))}
    if at < 4 or kind != 3:
        assert stored & set(lookups(slips[kind]))
