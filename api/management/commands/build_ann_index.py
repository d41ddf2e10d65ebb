from __future__ import annotations

import threading
from typing import Any

import psutil
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from tqdm import tqdm

from api.rag.ann import forget_index
from api.rag.ann_sql import ANN_INDEX
from api.rag.params import RetrievalParams
from locations.arguments import whole

BYTES_PER_EVENT = 1300  # a vector of 384 half floats with its links
MB = 2**20
_PROGRESS = """
SELECT phase, tuples_done, tuples_total FROM pg_stat_progress_create_index WHERE relid = 'events_eventindex'::regclass
"""
_VALID = """
SELECT x.indisvalid FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE i.relname = %s
"""


class Command(BaseCommand):
    help = (
        "Build the ANN index that answers questions without place and dates over a large corpus. Events can be written meanwhile;"
        " load a corpus first and build after, for every vector written later costs a search of the index."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--drop", action="store_true", help="remove the index: such questions are then searched exactly"
        )
        parser.add_argument("--force", action="store_true", help="build it for a small corpus, too, or build it anew")
        parser.add_argument(
            "--memory-mb", type=whole(1, 2**20), metavar="MB", help="a build that does not fit takes hours"
        )
        parser.add_argument("--workers", type=int, default=2, choices=range(9), metavar="0-8", help="besides the first")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["drop"]:
                self._drop()
            else:
                self._build(options)
        except DatabaseError as error:
            raise CommandError(f"The index was not built: {error}. Run this again.") from error
        finally:
            forget_index()

    def _drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {ANN_INDEX}")

    def _build(self, options: dict[str, Any]) -> None:
        events, needed = _embedded_events(), RetrievalParams().ann_min_events
        if events < needed and not options["force"]:
            raise CommandError(
                f"{events} embedded events: below {needed} the exact plan is as fast. --force builds anyway."
            )
        valid = _valid()
        if valid and not options["force"]:
            self.stdout.write("The index is there.")
            return
        if valid is not None:
            self._drop()  # one that was broken off is in the way and never used
        memory = options["memory_mb"] or _memory_mb(events)
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(events, done), daemon=True)
        watcher.start()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET maintenance_work_mem = '{memory}MB'")
                cursor.execute(f"SET max_parallel_maintenance_workers = {options['workers']}")
                cursor.execute(
                    f"CREATE INDEX CONCURRENTLY {ANN_INDEX} ON events_eventindex USING hnsw (embedding halfvec_cosine_ops)"
                )
                cursor.execute("RESET maintenance_work_mem")
                cursor.execute("RESET max_parallel_maintenance_workers")
                cursor.execute("ANALYZE events_eventindex")
        finally:
            done.set()
            watcher.join()
        self.stdout.write(f"Built over {events} events.")


def _embedded_events() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM events_eventindex WHERE embedding IS NOT NULL")
        return int(cursor.fetchone()[0])


def _valid() -> bool | None:
    """None: there is no such index."""
    with connection.cursor() as cursor:
        cursor.execute(_VALID, [ANN_INDEX])
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


def _memory_mb(events: int) -> int:
    """What the graph needs with room to spare, at most half of what is free."""
    wanted = events * BYTES_PER_EVENT * 5 // 4 // MB
    return max(64, min(wanted, psutil.virtual_memory().available // MB // 2))


def _watch(events: int, done: threading.Event) -> None:
    """The progress as the database tells it, over a connection of this thread."""
    try:
        with (
            tqdm(total=events, desc="Building the ANN index", unit="event", mininterval=2.0) as bar,
            connection.cursor() as cursor,
        ):
            while not done.wait(1.0):
                cursor.execute(_PROGRESS)
                if row := cursor.fetchone():
                    bar.set_postfix_str(row[0], refresh=False)
                    bar.update(max(0, int(row[1]) - bar.n))
    finally:
        connection.close()
