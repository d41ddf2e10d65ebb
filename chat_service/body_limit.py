"""Reads a request's body before anything else does, and refuses one that is too large or too slow."""

from __future__ import annotations

import asyncio

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_service.errors import ChatError, ChatErrorCode


class BodyLimit:
    def __init__(self, app: ASGIApp, *, max_bytes: int, timeout_s: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            return await self._app(scope, receive, send)
        try:
            async with asyncio.timeout(self._timeout_s):
                body = await self._read(scope, receive)
        except TimeoutError:
            return await self._refuse(408, "The body did not come in time.")(scope, receive, send)
        if body is None:
            refusal = self._refuse(413, f"The body is larger than {self._max_bytes} bytes.")
            return await refusal(scope, receive, send)
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """None: too large, by its own account or in fact (a chunked body says nothing of its length)."""
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._max_bytes:
            return None
        parts, size = [], 0
        while True:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_bytes:
                return None
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                return b"".join(parts)

    def _refuse(self, status: int, message: str) -> JSONResponse:
        error = ChatError(ChatErrorCode.INVALID_REQUEST, message, status=status)
        return JSONResponse(error.body(), status_code=error.status, headers={"Connection": "close"})


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
