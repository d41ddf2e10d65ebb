"""What a busy model means on the wire. The real server in a thread, the hash embedder behind a gate."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import uvicorn

from embedding_service.app import create_app
from embedding_service.config import Settings
from embedding_service.short_way import ShortWayProtocol

from .test_batcher import GatedBackend


@dataclass
class Busy:
    url: str
    backend: GatedBackend

    def counter(self, name: str) -> float:
        text = httpx.get(f"{self.url}/metrics", trust_env=False).text
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))

    def wait_for(self, name: str, value: float) -> None:
        deadline = time.monotonic() + 10
        while self.counter(name) < value:
            assert time.monotonic() < deadline, f"{name} did not reach {value}"
            time.sleep(0.02)


@pytest.fixture
def busy() -> Iterator[Busy]:
    backend = GatedBackend()
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(Settings(backend="hash", interactive_wait_s=0.2, queued_texts=10), backend)
    config = uvicorn.Config(app, http=ShortWayProtocol, log_config=None, access_log=False, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    while httpx.get(f"{url}/readyz", trust_env=False).status_code != 200:
        time.sleep(0.01)
    backend.entered.clear()
    backend.gate.clear()
    yield Busy(url, backend)
    backend.gate.set()
    server.should_exit = True
    thread.join()


def ask_in_background(url: str, text: str) -> threading.Thread:
    thread = threading.Thread(
        target=lambda: httpx.post(f"{url}/embed", json={"text": text}, timeout=20, trust_env=False)
    )
    thread.start()
    return thread


def test_a_caller_who_hangs_up_is_not_computed(busy):
    first = ask_in_background(busy.url, "first")
    assert busy.backend.entered.wait(10)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{busy.url}/embed", json={"text": "impatient"}, timeout=0.3, trust_env=False)
    busy.wait_for("embedding_abandoned_texts_total", 1)
    busy.backend.gate.set()
    first.join()
    assert ["impatient"] not in busy.backend.batches
    assert busy.counter('embedding_requests_total{route="/embed",status="499"}') == 1


def test_a_full_queue_is_answered_429_with_a_time_and_live_still_answers(busy):
    waiting = [ask_in_background(busy.url, "first")]
    assert busy.backend.entered.wait(10)
    waiting += [ask_in_background(busy.url, f"waits {number}") for number in range(10)]
    busy.wait_for("embedding_queued_texts", 10)
    answer = httpx.post(f"{busy.url}/embed", json={"text": "one too many"}, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "overloaded")
    assert int(answer.headers["retry-after"]) >= 1
    assert int(answer.headers["retry-after-ms"]) > 0
    assert httpx.get(f"{busy.url}/livez", trust_env=False).status_code == 200
    busy.backend.gate.set()
    for thread in waiting:
        thread.join()
    assert busy.counter('embedding_requests_total{route="/embed",status="200"}') == 11
    assert busy.counter('embedding_requests_total{route="/embed",status="429"}') == 1


def statuses(url: str, requests: bytes, answers: int) -> list[tuple[str, str]]:
    """Status and body of what comes back on one connection."""
    host, port = url.removeprefix("http://").split(":")
    found = []
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(requests)
        with connection.makefile("rb") as lines:
            for _ in range(answers):
                status = lines.readline().split()[1].decode()
                headers = dict(line.rstrip().split(b": ", 1) for line in iter(lines.readline, b"\r\n"))
                assert b"date" in headers
                found.append((status, lines.read(int(headers[b"content-length"])).decode()[:17]))
    return found


LIVE = b"GET /livez HTTP/1.1\r\nhost: test\r\n\r\n"
SMALL = b'POST /embed HTTP/1.1\r\nhost: test\r\ncontent-length: 16\r\n\r\n{"text":"small"}'
ALIVE = ("200", '{"status":"live"}')


def test_refusals_and_signs_of_life_share_a_connection(busy):
    waiting = [ask_in_background(busy.url, "first")]
    assert busy.backend.entered.wait(10)
    waiting += [ask_in_background(busy.url, f"waits {number}") for number in range(10)]
    busy.wait_for("embedding_queued_texts", 10)
    refused = ("429", '{"error":{"code":')
    assert statuses(busy.url, SMALL + LIVE + SMALL + LIVE, 4) == [refused, ALIVE, refused, ALIVE]
    busy.backend.gate.set()
    for thread in waiting:
        thread.join()
    assert busy.counter('embedding_requests_total{route="/embed",status="429"}') == 2


def test_who_asks_ahead_is_answered_in_turn(busy):
    threading.Timer(0.2, busy.backend.gate.set).start()
    vectors = ("200", '{"embeddings":[[0')
    assert statuses(busy.url, SMALL + LIVE + SMALL + LIVE, 4) == [vectors, ALIVE, vectors, ALIVE]


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /livez HTTP/1.0\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n",
        b"GET /livez?verbose HTTP/1.1\r\nhost: test\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nhost: test\r\ncontent-length: 4\r\n\r\nbody",
    ],
)
def test_every_way_to_ask_for_a_sign_of_life_is_answered(busy, request_head):
    assert statuses(busy.url, request_head, 1) == [ALIVE]


def test_what_is_under_way_is_finished_before_the_service_stops(busy):
    answers: list[int] = []
    asking = threading.Thread(
        target=lambda: answers.append(
            httpx.post(f"{busy.url}/embed", json={"text": "last"}, trust_env=False).status_code
        )
    )
    asking.start()
    assert busy.backend.entered.wait(10)
    threading.Timer(0.2, busy.backend.gate.set).start()
    # The fixture's end asks the server to stop; here it is still answering.
    asking.join()
    assert answers == [200]
