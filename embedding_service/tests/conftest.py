from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[bytes]
    url: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_service(port: int, **settings: str) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EMBEDDING_")}
    given = {f"EMBEDDING_{name.upper()}": value for name, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "embedding_service"],
        cwd=ROOT,
        env={**clean, "EMBEDDING_BACKEND": "hash", "EMBEDDING_PORT": str(port), **given},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until_ready(url: str, timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail(f"{url} was not ready within {timeout_s} s")


@pytest.fixture
def run_service() -> Iterator[Callable[..., Running]]:
    """A factory of real processes; all are stopped at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def run(**settings: str) -> Running:
        port = free_port()
        process = start_service(port, **settings)
        started.append(process)
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url)
        return Running(process, url)

    yield run
    for process in started:
        process.kill()
        process.wait()
