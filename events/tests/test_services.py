from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from psycopg.errors import DeadlockDetected

from events import curation, selectors, services
from events.documents import document_hash
from events.event_rows import document_of_event
from events.models import Event, EventRevision, EventSource, Occurrence, OutboxMessage, Venue
from events.services import SaveOptions, save_event, save_events
from events.silence import Told, cancel_missing
from events.tests.conftest import NOW
from events.types import EventData, OccurrenceData, VenueData

HALL = VenueData(name="Elm Hall", street_address="5 Elm St", city="Durham", state="NC", country_code="US", latitude=35.99, longitude=-78.89,
                 precision="exact", timezone="America/New_York")  # fmt: skip
START = datetime(2026, 11, 28, 19, tzinfo=UTC)


def jazz(**changes: object) -> EventData:
    base = EventData(
        external_id="jazz", title="Jazz Night", occurrences=(OccurrenceData(START, START + timedelta(hours=2), recurrence_id="a"),),
        description="A trio plays.", venue=HALL, price_min=Decimal("10.00"), price_max=Decimal("10.00"), price_currency="USD", is_free=False,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def save(data: EventData, source: EventSource, *, authoritative: bool = False) -> Event:
    return save_event(data, source=source, changed_by="test", now=NOW, authoritative=authoritative).event


def revisions(event: Event) -> list[tuple[str, object, object]]:
    return list(EventRevision.objects.filter(event=event).order_by("pk").values_list("field", "old", "new"))


def test_a_new_event_with_its_venue_and_time(source: EventSource) -> None:
    event = save(jazz(), source)
    occurrence = event.occurrences.get()
    assert event.venue is not None
    assert (event.venue.name, event.timezone, event.status, revisions(event)) == (
        "Elm Hall",
        "America/New_York",
        "scheduled",
        [],
    )
    assert (occurrence.start, occurrence.lat, occurrence.effective_end) == (START, 35.99, START + timedelta(hours=2))
    assert len(event.document_hash) == 64
    assert 0 < event.popularity < 1


def test_the_same_again_writes_nothing(source: EventSource) -> None:
    save(jazz(), source)
    OutboxMessage.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        result = save_event(jazz(), source=source, changed_by="test", now=NOW + timedelta(days=1))
    assert (result.created, result.changed) == (False, False)
    assert [q["sql"][:40] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []
    assert OutboxMessage.objects.count() == 0


def test_every_changed_fact_leaves_a_revision(source: EventSource) -> None:
    save(jazz(), source)
    event = save(
        jazz(title="Jazz Evening", price_min=Decimal("12.00"), price_max=Decimal("12.00"), status="postponed"), source
    )
    assert revisions(event) == [
        ("title", "Jazz Night", "Jazz Evening"), ("price_min", "10.00", "12.00"), ("price_max", "10.00", "12.00"),
        ("status", "scheduled", "postponed"),
    ]  # fmt: skip
    assert event.status_changed_at == NOW


def test_a_moved_occurrence_keeps_its_id(source: EventSource) -> None:
    before = save(jazz(), source).occurrences.get()
    later = START + timedelta(days=1)
    event = save(jazz(occurrences=(OccurrenceData(later, later + timedelta(hours=2), recurrence_id="a"),)), source)
    after = event.occurrences.get()
    assert (after.pk, after.start) == (before.pk, later)
    assert [(f, o) for f, o, _ in revisions(event)] == [
        ("occurrence.start", START.isoformat()), ("occurrence.end", (START + timedelta(hours=2)).isoformat()),
    ]  # fmt: skip


def test_swapped_times(source: EventSource) -> None:
    other = START + timedelta(days=1)
    first = jazz(occurrences=(OccurrenceData(START, recurrence_id="a"), OccurrenceData(other, recurrence_id="b")))
    event = save(first, source)
    ids = dict(event.occurrences.values_list("recurrence_id", "pk"))
    save(jazz(occurrences=(OccurrenceData(other, recurrence_id="a"), OccurrenceData(START, recurrence_id="b"))), source)
    assert dict(event.occurrences.values_list("pk", "start")) == {ids["a"]: other, ids["b"]: START}


def test_only_an_authoritative_feed_cancels_by_silence(source: EventSource) -> None:
    two = jazz(
        occurrences=(
            OccurrenceData(START, recurrence_id="a"),
            OccurrenceData(START + timedelta(days=7), recurrence_id="b"),
        )
    )
    one = jazz(occurrences=(OccurrenceData(START, recurrence_id="a"),), description="Now only once.")
    save(two, source)
    assert list(save(one, source).occurrences.values_list("status", flat=True)) == ["scheduled", "scheduled"]
    event = save(replace(one, description="Really once."), source, authoritative=True)
    assert list(event.occurrences.values_list("status", flat=True)) == ["scheduled", "cancelled"]
    event = save(two, source, authoritative=True)
    assert list(event.occurrences.values_list("status", flat=True)) == ["scheduled", "scheduled"]


def test_events_that_left_their_feed_are_cancelled_as_far_as_it_reaches(source: EventSource) -> None:
    far = START + timedelta(days=90)
    save(jazz(), source)
    save(
        jazz(
            external_id="blues",
            title="Blues Night",
            occurrences=(OccurrenceData(START + timedelta(hours=1)), OccurrenceData(far)),
        ),
        source,
    )
    told = Told({"jazz"}, latest=START + timedelta(days=2))
    assert cancel_missing(source, told, changed_by="test", now=NOW) == 1
    assert list(Occurrence.objects.filter(event__external_id="blues").values_list("start", "status")) == [
        (START + timedelta(hours=1), "cancelled"), (far, "scheduled"),
    ]  # fmt: skip


def test_venues_are_shared_and_learn(source: EventSource) -> None:
    vague = replace(HALL, name="ELM HALL!", latitude=35.9, longitude=-78.8, precision="city")
    first = save(jazz(venue=vague), source)
    second = save(jazz(external_id="blues", title="Blues Night", venue=HALL), source)
    assert first.venue_id == second.venue_id
    venue = Venue.objects.get()
    assert (venue.latitude, venue.precision) == (35.99, "exact")
    assert first.occurrences.get().lat == 35.99
    assert ("venue.precision", "city", "exact") in revisions(first)


def test_one_bad_row_does_not_take_its_batch_down(source: EventSource) -> None:
    rows = [(source, jazz(external_id=str(n), title=f"Night {n} of lights")) for n in range(20)]
    rows[7] = (source, jazz(external_id="bad", title="Bad \x00 title"))
    results = save_events(rows, SaveOptions("test", NOW))
    assert [i for i, r in enumerate(results) if r.error] == [7]
    assert Event.objects.count() == 19


def test_a_title_of_blanks_is_refused(source: EventSource) -> None:
    with pytest.raises(ValueError, match="event_title_given"):
        save(jazz(title="  "), source)


def test_inconsistent_data_is_made_sound(source: EventSource) -> None:
    event = save(
        jazz(price_min=Decimal(20), price_max=Decimal(5), is_free=True, age_min=12, age_max=3, title="x" * 900), source
    )
    assert (event.price_min, event.price_max, event.is_free, event.age_min, len(event.title)) == (
        Decimal(5),
        Decimal(20),
        False,
        None,
        500,
    )


def test_cancelling_by_hand(source: EventSource) -> None:
    event = save(jazz(), source)
    assert curation.cancel_event(event.pk, changed_by="admin:ada", now=NOW)
    assert not curation.cancel_event(event.pk, changed_by="admin:ada", now=NOW)
    event.refresh_from_db()
    assert (event.status, event.status_changed_at, revisions(event)) == (
        "cancelled",
        NOW,
        [("status", "scheduled", "cancelled")],
    )


def test_merging_venues(source: EventSource) -> None:
    keep = save(jazz(venue=replace(HALL, telephone="")), source)
    other = save(
        jazz(external_id="b", title="Blues Night", venue=replace(HALL, name="Elm Hall Downtown", telephone="555 0100")),
        source,
    )
    assert keep.venue_id is not None
    assert other.venue_id is not None
    old_hash = other.document_hash
    assert curation.merge_venues(keep.venue_id, [other.venue_id], changed_by="admin:ada") == 1
    other.refresh_from_db()
    assert (other.venue_id, Venue.objects.get().telephone, other.document_hash != old_hash) == (
        keep.venue_id,
        "555 0100",
        True,
    )
    assert [f for f, _, _ in revisions(other)] == ["venue_id"]


def test_a_merged_venue_knows_where_it_is(source: EventSource) -> None:
    vague = replace(HALL, latitude=None, longitude=None, precision="unknown", timezone="")
    keep = save(jazz(venue=vague), source)
    other = save(jazz(external_id="b", title="Blues Night", venue=replace(HALL, name="Elm Hall Downtown")), source)
    assert keep.venue_id is not None
    assert other.venue_id is not None
    curation.merge_venues(keep.venue_id, [other.venue_id], changed_by="admin:ada")
    venue = Venue.objects.get()
    assert (venue.latitude, venue.precision, venue.timezone) == (35.99, "exact", "America/New_York")
    assert set(Occurrence.objects.values_list("lat", flat=True)) == {35.99}


def test_a_renamed_venue_changes_what_its_events_are_embedded_by(source: EventSource) -> None:
    event = save(jazz(), source)
    venue = Venue.objects.get()
    venue.name = "Oak Hall"
    curation.save_venue(venue, changed_by="admin:ada")
    fresh = Event.objects.get()
    assert (fresh.document_hash != event.document_hash, revisions(event)) == (
        True,
        [("venue.name", "Elm Hall", "Oak Hall")],
    )
    assert save(jazz(description="Changed."), source).venue_id == venue.pk


def test_popularity_follows_attention(source: EventSource) -> None:
    seen, opened = save(jazz(), source), save(jazz(external_id="b", title="Blues Night", occurrences=()), source)
    assert curation.refresh_popularity({seen.pk: (400, 0), opened.pk: (400, 200)}, now=NOW) == 2
    seen.refresh_from_db()
    opened.refresh_from_db()
    assert seen.popularity < opened.popularity <= 1


def test_the_next_time_of_each_event_is_shown(source: EventSource) -> None:
    times = tuple(OccurrenceData(NOW + timedelta(days=d)) for d in (-3, 2, 9))
    first, second = save(jazz(occurrences=times), source), save(jazz(external_id="b", title="Blues Night"), source)
    with CaptureQueriesContext(connection) as queries:
        shown = selectors.shown_occurrences([second.pk, 10**9, first.pk], now=NOW)
        told = {pk: (o.event.venue and o.event.venue.name, o.start) for pk, o in shown.items()}
    assert told == {first.pk: ("Elm Hall", NOW + timedelta(days=2)), second.pk: ("Elm Hall", START)}
    assert len(queries) == 1


def test_clearing_the_venue_of_an_event(source: EventSource) -> None:
    event = save(jazz(), source)
    assert event.venue is not None
    old = event.venue.pk
    assert curation.change_event(event.pk, {"venue_id": None}, changed_by="ann", now=NOW) == ["venue_id"]
    event = Event.objects.get(pk=event.pk)
    assert (event.venue_id, revisions(event)) == (None, [("venue_id", old, None)])
    assert event.document_hash == document_hash(document_of_event(event))
    assert curation.change_event(event.pk, {"venue_id": old}, changed_by="ann", now=NOW) == ["venue_id"]
    assert Event.objects.get(pk=event.pk).venue_id == old


def test_a_merge_leaves_a_revision_for_each_fact_it_changes(source: EventSource) -> None:
    kept = save(jazz(venue=replace(HALL, street_address="")), source)
    moved = save(jazz(external_id="waltz", title="Waltz"), source)
    elsewhere = OccurrenceData(START, recurrence_id="a", venue=HALL)
    guest = save(jazz(external_id="guest", title="Guest", venue=None, occurrences=(elsewhere,)), source)
    keep, gone = kept.venue_id, moved.venue_id
    assert keep is not None
    assert gone is not None
    assert curation.merge_venues(keep, [gone], changed_by="ann") == 1
    assert revisions(moved) == [("venue_id", gone, keep)]
    assert revisions(guest) == [("occurrence.venue_id", gone, keep)]
    assert revisions(kept) == [("venue.street_address", "", "5 Elm St")]
    changed = EventRevision.objects.get(event=guest)
    assert (changed.occurrence, changed.changed_by) == (guest.occurrences.get(), "ann")
    assert guest.occurrences.get().venue_id == keep


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_the_database_ended_to_let_another_go_on_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    source = EventSource.objects.create(name="Town paper", slug="town-paper", kind="jsonl")
    save_batch, ends = services._save_batch, iter([True, False])

    def ended_once(*args: Any) -> list[services.SaveResult]:
        if next(ends):
            raise OperationalError("deadlock detected") from DeadlockDetected()
        return save_batch(*args)

    monkeypatch.setattr(services, "_save_batch", ended_once)
    assert save(jazz(), source) == Event.objects.get()
