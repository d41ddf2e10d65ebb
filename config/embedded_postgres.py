"""A real PostgreSQL with pgvector from a wheel, for when DATABASE_URL is unset.

Several processes share one server: whoever comes first starts it, the others find it. It survives kill -9 of itself
and of whoever started it. Everyone logs in with a generated password, on a unix socket and - only when
EMBEDDED_POSTGRES_TCP_PORT is set - on 127.0.0.1. The reasons are in docs/adr/0001-embedded-postgres.md.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from config.env import env_int, env_path, env_str
from config.postgres_binaries import PostgresUnavailable, ServerUser, server_user, usable_bin_dir
from config.processes import is_running, run_program, send, wait_until_gone, working_folder, working_in
from config.secret_store import read_secrets, remembered

__all__ = ["PostgresUnavailable", "database_url", "default_data_dir", "ensure_running", "stop"]

SUPERUSER = "postgres"
ROLE = "eventzombie"
DATABASE = "eventzombie"
EXTENSIONS = ("vector", "pg_trgm", "unaccent", "cube", "earthdistance", "btree_gist")
ROLE_GRANTS = ("pg_monitor", "pg_checkpoint", "pg_signal_backend")

BASE_DIR = Path(__file__).resolve().parent.parent
MACHINE_HOME = Path("/var/lib/eventzombie")
SOCKET_PORT = 5432
LONGEST_SOCKET_PATH = 107  # sizeof(sockaddr_un.sun_path) - 1
START_SECONDS = 60
FAST_STOP_SECONDS = 8
IMMEDIATE_STOP_SECONDS = 4
ORPHAN_SECONDS = 3
LOG_BYTES = 10_000_000
POLL_SECONDS = 0.02

CONFIGURATION = """\
# Written at every start by config/embedded_postgres.py: edit that file, not this one.
listen_addresses = '{listen}'
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 200
# Pages outside cost a system call each: at a million events the vectors alone are 1.2 GB.
shared_buffers = {shared_buffers}MB
work_mem = 32MB
maintenance_work_mem = 256MB
effective_cache_size = 1GB
random_page_cost = 1.1
jit = off
max_wal_size = 2GB
checkpoint_timeout = 15min
wal_compression = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
# A crash restart opens and syncs every file without it: 3 s instead of 0.1-0.5 s.
{recovery_sync}
"""
ACCESS = """\
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one server keeps what; `home` differs from `data_dir` only where the server's user cannot reach that."""

    data_dir: Path
    home: Path
    user: ServerUser

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def passwords(self) -> Path:
        return self.data_dir / "passwords.json"

    @property
    def log(self) -> Path:
        return self.data_dir / "server.log"

    @property
    def prepared(self) -> Path:
        """Exists once roles, database and extensions are in place."""
        return self.cluster / "eventzombie.prepared"

    @property
    def socket_dir(self) -> Path:
        near = self.home / "run"
        socket_path = os.fsencode(near / f".s.PGSQL.{65535}")
        if len(socket_path) <= LONGEST_SOCKET_PATH and re.fullmatch(r"[\w ./-]+", str(near), re.ASCII):
            return near
        return Path("/tmp") / f"eventzombie-{self.user.owner}-{_digest(self.home)}"  # noqa: S108 - checked in _own_folder


def default_data_dir() -> Path:
    return env_path("DATA_DIR", BASE_DIR / ".data") / "postgres"


def database_url(state_dir: Path | None = None) -> str:
    """DATABASE_URL, or that of the embedded server under `state_dir` (`.data/`). Raises PostgresUnavailable."""
    return env_str("DATABASE_URL") or ensure_running(
        default_data_dir() if state_dir is None else state_dir / "postgres"
    )


def ensure_running(data_dir: Path) -> str:
    """The URL of the server in `data_dir`, started if it is not running yet. Raises PostgresUnavailable."""
    layout = _layout(data_dir)
    if _answers(layout) and layout.prepared.exists():
        return _url(layout)
    with _locked(layout.data_dir):
        layout = _layout(data_dir)
        if not _answers(layout):
            _start(layout)
        if not layout.prepared.exists():
            _prepare(layout)
    return _url(layout)


def stop(data_dir: Path) -> bool:
    """Stops the server in `data_dir`; False when none ran. Raises PostgresUnavailable when it will not stop."""
    if not data_dir.exists():
        return False
    layout = _layout(data_dir)
    with _locked(layout.data_dir):
        pid = _postmaster(layout)
        if pid is None:
            return False
        for number, patience in ((signal.SIGINT, FAST_STOP_SECONDS), (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS)):
            send(pid, number)
            if not wait_until_gone([pid], patience):
                return True
    raise PostgresUnavailable(f"The embedded PostgreSQL (process {pid}) does not stop. See {layout.log}.")


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _layout(data_dir: Path) -> Layout:
    data_dir = data_dir.resolve()
    pointer = data_dir / "home"
    elsewhere = MACHINE_HOME / _digest(data_dir)
    if pointer.exists():
        elsewhere = Path(pointer.read_text(encoding="utf-8").strip())
        return Layout(data_dir, elsewhere, server_user(os.environ, elsewhere / "cluster"))
    user = server_user(os.environ, data_dir / "cluster")
    if not data_dir.exists():
        data_dir.mkdir(parents=True, mode=0o755)
        data_dir.chmod(0o755)
    if user.can("x", data_dir):
        return Layout(data_dir, data_dir, user)
    elsewhere.mkdir(parents=True, exist_ok=True, mode=0o755)
    pointer.write_text(f"{elsewhere}\n", encoding="utf-8")
    return Layout(data_dir, elsewhere, user)


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
        _initdb(layout, bin_dir)
    _check_version(layout, bin_dir)
    if _postmaster(layout) is None:
        _clear_remains(layout)
        _configure(layout)
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


def _environment(layout: Layout, bin_dir: Path) -> dict[str, str]:
    """Without the caller's PG* variables, which would steer the server's programs.

    The library path is for pg0's binaries, which do not know where their own libraries lie.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    libraries = [str(bin_dir.parent / "lib"), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    return kept | {"LC_ALL": "C.UTF-8", "HOME": str(layout.home), "LD_LIBRARY_PATH": os.pathsep.join(libraries)}


def _initdb(layout: Layout, bin_dir: Path) -> None:
    partial = layout.home / "cluster.partial"
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(mode=0o700)
    password = remembered(layout.passwords, SUPERUSER, lambda: secrets.token_hex(24))
    password_file = layout.home / "initdb-password"
    password_file.touch(mode=0o600)
    password_file.write_text(password, encoding="utf-8")
    layout.user.own(partial)
    layout.user.own(password_file)
    command = [str(bin_dir / "initdb"), "-D", str(partial), "-U", SUPERUSER, f"--pwfile={password_file}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    command += ["--sync-method=syncfs"] if sys.platform == "linux" else []
    try:
        done = run_program(
            [*command, "--no-sync"], cwd="/", env=_environment(layout, bin_dir), **layout.user.process_options
        )
    finally:
        password_file.unlink()
    if done.returncode != 0:
        raise PostgresUnavailable(f"initdb failed: {done.stderr.strip()}")
    partial.rename(layout.cluster)


def _check_version(layout: Layout, bin_dir: Path) -> None:
    made_by = (layout.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    installed = (
        run_program([str(bin_dir / "postgres"), "--version"], env=_environment(layout, bin_dir))
        .stdout.split()[2]
        .split(".")[0]
    )
    if made_by != installed:
        raise PostgresUnavailable(
            f"{layout.cluster} was made by PostgreSQL {made_by}; {installed} is installed now. "
            f"Install the embedded-postgres of version {made_by} to dump it, or remove the folder to start afresh."
        )


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


def _own_folder(layout: Layout, folder: Path) -> None:
    """Somebody else may have made the folder first where it lies in /tmp: then it is refused, not used."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        layout.user.own(folder)
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != layout.user.owner or state.st_mode & 0o077:
        raise PostgresUnavailable(f"{folder} must be a folder that only {layout.user.name} can enter. Remove it.")


def _shared_buffers_mb() -> int:
    """A tenth of the memory; the system gives a page only once it is used."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):  # no limit, or none that is a number
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return max(128, min(2048, total // 10 // 2**20))


def _configure(layout: Layout) -> None:
    _own_folder(layout, layout.socket_dir)
    tcp_port = env_int("EMBEDDED_POSTGRES_TCP_PORT", 0, minimum=0, maximum=65535)
    text = CONFIGURATION.format(
        listen="127.0.0.1" if tcp_port else "",
        port=tcp_port or SOCKET_PORT,
        socket_dir=layout.socket_dir,
        shared_buffers=_shared_buffers_mb(),
        recovery_sync="recovery_init_sync_method = syncfs" if sys.platform == "linux" else "",
    )
    include = "include = 'eventzombie.conf'"
    main = layout.cluster / "postgresql.conf"
    if include not in main.read_text(encoding="utf-8"):
        with main.open("a", encoding="utf-8") as handle:
            handle.write(f"\n{include}\n")
    for name, content in (("eventzombie.conf", text), ("pg_hba.conf", ACCESS)):
        path = layout.cluster / name
        path.write_text(content, encoding="utf-8")
        layout.user.own(path)


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
            env=_environment(layout, bin_dir),
            start_new_session=True,
            **layout.user.process_options,
        )
    deadline = time.monotonic() + ORPHAN_SECONDS
    while _postmaster(layout) is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _log_tail(layout: Layout, lines: int = 12) -> str:
    return "\n".join(layout.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


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
    pid = _postmaster(_layout(data_dir))
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
            pid = _postmaster(_layout(data_dir)) if data_dir.exists() else None
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
