"""From request bytes to vectors: bounds, validation, the queue, the caller who leaves. Knows no route and no wire format."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from . import choose
from .backend import Backend
from .batcher import Batcher, Limits
from .config import Settings
from .errors import Refusal, too_busy
from .metrics import BatchMetrics
from .queues import CallerLeft, DeadlineExceeded, Draining, Embedded, Overloaded

logger = logging.getLogger("embedding_service")

DEADLINE_HEADER = "x-deadline-ms"

Body = TypeVar("Body", bound=BaseModel)


@dataclass(slots=True)
class Serving:
    backend: Backend
    batcher: Batcher


class Service:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = BatchMetrics()
        self._serving: Serving | None = None

    # ------------------------------------------------------------------ life

    async def start(self, backend: Backend | None = None) -> None:
        """Load, warm up, then be ready. The process answers /livez meanwhile."""
        started = time.perf_counter()
        if backend is None:
            backend = await asyncio.to_thread(choose.load, self.settings)
        settings = self.settings
        limits = Limits(
            interactive_texts=settings.interactive_texts,
            interactive_wait_s=settings.interactive_wait_s,
            bulk_wait_s=settings.bulk_wait_s,
            bulk_patience_s=settings.bulk_patience_s,
            queued_texts=settings.queued_texts,
        )
        batcher = Batcher(backend, limits, self.metrics)
        logger.info("warming up %d lane(s) of %s", backend.info.lanes, backend.info.backend)
        await batcher.start()
        self._serving = Serving(backend, batcher)
        logger.info("ready after %.1f s: %s", time.perf_counter() - started, backend.info)

    async def stop(self) -> None:
        if self._serving is not None:
            await self._serving.batcher.drain()
            self._serving = None

    @property
    def ready(self) -> bool:
        return self._serving is not None

    def serving(self) -> Serving:
        if self._serving is None:
            raise Refusal(503, "not_ready", "the model is not loaded yet", retry_after_s=1.0)
        return self._serving

    # ------------------------------------------------------------------ one request

    async def read(self, request: Request, shape: type[Body]) -> Body:
        declared = request.headers.get("content-length", "")
        raw = await self._bounded_body(request, int(declared) if declared.isdigit() else None)
        try:
            return shape.model_validate_json(raw)
        except ValidationError as error:
            raise Refusal(422, "invalid_request", plain(error)) from error

    async def _bounded_body(self, request: Request, declared: int | None) -> bytes:
        limit = self.settings.max_body_bytes
        too_large = Refusal(413, "body_too_large", f"the body is larger than {limit} bytes")
        if declared is not None and declared > limit:
            raise too_large
        chunks: list[bytes] = []
        size = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise too_large
                chunks.append(chunk)
        except ClientDisconnect as error:
            raise CallerLeft from error
        return b"".join(chunks)

    async def embed(self, request: Request, texts: list[str]) -> list[Embedded]:
        """Raises Refusal, CallerLeft."""
        self._bound(texts)
        batcher = self.serving().batcher
        deadline = asyncio.get_running_loop().time() + self._patience_s(request)
        try:
            submission = batcher.submit(texts, deadline)
        except Overloaded as refusal:
            raise too_busy(refusal) from refusal
        except Draining as error:
            raise Refusal(503, "stopping", "the service is stopping", retry_after_s=1.0) from error
        watch = asyncio.ensure_future(_until_gone(request))
        watch.add_done_callback(lambda done: None if done.cancelled() else batcher.abandon(submission))
        try:
            await submission.future
        except DeadlineExceeded as error:
            raise Refusal(504, "deadline_exceeded", "the caller's deadline passed in the queue") from error
        finally:
            watch.cancel()
        return submission.results()

    def _bound(self, texts: list[str]) -> None:
        most, longest = self.settings.max_texts, self.settings.max_chars
        if len(texts) > most:
            raise Refusal(413, "too_many_texts", f"{len(texts)} texts in one request, at most {most}")
        for number, text in enumerate(texts):
            if len(text) > longest:
                raise Refusal(422, "text_too_long", f"text {number} has {len(text)} characters, at most {longest}")

    def _patience_s(self, request: Request) -> float:
        given = request.headers.get(DEADLINE_HEADER)
        if given is None:
            return self.settings.default_deadline_s
        if not given.isascii() or not given.isdigit() or len(given) > 9:
            raise Refusal(422, "invalid_request", f"{DEADLINE_HEADER}: expected whole milliseconds")
        return min(int(given) / 1000, self.settings.default_deadline_s)


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def plain(error: ValidationError) -> str:
    """The first fault in words; never the text itself, which may be private."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def dumps(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
