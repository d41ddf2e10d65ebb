"""A database server, a search server and the relaying processes, all of them there to be killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from osmem_server import OsmemServer

from config.embedded_postgres import ensure_running, stop
from conftest import ROOT

COMMAND_S = 120
PATIENCE_S = 120
CONSUMERS = ("embedding", "journal", "search")
LOST = (psycopg.OperationalError, psycopg.InterfaceError)


@dataclass
class House:
    folder: Path
    environment: dict[str, str]
    rng: random.Random
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    _connection: psycopg.Connection | None = None

    # -- processes -------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        commands = "c('migrate', verbosity=0); c('search_index', 'build', swap=True)"
        self._run(
            "-c", f"import django; django.setup(); from django.core.management import call_command as c; {commands}"
        )

    def manage(self, *arguments: str) -> str:
        return self._run("manage.py", *arguments)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=COMMAND_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout[-1000:]} {done.stderr[-3000:]}"
        return done.stdout

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "manage.py", name], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """kill -9, and whoever was killed comes back at once."""
        self.kills[name] += 1
        if name == "database":
            pid_file = ensure_cluster(self.folder) / "postmaster.pid"
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
            ensure_running(self.folder / "postgres")
            return
        process = self.processes[name]
        process.kill()
        process.wait()
        self.start(name)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        for process in self.processes.values():
            process.kill()
            process.wait()

    # -- the database ----------------------------------------------------------------------------------------------------

    def sql(self, text: str, *values: object) -> list[tuple]:
        """Runs to its end through any number of lost connections: a statement whose fate is unknown is run again."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(ensure_running(self.folder / "postgres"), autocommit=True)
                cursor = self._connection.execute(text, values or None)  # type: ignore[arg-type]
                return cursor.fetchall() if cursor.description else []
            except LOST:
                assert time.monotonic() < deadline, "the database does not come back"
                self._connection = None
                time.sleep(0.05)

    def waiting(self) -> int:
        return int(self.sql("SELECT count(*) FROM events_outboxmessage")[0][0])

    # -- changes ---------------------------------------------------------------------------------------------------------

    def change(self, n: int) -> None:
        """One random change of one random event, as an importer, an editor or a hand at the console would make it."""
        rng = self.rng
        known = [row[0] for row in self.sql("SELECT id FROM events_event")]
        pick = rng.choice(known) if known else 0
        kind = (
            "insert" if len(known) < 30 else rng.choice(("insert", "title", "title", "venue", "occurrence", "delete"))
        )
        if kind == "insert":
            self.sql(
                "INSERT INTO events_event (source_id, external_id, title, description, venue_id, room_name, organizer, url, category,"
                " tags, audience, price_currency, attendance_mode, status, popularity, timezone, language, document_hash, content_hash,"
                " created_at, updated_at) VALUES (1, %s, %s, '', %s, '', '', '', 'music', '{}', '{}', '', 'offline', 'scheduled', 0,"
                " 'UTC', '', %s, '', now(), now()) ON CONFLICT DO NOTHING",
                f"k{n}", f"Night {n}", rng.randint(1, 5), f"h{n}",
            )  # fmt: skip
        elif kind == "title":
            self.sql(
                "UPDATE events_event SET title = %s, document_hash = %s WHERE id = %s",
                f"Night {n} again",
                f"h{n}",
                pick,
            )
        elif kind == "venue":
            self.sql("UPDATE events_venue SET state = %s WHERE id = %s", f"S{n}", rng.randint(1, 5))
        elif kind == "occurrence":
            self.sql(
                'INSERT INTO events_occurrence (event_id, start, all_day, status, recurrence_id, external_id, title, room_name, url)'
                " SELECT id, now() + make_interval(hours => %s), false, 'scheduled', '', '', '', '', '' FROM events_event"
                " WHERE id = %s ON CONFLICT DO NOTHING",
                n, pick,
            )  # fmt: skip
        else:
            self.sql(
                "WITH gone AS (DELETE FROM events_occurrence WHERE event_id = %s), index_gone AS"
                " (DELETE FROM events_eventindex WHERE event_id = %s) DELETE FROM events_event WHERE id = %s",
                pick, pick, pick,
            )  # fmt: skip

    def seed_poison(self, count: int) -> set[int]:
        """Messages of a version that does not exist, for every consumer."""
        rows = self.sql(
            "INSERT INTO events_outboxmessage (consumer, event_id, kind, version, payload, created_at, attempts, available_at,"
            " last_error) SELECT c.name, 0, 'event.saved', 99, '{}', now(), 0, now(), '' FROM events_outboxconsumer c,"
            " generate_series(1, %s) RETURNING id",
            count,
        )
        return {row[0] for row in rows}


def ensure_cluster(folder: Path) -> Path:
    home = folder / "postgres" / "home"
    return (Path(home.read_text().strip()) if home.exists() else folder / "postgres") / "cluster"


@contextmanager
def house(embedding_url: str, seed: int) -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="ez-kills-"))
    folder.chmod(0o755)  # the server's user must reach its files
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("EMBEDDING_", "PYTEST", "DJANGO_", "DATABASE_"))}
    with OsmemServer.start(japanese=False) as search:
        environment = kept | {
            "ENV": "local",
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.relay.settings",
            "DATABASE_POOL_TIMEOUT_S": "2",
            "EMBEDDING_URL": embedding_url,
            "SEARCH_BACKEND": "elasticsearch",
            "ELASTICSEARCH_URL": search.url,
            "ELASTICSEARCH_INDEX": "kills",
            "RELAY_JOURNAL": str(folder / "journal"),
        }
        home = House(folder, environment, random.Random(seed))
        try:
            yield home
        finally:
            home.close()
            stop(folder / "postgres")
            shutil.rmtree(ensure_cluster(folder).parent, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
    if search.process.stdout:
        search.process.stdout.close()
