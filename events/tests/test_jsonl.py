from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from events.importers.jsonl import JsonContext, read_json, read_jsonl
from events.importers.recurrence import Window
from events.importers.shift import Shift
from events.params import MAX_OCCURRENCES_PER_EVENT, SERIES_SHOWS_COMPARED
from events.types import BadRow, EventData

WINDOW = Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC))
CONTEXT = JsonContext(Shift(date(2026, 11, 21), 0), WINDOW)


def row(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "id": "r1", "feed": "Town paper", "snapshot": "2026-08-22", "title": "Jazz Night", "description": "A trio plays.",
        "venue": {"name": "Blue Room", "city": "Davis", "state": "CA", "country": "US", "lat": 38.5, "lng": -121.7, "geo_source": "feed_geo"},
        "start": "2026-12-05T19:00:00-08:00", "end": "2026-12-05T21:00:00-08:00", "timezone": "America/Los_Angeles",
    }  # fmt: skip
    return base | changes


def read(*rows: Any, context: JsonContext = CONTEXT) -> tuple[list[EventData], list[BadRow]]:
    lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in rows]
    out = list(read_jsonl(lines, context))
    return [x for x in out if isinstance(x, EventData)], [x for x in out if isinstance(x, BadRow)]


def test_rows_of_one_title_and_venue_are_a_series() -> None:
    events, _ = read(row(id="a"), row(id="b", start="2026-12-12T19:00:00-08:00", end=None, url="https://example.org/b"))
    assert [(o.external_id, o.start.isoformat(), o.url) for e in events for o in e.occurrences] == [
        ("a", "2026-12-05T19:00:00-08:00", ""), ("b", "2026-12-12T19:00:00-08:00", "https://example.org/b"),
    ]  # fmt: skip
    assert len(events) == 1


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [row(id="a"), row(id="b", start="2026-12-12T19:00:00-08:00"), row(id="c", title="Other")]
    assert sorted(read(*rows)[0], key=lambda e: e.external_id) == sorted(
        read(*rows[::-1])[0], key=lambda e: e.external_id
    )


def test_no_time_is_lost_of_a_show_with_more_than_one_event_may_have() -> None:
    moments = [
        datetime(2026, 11, 21, tzinfo=UTC) + timedelta(hours=8 * n) for n in range(MAX_OCCURRENCES_PER_EVENT + 100)
    ]
    events, _ = read(*(row(id=f"r{n}", start=start.isoformat(), end=None) for n, start in enumerate(moments)))
    assert len({e.external_id for e in events}) == 2  # of two events with one id the last counts
    assert sorted(o.start for e in events for o in e.occurrences) == moments


def test_past_the_shows_that_are_compared_rows_with_the_same_words_are_still_one() -> None:
    """The others are shows of their own: a feed that says something else in every row would take hours."""
    many = SERIES_SHOWS_COMPARED + 20
    days = ["2026-12-05T19:00:00-08:00", "2026-12-06T19:00:00-08:00"]
    rows = [row(id=f"{n}-{start}", start=start, price={"min": n, "max": n}) for n in range(many) for start in days]
    events, _ = read(*rows)
    assert [len(e.occurrences) for e in events] == [2] * many


def test_another_price_or_story_is_another_show() -> None:
    dear = row(id="b", start="2026-12-12T19:00:00-08:00", price={"min": 30, "max": 30, "currency": "USD"})
    other = row(
        id="c",
        start="2026-12-13T19:00:00-08:00",
        description="Tonight a choir of forty sings winter madrigals by candle.",
    )
    events, _ = read(row(id="a"), dear, other)
    assert sorted((e.price_min, e.description[:3]) for e in events if e.price_min) == [(Decimal("30.00"), "A t")]
    assert len({e.external_id for e in events}) == 3


def test_a_cancelled_row_is_a_cancelled_date_of_the_series() -> None:
    events, _ = read(row(id="a"), row(id="b", title="CANCELLED - Jazz Night", start="2026-12-12T19:00:00-08:00"))
    assert [(e.status, [o.status for o in e.occurrences]) for e in events] == [
        ("scheduled", ["scheduled", "cancelled"])
    ]


def test_bad_rows_say_their_line_and_reason() -> None:
    _, bad = read(
        row(), b"{not json", b"[1]", row(title=""), row(start="soon"), row(start="2026-13-45T00:00"), row(start="0001-01-01T00:00"),
        row(title="Private Event"), row(repeat={"rule": "FREQ=SECONDLY"}), b'{"title": "' + b"x" * 2_100_000 + b'"}',
    )  # fmt: skip
    assert [b.line for b in bad] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert [b.reason for b in bad if "JSON" not in b.reason] == [
        "a row must be an object", "no title", "start is not a date: 'soon'", "start is not a date: '2026-13-45T00:00'",
        "start in the year 1", "not open to the public (a private booking or a hold)", "a recurrence rule finer than hourly",
        "the line is too long",
    ]  # fmt: skip


def test_all_day_rows_end_after_their_last_day() -> None:
    events, _ = read(row(start="2026-12-05", end="2026-12-06", all_day=True))
    occurrence = events[0].occurrences[0]
    assert (occurrence.all_day, occurrence.start.isoformat(), occurrence.end and occurrence.end.isoformat()) == (
        True, "2026-12-05T00:00:00-08:00", "2026-12-07T00:00:00-08:00",
    )  # fmt: skip


@pytest.mark.parametrize("end", [None, "2026-12-05T00:00:00-08:00"], ids=["no end", "no time to attend"])
def test_midnight_without_an_end_is_a_day_without_hours(end: str | None) -> None:
    (event,), _ = read(row(start="2026-12-05T00:00:00-08:00", end=end))
    told = event.occurrences[0]
    assert (told.all_day, told.start.isoformat(), told.end and told.end.isoformat()) == (
        True, "2026-12-05T00:00:00-08:00", "2026-12-06T00:00:00-08:00",
    )  # fmt: skip
    (party,), _ = read(row(start="2026-12-05T00:00:00-08:00", end="2026-12-05T02:00:00-08:00"))
    assert not party.occurrences[0].all_day


def test_an_end_before_the_start_is_no_end() -> None:
    assert read(row(end="2026-12-05T18:00:00-08:00"))[0][0].occurrences[0].end is None


def test_shift_moves_by_weeks_of_wall_clock() -> None:
    shifting = JsonContext(Shift(date(2026, 11, 21), None), WINDOW)
    events, _ = read(row(start="2026-08-29T19:00:00-07:00", end="2026-08-29T21:00:00-07:00"), context=shifting)
    assert events[0].occurrences[0].start.isoformat() == "2026-11-28T19:00:00-08:00"


def test_city_centroids_are_no_exact_places() -> None:
    venue = row()["venue"] | {"geo_source": "city_centroid"}
    event = read(row(venue=venue))[0][0]
    assert event.venue is not None
    assert (event.venue.precision, event.venue.kind) == ("city", "place")
    town = read(row(venue={"city": "Davis", "state": "CA", "lat": 38.5, "lng": -121.7, "geo_source": "feed_geo"}))[0][
        0
    ].venue
    assert town is not None
    assert (town.kind, town.precision) == ("city", "city")


def test_weird_values_do_no_harm() -> None:
    hostile = row(
        description="<img src=x onerror=alert(1)>Ignore all previous instructions\x00",
        url="javascript:alert(1)", tags=["and shows", "x", "Shows", "shows", 5, None], audience="kids", organizer={"a": 1},
        price={"min": "free", "max": -3, "currency": 12, "is_free": "yes"}, online="maybe", venue="nowhere", lang=7, age_min=-4,
    )  # fmt: skip
    event = read(hostile)[0][0]
    assert (event.description, event.url, event.tags, event.audience, event.organizer) == (
        "Ignore all previous instructions", "", ("shows", ), (), "",
    )  # fmt: skip
    assert (event.is_free, event.price_max, event.venue, event.age_min) == (True, Decimal(0), None, None)


def test_a_json_feed_with_rules() -> None:
    document = {
        "feed": "Star board", "timezone": "America/New_York",
        "events": [row(id="m", start=None, end=None, timezone="America/New_York", repeat={
            "rule": "FREQ=WEEKLY;BYDAY=SA", "time": "08:00", "minutes": 90, "except": ["2026-11-28"], "until": "2026-12-10",
        })],
    }  # fmt: skip
    events = [e for e in read_json(document, CONTEXT) if isinstance(e, EventData)]
    assert [o.start.isoformat() for o in events[0].occurrences] == [
        "2026-11-21T08:00:00-05:00",
        "2026-12-05T08:00:00-05:00",
    ]
    assert events[0].external_id == "m"


def test_no_names_of_rooms_and_organizers() -> None:
    (event,), _ = read(row(organizer="None", room="TBD", venue={"name": "None", "city": "Davis", "state": "CA"}))
    assert (event.organizer, event.room_name) == ("", "")
    assert event.venue is not None
    assert (event.venue.name, event.venue.city) == ("", "Davis")
