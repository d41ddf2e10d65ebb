"""What an earlier run may have left behind, and what else may stand in this run's way."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from config.processes import send, wait_until_gone
from config.runner.services import Plan
from config.runner.supervisor import RUN_MARK

GENTLE_SECONDS = 8
FORCED_SECONDS = 3


class AlreadyRunning(Exception):
    """Another `make run` serves this folder."""


@dataclass(frozen=True, slots=True)
class TakenPort:
    port: int
    variable: str
    holder: str

    def __str__(self) -> str:
        return (
            f"Port {self.port} is taken by {self.holder}. "
            f"Stop that, or choose another: {self.variable}={self.port + 100} make run"
        )


def claim(state_dir: Path) -> IO[str]:
    """The lock that one run holds while it lives; the kernel frees it even after kill -9."""
    state_dir.mkdir(parents=True, exist_ok=True)
    handle = (state_dir / "run.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        holder = handle.read().strip() or "unknown"
        handle.close()
        raise AlreadyRunning(
            f"EventZombie already runs here (process {holder}). Press Ctrl-C there, or: make stop"
        ) from None
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    return handle


def runner_pid(state_dir: Path) -> int | None:
    """The process that holds the run lock, None when nobody does."""
    try:
        claim(state_dir).close()
    except AlreadyRunning:
        text = (state_dir / "run.lock").read_text(encoding="utf-8").strip()
        return int(text) if text.isdigit() else None
    return None


def marked_processes(state_dir: Path) -> list[psutil.Process]:
    """Everything an earlier run started here, whoever its parent is by now - except the database server.

    Each carries the run's mark in its environment, which survives what recorded pids do not: restarts and reuse.
    """
    found = []
    for process in psutil.process_iter(["name"]):
        if process.pid == os.getpid() or process.info["name"] == "postgres":
            continue
        try:
            marked = process.environ().get(RUN_MARK) == str(state_dir)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if marked:
            found.append(process)
    return found


def stop_leftovers(state_dir: Path) -> list[str]:
    """Stops what a crashed run left: its supervisor first, else that would restart the rest. Says what was stopped."""
    found = marked_processes(state_dir)
    described = [f"{_role(process)} (process {process.pid})" for process in found]
    supervisors = [process.pid for process in found if _role(process) == "supervisor"]
    everyone = [process.pid for process in found]
    _stop(supervisors, 15)
    _stop(everyone, GENTLE_SECONDS)
    return described


def _role(process: psutil.Process) -> str:
    try:
        words = process.cmdline()
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return "process"
    text = " ".join(words)
    for sign, role in (
        ("supervisor.supervisord", "supervisor"),
        ("config.embedded_postgres", "postgres"),
        ("embedding_service", "embedding"),
        ("manage.py worker", "worker"),
        ("config.asgi", "web"),
        ("chat_service", "chat"),
    ):
        if sign in text:
            return role
    return Path(words[0]).name if words else "process"


def _stop(pids: Iterable[int], patience: float) -> None:
    pids = list(pids)
    for pid in pids:
        send(pid, signal.SIGTERM)
    stubborn = wait_until_gone(pids, patience)
    for pid in stubborn:
        send(pid, signal.SIGKILL)
    wait_until_gone(stubborn, FORCED_SECONDS)


def taken_ports(plan: Plan) -> list[TakenPort]:
    wanted = [(service.port, service.port_variable) for service in plan.services if service.port is not None]
    return [TakenPort(port, variable, _holder(port)) for port, variable in wanted if not _can_bind(plan.host, port)]


def _can_bind(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _holder(port: int) -> str:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return "another program"
    for connection in connections:
        listening = connection.status == psutil.CONN_LISTEN and connection.laddr
        if listening and listening.port == port and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.NoSuchProcess:
                break
    return "another user's program"
