from __future__ import annotations

import html
import itertools
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from events.dedupe import Listing, Member, canonical_of, pairs, same_but_for_the_clock, same_happening
from events.dedupe_service import dedupe_events
from events.importers.addresses import room_and_name, venue_of_text
from events.models import Event, EventIndex, EventSource
from events.services import save_event
from events.tests.conftest import NOW
from events.types import EventData, OccurrenceData, VenueData

START = datetime(2026, 11, 28, 19, tzinfo=UTC)
JAZZ = Listing(1, 1, "Jazz Night with the Elm Trio", START, venue="Elm Hall", city="Durham")


@pytest.mark.parametrize(
    "other",
    [
        {"title": "JAZZ NIGHT with the Elm Trio!"},
        {"title": "Elm Hall presents: Jazz Night with the Elm Trio"},
        {"title": "Jazz Night with the Elm Trio at Elm Hall, Durham", "venue": "Elm Hall"},
        {"title": "SOLD OUT: Jazz Night with the Elm Trio"},
        {"venue": ""},
        {"venue": "The Elm Hall Ballroom"},
    ],
)
def test_one_happening_in_two_feeds(other: dict[str, str]) -> None:
    assert same_happening(JAZZ, replace(JAZZ, event_id=2, source_id=2, **other))


@pytest.mark.parametrize(
    "other",
    [
        {"start": START + timedelta(minutes=30)},
        {"all_day": True},
        {"title": "Blues Night with the Oak Trio"},
        {"venue": "Oak Library", "title": "Jazz Night"},
        {"city": "Raleigh", "venue": ""},
        {"source_id": 1, "title": "Jazz Night with the Elm Trio and guests"},
    ],
)
def test_two_happenings(other: dict[str, object]) -> None:
    assert not same_happening(JAZZ, replace(JAZZ, **{"event_id": 2, "source_id": 2, **other}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Preschool Storytime: Play and Learn Together", "Preschool Storytime: Play and Learn Together"),
        ("Spanish Conversation Circle Level 1", "Spanish Conversation Circle Level 2"),
    ],
)
def test_one_programme_at_two_branches_is_two(a: str, b: str) -> None:
    first = Listing(1, 1, a, START, venue="Glen Ridge Library", city="Glen Ridge")
    assert not same_happening(first, Listing(2, 2, b, START, venue="Nutley Library"))


def test_exact_points_far_apart_are_two_places() -> None:
    first = replace(JAZZ, venue="", lat=35.99, lng=-78.89, exact=True)
    assert same_happening(first, replace(first, event_id=2, source_id=2, lat=35.991))
    assert not same_happening(first, replace(first, event_id=2, source_id=2, lat=36.05, title="Jazz Night"))


def member(pk: int, *hours: int, quality: float = 0.5) -> Member:
    return Member(pk, frozenset(START + timedelta(hours=h) for h in hours), quality, False, False, 100)


def test_who_stands_for_whom() -> None:
    assert canonical_of([member(1, 0), member(2, 0, quality=0.9), member(3, 0)], [(1, 2), (2, 3)]) == {1: 2, 3: 2}
    assert canonical_of([member(1, 0, 24), member(2, 0, quality=0.9)], [(1, 2)]) == {2: 1}


def test_no_date_is_lost_by_a_merge() -> None:
    assert canonical_of([member(1, 0, 24), member(2, 0, 48)], [(1, 2)]) == {}


# -- Real duplicates ---------------------------------------------------------------------------------------------------

ZONES = {
    "bloomington": "America/Indiana/Indianapolis", "petaluma": "America/Los_Angeles", "santarosa": "America/Los_Angeles",
    "davis": "America/Los_Angeles", "matsu": "America/Anchorage",
}  # fmt: skip


def _listing(number: int, record: dict[str, str]) -> Listing:
    venue = venue_of_text(room_and_name(html.unescape(record["location"]))[0])
    text = record["start"]
    moment = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")  # noqa: DTZ007  zone follows
    zone = ZoneInfo("UTC") if text.endswith("Z") else ZoneInfo(ZONES.get(record["metro"], "America/New_York"))
    local = ZoneInfo(ZONES.get(record["metro"], "America/New_York"))
    start = moment.replace(tzinfo=zone).astimezone(local)
    return Listing(
        number, hash(record["feed"]), html.unescape(record["title"]), start, all_day="T" not in text, day=start.date(),
        venue=venue.name if venue else "", street=venue.street_address if venue else "", online=bool(venue and venue.kind == "online"),
        description=html.unescape(record["description"]), url=record["url"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def groups(shared_data: Path) -> list[list[Listing]]:
    numbers = itertools.count(1)
    lines = (shared_data / "retrieval" / "cross_source_duplicates.jsonl").read_text(encoding="utf-8").splitlines()
    return [[_listing(next(numbers), record) for record in json.loads(line)["records"]] for line in lines]


def _connected(listings: list[Listing], same: Callable[[Listing, Listing], bool] = same_happening) -> bool:
    reached, todo = {listings[0]}, [listings[0]]
    while todo:
        here = todo.pop()
        near = [x for x in listings if x not in reached and same(here, x)]
        reached |= set(near)
        todo += near
    return len(reached) == len(listings)


def shown_as_one(a: Listing, b: Listing) -> bool:
    """What retrieval goes by."""
    return same_happening(a, b) or same_but_for_the_clock(a, b)


# Groups of the file that are not one happening, read one by one: (title, local day) -> why.
CLOSED = "closures of different libraries: nothing to attend"
BRANCHES = "one programme at different branches, listed by one feed"
NOT_ONE = {
    ("LIBRARY CLOSED", "2026-09-05"): CLOSED,  # Nutley, Glen Ridge, West Caldwell
    ("Library Closed", "2026-09-07"): CLOSED,  # and Bloomfield
    ("LIBRARY CLOSED", "2026-10-12"): CLOSED,
    ("LIBRARY CLOSED", "2026-11-26"): CLOSED,
    ("LIBRARY CLOSED", "2026-12-25"): CLOSED,
    ("Family Storytime", "2026-02-26"): BRANCHES,  # Petaluma, Napa (18:00), Cloverdale
    ("English Conversation Club", "2026-03-02"): BRANCHES,  # Roseland, Windsor
    ("Spanish Music & Movement", "2026-03-03"): BRANCHES,  # Healdsburg 11:00, Cloverdale 10:30
    ("Family Storytime", "2026-03-05"): BRANCHES,  # Cloverdale 10:30, Napa 18:00
    ("Family Storytime", "2026-03-12"): BRANCHES,  # Petaluma, Napa (18:00), Cloverdale
    ("Read to a Dog", "2026-03-12"): BRANCHES,  # Northwest Santa Rosa, Rohnert Park
    ("Read to a Dog", "2026-03-19"): BRANCHES,  # the same two
}
# One happening to which two feeds give different times: not merged at import, for one of the times would be lost.
TWO_CLOCKS = {
    "Singing Hoosiers Spring Concert": "7:30 against 19:30",
    "A Conversation with Caleb Hearon": "18:00 against 19:00",
    "Soup for the Soul and Study Hours": "all day against 9:00",
    "Organic Gardening: Build Your Soil's Microbe Bank": "midnight against noon",
    "Organic Gardening: Your Soil's Health Care Plan": "midnight against noon",
}


def _key(group: list[Listing]) -> tuple[str, str]:
    return group[0].title, str(group[0].day)


def test_real_duplicates_across_sources_are_merged(groups: list[list[Listing]]) -> None:
    """All that can be merged without losing a time at import, and all that are one happening when they are shown."""
    assert NOT_ONE.keys() <= {_key(g) for g in groups}
    true = [g for g in groups if _key(g) not in NOT_ONE]
    assert (len(groups), len(true)) == (173, 161)
    assert {g[0].title for g in true if not _connected(g)} == set(TWO_CLOCKS)
    assert [g[0].title for g in true if not _connected(g, shown_as_one)] == []


def test_what_is_not_one_happening_stays_apart(groups: list[list[Listing]]) -> None:
    assert [_key(g) for g in groups if _key(g) in NOT_ONE and _connected(g, shown_as_one)] == []


def test_no_false_merge_among_500_pairs_at_one_time(groups: list[list[Listing]]) -> None:
    """Different groups, put at the same time, or at one day with a time in doubt."""
    picked = random.Random(7)
    checked = 0
    merged = []
    while checked < 500:
        a, b = (picked.choice(g) for g in picked.sample(groups, 2))
        if a.title.lower() == b.title.lower():
            continue  # another date of the same series is no non-duplicate
        checked += 1
        moved = replace(b, start=a.start, all_day=a.all_day, source_id=a.source_id + 1)
        timeless = replace(moved, all_day=not a.all_day, day=a.day)
        if same_happening(a, moved) or same_but_for_the_clock(a, timeless):
            merged.append((a.title, b.title))
    assert merged == []


def test_pairs_finds_what_same_happening_says(groups: list[list[Listing]]) -> None:
    listings = [x for g in groups[:60] for x in g]
    brute = {
        frozenset((a.event_id, b.event_id)) for a, b in itertools.combinations(listings, 2) if same_happening(a, b)
    }
    assert {frozenset((a.event_id, b.event_id)) for a, b in pairs(listings)} == brute


# -- In the database ---------------------------------------------------------------------------------------------------

HALL = VenueData(
    name="Elm Hall", city="Durham", state="NC", country_code="US", latitude=35.99, longitude=-78.89, precision="exact"
)


def _save(source: EventSource, external_id: str, title: str, *starts: datetime) -> Event:
    data = EventData(external_id, title, tuple(OccurrenceData(s) for s in starts), venue=HALL)
    return save_event(data, source=source, changed_by="test", now=NOW).event


def test_saving_merges_at_once_and_takes_it_back(source: EventSource, other_source: EventSource) -> None:
    poor = _save(source, "a", "Jazz Night with Elm Trio", START)
    good = _save(other_source, "b", "Elm Hall presents Jazz Night with Elm Trio", START)
    poor.refresh_from_db()
    assert (poor.duplicate_of_id, good.duplicate_of_id) == (good.pk, None)
    moved = _save(source, "a", "Jazz Night with Elm Trio", START + timedelta(days=1))
    assert moved.duplicate_of_id is None
    assert list(moved.revisions.filter(field="duplicate_of_id").values_list("old", "new")) == [
        (None, good.pk),
        (good.pk, None),
    ]


def test_three_feeds_point_at_one(source: EventSource, other_source: EventSource) -> None:
    third = EventSource.objects.create(name="Third", slug="third", kind="ics", quality=0.7)
    events = [_save(s, "x", "Jazz Night with Elm Trio", START) for s in (source, third, other_source)]
    assert [Event.objects.get(pk=e.pk).duplicate_of_id for e in events] == [events[2].pk, events[2].pk, None]


@pytest.mark.parametrize("changed", ["the copy", "the one that stands for it"])
def test_one_that_turns_into_something_else_is_nobodys_duplicate(
    source: EventSource, other_source: EventSource, changed: str
) -> None:
    copy = _save(source, "a", "Jazz Night with Elm Trio", START)
    good = _save(other_source, "b", "Jazz Night with Elm Trio", START)
    copy.refresh_from_db()
    assert copy.duplicate_of_id == good.pk
    which = (source, "a") if changed == "the copy" else (other_source, "b")
    _save(*which, "Quilting for Beginners", START)
    assert not Event.objects.filter(duplicate_of__isnull=False).exists()


def test_what_is_over_stays_what_it_was(source: EventSource, other_source: EventSource) -> None:
    copy = _save(source, "a", "Jazz Night with Elm Trio", START)
    good = _save(other_source, "b", "Jazz Night with Elm Trio", START)
    dedupe_events([copy.pk, good.pk], changed_by="test", now=START + timedelta(days=9))
    copy.refresh_from_db()
    assert copy.duplicate_of_id == good.pk


@pytest.mark.django_db(transaction=True)
def test_an_event_can_be_deleted_together_with_its_duplicate() -> None:
    sources = [EventSource.objects.create(name=name, slug=name, kind="ics") for name in ("one", "two")]
    pair = [_save(source, "a", "Jazz Night with Elm Trio", START).pk for source in sources]
    assert Event.objects.filter(duplicate_of__in=pair).count() == 1
    Event.objects.filter(pk__in=pair).delete()
    assert (Event.objects.count(), EventIndex.objects.count()) == (0, 0)
