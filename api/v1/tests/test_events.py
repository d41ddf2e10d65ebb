from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from api.v1.serializers.events import EventSerializer
from api.v1.tests.rows import NOW, make_event, make_venue
from conversations.models import ChatMessage, ChatSession
from events.models import EventAttention, Occurrence
from events.selectors import shown_occurrences

WINTER = datetime(2027, 1, 9, 18, 30, tzinfo=UTC)


def ids(answer):
    return [event["id"] for event in answer.json()]


def test_an_event_reads_as_cards_maps_and_calendars_need_it(alice):
    event = make_event(starts=[WINTER], url="https://example.org/story", organizer="Friends of the Library")
    answer = alice.get(f"/api/v1/events?ids={event.pk}")
    assert answer.json() == [
        {
            "id": event.pk,
            "occurrence_id": event.occurrences.get().pk,
            "title": "Story time 1",
            "description": "",
            "start_time": "2027-01-09T10:30:00-08:00",
            "end_time": "2027-01-09T11:30:00-08:00",
            "all_day": False,
            "timezone": "America/Los_Angeles",
            "url": "https://example.org/story",
            "room_name": "",
            "organizer": "Friends of the Library",
            "category": "",
            "metadata_tags": ["kids", "books"],
            "tags": ["kids", "books"],
            "price": "$5-8",
            "age_range": "ages 3-5",
            "event_status": "scheduled",
            "event_attendance_mode": "offline",
            "location": "Santa Rosa, CA",
            "venue": {
                "name": "Harbour Library",
                "street_address": "12 Mill St",
                "city": "Santa Rosa",
                "state": "CA",
                "postal_code": "95404",
                "country_code": "US",
                "telephone": "",
                "latitude": 38.44,
                "longitude": -122.71,
                "precision": "exact",
            },
        }
    ]


def test_the_schema_names_every_field_that_is_sent(alice):
    make_event()
    sent = alice.get("/api/v1/events?limit=1").json()[0]
    assert (set(EventSerializer().fields), set(EventSerializer().fields["venue"].fields)) == (
        set(sent),
        set(sent["venue"]),
    )


def test_what_is_unknown_is_empty_text_never_null(alice):
    event = make_event(venue=None, price_min=None, price_max=None, age_min=None, age_max=None, tags=[])
    Occurrence.objects.update(end=None)
    sent = alice.get(f"/api/v1/events/{event.pk}").json()
    nulls = {name for name, value in {**sent, **sent["venue"]}.items() if value is None}
    assert nulls == {"latitude", "longitude"}
    assert (sent["end_time"], sent["price"], sent["age_range"], sent["venue"]["name"]) == ("", "", "", "")


def test_ids_keep_their_order_once_each_and_unknown_ones_are_missing(alice):
    a, b, c = (make_event(n).pk for n in (1, 2, 3))
    answer = alice.get(f"/api/v1/events?ids={c}&ids=999999999&ids={a}&ids={c}&ids={b}")
    assert ids(answer) == [c, a, b]


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow(alice, django_assert_num_queries, count):
    query = "&".join(f"ids={make_event(n).pk}" for n in range(1, count + 1))
    with django_assert_num_queries(5):  # rate, account, receipts, occurrences, facts
        assert len(alice.get(f"/api/v1/events?{query}").json()) == count


@pytest.mark.parametrize("limit", [1, 3])
def test_the_probe_of_clients_is_cheap_and_honours_its_limit(alice, django_assert_num_queries, limit):
    for n in (3, 1, 2, 4):
        make_event(n)
    with django_assert_num_queries(4):  # rate, account, occurrences, facts
        answer = alice.get(f"/api/v1/events?limit={limit}")
    assert [event["title"] for event in answer.json()] == ["Story time 1", "Story time 2", "Story time 3"][:limit]


def test_what_comes_next_leaves_out_what_is_over_or_called_off(alice):
    make_event(1, starts=[NOW - timedelta(days=1)])
    make_event(2, status="cancelled")
    make_event(3, starts=[NOW + timedelta(days=1)])
    called_off = make_event(4)
    called_off.occurrences.update(status="cancelled")
    assert [event["title"] for event in alice.get("/api/v1/events").json()] == ["Story time 3"]


@pytest.mark.parametrize(
    ("days", "off", "expected"),
    [((-7, 7, 14), (), 7), ((-7, 7, 14), (7,), 14), ((-14, -7), (), -7), ((7,), (7,), 7)],
)
def test_a_series_shows_its_next_time_that_takes_place(alice, days, off, expected):
    event = make_event(starts=[NOW + timedelta(days=day) for day in days])
    Occurrence.objects.filter(start__in=[NOW + timedelta(days=day) for day in off]).update(status="cancelled")
    shown = alice.get(f"/api/v1/events/{event.pk}").json()
    assert datetime.fromisoformat(shown["start_time"]) == NOW + timedelta(days=expected)


def test_what_is_still_on_comes_before_what_is_next(alice):
    event = make_event(starts=[NOW - timedelta(days=10), NOW + timedelta(days=2)])
    on = event.occurrences.order_by("start")[0]
    event.occurrences.filter(pk=on.pk).update(end=NOW + timedelta(days=1))
    assert alice.get(f"/api/v1/events/{event.pk}").json()["occurrence_id"] == on.pk


def test_a_series_shows_the_time_this_user_was_told_about(alice, bob):
    event = make_event(starts=[NOW + timedelta(days=day) for day in (1, 2, 3)])
    told = event.occurrences.order_by("start")[1]
    ChatMessage.objects.create(
        session=ChatSession.objects.create(user=alice.user),
        role="assistant",
        event_ids=[event.pk],
        receipt={"facts": [{"id": event.pk, "occurrence_id": told.pk}]},
    )
    shown = [client.get(f"/api/v1/events?ids={event.pk}").json()[0]["occurrence_id"] for client in (alice, bob)]
    assert shown == [told.pk, event.occurrences.order_by("start")[0].pk]


def test_an_occurrence_may_differ_from_its_series(alice):
    event = make_event()
    elsewhere = make_venue(key="park", name="Mill Park", city="Petaluma", postal_code="94952")
    event.occurrences.update(title="Story time outdoors", venue=elsewhere, status="rescheduled", room_name="Bandstand")
    shown = alice.get(f"/api/v1/events/{event.pk}").json()
    venue = shown["venue"]
    assert (shown["title"], shown["event_status"], shown["room_name"], venue["city"], venue["postal_code"]) == (
        "Story time outdoors",
        "rescheduled",
        "Bandstand",
        "Petaluma",
        "94952",
    )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("ids=abc", "ids.0"),
        ("ids=", "ids.0"),
        ("ids=-1", "ids.0"),
        (f"ids={2**63}", "ids.0"),
        ("ids=1&ids=%00", "ids.1"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=101", "limit"),
        ("limit=%F0%9F%98%80", "limit"),
        ("&".join(["ids=1"] * 101), "ids"),
    ],
)
def test_what_cannot_be_used_is_named(alice, query, field):
    answer = alice.get(f"/api/v1/events?{query}")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid_request", field)


@pytest.mark.parametrize("event_id", ["0", "999999999", str(2**63), "9" * 40, "abc"])
def test_an_event_that_is_not_there_is_not_found(alice, event_id):
    answer = alice.get(f"/api/v1/events/{event_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_opening_a_listing_counts_once_a_day_and_reader(alice, bob):
    event = make_event(1)
    opened = f"/api/v1/events/{event.pk}/opened"
    for client in (alice, alice, bob):
        assert client.post(opened).status_code == 204
    assert EventAttention.objects.values_list("event", "opened").get() == (event.pk, 2)
    assert [alice.post("/api/v1/events/987654321/opened").status_code for _ in range(2)] == [404, 404]
    assert alice.post(f"/api/v1/events/{2**63}/opened").status_code == 404


def test_a_postponed_time_is_shown_only_where_there_is_no_other(alice):
    series = make_event(starts=[NOW + timedelta(days=2), NOW + timedelta(days=9)])
    first, second = series.occurrences.order_by("start")
    Occurrence.objects.filter(pk=first.pk).update(status="postponed")
    assert [e["occurrence_id"] for e in alice.get(f"/api/v1/events?ids={series.pk}").json()] == [second.pk]
    assert [e["occurrence_id"] for e in alice.get("/api/v1/events").json()] == [second.pk]
    Occurrence.objects.filter(pk=second.pk).update(status="cancelled")
    assert [e["occurrence_id"] for e in alice.get(f"/api/v1/events?ids={series.pk}").json()] == [first.pk]
    assert alice.get("/api/v1/events").json() == []


def test_what_is_on_now_is_shown_before_what_comes_next(alice):
    now = timezone.now()  # the hour at which all tests began may be over
    series = make_event(starts=[now - timedelta(minutes=50), now + timedelta(minutes=20)])
    on = series.occurrences.earliest("start")
    assert [e["occurrence_id"] for e in alice.get(f"/api/v1/events?ids={series.pk}").json()] == [on.pk]
    assert shown_occurrences([series.pk], now=now)[series.pk].pk == on.pk
