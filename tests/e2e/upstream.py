"""A language model server in this process that says what a test tells it to, or refuses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Model:
    """`status` other than 200 refuses; `pause_s` lies before each of the sentences."""

    url: str = ""
    says: list[str] = field(default_factory=list)
    status: int = 200
    pause_s: float = 0.0


@contextmanager
def model_server() -> Iterator[Model]:
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            return

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(model.status)
            self.send_header("Content-Type", "text/event-stream" if model.status == 200 else "application/json")
            self.end_headers()
            if model.status != 200:
                self.wfile.write(b'{"error": {"message": "no"}}')
                return
            try:
                for text in model.says:
                    time.sleep(model.pause_s)
                    self.say(text)
                self.wfile.write(b"data: [DONE]\n\n")
            except OSError:
                return  # the reader hung up

        def say(self, text: str) -> None:
            choice = {"index": 0, "delta": {"content": text}}
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
