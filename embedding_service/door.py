"""The cheapest possible no. Ten times more requests than the model can serve must not starve the ones it can."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from .errors import Refusal, too_busy
from .service import Service

# A body this small holds a question, not an import, so a full queue refuses it unread.
SURELY_INTERACTIVE_BYTES = 1024
GUARDED = {"/embed", "/v1/embeddings"}


class Door:
    """In front of routing and parsing: answers 429 where the queue for questions is full."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in GUARDED and scope["method"] == "POST":
            refusal = self._refusal(scope)
            if refusal is not None:
                self._service.metrics.requests.labels(scope["path"], refusal.status).inc()
                await refusal.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        if not self._service.ready:
            return None
        size = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if not size.isdigit() or int(size) > SURELY_INTERACTIVE_BYTES:
            return None
        overloaded = self._service.serving().batcher.refuses_questions()
        return too_busy(overloaded) if overloaded is not None else None
