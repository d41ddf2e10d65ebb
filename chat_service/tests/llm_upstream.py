"""A language model server that speaks OpenAI's stream, says one sentence after the other, and knows who hung up when."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Upstream:
    def __init__(self) -> None:
        self.calls = 0
        self.open = 0
        self.hung_up_at: list[float] = []  # monotonic
        self.hung_up: list[tuple[float, str]] = []  # the same, with what was asked
        self.url = ""


@contextmanager
def endless_model(pause_s: float = 0.05, *, sentences: int = 2000) -> Iterator[Upstream]:
    """Endless enough for a test, or with as many `sentences` as it is given."""
    upstream = Upstream()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            return

        def do_POST(self) -> None:
            messages = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"]
            asked = "\n".join(str(message["content"]) for message in messages)
            upstream.calls += 1
            upstream.open += 1
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                for _ in range(sentences):
                    self._say("It should be fun. ")
                    time.sleep(pause_s)
                self.wfile.write(b"data: [DONE]\n\n")
            except OSError:
                upstream.hung_up_at.append(time.monotonic())
                upstream.hung_up.append((upstream.hung_up_at[-1], asked))
            finally:
                upstream.open -= 1

        def _say(self, text: str) -> None:
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m",
                     "choices": [{"index": 0, "delta": {"content": text}}]}  # fmt: skip
            self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
