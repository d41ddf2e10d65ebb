"""A search server for tests: the emulated one, or whatever ELASTICSEARCH_TEST_URL names."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from osmem_server import OsmemServer

LIVE = "ELASTICSEARCH_TEST_URL"


@pytest.fixture(scope="session")
def emulated() -> Iterator[str]:
    """osmem: OpenSearch's REST API in memory. It knows no vector search."""
    with OsmemServer.start(japanese=False) as server:
        yield server.url
    if server.process.stdout:
        server.process.stdout.close()


@pytest.fixture(params=["emulated", pytest.param("live", marks=pytest.mark.live)])
def server_url(request: pytest.FixtureRequest) -> str:
    return server_of(request, request.param)


@pytest.fixture
def live_url(request: pytest.FixtureRequest) -> str:
    return server_of(request, "live")


def server_of(request: pytest.FixtureRequest, kind: str) -> str:
    if kind == "emulated":
        return str(request.getfixturevalue("emulated"))
    url = os.environ.get(LIVE)
    if not url:
        pytest.skip(f"needs a search server, named by {LIVE}")
    return url


def is_live(url: str) -> bool:
    return url == os.environ.get(LIVE)
