"""The short way in. Ten times more requests than the model can serve must not starve the ones it can."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .errors import Refusal, too_busy
from .service import Service

# A body this small holds a question, not an import, so a full queue refuses it unread.
SURELY_INTERACTIVE_BYTES = 1024
GUARDED = {"/embed", "/v1/embeddings"}

Handler = Callable[[Request], Awaitable[Response]]


class Door(FastAPI):
    """Hands the paths that matter straight to their handlers, and answers 429 where the queue for questions is full.

    The middlewares and routing of the frameworks took twice as long as everything we do for a question, and all of a refusal.
    They serve the other paths, and whatever is no plain request for these.
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
        refusal = self._refusal(scope) if scope["path"] in GUARDED else None
        if refusal is not None:
            self._service.metrics.requests.labels(scope["path"], refusal.status).inc()
            response = refusal.response()
        else:
            response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        if not self._service.ready:
            return None
        size = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if not size.isdigit() or int(size) > SURELY_INTERACTIVE_BYTES:
            return None
        overloaded = self._service.serving().batcher.refuses_questions()
        return too_busy(overloaded) if overloaded is not None else None
