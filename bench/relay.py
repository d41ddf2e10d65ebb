"""The relay: how fast it carries changes, and how long after its commit a change reaches a consumer.

python -m bench.relay [--events 5000] [--seconds 10] [--rate 1000]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bench.database import bench_database

LEAST_RATE = 1000.0  # changes a second
MOST_P99_MS = 500.0
CHANGES_PER_COMMIT = 10


class Watch:
    """A consumer that copies the state of each changed event, and notes how late it heard of it."""

    name = "watch"
    kinds = ("event.saved", "event.deleted")
    batch = 500

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self.made: list[datetime] = []

    def deliver(self, changes: Sequence[Any], *, fence: int) -> Mapping[int, Any]:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bench_copy SELECT id, title, popularity FROM events_event WHERE id = ANY (%s)"
                " ON CONFLICT (id) DO UPDATE SET title = excluded.title, popularity = excluded.popularity",
                [list({c.event_id for c in changes})],
            )
        now = datetime.now(UTC)
        self.late_ms += [(now - c.created_at).total_seconds() * 1000 for c in changes]
        self.made += [c.created_at for c in changes]
        return {}

    def idle(self) -> bool:
        return False

    def close(self) -> None:
        pass


def drain(events: int) -> float:
    """Changes a second of a relay that finds a queue."""
    from django.db import connection

    from events.relay import carry_batch
    from events.relay_params import RelayParams

    with connection.cursor() as cursor:
        for _ in range(4):
            cursor.execute("UPDATE events_event SET popularity = random()")
    watch, params = Watch(), RelayParams()
    began = time.perf_counter()
    while carry_batch(watch, params).delivered:
        pass
    return len(watch.late_ms) / (time.perf_counter() - began)


def write(url: str, rate: float, seconds: float, events: int) -> None:
    """In a process of its own: commits of `CHANGES_PER_COMMIT` changes, evenly spread."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        pause = CHANGES_PER_COMMIT / rate
        began = time.perf_counter()
        for n in range(int(seconds / pause)):
            first = n * CHANGES_PER_COMMIT % (events - CHANGES_PER_COMMIT) + 1
            connection.execute(
                "UPDATE events_event SET popularity = random() WHERE id BETWEEN %s AND %s",
                [first, first + CHANGES_PER_COMMIT - 1],
            )
            time.sleep(max(0.0, began + (n + 1) * pause - time.perf_counter()))


def live(rate: float, seconds: float, events: int) -> tuple[list[float], float]:
    """Milliseconds from each change to its consumer, sorted, and the changes a second that the writer reached."""
    from django.db import connection

    from events.models import OutboxMessage
    from events.relay import Relay

    settings = connection.settings_dict
    url = f"host={settings['HOST']} port={settings['PORT']} dbname={settings['NAME']} user={settings['USER']} password={settings['PASSWORD']}"
    watch = Watch()
    with Relay([watch]):
        writer = multiprocessing.get_context("spawn").Process(target=write, args=(url, rate, seconds, events))
        writer.start()
        writer.join()
        while OutboxMessage.objects.exists():
            time.sleep(0.05)
    return sorted(watch.late_ms), len(watch.made) / (max(watch.made) - min(watch.made)).total_seconds()


def run(events: int, rate: float, seconds: float) -> bool:
    from django.db import connection

    from bench import corpus
    from events.models import OutboxConsumer, OutboxMessage
    from events.outbox import subscribe

    corpus.build(events, datetime.now(UTC))
    OutboxConsumer.objects.all().delete()
    OutboxMessage.objects.all().delete()
    subscribe(Watch.name, Watch.kinds)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_copy (id bigint PRIMARY KEY, title text, popularity float8)")
    carried = drain(events)
    late, reached = live(rate, seconds, events)
    p50, p99, top = late[len(late) // 2], late[int(len(late) * 0.99) - 1], late[-1]
    print(f"queue of {events * 4} changes: {carried:8.0f} changes/s")
    print(
        f"live at {reached:.0f} changes/s: commit to consumer p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {top:.1f} ms"
    )
    good = carried >= LEAST_RATE and p99 < MOST_P99_MS
    print(
        f"wanted: {LEAST_RATE:.0f} changes/s, p99 below {MOST_P99_MS:.0f} ms: {'met' if good else 'NOT met'}; load {os.getloadavg()[0]:.1f}"
    )
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    with bench_database():
        return 0 if run(arguments.events, arguments.rate, arguments.seconds) else 1


if __name__ == "__main__":
    raise SystemExit(main())
