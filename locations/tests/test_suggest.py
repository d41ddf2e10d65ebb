from __future__ import annotations

import pytest

from locations.selectors import get_location, resolve_place, suggest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]
SANTA_ROSA = (38.44, -122.71)
PORTLAND_ME = (43.66, -70.26)


def labels(q: str, **kwargs: object) -> list[str]:
    return [found.label for found in suggest(q, **kwargs)]  # type: ignore[arg-type]


def test_prefix_finds_towns_by_weight() -> None:
    assert labels("spring") == [
        "Springfield, MO, United States",
        "Springfield, MA, United States",
        "Springfield, IL, United States",
        "Springfield, OR, United States",
    ]


def test_near_pulls_the_closer_namesake_up() -> None:
    assert labels("portland")[0] == "Portland, OR, United States"
    assert labels("portland", near=PORTLAND_ME)[0] == "Portland, ME, United States"


@pytest.mark.parametrize(
    ("q", "label"),
    [
        ("santa ro", "Santa Rosa, CA, United States"),
        ("Santa Rosa, CA", "Santa Rosa, CA, United States"),
        ("santa rosa ca", "Santa Rosa, CA, United States"),
        ("reading, pa", "Reading, PA, United States"),
        ("reading, england", "Reading, England, United Kingdom"),
        ("toronto, on", "Toronto, ON, Canada"),
        ("paris, tx", "Paris, TX, United States"),
        ("paris texas", "Paris, TX, United States"),
        ("davis california usa", "Davis, CA, United States"),
        ("davis ca usa", "Davis, CA, United States"),
        ("paris t", "Paris, TX, United States"),
        ("springfield o", "Springfield, OR, United States"),
        ("san jose c", "San Jose, CA, United States"),
        ("uk", "United Kingdom"),
        ("sonoma c", "Sonoma County, CA, United States"),
        ("paris, fr", "Paris, Île-de-France, France"),
        ("bloomington, indiana", "Bloomington, IN, United States"),
        ("Bloomington, IN, United States", "Bloomington, IN, United States"),
        ("montreal", "Montréal, QC, Canada"),
        ("saint louis", "St. Louis, MO, United States"),
        ("st louis", "St. Louis, MO, United States"),
        ("st. lou", "St. Louis, MO, United States"),
        ("nyc", "New York City, NY, United States"),
        ("sf", "San Francisco, CA, United States"),
        ("washington d.c.", "Washington, DC, United States"),
        ("95401", "95401 Santa Rosa, CA, United States"),
        ("californ", "California, United States"),
    ],
)
def test_what_people_type(q: str, label: str) -> None:
    assert labels(q)[0] == label


@pytest.mark.parametrize(
    ("q", "label"),
    [
        ("petalmua", "Petaluma, CA, United States"),
        ("petulama", "Petaluma, CA, United States"),
        ("ashville", "Asheville, NC, United States"),
        ("ralegh", "Raleigh, NC, United States"),
        ("tornto", "Toronto, ON, Canada"),
        ("blomington, in", "Bloomington, IN, United States"),
        ("blomington indiana", "Bloomington, IN, United States"),
        ("san fransico", "San Francisco, CA, United States"),
        ("philadelpia", "Philadelphia, PA, United States"),
        ("sacremento", "Sacramento, CA, United States"),
    ],
)
def test_misspelt(q: str, label: str) -> None:
    assert labels(q)[0] == label


def test_country_and_admin1_keep_only_their_places() -> None:
    assert labels("par", country="us") == ["Paris, TX, United States"]
    assert labels("spring", country="US", admin1="or") == ["Springfield, OR, United States"]


@pytest.mark.parametrize("q", ["", " ", "%", "_", "\x00", "🎉", ",", "' OR 1=1 --", "\\", "zzzzqqqq"])
def test_what_names_no_place_finds_nothing(q: str) -> None:
    assert suggest(q) == []


def test_nul_is_a_blank_and_long_input_is_cut() -> None:
    assert labels("santa\x00rosa")[0] == "Santa Rosa, CA, United States"
    assert suggest("x" * 10_000) == []


@pytest.mark.parametrize(("limit", "count"), [(-1, 0), (0, 0), (1, 1), (3, 3), (10**9, 4)])
def test_limit(limit: int, count: int) -> None:
    assert len(suggest("springfield", limit=limit)) == count


def test_a_bad_near_is_no_hint() -> None:
    assert labels("portland", near=(float("nan"), 0.0)) == labels("portland")


def test_resolve_by_id_wins_over_text() -> None:
    resolution = resolve_place("Toronto", location_id=5393287)
    assert (resolution.place, resolution.confidence) == (get_location(5393287), 1.0)


def test_unknown_id_is_nothing_whatever_the_text() -> None:
    resolution = resolve_place("Toronto", location_id=42)
    assert (resolution.place, resolution.confidence, resolution.why) == (None, 0.0, "no location has the id 42")


def test_resolve_by_text_is_as_sure_as_its_rivals_let_it_be() -> None:
    resolution = resolve_place("Springfield", hint=SANTA_ROSA)
    assert resolution.place is not None
    assert resolution.place.label == "Springfield, MO, United States"
    assert 0 < resolution.confidence < 1


def test_states_bring_their_radius() -> None:
    resolution = resolve_place("California")
    assert resolution.place is not None
    assert resolution.place.kind == "state"
    assert resolution.radius_miles is not None
    assert 150 < resolution.radius_miles < 300  # Los Angeles to Healdsburg, half of it and a margin
