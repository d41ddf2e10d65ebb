from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from events.importers.fetch import Fetched, FetchError, FetchLimits, fetch, public_address

HERE = FetchLimits(allow_private=True, max_bytes=2 * 1024 * 1024, deadline_s=5)


class _Feed(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/etag" and self.headers.get("If-None-Match") == '"v1"':
            self.send_response(304)
            self.end_headers()
            return
        if self.path in ("/loop", "/inside", "/away"):
            self.send_response(302)
            self.send_header(
                "Location", {"/loop": "/loop", "/inside": "http://169.254.169.254/latest", "/away": "/etag"}[self.path]
            )
            self.end_headers()
            return
        self.send_response({"/gone": 404, "/busy": 503}.get(self.path, 200))
        self.send_header("ETag", '"v1"')
        self.end_headers()
        if self.path == "/slow":
            time.sleep(1.5)
        if self.path == "/big":
            for _ in range(64):
                self.wfile.write(b"x" * 65536)
        else:
            self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Feed)
    http.handle_error = lambda *_: None  # type: ignore[method-assign,assignment]  clients hang up on purpose
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def test_body_and_etag(server: str, tmp_path: Path) -> None:
    target = tmp_path / "feed"
    assert fetch(f"{server}/etag", target, limits=HERE) == Fetched(f"{server}/etag", '"v1"')
    assert target.read_bytes() == b"hello"
    assert fetch(f"{server}/etag", target, etag='"v1"', limits=HERE).not_modified
    assert fetch(f"{server}/away", target, limits=HERE).url == f"{server}/etag"


@pytest.mark.parametrize(
    ("path", "reason", "retryable"),
    [
        ("/gone", "404", False),
        ("/busy", "503", True),
        ("/loop", "redirects", False),
        ("/big", "more than 2 MiB", False),
    ],
)
def test_refusals(server: str, tmp_path: Path, path: str, reason: str, retryable: bool) -> None:
    with pytest.raises(FetchError, match=reason) as caught:
        fetch(f"{server}{path}", tmp_path / "feed", limits=HERE)
    assert caught.value.retryable is retryable


def test_a_slow_feed_is_given_up(server: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="in time"):
        fetch(f"{server}/slow", tmp_path / "feed", limits=FetchLimits(deadline_s=0.3, allow_private=True))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost:8000/", "http://10.0.0.5/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://2130706433/", "http://[fe80::1]/", "http://100.64.0.1/",
    ],
)  # fmt: skip
def test_private_addresses_are_refused(url: str) -> None:
    with pytest.raises(FetchError, match="not a public address"):
        public_address(url, allow_private=False)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/", "http://user:pw@8.8.8.8/", "http:///nothing", "gopher://8.8.8.8"],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(FetchError):
        public_address(url, allow_private=False)


def test_public_addresses_pass() -> None:
    assert public_address("https://8.8.8.8/feed", allow_private=False) == "8.8.8.8"
