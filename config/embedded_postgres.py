"""A real PostgreSQL with pgvector from a wheel, for when DATABASE_URL is unset.

Several processes share one server: whoever comes first starts it, the others find it. It survives kill -9 of itself
and of whoever started it. Everyone logs in with a generated password, on a unix socket and - only when
EMBEDDED_POSTGRES_TCP_PORT is set - on 127.0.0.1. The reasons are in docs/adr/0001-embedded-postgres.md.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from config.env import env_path, env_str
from config.postgres_binaries import PostgresUnavailable, usable_bin_dir
from config.postgres_cluster import (
    SOCKET_PORT,
    SUPERUSER,
    Layout,
    check_version,
    configure,
    environment_of,
    layout_of,
    make_cluster,
)
from config.processes import is_running, run_program, send, wait_until_gone, working_folder, working_in
from config.secret_store import read_secrets, remembered

__all__ = ["PostgresUnavailable", "database_url", "default_data_dir", "ensure_running", "stop"]

ROLE = "eventzombie"
DATABASE = "eventzombie"
EXTENSIONS = ("vector", "pg_trgm", "unaccent", "cube", "earthdistance", "btree_gist")
ROLE_GRANTS = ("pg_monitor", "pg_checkpoint", "pg_signal_backend")

BASE_DIR = Path(__file__).resolve().parent.parent
START_SECONDS = 60
FAST_STOP_SECONDS = 8
IMMEDIATE_STOP_SECONDS = 4
ORPHAN_SECONDS = 3
LOG_BYTES = 10_000_000
LOG_TAIL_LINES = 12
POLL_SECONDS = 0.02


def default_data_dir() -> Path:
    return env_path("DATA_DIR", BASE_DIR / ".data") / "postgres"


def database_url(state_dir: Path | None = None) -> str:
    """DATABASE_URL, or that of the embedded server under `state_dir` (`.data/`). Raises PostgresUnavailable."""
    return env_str("DATABASE_URL") or ensure_running(
        default_data_dir() if state_dir is None else state_dir / "postgres"
    )


def ensure_running(data_dir: Path) -> str:
    """The URL of the server in `data_dir`, started if it is not running yet. Raises PostgresUnavailable."""
    layout = layout_of(data_dir)
    if _answers(layout) and layout.prepared.exists():
        return _url(layout)
    with _locked(layout.data_dir):
        layout = layout_of(data_dir)
        if not _answers(layout):
            _start(layout)
        if not layout.prepared.exists():
            _prepare(layout)
    return _url(layout)


def stop(data_dir: Path) -> bool:
    """Stops the server in `data_dir`; False when none ran. Raises PostgresUnavailable when it will not stop."""
    if not data_dir.exists():
        return False
    layout = layout_of(data_dir)
    with _locked(layout.data_dir):
        pid = _postmaster(layout)
        if pid is None:
            return False
        for number, patience in ((signal.SIGINT, FAST_STOP_SECONDS), (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS)):
            send(pid, number)
            if not wait_until_gone([pid], patience):
                return True
    raise PostgresUnavailable(f"The embedded PostgreSQL (process {pid}) does not stop. See {layout.log}.")


@contextlib.contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    with (data_dir / ".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _pid_file_lines(layout: Layout) -> list[str]:
    try:
        return (layout.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _postmaster(layout: Layout) -> int | None:
    """The pid of the live postmaster of this cluster; a stale pid file may name somebody else's process."""
    lines = _pid_file_lines(layout)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    return pid if is_running(pid) and working_folder(pid) == layout.cluster else None


def _port(layout: Layout) -> int:
    lines = _pid_file_lines(layout)
    return int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else SOCKET_PORT


def _answers(layout: Layout) -> bool:
    conninfo = f"host='{layout.socket_dir}' port={_port(layout)} dbname=postgres user={ROLE} connect_timeout=5"
    return psycopg.pq.PGconn.ping(conninfo.encode()) == psycopg.pq.Ping.OK


def _url(layout: Layout, role: str = ROLE, database: str = DATABASE) -> str:
    password = read_secrets(layout.passwords).get(role)
    if password is None:
        raise PostgresUnavailable(
            f"{layout.passwords} has no password for {role}. Restore it, or remove {layout.home} to start afresh."
        )
    host = quote(str(layout.socket_dir), safe="")
    return f"postgresql://{role}:{password}@{host}:{_port(layout)}/{database}"


def _start(layout: Layout) -> None:
    bin_dir = usable_bin_dir(layout.user, layout.home)
    if not (layout.cluster / "PG_VERSION").exists():
        make_cluster(layout, bin_dir)
    check_version(layout, bin_dir)
    if _postmaster(layout) is None:
        _clear_remains(layout)
        configure(layout)
        _spawn(layout, bin_dir)
    deadline = time.monotonic() + START_SECONDS
    while not _answers(layout):
        if _postmaster(layout) is None and not working_in(layout.cluster, "postgres"):
            raise PostgresUnavailable(f"The embedded PostgreSQL did not start:\n{_log_tail(layout)}")
        if time.monotonic() > deadline:
            raise PostgresUnavailable(
                f"The embedded PostgreSQL gave no answer for {START_SECONDS} s. See {layout.log}."
            )
        time.sleep(POLL_SECONDS)


def _clear_remains(layout: Layout) -> None:
    """What a killed server leaves: children that still hold its shared memory, and a pid file.

    PostgreSQL itself refuses to start while an unrelated process of the same user has the pid in that file.
    """
    orphans = wait_until_gone(working_in(layout.cluster, "postgres"), ORPHAN_SECONDS)
    for pid in orphans:
        send(pid, signal.SIGKILL)
    wait_until_gone(orphans, ORPHAN_SECONDS)
    (layout.cluster / "postmaster.pid").unlink(missing_ok=True)
    for lock in layout.socket_dir.glob(".s.PGSQL.*"):
        lock.unlink(missing_ok=True)


def _spawn(layout: Layout, bin_dir: Path) -> None:
    """Starts the server as nobody's child, so that it outlives the process that happened to need it first."""
    if layout.log.exists() and layout.log.stat().st_size > LOG_BYTES:
        layout.log.replace(layout.log.with_suffix(".log.1"))
    with layout.log.open("ab") as log:
        run_program(
            ["/bin/sh", "-c", '"$@" &', "sh", str(bin_dir / "postgres"), "-D", str(layout.cluster)],
            stdout=log,
            stderr=log,
            cwd=layout.home,
            env=environment_of(layout, bin_dir),
            start_new_session=True,
            **layout.user.process_options,
        )
    deadline = time.monotonic() + ORPHAN_SECONDS
    while _postmaster(layout) is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _log_tail(layout: Layout) -> str:
    return "\n".join(layout.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:])


def _prepare(layout: Layout) -> None:
    """Role, database and extensions. They go into template1 too, so that test databases are born with them."""
    password = remembered(layout.passwords, ROLE, lambda: secrets.token_hex(24))
    role = sql.Identifier(ROLE)
    with psycopg.connect(_url(layout, SUPERUSER, "template1"), autocommit=True) as connection:
        _create_extensions(connection)
        _probe_vector(connection, layout)
    with psycopg.connect(_url(layout, SUPERUSER, "postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
        for grant in ROLE_GRANTS:
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(grant), role))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), role))
    with psycopg.connect(_url(layout, SUPERUSER, DATABASE), autocommit=True) as connection:
        _create_extensions(connection)
    layout.prepared.touch()


def _create_extensions(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for name in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))


def _probe_vector(connection: psycopg.Connection[tuple[object, ...]], layout: Layout) -> None:
    """A processor that pgvector was not built for kills the backend with SIGILL at the first distance."""
    try:
        connection.execute("SELECT '[1,2,3]'::vector <=> '[3,2,1]'::vector")
    except psycopg.OperationalError as error:
        raise PostgresUnavailable(
            f"pgvector does not run on this processor ({error}). Set DATABASE_URL to a PostgreSQL with pgvector. "
            f"The server's log is {layout.log}."
        ) from error


def run(data_dir: Path) -> int:
    """Stays in the foreground for a supervisor: adopts or starts the server, stops it on SIGTERM, 1 when it died."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    ensure_running(data_dir)
    pid = _postmaster(layout_of(data_dir))
    _say(f"PostgreSQL is ready (process {pid}).")
    while pid is not None and is_running(pid):
        if stopping.wait(0.2):
            stop(data_dir)
            _say("PostgreSQL has stopped.")
            return 0
    _say(f"PostgreSQL (process {pid}) is gone.")
    return 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.embedded_postgres", description=__doc__)
    parser.add_argument("action", choices=("start", "stop", "status", "url", "run"))
    parser.add_argument("--data-dir", type=Path, default=None, help="default: .data/postgres, or $DATA_DIR/postgres")
    options = parser.parse_args(arguments)
    data_dir: Path = options.data_dir or default_data_dir()
    try:
        if options.action == "run":
            return run(data_dir)
        if options.action == "stop":
            _say("stopped" if stop(data_dir) else "was not running")
        elif options.action == "status":
            pid = _postmaster(layout_of(data_dir)) if data_dir.exists() else None
            _say("not running" if pid is None else f"running (process {pid})")
            return 3 if pid is None else 0
        else:
            _say(ensure_running(data_dir) if options.action == "url" else f"ready: {bool(ensure_running(data_dir))}")
    except PostgresUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
