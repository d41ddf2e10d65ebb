from __future__ import annotations

import gzip
import io
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from events.importers.fetch import Fetched, FetchError, FetchLimits, fetch, public_address
from events.importers.formats import Format, Reading, open_feed, read_feed
from events.tests.conftest import NOW
from events.types import UnreadableFeed

HERE = FetchLimits(allow_private=True, max_bytes=2 * 1024 * 1024, deadline_s=5)


AWAY = [
    "http://[bad/",
    "http://exa mple\x7f.com/ ",
    "http://localhost:99999999/",
    "http://127.0.0.1/\x01",
    "http://\xfcber.example/",
]


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
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", AWAY[int(self.path[4:])])
            self.end_headers()
            return
        if self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for n in range(100):
                self.wfile.write(b"X-%d: drop\r\n" % n)
                time.sleep(0.1)
            return
        if self.path.startswith("/packed/"):
            self.send_response(200)
            self.send_header("Content-Encoding", self.path[8:].replace("+", ", "))
            self.end_headers()
            self.wfile.write(gzip.compress(b"hello"))
            return
        self.send_response({"/gone": 404, "/busy": 503}.get(self.path, 200))
        self.send_header("ETag", {"/odd": '"vers\xe9"', "/long": '"' + 400 * "v" + '"'}.get(self.path, '"v1"'))
        self.end_headers()
        if self.path == "/host":
            self.wfile.write(self.headers["Host"].encode())
            return
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


def test_headers_that_drip_are_given_up(server: str, tmp_path: Path) -> None:
    """Else they would be read to their end, and the feed called broken."""
    with pytest.raises(FetchError, match="in time"):
        fetch(f"{server}/drip", tmp_path / "feed", limits=FetchLimits(deadline_s=0.5, allow_private=True))


@pytest.mark.parametrize("way", range(len(AWAY)))
def test_an_address_that_is_none_is_an_error_of_the_feed(server: str, tmp_path: Path, way: int) -> None:
    with pytest.raises(FetchError):
        fetch(f"{server}/to/{way}", tmp_path / "feed", limits=HERE)
    with pytest.raises(FetchError):
        fetch(AWAY[way], tmp_path / "feed", limits=HERE)


def test_what_is_packed_is_left_to_a_reader_with_bounds(server: str, tmp_path: Path) -> None:
    fetch(f"{server}/packed/gzip", tmp_path / "feed", limits=HERE)
    with open_feed(tmp_path / "feed") as stream:
        assert stream.read() == b"hello"


@pytest.mark.parametrize("encoding", ["gzip+gzip", "br", "gzip+identity+gzip", "deflate"])
def test_other_packings_are_refused(server: str, tmp_path: Path, encoding: str) -> None:
    with pytest.raises(FetchError, match="packed as"):
        fetch(f"{server}/packed/{encoding}", tmp_path / "feed", limits=HERE)


class _Endless(io.RawIOBase):
    """Zeros without a line's end, as a gzip file of a few kilobytes unpacks to."""

    asked = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert 0 < size <= 4_000_000, "a whole line was asked for"
        self.asked += size
        assert self.asked < 40_000_000, "nobody stopped reading"
        return b"\0" * size


def test_a_line_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.importers.formats.FILE_MAX_BYTES", 10_000_000)
    with pytest.raises(UnreadableFeed, match="more than"):
        list(read_feed(cast(BinaryIO, _Endless()), "jsonl", Reading(NOW)))


_ROW = b'{"title": "Fair", "start": "2027-01-01T10:00:00Z"}'
_VEVENT = b"begin:vevent\nDTSTART:20270101T100000Z\nSUMMARY:Fair\nend:vevent\n"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("jsonl", b"\n".join([_ROW] * 4)),
        ("jsonl", b"\n" * 4),
        ("json", b"[" + b",".join([_ROW] * 4) + b"]"),
        ("ics", b"BEGIN:VCALENDAR\n" + _VEVENT * 4 + b"END:VCALENDAR\n"),
    ],
)
def test_a_feed_of_more_rows_than_memory_is_for_is_refused(
    monkeypatch: pytest.MonkeyPatch, kind: Format, body: bytes
) -> None:
    """A few kilobytes of gzip unpack to millions of rows, each held until the last is read."""
    monkeypatch.setattr("events.types.FEED_MAX_ROWS", 3)
    with pytest.raises(UnreadableFeed, match="more than 3 rows"):
        list(read_feed(io.BytesIO(body), kind, Reading(NOW)))


def test_a_line_that_is_too_long_is_one_bad_row() -> None:
    good = b'{"id": "1", "title": "Fair", "start": "2027-01-01T10:00:00Z"}'
    rows = list(read_feed(io.BytesIO(b"x" * 5_000_000 + b"\n" + good), "jsonl", Reading(NOW)))
    assert [(r.line, getattr(r, "reason", "")) for r in rows] == [(1, "the line is too long"), (2, "")]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost:8000/", "http://10.0.0.5/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://2130706433/", "http://[fe80::1]/", "http://100.64.0.1/",
        "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[::127.0.0.1]/", "http://[fec0::1]/", "http://[2002:7f00:1::]/",
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
    # the second is 8.8.8.8 as a network without IPv4 names it
    for host in (
        "2001:4860:4860::8888",
        "64:ff9b::808:808",
    ):
        assert public_address(f"https://[{host}]/feed", allow_private=False) == host


@pytest.mark.parametrize("path", ["/odd", "/long"])
def test_a_mark_that_cannot_be_sent_back_is_none(server: str, tmp_path: Path, path: str) -> None:
    assert fetch(server + path, tmp_path / "feed", limits=HERE).etag == ""


def test_a_host_of_other_letters_is_asked_by_its_wire_name(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.rpartition(":")[2]
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port)))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: here)
    fetch(f"http://b\xfccher.example:{port}/host", tmp_path / "feed", limits=HERE)
    assert (tmp_path / "feed").read_text() == f"xn--bcher-kva.example:{port}"
