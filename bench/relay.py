"""The relay: how fast it carries changes, and how long after its commit a change reaches a consumer.

python -m bench.relay [--events 5000] [--seconds 10] [--rate 1000] [--writers 2]

Live, the writers' share of time spent in the database says whether they or the relay set the pace: every change rewrites the
event's index row by its triggers, which costs the writer more than carrying it costs the relay.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Written:
    changes: int
    seconds: float
    busy_s: float  # of these, waiting for commits


def write(url: str, rate: float, seconds: float, ids: tuple[int, int], done: Any) -> None:
    """In a process of its own: commits of `CHANGES_PER_COMMIT` changes, evenly spread, or as fast as it can where that is slower."""
    import psycopg

    first, last = ids
    pause, busy, commits = CHANGES_PER_COMMIT / rate, 0.0, 0
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        while (now := time.perf_counter()) < began + seconds:
            event = first + commits * CHANGES_PER_COMMIT % (last - first - CHANGES_PER_COMMIT)
            connection.execute(
                "UPDATE events_event SET popularity = random() WHERE id BETWEEN %s AND %s",
                [event, event + CHANGES_PER_COMMIT - 1],
            )
            busy += time.perf_counter() - now
            commits += 1
            time.sleep(max(0.0, began + commits * pause - time.perf_counter()))
        done.put((commits * CHANGES_PER_COMMIT, time.perf_counter() - began, busy))


@dataclass(frozen=True, slots=True)
class Lived:
    late_ms: list[float]  # from each change to its consumer, sorted
    written: list[Written]
    behind: int  # changes that waited when the writers ended
    caught_up_ms: float

    @property
    def written_rate(self) -> float:
        return sum(w.changes / w.seconds for w in self.written)

    @property
    def writers_busy(self) -> float:
        return sum(w.busy_s for w in self.written) / sum(w.seconds for w in self.written)


def live(rate: float, seconds: float, events: int, writers: int) -> Lived:
    """Writers that keep to `rate` changes a second together, while a relay carries."""
    from django.db import connection

    from events.models import OutboxMessage
    from events.relay import Relay

    settings = connection.settings_dict
    url = f"host={settings['HOST']} port={settings['PORT']} dbname={settings['NAME']} user={settings['USER']} password={settings['PASSWORD']}"
    watch, context, share = Watch(), multiprocessing.get_context("spawn"), events // writers
    done: Any = context.Queue()
    with Relay([watch]):
        ids = [(n * share + 1, (n + 1) * share) for n in range(writers)]
        running = [context.Process(target=write, args=(url, rate / writers, seconds, of, done)) for of in ids]
        for writer in running:
            writer.start()
        written = [Written(*done.get()) for _ in running]
        ended, behind = time.perf_counter(), OutboxMessage.objects.count()
        while OutboxMessage.objects.exists():
            time.sleep(0.005)
        caught_up = (time.perf_counter() - ended) * 1000
        for writer in running:
            writer.join()
    return Lived(sorted(watch.late_ms), written, behind, caught_up)


def run(events: int, rate: float, seconds: float, writers: int) -> bool:
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
    found = live(rate, seconds, events, writers)
    late = found.late_ms
    p50, p99, top = late[len(late) // 2], late[int(len(late) * 0.99) - 1], late[-1]
    kept_up = found.behind < found.written_rate * MOST_P99_MS / 1000
    pace = "the relay" if not kept_up else "the writers" if found.written_rate < rate * 0.95 else "nobody: as asked"
    print(f"queue of {events * 4} changes: {carried:8.0f} changes/s")
    print(
        f"live, asked for {rate:.0f} changes/s: {writers} writers committed {found.written_rate:.0f}/s, busy"
        f" {found.writers_busy:.0%} of the time; {found.behind} waited at their end, carried {found.caught_up_ms:.0f} ms later."
        f" The pace was set by {pace}"
    )
    print(f"commit to consumer: p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {top:.1f} ms")
    good = carried >= LEAST_RATE and p99 < MOST_P99_MS and kept_up
    print(
        f"wanted: {LEAST_RATE:.0f} changes/s, p99 below {MOST_P99_MS:.0f} ms: {'met' if good else 'NOT met'}; load {os.getloadavg()[0]:.1f}"
    )
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--writers", type=int, default=2)
    arguments = parser.parse_args()
    with bench_database():
        return 0 if run(arguments.events, arguments.rate, arguments.seconds, arguments.writers) else 1


if __name__ == "__main__":
    raise SystemExit(main())
