"""What this machine's process table says, in the few questions the launchers ask."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psutil

POLL_SECONDS = 0.02


def is_running(pid: int) -> bool:
    """True for a process that can still do work; a zombie cannot."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def working_folder(pid: int) -> Path | None:
    """The process's current folder, or None when it is gone or not ours to ask about."""
    try:
        return Path(psutil.Process(pid).cwd())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def started_at(pid: int) -> float | None:
    """When the process started (seconds since the epoch): with the pid, an identity that survives pid reuse."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def working_in(folder: Path, name: str) -> list[int]:
    """Pids of the processes called `name` whose current folder is `folder`."""
    named = [process.pid for process in psutil.process_iter(["name"]) if process.info["name"] == name]
    return [pid for pid in named if working_folder(pid) == folder and is_running(pid)]


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may already be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_until_gone(pids: Iterable[int], seconds: float) -> list[int]:
    """Those of `pids` that still run after at most `seconds`."""
    deadline = time.monotonic() + seconds
    left = [pid for pid in pids if is_running(pid)]
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        left = [pid for pid in left if is_running(pid)]
    return left


def run_program(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a program of ours to its end with nothing on stdin; what it prints is captured unless redirected."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(command, check=False, text=True, **(streams | options))  # noqa: S603 - no foreign input
