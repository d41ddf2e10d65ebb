"""A database of its own with the real events at their own dates, kept between runs; and an embedding service to fill it with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings

from locations.memory import forget_gazetteer

NAME_SUFFIX = "_evaluation"
START_S = 120


class NotReady(RuntimeError):
    """What the measurement needs is missing; the text says what."""


@contextmanager
def evaluation_database(suffix: str = NAME_SUFFIX) -> Iterator[None]:
    """The default connection speaks to the database of the evaluation, made and migrated if need be; its gazetteer file lies apart."""
    test_settings, own = connection.settings_dict["TEST"], connection.settings_dict["NAME"]
    test_name = test_settings.get("NAME")
    _leave()
    test_settings["NAME"] = f"{own}{suffix}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=True)
    _leave()
    forget_gazetteer()
    try:
        with override_settings(DATA_DIR=Path(settings.DATA_DIR) / "evaluation"):
            yield
    finally:
        _leave()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = own
        test_settings["NAME"] = test_name
        forget_gazetteer()


def _leave() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of the PostgreSQL backend


def fill(files: Sequence[Path], *, verbosity: int) -> None:
    """Gazetteer, events with their own dates, vectors: only what is missing or changed. Raises NotReady."""
    if missing := [path for path in files if not path.exists()]:
        raise NotReady(f"{missing[0]} is not here")
    call_command("import_locations", if_empty=True, verbosity=verbosity)
    call_command("import_events", *map(str, files), shift_weeks="0", verbosity=verbosity)
    call_command("update_embeddings", verbosity=verbosity)


@contextmanager
def embedding_service() -> Iterator[None]:
    """The one at EMBEDDING_URL where it answers, else one started for this run. Raises NotReady."""
    if _ready(settings.EMBEDDING_URL):
        yield
        return
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"EMBEDDING_PORT": str(port), "EMBEDDING_LOG_LEVEL": "warning"}
    process = subprocess.Popen(
        [sys.executable, "-m", "embedding_service"], cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_S
        while not _ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotReady("the embedding service does not start")
            time.sleep(0.2)
        with override_settings(EMBEDDING_URL=url):
            yield
    finally:
        process.terminate()
        process.wait(30)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
