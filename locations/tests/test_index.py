from __future__ import annotations

import threading

import pytest

from locations.index import GazetteerIndex, IndexedPlace, build_index
from locations.models import Location
from locations.regions import regions_by_key
from locations.selectors import gazetteer
from locations.services import save_location

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("places")]


def labels(key: str) -> list[str]:
    index = gazetteer()
    return [index.place(row).label for row, _ in index.lookup(key)]


def test_names_come_by_weight() -> None:
    assert labels("portland") == ["Portland, OR, United States", "Portland, ME, United States"]


def test_nicknames_count_as_own_names() -> None:
    index = gazetteer()
    assert [(index.place(row).id, own) for row, own in index.lookup("nyc")] == [(5128581, True)]


def test_an_unknown_name_finds_nothing() -> None:
    assert gazetteer().lookup("xyzzy") == []


def test_by_id() -> None:
    davis = gazetteer().by_id(5341704)
    assert davis is not None
    assert (davis.label, davis.timezone, davis.kind) == ("Davis, CA, United States", "America/Los_Angeles", "city")
    assert gazetteer().by_id(5341705) is None
    assert gazetteer().by_id(10**15) is None


def test_nearest_town() -> None:
    nearest = gazetteer().nearest(38.55, -121.75)
    assert nearest is not None
    assert nearest.name == "Davis"
    assert gazetteer().nearest(0.0, -150.0) is None


def test_states_bring_circle_and_region() -> None:
    index = gazetteer()
    row, _ = index.lookup("california")[0]
    state = index.place(row)
    assert (state.kind, state.admin1, state.id) == ("state", "CA", 5332921)
    assert state.radius_miles is not None


def test_a_saved_location_is_found_at_once() -> None:
    place = Location(name="Zyxville", label="Zyxville, CA, United States", country_code="US", admin1="CA", lat=38.0, lng=-122.0,
                     timezone="America/Los_Angeles", kind="city", population=9)  # fmt: skip
    save_location(place, other_names=["The Zyx"])
    assert place.pk > 10**12
    assert labels("zyxville") == labels("the zyx") == ["Zyxville, CA, United States"]


def test_threads_share_one_index() -> None:
    held = gazetteer()
    seen: list[GazetteerIndex] = []
    threads = [threading.Thread(target=lambda: seen.append(gazetteer())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [held] * 4


def test_an_empty_index_answers() -> None:
    index = GazetteerIndex(build_index([], []), regions_by_key())
    assert (len(index), index.lookup("davis"), index.by_id(1), index.nearest(0, 0)) == (0, [], None, None)


def test_names_of_unknown_places_are_left_out() -> None:
    place = IndexedPlace(7, "A", "A, B", 1.0, 2.0, 3, 3, "US", "CA", "UTC", "city", None)
    index = GazetteerIndex(build_index([place], [(7, "a", True), (8, "b", True)]), {})
    assert (index.lookup("b"), [index.place(r) for r, _ in index.lookup("a")]) == ([], [place])


def test_bytes_that_are_no_index_are_refused() -> None:
    with pytest.raises(ValueError, match="not a gazetteer index"):
        GazetteerIndex(b"something else entirely", {})
