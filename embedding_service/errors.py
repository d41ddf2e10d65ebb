"""Refusals of the HTTP edge; each knows its status, its code and whether trying again can help."""

from __future__ import annotations

import math

import orjson
from starlette.responses import Response

from .queues import Overloaded


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after_s = status, code, message, retry_after_s

    def response(self) -> Response:
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        headers = {}
        if self.retry_after_s is not None:
            kind = "overloaded_error" if self.status == 429 else kind
            headers["retry-after"] = str(max(1, math.ceil(self.retry_after_s)))
            headers["retry-after-ms"] = str(math.ceil(self.retry_after_s * 1000))
        body = {"error": {"code": self.code, "message": self.message, "type": kind}}
        return Response(orjson.dumps(body), self.status, headers, "application/json")


def too_busy(overloaded: Overloaded) -> Refusal:
    return Refusal(
        429, "overloaded", "more work is queued than can be done soon", retry_after_s=overloaded.retry_after_s
    )
