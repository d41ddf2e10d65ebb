"""The queue of changes: claimed with SKIP LOCKED, settled in the same transaction. A killed relay leaves no trace.

Order per event: a batch holds a message only together with all earlier ones of its event. Those waiting for another try
hold back the whole event; those in the hands of another relay are found by a second look after the claim.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from events.changes import BadPayload, Change, parse
from events.models import OutboxConsumer, OutboxMessage

CHANNEL = "events_outbox"
DRIVER_ONLY = ("cursor_factory", "context", "prepare_threshold")
WAIT_POLL_S = 0.05

_CLAIM = """
SELECT m.id, m.event_id, m.kind, m.version, m.payload::text, m.created_at, m.attempts FROM events_outboxmessage m
WHERE m.consumer = %(consumer)s AND m.available_at <= clock_timestamp()
  AND m.event_id NOT IN (SELECT r.event_id FROM events_outboxmessage r
                         WHERE r.consumer = %(consumer)s AND r.attempts > 0 AND r.available_at > clock_timestamp())
ORDER BY m.id LIMIT %(limit)s FOR UPDATE OF m SKIP LOCKED
"""
_OUT_OF_TURN = """
SELECT c.id FROM unnest(%(ids)s::bigint[], %(event_ids)s::bigint[]) AS c (id, event_id)
WHERE EXISTS (SELECT FROM events_outboxmessage e WHERE e.consumer = %(consumer)s AND e.event_id = c.event_id
              AND e.id < c.id AND e.id <> ALL (%(ids)s))
"""
_BURY = """
INSERT INTO events_deadletter (id, consumer, event_id, kind, version, payload, created_at, attempts, error, died_at)
SELECT m.id, m.consumer, m.event_id, m.kind, m.version, m.payload, m.created_at, m.attempts + 1, f.error, clock_timestamp()
FROM events_outboxmessage m JOIN unnest(%(ids)s::bigint[], %(errors)s::text[]) AS f (id, error) USING (id)
"""
_RETRY = """
UPDATE events_outboxmessage m SET attempts = m.attempts + 1, last_error = f.error,
  available_at = clock_timestamp() + make_interval(secs => f.pause_s)
FROM unnest(%(ids)s::bigint[], %(errors)s::text[], %(pauses)s::float8[]) AS f (id, error, pause_s) WHERE m.id = f.id
"""
_WRITERS = """
SELECT DISTINCT virtualtransaction FROM pg_locks
WHERE relation IN ('events_event'::regclass, 'events_occurrence'::regclass, 'events_venue'::regclass)
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
"""
_COUNT = """
UPDATE events_outboxconsumer SET delivered = delivered + %(delivered)s, retried = retried + %(retried)s,
  buried = buried + %(buried)s, down_since = NULL, last_error = CASE WHEN down_since IS NULL THEN last_error ELSE '' END,
  last_delivered_at = CASE WHEN %(delivered)s > 0 THEN clock_timestamp() ELSE last_delivered_at END
WHERE name = %(consumer)s
"""


def listening_parameters() -> dict[str, Any]:
    """Of a connection of one's own beside Django's: notifications arrive on the one that asked for them."""
    return {name: value for name, value in connection.get_connection_params().items() if name not in DRIVER_ONLY}


@dataclass(frozen=True, slots=True)
class Claim:
    """`changes` in order; `unreadable` message ids with what is wrong. `taken`: rows locked, more than these when out of turn."""

    changes: tuple[Change, ...]
    unreadable: Mapping[int, str]
    taken: int


@dataclass(frozen=True, slots=True)
class Retry:
    message_id: int
    error: str
    pause_s: float


def claim(consumer: str, *, limit: int) -> Claim:
    """The next messages of the consumer, locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"consumer": consumer, "limit": limit})
        rows = cursor.fetchall()
        if not rows:
            return Claim((), {}, 0)
        ids: dict[str, Any] = {
            "consumer": consumer,
            "ids": [row[0] for row in rows],
            "event_ids": [row[1] for row in rows],
        }
        cursor.execute(_OUT_OF_TURN, ids)
        early = {row[0] for row in cursor.fetchall()}
    changes: list[Change] = []
    unreadable: dict[int, str] = {}
    for row in rows:
        if row[0] in early:
            continue
        try:
            message_id, event_id, kind, version, payload, *rest = row
            changes.append(parse(message_id, event_id, kind, version, json.loads(payload), (rest[0], rest[1])))
        except BadPayload as error:
            unreadable[row[0]] = str(error)
    return Claim(tuple(changes), unreadable, len(rows))


def next_fence() -> int:
    """To be taken before states are read: of two readings the one with the larger fence is not older."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('events_relay_fence')")
        return int(cursor.fetchone()[0])


def settle(consumer: str, delivered: Sequence[int], retries: Sequence[Retry], dead: Mapping[int, str]) -> None:
    """Remove what was delivered, put off what is to be tried again, bury the rest. In the claiming transaction."""
    with connection.cursor() as cursor:
        if dead:
            cursor.execute(_BURY, {"ids": list(dead), "errors": list(dead.values())})
        if gone := [*delivered, *dead]:
            cursor.execute("DELETE FROM events_outboxmessage WHERE id = ANY (%s)", [gone])
        if retries:
            cursor.execute(
                _RETRY,
                {
                    "ids": [r.message_id for r in retries],
                    "errors": [r.error for r in retries],
                    "pauses": [r.pause_s for r in retries],
                },
            )
        counts = {"delivered": len(delivered), "retried": len(retries), "buried": len(dead)}
        cursor.execute(_COUNT, {"consumer": consumer, **counts})  # last: relays of one consumer meet at this row


def note_down(consumer: str, error: str, *, now: datetime) -> None:
    rows = OutboxConsumer.objects.filter(name=consumer)
    rows.filter(down_since=None).update(down_since=now)
    rows.update(last_error=error)


def subscribe(consumer: str, kinds: Sequence[str]) -> bool:
    """From now on every change of these kinds waits for the consumer; True when it is new."""
    row, new = OutboxConsumer.objects.get_or_create(name=consumer, defaults={"kinds": list(kinds)})
    if not new and list(row.kinds) != list(kinds):
        OutboxConsumer.objects.filter(name=consumer).update(kinds=list(kinds))
    return new


def wait_for_writers(*, patience_s: float) -> bool:
    """Until every transaction has ended that was writing events at this call: none is left that does not know a new subscription.

    As CREATE INDEX CONCURRENTLY does: by the locks they hold, which keeps nobody waiting. False: one outlasted the patience.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS)
        before = {row[0] for row in cursor.fetchall()}
        deadline = time.monotonic() + patience_s
        while before and time.monotonic() < deadline:
            time.sleep(WAIT_POLL_S)
            cursor.execute(_WRITERS)
            before &= {row[0] for row in cursor.fetchall()}
    return not before


def unsubscribe(consumer: str) -> int:
    """Its waiting messages go too; how many."""
    with transaction.atomic():
        OutboxConsumer.objects.filter(name=consumer).delete()
        return OutboxMessage.objects.filter(consumer=consumer).delete()[0]


def announce(event_ids: Iterable[int], *, kind: str, cause: str) -> None:
    """What the triggers do not see. In the transaction of the change."""
    if ids := list(event_ids):
        with connection.cursor() as cursor:
            cursor.execute("SELECT events_announce(%s, %s, %s)", [ids, kind, cause])


def try_lock(key: int) -> bool:
    """An advisory lock until the transaction ends; False when another holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
        return bool(cursor.fetchone()[0])
