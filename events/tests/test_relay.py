"""The relay against a real database: order, retries, dead letters, outages. Consumers are written here; the queue is the product's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from events.changes import (
    DELETED,
    EMBEDDED,
    SAVED,
    BadPayload,
    Change,
    ConsumerMisconfigured,
    ConsumerUnavailable,
    Refusal,
    parse,
)  # fmt: skip
from events.dead_letters import discard, requeue
from events.models import DeadLetter, Event, EventSource, Occurrence, OutboxConsumer, OutboxMessage, Venue
from events.outbox import announce, claim, next_fence, subscribe, unsubscribe, wait_for_writers
from events.relay import Carried, Relay, carry_batch, enabled_consumers
from events.relay_params import RelayParams, backoff
from events.relay_status import prometheus_text, relay_status
from events.tests.conftest import NOW

AT_ONCE = RelayParams(retry_base_s=0, max_attempts=3, poll_s=0.05, down_base_s=0.01, lost_base_s=0.01)
PATIENCE_S = 20


@dataclass
class Journal:
    """Takes everything, unless `judge` says otherwise, and remembers it."""

    name: str = "journal"
    kinds: Sequence[str] = (SAVED, DELETED)
    batch: int = 100
    judge: Callable[[Sequence[Change]], Mapping[int, Refusal]] = lambda changes: {}
    seen: list[tuple[int, str]] = field(default_factory=list)
    fences: list[int] = field(default_factory=list)
    closed: bool = False

    def deliver(self, changes: Sequence[Change], *, fence: int) -> Mapping[int, Refusal]:
        refused = self.judge(changes)
        self.fences.append(fence)
        self.seen += [(c.event_id, c.cause) for c in changes if c.event_id not in refused]
        return refused

    def idle(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def journal(db: None) -> Journal:
    journal = Journal()
    OutboxMessage.objects.all().delete()
    OutboxConsumer.objects.all().delete()
    subscribe(journal.name, journal.kinds)
    return journal


def make(source: EventSource, n: int, **values: Any) -> Event:
    return Event.objects.create(source=source, external_id=f"e{n}", title=f"Night {n}", **values)


def drain(consumer: Journal, params: RelayParams = AT_ONCE) -> None:
    while carry_batch(consumer, params).delivered:
        pass


# -- what the triggers write ---------------------------------------------------------------------------------------------


def test_each_kind_of_change_says_what_changed(journal: Journal, source: EventSource) -> None:
    venue = Venue.objects.create(name="Hall", key="hall")
    event = make(source, 1, venue=venue)
    Event.objects.filter(pk=event.pk).update(title="Late night")
    occurrence = Occurrence.objects.create(event=event, start=NOW)
    Occurrence.objects.filter(pk=occurrence.pk).update(all_day=True)
    occurrence.delete()
    Venue.objects.filter(pk=venue.pk).update(city="Durham")
    event.delete()
    drain(journal)
    assert journal.seen == [
        (event.pk if event.pk else n, cause)
        for n, cause in (
            (journal.seen[0][0], "event.inserted"),
            (journal.seen[0][0], "event.updated"),
            (journal.seen[0][0], "occurrence.inserted"),
            (journal.seen[0][0], "occurrence.updated"),
            (journal.seen[0][0], "occurrence.deleted"),
            (journal.seen[0][0], "venue.updated"),
            (journal.seen[0][0], "event.deleted"),
        )
    ]


def test_a_change_that_is_rolled_back_leaves_no_message(journal: Journal, source: EventSource) -> None:
    with transaction.atomic():
        make(source, 1)
        transaction.set_rollback(True)
    assert OutboxMessage.objects.count() == 0


def test_one_message_for_each_consumer_that_asked_for_the_kind(journal: Journal, source: EventSource) -> None:
    subscribe("search", (SAVED, DELETED, EMBEDDED))
    event = make(source, 1)
    announce([event.pk], kind=EMBEDDED, cause="embedding.stored")
    rows = OutboxMessage.objects.order_by("id").values_list("consumer", "kind", "payload__cause")
    assert sorted(rows) == [
        ("journal", "event.saved", "event.inserted"),
        ("search", "event.embedded", "embedding.stored"),
        ("search", "event.saved", "event.inserted"),
    ]


def test_a_bulk_statement_names_each_event_once(journal: Journal, source: EventSource) -> None:
    events = [make(source, n) for n in range(3)]
    OutboxMessage.objects.all().delete()
    Occurrence.objects.bulk_create(
        [
            Occurrence(event=e, start=NOW + timezone.timedelta(days=d), effective_end=NOW)
            for e in events
            for d in range(4)
        ]
    )
    assert list(OutboxMessage.objects.order_by("id").values_list("event_id", flat=True)) == [e.pk for e in events]


def test_unsubscribing_drops_what_waits(journal: Journal, source: EventSource) -> None:
    make(source, 1)
    assert (unsubscribe("journal"), OutboxMessage.objects.count(), OutboxConsumer.objects.count()) == (1, 0, 0)
    make(source, 2)
    assert OutboxMessage.objects.count() == 0


# -- payloads ------------------------------------------------------------------------------------------------------------

GOOD = (1, 5, SAVED, 1, {"event_id": 5, "cause": "event.updated"}, (NOW, 0))


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (2, "event.sung", "unknown kind 'event.sung'"),
        (3, 9, "unknown version 9 of event.saved; known: 1"),
        (4, {"cause": "event.updated"}, "payload.event_id: Field required"),
        (4, {"event_id": "5", "cause": "event.updated"}, "payload.event_id: Input should be a valid integer"),
        (4, {"event_id": 6, "cause": "event.updated"}, "payload.event_id is 6, the message's 5"),
        (4, {"event_id": 5, "cause": "event.updated", "x": 1}, "payload.x: Extra inputs are not permitted"),
        (4, [], "payload.: Input should be a valid dictionary or instance of PayloadV1"),
    ],
)
def test_a_message_of_another_shape_is_refused_with_the_reason(place: int, value: Any, said: str) -> None:
    assert parse(*GOOD).cause == "event.updated"  # type: ignore[arg-type]
    with pytest.raises(BadPayload) as refused:
        parse(*GOOD[:place], value, *GOOD[place + 1 :])  # type: ignore[arg-type]
    assert str(refused.value) == said


def test_a_poison_message_dies_and_its_neighbours_arrive(journal: Journal, source: EventSource) -> None:
    first = make(source, 1)
    poison = OutboxMessage.objects.create(consumer="journal", event_id=first.pk, kind=SAVED, version=7)
    second = make(source, 2)
    assert carry_batch(journal, AT_ONCE) == Carried(3, 2, 0, 1)
    letter = DeadLetter.objects.get()
    assert (letter.pk, letter.version, letter.error) == (poison.pk, 7, "unknown version 7 of event.saved; known: 1")
    assert (journal.seen, OutboxMessage.objects.count()) == (
        [(first.pk, "event.inserted"), (second.pk, "event.inserted")],
        0,
    )


# -- order ---------------------------------------------------------------------------------------------------------------


def test_later_changes_wait_behind_a_refused_one_and_other_events_do_not(journal: Journal, source: EventSource) -> None:
    a, _ = make(source, 1), make(source, 2)
    Event.objects.filter(pk=a.pk).update(title="Later")
    patient = replace(AT_ONCE, retry_base_s=60)
    journal.judge = lambda changes: {a.pk: Refusal("not now")}
    assert carry_batch(journal, patient) == Carried(3, 1, 1, 0)
    journal.judge = lambda changes: {}
    Event.objects.filter(pk=a.pk).update(title="Latest")
    make(source, 3)
    assert carry_batch(journal, patient).taken == 1
    assert [event for event, _ in journal.seen if event == a.pk] == []
    OutboxMessage.objects.filter(attempts=1).update(available_at=NOW)
    drain(journal, patient)
    assert [cause for event, cause in journal.seen if event == a.pk] == [
        "event.inserted", "event.updated", "event.updated",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_what_another_relay_holds_holds_back_its_event_alone() -> None:
    OutboxMessage.objects.all().delete()
    OutboxConsumer.objects.all().delete()
    subscribe("journal", (SAVED,))
    source = EventSource.objects.create(name="Town", slug="town", kind="manual")
    held, free = make(source, 1), make(source, 2)
    with transaction.atomic():
        assert [c.event_id for c in claim("journal", limit=1).changes] == [held.pk]
        seen: list[Any] = []

        def other_relay() -> None:
            Event.objects.filter(pk=held.pk).update(title="Later")
            with transaction.atomic():
                seen.append(claim("journal", limit=10))
            connection.close()

        thread = threading.Thread(target=other_relay)
        thread.start()
        thread.join(PATIENCE_S)
    assert ([c.event_id for c in seen[0].changes], seen[0].taken) == ([free.pk], 2)


def test_fences_grow(journal: Journal, source: EventSource) -> None:
    for n in range(3):
        make(source, n)
        carry_batch(journal, AT_ONCE)
    assert journal.fences == sorted(set(journal.fences))
    assert next_fence() > journal.fences[-1]


# -- failures ------------------------------------------------------------------------------------------------------------


def test_a_refusal_is_tried_until_its_attempts_are_used(journal: Journal, source: EventSource) -> None:
    event = make(source, 1)
    journal.judge = lambda changes: {event.pk: Refusal("too long")}
    outcomes = [carry_batch(journal, AT_ONCE) for _ in range(4)]
    assert [(o.retried, o.buried) for o in outcomes] == [(1, 0), (1, 0), (0, 1), (0, 0)]
    assert list(DeadLetter.objects.values_list("event_id", "attempts", "error")) == [(event.pk, 3, "too long")]


def test_a_permanent_refusal_dies_at_once(journal: Journal, source: EventSource) -> None:
    event = make(source, 1)
    journal.judge = lambda changes: {event.pk: Refusal("no such field", permanent=True)}
    assert carry_batch(journal, AT_ONCE) == Carried(1, 0, 0, 1)


def test_the_event_that_breaks_a_consumer_is_found_by_halving(journal: Journal, source: EventSource) -> None:
    events = [make(source, n) for n in range(9)]
    bad = events[5].pk

    def judge(changes: Sequence[Change]) -> Mapping[int, Refusal]:
        if any(c.event_id == bad for c in changes):
            raise ZeroDivisionError("seven")
        return {}

    journal.judge = judge
    assert carry_batch(journal, AT_ONCE) == Carried(9, 8, 1, 0)
    assert sorted(event for event, _ in journal.seen) == [e.pk for e in events if e.pk != bad]
    assert OutboxMessage.objects.get().last_error == "ZeroDivisionError: seven"


def test_what_a_broken_consumer_wrote_is_undone(journal: Journal, source: EventSource) -> None:
    event = make(source, 1)

    def judge(changes: Sequence[Change]) -> Mapping[int, Refusal]:
        EventSource.objects.create(name="half", slug="half", kind="manual")
        raise ValueError("then it broke")

    journal.judge = judge
    carry_batch(journal, AT_ONCE)
    assert not EventSource.objects.filter(slug="half").exists()
    assert OutboxMessage.objects.get().event_id == event.pk


def test_an_outage_counts_against_no_message(journal: Journal, source: EventSource) -> None:
    make(source, 1)

    def judge(changes: Sequence[Change]) -> Mapping[int, Refusal]:
        raise ConsumerUnavailable("closed")

    journal.judge = judge
    for _ in range(10):
        with pytest.raises(ConsumerUnavailable):
            carry_batch(journal, AT_ONCE)
    assert OutboxMessage.objects.get().attempts == 0


def test_pauses_double_with_jitter_up_to_a_bound() -> None:
    pauses = [[backoff(1, 60, n) for _ in range(200)] for n in range(8)]
    assert [
        min(p) >= top / 2 and max(p) <= top for p, top in zip(pauses, (1, 2, 4, 8, 16, 32, 60, 60), strict=True)
    ] == [True] * 8
    assert len({round(p, 6) for p in pauses[0]}) > 100


# -- dead letters --------------------------------------------------------------------------------------------------------


def bury(journal: Journal, *events: Event) -> None:
    journal.judge = lambda changes: {c.event_id: Refusal("bad", permanent=True) for c in changes}
    carry_batch(journal, AT_ONCE)
    journal.judge = lambda changes: {}


def test_a_requeued_letter_is_delivered_with_all_its_attempts(journal: Journal, source: EventSource) -> None:
    event = make(source, 1)
    bury(journal)
    assert requeue([DeadLetter.objects.get().pk]) == 1
    assert (DeadLetter.objects.count(), OutboxMessage.objects.get().attempts) == (0, 0)
    drain(journal)
    assert journal.seen == [(event.pk, "event.inserted")]


def test_a_discarded_letter_is_gone(journal: Journal, source: EventSource) -> None:
    make(source, 1)
    bury(journal)
    assert (discard([DeadLetter.objects.get().pk]), DeadLetter.objects.count(), OutboxMessage.objects.count()) == (
        1,
        0,
        0,
    )


def test_a_letter_to_a_consumer_that_left_stays(journal: Journal, source: EventSource) -> None:
    make(source, 1)
    bury(journal)
    unsubscribe("journal")
    assert (requeue([DeadLetter.objects.get().pk]), DeadLetter.objects.count()) == (0, 1)


# -- what is told --------------------------------------------------------------------------------------------------------


def test_status_counts_what_waits_and_what_was_done(journal: Journal, source: EventSource) -> None:
    make(source, 1)
    bury(journal)
    make(source, 2)
    drain(journal)
    make(source, 3)
    [row] = relay_status()
    assert (row.name, row.waiting, row.retrying, row.dead, row.delivered, row.retried, row.buried) == (
        "journal", 1, 0, 1, 1, 0, 1,
    )  # fmt: skip
    assert 0 < row.lag_s < PATIENCE_S
    lines = prometheus_text().splitlines()
    assert 'eventzombie_relay_waiting{consumer="journal"} 1' in lines
    assert 'eventzombie_relay_delivered_total{consumer="journal"} 1' in lines


def test_the_command_tells_the_status(
    journal: Journal, source: EventSource, capsys: pytest.CaptureFixture[str]
) -> None:
    make(source, 1)
    call_command("relay", "--status")
    head, row = capsys.readouterr().out.splitlines()
    assert (head.split()[:2], row.split()[:3]) == (["consumer", "waiting"], ["journal", "1", "0"])


# -- the running relay ---------------------------------------------------------------------------------------------------


@pytest.fixture
def running(transactional_db: None) -> Iterator[Callable[[Journal], Relay]]:
    OutboxMessage.objects.all().delete()
    OutboxConsumer.objects.all().delete()
    relays: list[Relay] = []

    def start(journal: Journal) -> Relay:
        subscribe(journal.name, journal.kinds)
        relays.append(Relay([journal], AT_ONCE).__enter__())
        return relays[-1]

    yield start
    for relay in relays:
        relay.__exit__()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "did not come about"
        time.sleep(0.01)


def test_a_saved_event_reaches_a_running_relay(running: Callable[[Journal], Relay]) -> None:
    journal = Journal()
    running(journal)
    source = EventSource.objects.create(name="Town", slug="town", kind="manual")
    event = make(source, 1)
    until(lambda: journal.seen == [(event.pk, "event.inserted")])


def test_a_consumer_that_breaks_beside_its_events_goes_on_afterwards(running: Callable[[Journal], Relay]) -> None:
    class Restless(Journal):
        idled = 0

        def idle(self) -> bool:
            self.idled += 1
            if self.idled == 1:
                raise TypeError("nothing to do, and that wrongly")
            return False

    journal = Restless()
    relay = running(journal)
    until(lambda: journal.idled > 1)
    source = EventSource.objects.create(name="Town", slug="town", kind="manual")
    event = make(source, 1)
    until(lambda: journal.seen == [(event.pk, "event.inserted")])
    assert relay.failure == ""


def test_a_consumer_that_was_down_gets_everything_afterwards(running: Callable[[Journal], Relay]) -> None:
    journal, down = Journal(), threading.Event()
    down.set()

    def judge(changes: Sequence[Change]) -> Mapping[int, Refusal]:
        if down.is_set():
            raise ConsumerUnavailable("closed for today")
        return {}

    journal.judge = judge
    running(journal)
    source = EventSource.objects.create(name="Town", slug="town", kind="manual")
    events = [make(source, n) for n in range(3)]
    until(lambda: OutboxConsumer.objects.get().last_error == "closed for today")
    assert OutboxConsumer.objects.get().down_since is not None
    down.clear()
    until(lambda: sorted(journal.seen) == [(e.pk, "event.inserted") for e in events])
    until(lambda: OutboxConsumer.objects.get().down_since is None)
    assert OutboxConsumer.objects.get().last_error == ""


def test_a_relay_whose_connections_are_cut_goes_on(running: Callable[[Journal], Relay]) -> None:
    journal = Journal()
    running(journal)
    source = EventSource.objects.create(name="Town", slug="town", kind="manual")
    make(source, 1)
    until(lambda: len(journal.seen) == 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'"
        )
    later = make(source, 2)
    # The first may come again: it was seen before its commit.
    until(lambda: (later.pk, "event.inserted") in journal.seen)


def test_a_consumer_only_an_operator_can_help_ends_the_relay(running: Callable[[Journal], Relay]) -> None:
    def judge(changes: Sequence[Change]) -> Mapping[int, Refusal]:
        raise ConsumerMisconfigured("run the other command")

    journal = Journal(judge=judge)
    relay = running(journal)
    make(EventSource.objects.create(name="Town", slug="town", kind="manual"), 1)
    until(lambda: relay.failure == "run the other command")
    assert (journal.closed, OutboxMessage.objects.count()) == (True, 1)


def test_waiting_for_writers_ends_when_they_have(transactional_db: None) -> None:
    begun, end = threading.Event(), threading.Event()

    def writer() -> None:
        with transaction.atomic():
            Venue.objects.create(name="Slow", key="slow")
            begun.set()
            end.wait(PATIENCE_S)
        connection.close()

    thread = threading.Thread(target=writer)
    thread.start()
    begun.wait(PATIENCE_S)
    assert not wait_for_writers(patience_s=0.2)
    end.set()
    thread.join(PATIENCE_S)
    assert wait_for_writers(patience_s=PATIENCE_S)


# -- who follows ---------------------------------------------------------------------------------------------------------


def nobody() -> None:
    return None


def test_a_consumer_that_is_not_configured_is_unsubscribed(
    journal: Journal, source: EventSource, settings: Any
) -> None:
    settings.RELAY_CONSUMERS = {"journal": "events.tests.test_relay.nobody"}
    make(source, 1)
    assert (enabled_consumers(), OutboxConsumer.objects.count(), OutboxMessage.objects.count()) == ([], 0, 0)
    with pytest.raises(CommandError, match="No consumer is configured"):
        call_command("relay")


def test_enabling_subscribes(journal: Journal, source: EventSource, settings: Any) -> None:
    unsubscribe("journal")
    settings.RELAY_CONSUMERS = {"journal": "events.tests.test_relay.Journal"}
    assert [c.name for c in enabled_consumers()] == ["journal"]
    event = make(source, 1)
    call_command("relay", "--once", verbosity=0)
    assert OutboxMessage.objects.filter(event_id=event.pk).count() == 0
