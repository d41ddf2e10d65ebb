"""The short way in. Ten times more requests than the model can serve must not starve the ones it can."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .errors import too_busy
from .queues import Overloaded
from .service import Service
from .short_way import AtOnce, at_once

# A body this small holds a question, not an import, so a full queue refuses it unread.
SURELY_INTERACTIVE_BYTES = 1024
GUARDED = {b"/embed": "/embed", b"/v1/embeddings": "/v1/embeddings"}

Handler = Callable[[Request], Awaitable[Response]]


def live() -> Response:
    return Response(b'{"status":"live"}', media_type="application/json")


LIVE = at_once(live())


class Door(FastAPI):
    """Hands the paths that matter straight to their handlers, and answers 429 where the queue for questions is full.

    The middlewares and routing of the frameworks took twice as long as everything we do for a question. They serve the other paths, and
    whatever is no plain request for these.
    """

    def __init__(self, service: Service, **about: Any) -> None:
        super().__init__(**about)
        self._service = service
        self._straight: dict[tuple[str, str], Handler] = {}

    def straight(self, method: str, path: str, handler: Handler) -> Handler:
        """Also to be registered as a route, for the schema and for the methods it does not answer."""
        self._straight[method, path] = handler
        return handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._straight.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if handler is None:
            await super().__call__(scope, receive, send)
            return
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)

    def answer_at_once(self, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]) -> AtOnce | None:
        """What `ShortWayProtocol` asks before it calls the application; the queue asks again where it does."""
        if method == b"POST" and target in GUARDED and self._service.ready:
            size = next((value for name, value in headers if name == b"content-length"), b"")
            if not size.isdigit() or int(size) > SURELY_INTERACTIVE_BYTES:
                return None
            overloaded = self._service.serving().batcher.refuses_questions()
            if overloaded is None:
                return None
            self._service.metrics.requests.labels(GUARDED[target], 429).inc()
            return _refusal(math.ceil(overloaded.retry_after_s * 1000))
        return LIVE if method == b"GET" and target == b"/livez" else None


@lru_cache(maxsize=1024)
def _refusal(retry_after_ms: int) -> AtOnce:
    return at_once(too_busy(Overloaded(retry_after_ms / 1000)).response())
