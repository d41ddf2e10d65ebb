from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from events.importers.jsonl import JsonContext
from events.importers.jsonld import read_html, read_jsonld
from events.importers.recurrence import Window
from events.importers.shift import Shift
from events.types import BadRow, EventData, UnreadableFeed

WINDOW = Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC))
CONTEXT = JsonContext(Shift(date(2026, 11, 21), 0), WINDOW, zone="America/New_York")
PLACE = {
    "@type": "Place", "name": "Elm Hall", "geo": {"@type": "GeoCoordinates", "latitude": "35.99", "longitude": -78.89},
    "address": {"@type": "PostalAddress", "streetAddress": "5 Elm St", "addressLocality": "Durham", "addressRegion": "North Carolina",
                "postalCode": "27701", "addressCountry": {"@type": "Country", "name": "United States"}},
}  # fmt: skip


def node(**changes: Any) -> dict[str, Any]:
    base = {
        "@context": "https://schema.org",
        "@type": "MusicEvent",
        "name": "Jazz &amp; Soul",
        "startDate": "2026-12-05T19:00",
        "location": PLACE,
    }
    return base | changes


def read(document: Any) -> tuple[list[EventData], list[BadRow]]:
    out = list(read_jsonld(document, CONTEXT))
    return [x for x in out if isinstance(x, EventData)], [x for x in out if isinstance(x, BadRow)]


def test_facts_of_a_node() -> None:
    (event,), _ = read(node(
        url="https://example.org/jazz", endDate="2026-12-05T21:00:00-05:00", typicalAgeRange="12-", keywords="live music, jazz",
        offers=[{"@type": "Offer", "price": "15.00", "priceCurrency": "USD"}, {"@type": "AggregateOffer", "lowPrice": 10, "highPrice": "25"}],
        organizer={"@type": "Organization", "name": "Elm Friends"}, eventStatus="https://schema.org/EventPostponed",
        eventAttendanceMode="https://schema.org/OfflineEventAttendanceMode",
    ))  # fmt: skip
    assert (event.title, event.category, event.tags, event.organizer, event.status, event.attendance_mode) == (
        "Jazz & Soul", "Music / Concerts", ("live music", "jazz"), "Elm Friends", "postponed", "offline",
    )  # fmt: skip
    assert (event.price_min, event.price_max, event.price_currency, event.is_free, event.age_min, event.age_max) == (
        Decimal(10), Decimal(25), "USD", False, 12, None,
    )  # fmt: skip
    assert event.venue is not None
    assert (event.venue.city, event.venue.state, event.venue.country_code, event.venue.latitude, event.venue.precision) == (
        "Durham", "NC", "US", 35.99, "exact",
    )  # fmt: skip
    occurrence = event.occurrences[0]
    assert occurrence.end is not None
    assert (occurrence.start.isoformat(), occurrence.end.isoformat()) == (
        "2026-12-05T19:00:00-05:00",
        "2026-12-05T21:00:00-05:00",
    )


def test_where_events_may_sit() -> None:
    page = {"@type": "WebPage", "mainEntity": node(name="Inner")}
    documents = [
        node(),
        [node(), node(name="B")],
        {"@context": "x", "@graph": [node(), {"@type": "Person", "name": "P"}]},
        page,
    ]
    assert [[e.title for e in read(d)[0]] for d in documents] == [
        ["Jazz & Soul"],
        ["Jazz & Soul", "B"],
        ["Jazz & Soul"],
        ["Inner"],
    ]


def test_sub_events_inherit() -> None:
    (event,), _ = read(node(subEvent=[{"@type": "Event", "startDate": "2026-12-06", "name": "Day two"}]))
    assert (event.title, event.venue and event.venue.name, event.occurrences[0].all_day) == (
        "Day two",
        "Elm Hall",
        True,
    )


def test_places_of_every_shape() -> None:
    def where(location: Any, **more: Any) -> tuple[str, str, str]:
        event = read(node(location=location, **more))[0][0]
        venue = event.venue
        return event.attendance_mode, venue.name if venue else "", venue.city if venue else ""

    assert where("Elm Hall, 5 Elm St, Durham, NC 27701") == ("offline", "Elm Hall", "Durham")
    assert where({"@type": "VirtualLocation", "url": "https://example.org"}) == ("online", "Online", "")
    assert where([PLACE, {"@type": "VirtualLocation"}]) == ("mixed", "Elm Hall", "Durham")
    assert where({"@type": "Place", "name": "Elm Hall", "address": "5 Elm St, Durham, NC"}) == (
        "offline",
        "Elm Hall",
        "Durham",
    )
    assert where(None) == ("offline", "", "")
    assert where(PLACE, eventAttendanceMode="https://schema.org/MixedEventAttendanceMode") == (
        "mixed",
        "Elm Hall",
        "Durham",
    )


def test_free_and_cancelled() -> None:
    free, off = read([node(isAccessibleForFree=True), node(name="Cancelled: Jazz", startDate="2026-12-06T19:00")])[0]
    assert (free.is_free, free.price_max, off.title, off.status) == (True, Decimal(0), "Jazz", "cancelled")


def test_midnight_without_an_end_is_a_day_without_hours() -> None:
    day, party = read(
        [node(startDate="2026-12-05T00:00"), node(startDate="2026-12-06T00:00", endDate="2026-12-06T02:00")]
    )[0]
    times = [e.occurrences[0] for e in (day, party)]
    assert [(o.all_day, o.end and o.end - o.start) for o in times] == [
        (True, timedelta(days=1)),
        (False, timedelta(hours=2)),
    ]


def test_a_schedule_is_expanded() -> None:
    schedule = {
        "@type": "Schedule", "repeatFrequency": "P1W", "byDay": ["https://schema.org/Saturday"], "startTime": "22:00", "endTime": "01:00",
        "scheduleTimezone": "America/New_York", "exceptDate": ["2026-11-28"], "endDate": "2026-12-06",
    }  # fmt: skip
    (event,), _ = read(node(startDate=None, eventSchedule=schedule))
    assert [(o.start.isoformat(), o.end and o.end.isoformat()) for o in event.occurrences] == [
        ("2026-11-21T22:00:00-05:00", "2026-11-22T01:00:00-05:00"),
        ("2026-12-05T22:00:00-05:00", "2026-12-06T01:00:00-05:00"),
    ]
    (later,), _ = read(node(eventSchedule=schedule))
    assert [o.start.isoformat() for o in later.occurrences] == ["2026-12-05T22:00:00-05:00"]  # not before it begins


def test_an_empty_schedule_says_nothing() -> None:
    (plain,), _ = read(node())
    (event,), bad = read(node(eventSchedule={}))
    assert (event.occurrences, bad) == (plain.occurrences, [])


def test_the_same_node_has_the_same_id_and_another_date_another() -> None:
    first, second, later = read(
        [
            node(url="https://example.org/x"),
            node(url="https://example.org/x"),
            node(url="https://example.org/x", startDate="2026-12-06T19:00"),
        ]
    )[0]
    assert first.external_id == second.external_id != later.external_id


def test_bad_nodes_are_reported() -> None:
    _, bad = read([
        node(name=""), node(startDate=None), node(startDate="soon"), node(startDate="9999-01-01"),
        node(eventSchedule={"repeatFrequency": "PT1S"}), node(eventSchedule={"repeatFrequency": "P1D", "startTime": "25:00"}),
    ])  # fmt: skip
    assert [b.line for b in bad] == [1, 2, 3, 4, 5, 6]
    assert [b.reason for b in read({"@type": "Person"})[1]] == ["no schema.org event in the document"]


def test_a_document_of_more_nodes_than_are_looked_at_is_refused_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.importers.jsonld_walk.JSONLD_MAX_NODES", 4)  # the list is one
    assert len(read([node(name=f"Concert {n}") for n in range(3)])[0]) == 3
    with pytest.raises(UnreadableFeed, match="more than 4 nodes in one document: split the feed"):
        read([node(name=f"Concert {n}") for n in range(4)])


def test_deep_and_circular_looking_documents_end() -> None:
    deep: Any = node()
    for _ in range(200):
        deep = {"x": deep}
    assert read(deep) == ([], [BadRow(0, "no schema.org event in the document")])
    lists: Any = []
    for _ in range(2000):
        lists = [lists]
    assert len(read({"@graph": [node(location=lists), {"@id": "#place", **PLACE}]})[0]) == 1


def test_pages() -> None:
    good = json.dumps(node(name="From a page"))
    page = f'<html><script type="application/ld+json">{good}</script>\n<script type="application/ld+json">{{broken</script><p>x</p></html>'
    out = list(read_html(page.encode(), CONTEXT))
    assert [x.title if isinstance(x, EventData) else x.line for x in out] == ["From a page", 2]
    assert [x.reason for x in read_html(b"<html></html>", CONTEXT) if isinstance(x, BadRow)] == [
        "no schema.org event in the page"
    ]


def test_144_saved_events_of_a_city(shared_data: Path) -> None:
    document = json.loads((shared_data / "html" / "jsonld" / "toronto_schema_org_event_sample.jsonld").read_bytes())
    events, bad = read(document)
    assert (len(events), bad) == (144, [])
    assert {e.venue.country_code for e in events if e.venue and e.venue.city} == {"CA"}
    assert len({e.external_id for e in events}) == 144


def test_a_reference_into_the_graph_is_followed() -> None:
    place, host = {"@id": "#place", **PLACE}, {"@id": "#host", "@type": "Organization", "name": "Elm Friends"}
    (event,), _ = read({"@graph": [node(location={"@id": "#place"}, organizer={"@id": "#host"}), place, host]})
    assert (event.venue and event.venue.city, event.organizer) == ("Durham", "Elm Friends")


def test_a_reference_inside_of_a_place_is_followed() -> None:
    address = {
        "@id": "#address",
        "@type": "PostalAddress",
        "streetAddress": "5 Elm St",
        "addressLocality": "Durham",
        "addressRegion": "NC",
    }
    hall = {"@id": "#hall", "@type": "Place", "name": "Elm Hall", "address": {"@id": "#address"}}
    inside = {"@id": "#room", "@type": "Place", "name": "Blue Room", "containedInPlace": {"@id": "#hall"}}
    for document in (
        {"@graph": [node(location={"@id": "#hall"}), hall, address]},
        {"@graph": [address, node(location=[{"@id": "#hall", "@type": "Place"}]), hall]},
        [node(location={"@id": "#hall"}), hall, address],
        [node(location=hall), address],
    ):
        (event,), bad = read(document)
        assert (event.venue and (event.venue.name, event.venue.street_address, event.venue.city), bad) == (
            ("Elm Hall", "5 Elm St", "Durham"),
            [],
        )
    (event,), _ = read([node(location={"@id": "#room"}), hall | {"address": address}, inside])
    assert (event.room_name, event.venue and event.venue.name, event.venue and event.venue.city) == (
        "Blue Room",
        "Elm Hall",
        "Durham",
    )
    circle = [node(location={"@id": "#a"}), {"@id": "#a", "name": "A", "containedInPlace": {"@id": "#a"}}]
    assert [e.venue and e.venue.name for e in read(circle)[0]] == ["A"]


def test_a_place_inside_of_a_place() -> None:
    stage = {"@type": "Place", "name": "Stage 2"}
    (event,), _ = read(node(location=stage | {"containedInPlace": PLACE}))
    assert (event.room_name, event.venue and (event.venue.name, event.venue.city)) == (
        "Stage 2",
        ("Elm Hall", "Durham"),
    )
    (event,), _ = read(node(location=stage | {"containedInPlace": [PLACE | {"name": None}]}))
    assert (event.room_name, event.venue and (event.venue.name, event.venue.city)) == ("", ("Stage 2", "Durham"))
    (event,), _ = read(node(location=PLACE | {"containedInPlace": {"@type": "City", "name": "Raleigh"}}))
    assert (event.room_name, event.venue and (event.venue.name, event.venue.city)) == ("", ("Elm Hall", "Durham"))
    (event,), _ = read(node(subEvent=[{"@type": "Event", "startDate": "2026-12-06", "location": stage}]))
    assert (event.room_name, event.venue and (event.venue.name, event.venue.city)) == (
        "Stage 2",
        ("Elm Hall", "Durham"),
    )


def test_parts_of_an_event_are_as_it_is_where_they_say_nothing_else() -> None:
    parts = [
        {"startDate": "2026-12-06T19:00"}, {"startDate": "2026-12-07T19:00", "eventStatus": "EventScheduled"}, {"name": "Some day"}, {"@id": "#else"},
    ]  # fmt: skip
    events, bad = read(node(eventStatus="EventCancelled", audience="Adults", subEvent=parts))
    assert [(e.occurrences[0].start.day, e.status, e.audience) for e in events] == [
        (6, "cancelled", ("Adults",)), (7, "scheduled", ("Adults",)),
    ]  # fmt: skip
    assert [b.reason for b in bad] == ["no startDate"]


def test_what_moved_online_is_online_and_the_same_event() -> None:
    (before,), _ = read(node())
    (event,), _ = read(node(eventStatus=["EventScheduled", "https://schema.org/EventMovedOnline"]))
    assert (event.attendance_mode, event.venue and event.venue.kind, event.external_id == before.external_id) == (
        "online",
        "online",
        True,
    )


def test_an_identifier_is_its_value_and_one_given_to_all_tells_nothing() -> None:
    def kept(value: str) -> dict[str, str]:
        return {"@type": "PropertyValue", "name": "event id", "value": value}

    events, _ = read([node(identifier=kept("8812")), node(name="Blues", identifier=[kept("8813")])])
    assert [e.external_id for e in events] == ["8812", "8813"]
    both, _ = read([node(identifier="our events"), node(name="Blues", identifier="our events")])
    assert [e.title for e in both] == ["Jazz & Soul", "Blues"]
    assert both[0].external_id != both[1].external_id


def test_who_performs_is_told_where_nothing_else_does() -> None:
    band = {"@type": "MusicGroup", "name": "The Elms"}
    for more, text in (
        ({"performer": [band, {"@type": "Person", "name": "Ada &amp; Co"}, band, "TBA", {}]}, "Performers: The Elms, Ada & Co"),
        ({"performers": band, "description": "Swing."}, "Swing.\n\nPerformers: The Elms"), ({"performer": band, "name": "the elms live"}, ""),
        ({"performer": band, "description": "With the Elms."}, "With the Elms."), ({"performer": band, "organizer": {"name": "The Elms"}}, ""),
        ({"performer": ""}, ""),
    ):  # fmt: skip
        (event,), _ = read(node(**more))
        assert (more, event.description) == (more, text)
    (event,), _ = read(node(performer=band, description="long words " * 1000))
    assert len(event.description) <= 8000
    assert event.description.endswith("Performers: The Elms")


def test_a_concert_is_an_event() -> None:
    (event,), _ = read({"events": [node(**{"@type": "Concert", "eventAttendanceMode": "live"})]})
    assert (event.category, event.attendance_mode) == ("Music / Concerts", "offline")


def test_prices_of_every_shape() -> None:
    for offers, expected in (
        ({"lowPrice": 45.5, "highPrice": 129.95}, (Decimal("45.5"), Decimal("129.95"), False)), ({"price": "11.5"}, (11.5, 11.5, False)),
        ({"price": 12500}, (12500, 12500, False)), ({"price": 0.0}, (0, 0, True)), ({"price": "0.00"}, (0, 0, True)),
        ("Free", (0, 0, True)), ("$5", (5, 5, False)), (10, (10, 10, False)), ({"price": "free"}, (0, 0, True)),
        ({"price": "$10 - $20"}, (10, 20, False)), ({"lowPrice": "0", "highPrice": "0"}, (0, 0, True)),
        ({"priceSpecification": [{"price": 5}, {"price": 9}]}, (5, 9, False)), ([{"price": "10"}, {"price": "0"}], (0, 10, None)),
        ({"@type": "AggregateOffer", "offers": [{"price": "7"}, {"price": "8"}]}, (7, 8, False)), ({"price": ""}, (None, None, None)),
    ):  # fmt: skip
        (event,), _ = read(node(offers=offers))
        assert (offers, (event.price_min, event.price_max, event.is_free)) == (offers, expected)


def test_a_price_without_a_currency_is_in_that_of_the_place() -> None:
    for country, offers, currency in (
        ("US", {"price": "63.25"}, "USD"), ("GB", {"price": "12"}, "GBP"), ("Ireland", {"price": 12.5}, "EUR"), ("CA", {"price": "$12"}, "CAD"),
        ("GB", {"price": "$12"}, ""), ("GB", {"price": "12", "priceCurrency": "EUR"}, "EUR"), ("", {"price": "12"}, ""),
    ):  # fmt: skip
        place = {
            "@type": "Place",
            "name": "Hall",
            "address": {"addressLocality": "Springfield", "addressCountry": country},
        }
        (event,), _ = read(node(location=place, offers=offers))
        assert (country, offers, event.price_currency) == (country, offers, currency)


def test_statuses_of_every_shape() -> None:
    for given, status in (
        ("http://schema.org/EventCancelled", "cancelled"), ("Canceled", "cancelled"), ({"@id": "https://schema.org/EventCancelled"}, "cancelled"),
        (["https://schema.org/EventMovedOnline", "https://schema.org/EventRescheduled"], "rescheduled"), (["EventRescheduled", "EventCancelled"], "cancelled"), ("EventScheduled", "scheduled"),
    ):  # fmt: skip
        (event,), _ = read(node(eventStatus=given))
        assert (given, event.status, event.occurrences[0].status) == (given, status, status)
    sold = [
        node(name="SOLD OUT: Jazz"),
        node(name="Jazz", offers={"price": 5, "availability": "https://schema.org/SoldOut"}),
    ]
    assert [(e.title, e.tags) for e in read(sold)[0]] == [("Jazz", ("sold out",))] * 2


def test_ages_of_every_shape() -> None:
    for given, ages in (
        ("3 - 5 years", (3, 5)), ("13 and up", (13, None)), ("6 to 10", (6, 10)), ("-12", (0, 12)), ("18+", (18, None)),
        ("0-18 months", (0, 2)), ("All ages", (None, None)), (["3-5", "6-8"], (3, 8)), (["6-8", "12-"], (6, None)), (["3-5", "All ages"], (None, None)),
    ):  # fmt: skip
        (event,), _ = read(node(typicalAgeRange=given))
        assert (given, (event.age_min, event.age_max)) == (given, ages)
    (event,), _ = read(node(audience={"@type": "PeopleAudience", "suggestedMinAge": "3", "suggestedMaxAge": 5}))
    assert (event.age_min, event.age_max) == (3, 5)


def test_addresses_in_odd_places() -> None:
    for location in (
        {"@type": "PostalAddress", "streetAddress": "5 Elm St", "addressLocality": "Durham", "addressRegion": "NC"},
        {"@type": "Place", "name": "Elm Hall", "address": {"streetAddress": "5 Elm St, Durham, NC 27701"}},
    ):
        (event,), _ = read(node(location=location))
        assert event.venue is not None
        assert (event.venue.street_address, event.venue.city, event.venue.state) == ("5 Elm St", "Durham", "NC")


def test_whole_days_written_with_hours() -> None:
    (event,), _ = read(node(startDate="2026-12-05T00:00:00-05:00", endDate="2026-12-06T23:59:59-05:00"))
    (day,) = event.occurrences
    assert (day.all_day, day.start.isoformat(), day.end and day.end.isoformat()) == (
        True, "2026-12-05T00:00:00-05:00", "2026-12-07T00:00:00-05:00",
    )  # fmt: skip


def test_schedules_count_and_name_days_of_the_month() -> None:
    base = {"startDate": "2026-12-01", "startTime": "10:00"}
    for schedule, days in (
        ({"repeatFrequency": "P1M", "byMonthDay": [1, 15], "repeatCount": 3}, ["12-01", "12-15", "01-01"]),
        ({"repeatFrequency": "P3D", "repeatCount": 2}, ["12-01", "12-04"]),
        ({"repeatFrequency": "P14D", "byDay": "Tuesday", "repeatCount": 2}, ["12-01", "12-15"]),
    ):
        (event,), _ = read(node(eventSchedule=base | schedule))
        assert [f"{o.start:%m-%d}" for o in event.occurrences] == days


@pytest.mark.parametrize(
    ("event", "schedule", "times"),
    [
        ({}, {"byMonth": [1], "byDay": "Friday", "repeatFrequency": "P1W"}, ["01-01 09:00", "01-08 09:00", "01-15 09:00", "01-22 09:00", "01-29 09:00"]),
        ({}, {"repeatFrequency": "P7D", "repeatCount": "2"}, ["12-04 09:00", "12-11 09:00"]),
        ({}, {"repeatFrequency": "https://schema.org/Weekly", "repeatCount": 1}, ["12-04 09:00"]),
        ({}, {"byDay": ["Friday"], "repeatCount": 2}, ["12-04 09:00", "12-11 09:00"]),
        ({}, {"repeatFrequency": "P1M", "byMonthWeek": ["1", 3], "byDay": "Friday", "repeatCount": 3}, ["12-04 09:00", "12-18 09:00", "01-01 09:00"]),
        ({}, {"duration": "PT1H30M", "repeatFrequency": "P1W", "repeatCount": 1}, ["12-04 09:00-10:30"]),
        ({}, {}, ["12-04 09:00"]),
        ({"startDate": None}, {"startDate": "2026-12-04", "endTime": "11:00"}, ["12-04 09:00-11:00"]),
        ({"startDate": "2026-12-04T09:00", "endDate": "2026-12-04T10:30"}, {"byDay": "Friday", "repeatCount": 1}, ["12-04 09:00-10:30"]),
        ({"startDate": "2026-12-04T19:00", "endDate": "2026-12-04T20:30"}, {"byDay": "Friday", "repeatCount": 1}, ["12-04 09:00"]),
        (
            {}, {"startDate": "2026-12-04T18:00:00-05:00", "endDate": "2026-12-12T20:00:00-05:00", "startTime": None, "repeatFrequency": "P1W"},
            ["12-04 18:00-20:00", "12-11 18:00-20:00"],
        ),
        (
            {"startDate": "2026-12-05T10:00-05:00", "endDate": "2026-12-05T12:00-05:00"},
            {"startDate": None, "startTime": None, "repeatFrequency": "P1W", "byDay": "Saturday", "repeatCount": 2},
            ["12-05 10:00-12:00", "12-12 10:00-12:00"],
        ),
        (
            {"startDate": "2026-12-05T10:00", "endDate": "2026-12-20T12:00"},
            {"startDate": None, "startTime": None, "byDay": "Saturday"},
            ["12-05 10:00", "12-12 10:00", "12-19 10:00"],
        ),
        ({"startDate": "2026-12-05T10:00"}, {"startTime": None, "endDate": "2026-12-20"}, ["12-05 10:00"]),
    ],
)  # fmt: skip
def test_a_schedule_says_when_and_no_more(event: dict[str, Any], schedule: dict[str, Any], times: list[str]) -> None:
    base = {"@type": "Schedule", "startDate": "2026-12-04", "startTime": "09:00"}
    (found,), bad = read(node(**event, eventSchedule=base | schedule))
    said = [f"{o.start:%m-%d %H:%M}" + (f"-{o.end:%H:%M}" if o.end else "") for o in found.occurrences]
    assert (said, [o.all_day for o in found.occurrences], bad) == (times, [False] * len(times), [])


def test_a_schedule_that_does_not_say_when_is_reported() -> None:
    for schedule, reason in (
        ({"repeatFrequency": "P2W", "byDay": "Friday"}, "an eventSchedule that does not say from when it counts"),
        ({"startDate": "2026-12-01", "endDate": "2026-12-20", "startTime": "09:00"}, "an eventSchedule that does not say how often"),
        ({"repeatFrequency": "now and then", "startDate": "2026-12-01"}, "an eventSchedule with repeatFrequency 'NOW AND THEN'"),
    ):  # fmt: skip
        events, bad = read(node(startDate=None, eventSchedule=schedule))
        assert (events, [b.reason for b in bad]) == ([], [reason])


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-05T19:00-05:00", "2026-12-5T19:00-5:00", "2026-12-05T7:00 pm", "2026-12-05 7:00PM", "2026-12-05 T19:00:00-05:00",
        "2026-12-05T19:00:00 -05:00", "2026-12-06T00:00:00.000Z", "2026-12-06T00:00:00z", "2026-12-05T19:00-05", "2026-12-05T19:00:00-0500",
        "2026-12-05T19:00:00-05:00[America/New_York]", "20261205T190000", {"@type": "DateTime", "@value": "2026-12-05T19:00:00"},
    ],
)  # fmt: skip
def test_times_as_sites_write_them(written: Any) -> None:
    (event,), bad = read(node(startDate=written))
    assert ([(o.start.isoformat(), o.end, o.all_day) for o in event.occurrences], bad) == (
        [("2026-12-05T19:00:00-05:00", None, False)], [],
    )  # fmt: skip


@pytest.mark.parametrize("written", ["2026-12-05", "2026-12-5", "2026-12-05T", "20261205"])
def test_days_as_sites_write_them(written: str) -> None:
    (event,), _ = read(node(startDate=written))
    assert [(f"{o.start:%m-%d}", o.all_day) for o in event.occurrences] == [("12-05", True)]


@pytest.mark.parametrize(
    "written", ["12/05/2026", "Sat Dec 05 2026", 1796526000, "2026-12", "2026-12-05T25:00", "2026-2-30"]
)
def test_what_could_be_another_day_is_reported(written: Any) -> None:
    _, (bad,) = read(node(startDate=written))
    assert bad.reason == f"startDate is not a date: {str(written)!r}"


def test_an_end_is_what_can_be_read_of_it() -> None:
    for more, end in (
        ({"endDate": "2026-12-05"}, None), ({"endDate": "2026-12-06"}, "00:00"), ({"endDate": "TBD"}, None), ({"endDate": "1970-01-01T00:00:00Z"}, None), ({"duration": "PT2H"}, "21:00"), ({"duration": "P1DT30M"}, "19:30"),
        ({"endDate": "2026-12-05T20:00", "duration": "PT2H"}, "20:00"), ({"duration": "2 hours"}, None), ({"duration": "PT0S"}, None),
    ):  # fmt: skip
        (event,), bad = read(node(**more))
        assert (more, [o.end and f"{o.end:%H:%M}" for o in event.occurrences], bad) == (more, [end], [])


def test_several_starts_are_several_times() -> None:
    two = ["2026-12-05T19:00", "2026-12-06T14:00", "2026-12-05T19:00-05:00"]
    (event,), _ = read(node(startDate=two))
    assert [f"{o.start:%d %H}" for o in event.occurrences] == ["05 19", "06 14"]
    (event,), _ = read(node(startDate=two[:2], endDate=["2026-12-05T21:00", "2026-12-06T15:00"]))
    assert [o.end and f"{o.end:%d %H}" for o in event.occurrences] == ["05 21", "06 15"]


def test_long_lists_are_bounded() -> None:
    days = [f"{date(2026, 11, 21) + timedelta(days=n)}T19:00" for n in range(801)]
    (event,), _ = read(node(startDate=days[:800]))
    assert len(event.occurrences) == 800
    daily = [{"repeatFrequency": "P1D", "startTime": f"{n // 4:02}:{15 * (n % 4):02}"} for n in range(51)]
    (event,), _ = read(node(eventSchedule=daily[:50]))
    assert len({o.start.time() for o in event.occurrences}) == 50


def test_no_time_is_lost_of_an_event_with_more_than_one_may_have() -> None:
    days = [f"{date(2026, 11, 21) + timedelta(days=n)}T19:00" for n in range(801)]
    daily = [{"repeatFrequency": "P1D", "startTime": f"{n // 4:02}:{15 * (n % 4):02}"} for n in range(51)]
    assert [b.reason for b in read(node(startDate=days))[1]] == ["801 dates, more than the 800 that one event may have"]
    assert [b.reason for b in read(node(eventSchedule=daily))[1]] == [
        "51 schedules, more than the 50 that one event may have"
    ]


def test_lists_within_a_rule_are_bounded() -> None:
    weeks = {"repeatFrequency": "P1M", "byMonthWeek": [1] * 20_000, "byDay": ["Monday"] * 20_000}
    assert [b.reason for b in read(node(eventSchedule=weeks))[1]] == ["a recurrence rule with an absurdly long list"]


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-12-05T00:00:00+00:00", "2026-12-05T23:59:59+00:00", "05-06"), ("2026-12-05T00:00:00Z", "2026-12-07T00:00:00Z", "05-07"),
        ("2026-12-05T00:00:00-08:00", "", "05-06"), ("2026-12-05T05:00:00Z", "2026-12-06T05:00:00Z", "05-06"),
        ("2026-12-06T00:00:00Z", "", ""), ("2026-12-06T00:00:00Z", "2026-12-06T02:00:00Z", ""),
    ],
)  # fmt: skip
def test_days_by_the_clock_they_were_written_in(start: str, end: str, days: str) -> None:
    (event,), _ = read(node(startDate=start, endDate=end))
    (occurrence,) = event.occurrences
    assert (occurrence.all_day, f"{occurrence.start:%d}-{occurrence.end:%d}" if occurrence.all_day and occurrence.end else "") == (
        days != "", days,
    )  # fmt: skip


def test_one_id_for_every_date_of_a_series() -> None:
    both = [
        node(**{"@id": "https://example.org/x"}),
        node(**{"@id": "https://example.org/x"}, startDate="2026-12-06T19:00"),
    ]
    first, second = read(both)[0]
    assert first.external_id != second.external_id
    assert read([both[0], both[0]])[0][0].external_id == "https://example.org/x"


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ("/jazz", "https://hall.example/jazz"), ("../jazz?day=5", "https://hall.example/jazz?day=5"), ("//other.example/jazz", "https://other.example/jazz"),
        ("jazz/5", "https://hall.example/events/jazz/5"), ("https://other.example/jazz", "https://other.example/jazz"),
        ("n/a", ""), ("#", ""), ("", ""), ("javascript:alert(1)//", ""), ("www.other.example/jazz", ""), ("//[bad/", ""), ("/a b", ""),
    ],
)  # fmt: skip
def test_a_path_is_of_the_page_it_stands_on(given: str, link: str) -> None:
    page = replace(CONTEXT, address="https://hall.example/events/coming")
    (event,) = read_jsonld(node(url=given), page)
    assert isinstance(event, EventData)
    assert event.url == link
    (unknown,) = read_jsonld(node(url=given), CONTEXT)
    assert isinstance(unknown, EventData)
    assert unknown.url == (given if given.startswith("https:") else "")
    assert unknown.external_id == event.external_id


def test_the_page_of_an_event_is_its_link_where_it_names_no_other() -> None:
    for said, link in (
        ({"mainEntityOfPage": {"@type": "WebPage", "@id": "https://hall.example/jazz"}}, "https://hall.example/jazz"),
        ({"mainEntityOfPage": "https://hall.example/jazz"}, "https://hall.example/jazz"),
        ({"@id": "https://hall.example/jazz#event"}, "https://hall.example/jazz#event"), ({"@id": "event-5"}, ""),
        ({"@id": "https://hall.example/jazz#event", "offers": {"url": "https://tickets.example/5"}}, "https://tickets.example/5"),
        ({"@id": "https://hall.example/jazz#event", "url": "https://band.example/"}, "https://band.example/"),
    ):  # fmt: skip
        (event,), _ = read(node(**said))
        assert (said, event.url) == (said, link)


LD = '<script type="application/ld+json">{}</script>'


@pytest.mark.parametrize(
    ("page", "titles"),
    [
        (LD, ["Jazz"]), ("<SCRIPT id=x TYPE='application/ld+json' >{}</SCRIPT>", ["Jazz"]), ("<script type=application/ld+json>{}", ["Jazz"]),
        ("<!-- " + LD + " -->", []), ("<!-- open " + LD, []), ('<script>var a = "<!--"</script>' + LD, ["Jazz"]), ("<script>{}</script>", []),
        (LD + "<!-- x -->" + LD, ["Jazz", "Jazz"]), ('<script type="application/ld+json"><!--{}--></script>', ["Jazz"]), ("<script " + LD, ["Jazz"]),
    ],
)  # fmt: skip
def test_scripts_of_a_page(page: str, titles: list[str]) -> None:
    body = page.replace("{}", json.dumps(node(name="Jazz"))).encode()
    assert [row.title for row in read_html(body, CONTEXT) if isinstance(row, EventData)] == titles


JAZZ = '{"@type": "Event", "name": "Jazz", "startDate": "2026-12-05T19:00"%s}'


@pytest.mark.parametrize(
    "script",
    [
        "// <![CDATA[\n" + JAZZ % "" + "\n// ]]>", "/* <![CDATA[ */" + JAZZ % "" + "/* ]]> */", "<![CDATA[" + JAZZ % "" + "]]>;",
        JAZZ % ",", "[" + JAZZ % ',"offers": [{"price": 5,},],' + ",]", JAZZ % ", // the end\n", JAZZ % ', /* "a */ "url": "https://x.example//y"',
        JAZZ % r', "description": "It\'s on; a, } b, ] // c"', (JAZZ % ', "description": "Rock &amp; roll"').replace('"', "&quot;"),
        JAZZ % ', "description": "one\ttwo\nthree"',
    ],
)  # fmt: skip
def test_json_as_templates_write_it(script: str) -> None:
    rows = list(read_html(LD.format("").replace("></", f">{script}</").encode(), CONTEXT))
    assert [row.title if isinstance(row, EventData) else row.reason for row in rows] == ["Jazz"]


def test_a_script_without_anything_is_nothing() -> None:
    rows = list(read_html((LD.format("") + LD.format(JAZZ % "")).encode(), CONTEXT))
    assert [row.title for row in rows if isinstance(row, EventData)] == ["Jazz"]
    assert len(rows) == 1


def test_a_page_that_says_its_events_otherwise_is_told_so() -> None:
    page = b'<div itemscope itemtype="https://schema.org/Event"><span itemprop="name">Jazz</span></div>'
    assert [row.reason for row in read_html(page, CONTEXT) if isinstance(row, BadRow)] == [
        "the page says its events in microdata: only JSON-LD is read"
    ]


@pytest.mark.parametrize(
    "piece", ['"', '\\"', "/*", "//", "/* ", "*", ", ", ",", "{", "&quot;", "\\", "<![CDATA[", "]]>", " ", '"a']
)
def test_a_large_hostile_script_is_read_through(piece: str) -> None:
    (row,) = read_html(LD.format("").replace("></", ">{" + piece * 200_000 + "x</").encode(), CONTEXT)
    assert isinstance(row, BadRow)


@pytest.mark.parametrize("piece", ["<!--", "<script ", "<script>", "<p>a</p>", "<div>", "<a x='", LD, "<", "&amp;"])
def test_a_large_hostile_page_is_read_through(piece: str) -> None:
    rows = list(read_html((piece * 60_000).encode(), CONTEXT))
    assert all(isinstance(row, BadRow) for row in rows)
