"""What every app's tests may use: the embedding service with its hash backend, as a real process, and an index of places."""

from __future__ import annotations

import functools
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings as property_settings
from xdist.scheduler import LoadFileScheduling

# Each client of a test would read all certificates anew, for a twentieth of a second; none of them speaks TLS.
ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]
ROOT = Path(__file__).resolve().parent
START_S = 120  # a machine that also runs another worker and the type checker starts a stack in half a minute
# How long an example takes says more of the machine than of the code.
property_settings.register_profile("untimed", property_settings(), deadline=None)
property_settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="random tests at their full length")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that start the whole product first: at the end they would keep one worker busy while the other waits."""
    items.sort(key=lambda item: not item.path.is_relative_to(ROOT / "tests"))


class Houses(LoadFileScheduling):
    """A file stays on one worker, and so do files that share what takes half a minute to set up."""

    SHARED = {
        "tests/e2e/test_page": "the running product",
        "tests/e2e/test_runner": "the running product",
        "tests/golden/": "the gazetteer",
    }

    def _split_scope(self, nodeid: str) -> str:
        return next(
            (house for start, house in self.SHARED.items() if nodeid.startswith(start)), super()._split_scope(nodeid)
        )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Houses:
    return Houses(config, log)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The test database is a copy of one that is migrated already. A pool made before it would lead to the developer's own."""
    from django.db import connection

    from tests.emptying import replace_flush
    from tests.template import migrated_database

    replace_flush()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["TEST"]["TEMPLATE"] = migrated_database()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server of this process."""
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def staff(db: None) -> Any:
    """The browser of somebody who may do everything in the admin."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.create_superuser("ada", "ada@example.org", "pw"))
    return client


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real events, dates and places beside the repository; tests that need them are skipped where they are absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the data folder {folder.parent.name}/{folder.name} beside the repository")
    return folder


@pytest.fixture(scope="session")
def embedding_process() -> Iterator[str]:
    """URL of a running embedding service."""
    port = free_port()
    process = start_embedding(port)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(15)


def start_embedding(port: int) -> subprocess.Popen[bytes]:
    """An embedding service with its hash backend, ready."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EMBEDDING_")}
    environment |= {"EMBEDDING_BACKEND": "hash", "EMBEDDING_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "embedding_service"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process)
    except RuntimeError:
        process.kill()
        raise
    return process


def wait_for(url: str, process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the process behind {url} ended with {process.returncode}")
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{url} was not ready within {START_S} s")


@pytest.fixture
def stored_places(db: None) -> Iterator[None]:
    """The places of tests in the database, for one test."""
    from locations.memory import forget_gazetteer
    from locations.testing import load_test_places

    load_test_places()
    yield
    forget_gazetteer()


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The index of the places of tests: it alone is needed, so the rows it is built from leave no trace."""
    from django.db import transaction

    from locations.memory import forget_gazetteer, gazetteer
    from locations.testing import load_test_places

    with django_db_blocker.unblock(), transaction.atomic():
        load_test_places()
        index = gazetteer()
        transaction.set_rollback(True)
    yield index
    forget_gazetteer()
