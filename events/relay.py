"""Carries the changes of the outbox to their consumers: at least once, in order per event. One thread a consumer.

Any number of relays may run. A poison message is found by halving its batch, tried again with growing pauses and then
buried; a consumer that is down takes nothing and loses nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from events.changes import Change, Consumer, ConsumerMisconfigured, ConsumerUnavailable, Refusal
from events.models import OutboxConsumer
from events.outbox import (
    CHANNEL,
    Claim,
    Retry,
    claim,
    listening_parameters,
    next_fence,
    note_down,
    settle,
    subscribe,
    unsubscribe,
)
from events.relay_params import RelayParams, backoff

log = logging.getLogger(__name__)
CONNECTION_LOST = (OperationalError, InterfaceError)


@dataclass(frozen=True, slots=True)
class Carried:
    """What one batch came to. `taken` is 0 when nothing was due."""

    taken: int = 0
    delivered: int = 0
    retried: int = 0
    buried: int = 0


def enabled_consumers(names: Sequence[str] = ()) -> list[Consumer]:
    """From settings.RELAY_CONSUMERS, whose factories answer None for what is not configured; subscribed as a side effect.

    A consumer that the settings know and do not enable is unsubscribed, so that nothing piles up for it.
    """
    found: list[Consumer] = []
    for name, path in settings.RELAY_CONSUMERS.items():
        if names and name not in names:
            continue
        consumer: Consumer | None = import_string(path)()
        if consumer is not None:
            if subscribe(name, consumer.kinds):
                log.info("%s follows the changes from now on", name)
            found.append(consumer)
        elif OutboxConsumer.objects.filter(name=name).exists():
            log.warning("%s is not configured any more; %d waiting messages dropped", name, unsubscribe(name))
    return found


def carry_batch(consumer: Consumer, params: RelayParams) -> Carried:
    """Deliver one batch. Raises ConsumerUnavailable and database errors, having changed nothing."""
    with transaction.atomic():
        claimed = claim(consumer.name, limit=consumer.batch)
        if not claimed.taken:
            return Carried()
        refused: dict[int, Refusal] = {}
        if claimed.changes:
            _deliver(consumer, claimed.changes, next_fence(), refused)
        return _settled(consumer, claimed, refused, params)


def _deliver(consumer: Consumer, changes: Sequence[Change], fence: int, refused: dict[int, Refusal]) -> None:
    """The whole batch, or by halves until the event is found that breaks it."""
    try:
        with transaction.atomic():
            refused.update(consumer.deliver(changes, fence=fence))
    except (ConsumerUnavailable, ConsumerMisconfigured, *CONNECTION_LOST):
        raise
    except Exception as error:  # one event that breaks a consumer must not stop all others
        events = list(dict.fromkeys(change.event_id for change in changes))
        if len(events) == 1:
            log.exception("%s broke on event %d", consumer.name, events[0])
            refused[events[0]] = Refusal(f"{type(error).__name__}: {error}")
            return
        first = set(events[: len(events) // 2])
        _deliver(consumer, [c for c in changes if c.event_id in first], fence, refused)
        _deliver(consumer, [c for c in changes if c.event_id not in first], fence, refused)


def _settled(consumer: Consumer, claimed: Claim, refused: dict[int, Refusal], params: RelayParams) -> Carried:
    delivered: list[int] = []
    retries: dict[int, Retry] = {}
    dead = dict(claimed.unreadable)
    for change in claimed.changes:
        refusal = refused.get(change.event_id)
        if refusal is None:
            delivered.append(change.id)
        elif refusal.permanent or change.attempts + 1 >= params.max_attempts:
            dead[change.id] = refusal.reason
        elif change.event_id not in retries:  # the later ones of this event wait behind it
            pause = backoff(params.retry_base_s, params.retry_max_s, change.attempts)
            retries[change.event_id] = Retry(change.id, refusal.reason, pause)
    if dead:
        message_id, reason = next(iter(dead.items()))
        log.error("%s: %d messages are dead, first %d: %s", consumer.name, len(dead), message_id, reason)
    settle(consumer.name, delivered, list(retries.values()), dead)
    return Carried(claimed.taken, len(delivered), len(retries), len(dead))


class _Loop:
    """One consumer's thread."""

    def __init__(self, consumer: Consumer, params: RelayParams, stopping: threading.Event) -> None:
        self.consumer = consumer
        self.wake = threading.Event()
        self.failure = ""  # what only an operator can mend
        self._params = params
        self._stopping = stopping
        self._failures = 0
        self._idle_at = 0.0

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                pause = self._step()
                if pause and not self._stopping.is_set():
                    self.wake.wait(pause)
        except ConsumerMisconfigured as error:
            self.failure = str(error)
        finally:
            self.consumer.close()
            connection.close()

    def _step(self) -> float:
        """Seconds to sleep unless woken."""
        params = self._params
        self.wake.clear()
        try:
            carried = carry_batch(self.consumer, params)
            self._failures = 0
            if carried.delivered or carried.buried or (carried.taken and carried.retried):
                return 0
            return params.poll_s if carried.taken or not self._idle() else 0
        except ConsumerUnavailable as error:
            self._say_down(str(error))
            pause = backoff(params.down_base_s, params.down_max_s, self._failures)
        except (DatabaseError, InterfaceError) as error:
            log.warning("%s: the database does not answer: %s", self.consumer.name, error)
            pause = backoff(params.lost_base_s, params.lost_max_s, self._failures)
            connection.close()
        except ConsumerMisconfigured:
            raise
        except Exception:  # no other consumer may end with this thread
            log.exception("%s broke", self.consumer.name)
            pause = backoff(params.down_base_s, params.down_max_s, self._failures)
        self._failures += 1
        self._stopping.wait(pause)  # a notification must not shorten it
        return 0

    def _idle(self) -> bool:
        """True when the consumer found work of its own and may have more."""
        if time.monotonic() < self._idle_at:
            return False
        if self.consumer.idle():
            return True
        self._idle_at = time.monotonic() + self._params.idle_every_s
        return False

    def _say_down(self, reason: str) -> None:
        if not self._failures:
            log.warning("%s takes nothing: %s", self.consumer.name, reason)
        try:
            note_down(self.consumer.name, reason, now=timezone.now())
        except (DatabaseError, InterfaceError) as error:
            log.warning("%s: the database does not answer: %s", self.consumer.name, error)


class Relay:
    """`with Relay(consumers): ...` carries until the block ends."""

    def __init__(self, consumers: Sequence[Consumer], params: RelayParams | None = None) -> None:
        self._stopping = threading.Event()
        self._params = params or RelayParams()
        self._loops = [_Loop(consumer, self._params, self._stopping) for consumer in consumers]
        targets: Mapping[str, Callable[[], None]] = {f"relay-{loop.consumer.name}": loop.run for loop in self._loops}
        self._threads = [threading.Thread(target=run, name=name, daemon=True) for name, run in targets.items()]
        self._threads.append(threading.Thread(target=self._listen, name="relay-listen", daemon=True))

    def __enter__(self) -> Relay:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._wake_all()
        for thread in self._threads:
            thread.join()

    @property
    def failure(self) -> str:
        """Why the process should end; empty while all is well."""
        told = [loop.failure for loop in self._loops if loop.failure]
        if told or self._stopping.is_set() or all(thread.is_alive() for thread in self._threads):
            return "; ".join(told)
        return "A thread of the relay broke; see the log."

    def _wake_all(self) -> None:
        for loop in self._loops:
            loop.wake.set()

    def _listen(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                with psycopg.connect(**listening_parameters(), autocommit=True) as own:
                    own.execute(f"LISTEN {CHANNEL}")
                    failures = 0
                    self._wake_all()
                    while not self._stopping.is_set():
                        for _ in own.notifies(timeout=self._params.poll_s, stop_after=1):
                            self._wake_all()
            except (psycopg.Error, OSError) as error:
                log.warning("no notifications from the database: %s", error)
                self._stopping.wait(backoff(self._params.lost_base_s, self._params.lost_max_s, failures))
                failures += 1
