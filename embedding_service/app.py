"""The HTTP edge. The wire is described in docs/embedding.md; clients outside share that page and a test, never an import."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response

from . import __version__
from .backend import Backend
from .config import Settings
from .door import Door, Handler, live
from .errors import Refusal
from .model_files import MODEL_NAME
from .queues import CallerLeft, Embedded
from .schemas import EmbedRequest, EmbedResponse, ErrorBody, Info, OpenAIRequest, OpenAIResponse, Status, body_of
from .service import Service, dumps

OCTET_STREAM = "application/octet-stream"
CLIENT_CLOSED_REQUEST = 499
MODEL_ALIASES = {MODEL_NAME, f"sentence-transformers/{MODEL_NAME}"}

REFUSALS: dict[int | str, dict[str, Any]] = {
    413: {"model": ErrorBody, "description": "Body too large or too many texts"},
    422: {"model": ErrorBody, "description": "The body is not what the schema says, or a text is too long"},
    429: {"model": ErrorBody, "description": "Overloaded; Retry-After says when to come again"},
    503: {"model": ErrorBody, "description": "Loading or stopping"},
    504: {"model": ErrorBody, "description": "The caller's X-Deadline-Ms passed in the queue"},
}
BINARY = {"content": {OCTET_STREAM: {"schema": {"type": "string", "format": "binary"}}}}


def create_app(
    settings: Settings | None = None,
    backend: Backend | None = None,
    on_load_failed: Callable[[BaseException], None] | None = None,
    on_ready: Callable[[], None] | None = None,
) -> Door:
    """The model loads in the background; `on_load_failed` hears why it could not."""
    settings = settings or Settings()
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.create_task(service.start(backend))
        loading.add_done_callback(_report_to(on_load_failed, on_ready))
        yield
        loading.cancel()
        await asyncio.wait([loading])
        await service.stop()

    app = Door(service, title="EventZombie embedding service", version=__version__, lifespan=lifespan)
    app.state.service = service
    _add_embedding_routes(app, service)
    _add_status_routes(app, service, settings)
    return app


def _report_to(
    on_failed: Callable[[BaseException], None] | None, on_ready: Callable[[], None] | None
) -> Callable[[asyncio.Task[None]], None]:
    def report(loading: asyncio.Task[None]) -> None:
        if loading.cancelled():
            return
        error = loading.exception()
        if error is None:
            if on_ready is not None:
                on_ready()
        elif on_failed is None:
            raise error
        else:
            on_failed(error)

    return report


def _add_embedding_routes(app: Door, service: Service) -> None:
    """The handlers bound and parse the body themselves."""
    app.post(
        "/embed",
        response_model=EmbedResponse,
        responses={200: BINARY, **REFUSALS},
        openapi_extra=body_of(EmbedRequest),
        summary="Vectors of length 1 for one or many texts",
    )(app.straight("POST", "/embed", _counted(service, "/embed", _embed)))
    app.post(
        "/v1/embeddings",
        response_model=OpenAIResponse,
        responses={404: {"model": ErrorBody, "description": "Another model was asked for"}, **REFUSALS},
        openapi_extra=body_of(OpenAIRequest),
        summary="The same, in the shape of the OpenAI API",
    )(app.straight("POST", "/v1/embeddings", _counted(service, "/v1/embeddings", _embed_as_openai)))


def _counted(service: Service, route: str, handler: Callable[[Service, Request], Awaitable[Response]]) -> Handler:
    took = service.metrics.took.labels(route)

    async def run(request: Request) -> Response:
        started = time.perf_counter()
        try:
            response = await handler(service, request)
        except Refusal as refusal:
            response = refusal.response()
        except CallerLeft:
            response = Response(status_code=CLIENT_CLOSED_REQUEST)
        took.observe(time.perf_counter() - started)
        service.metrics.requests.labels(route, response.status_code).inc()
        return response

    return run


async def _embed(service: Service, request: Request) -> Response:
    started = time.perf_counter()
    body = await service.read(request, EmbedRequest)
    found = await service.embed(request, body.all_texts())
    info = service.serving().backend.info
    took_ms = round((time.perf_counter() - started) * 1000, 3)
    if OCTET_STREAM in request.headers.get("accept", ""):
        return Response(_matrix(found).tobytes(), headers=_binary_headers(info.model, info.version, found, took_ms))
    answer = {
        "embeddings": _written(found, body.encoding_format),
        "model": info.model,
        "dimension": info.dimension,
        "processing_time_ms": took_ms,
        "truncated": [one.truncated for one in found],
    }
    return Response(dumps(answer), media_type="application/json", headers={"x-embedding-version": info.version})


async def _embed_as_openai(service: Service, request: Request) -> Response:
    body = await service.read(request, OpenAIRequest)
    info = service.serving().backend.info
    if body.model not in MODEL_ALIASES | {info.model}:
        raise Refusal(404, "model_not_found", f"this service holds {info.model}")
    if body.dimensions not in (None, info.dimension):
        raise Refusal(422, "invalid_request", f"dimensions: only {info.dimension}")
    found = await service.embed(request, body.all_texts())
    used = sum(one.tokens for one in found)
    written = _written(found, body.encoding_format)
    answer = {
        "object": "list",
        "data": [{"object": "embedding", "index": n, "embedding": one} for n, one in enumerate(written)],
        "model": info.model,
        "usage": {"prompt_tokens": used, "total_tokens": used},
    }
    return Response(dumps(answer), media_type="application/json")


def _add_status_routes(app: Door, service: Service, settings: Settings) -> None:
    async def livez(request: Request) -> Response:
        return live()

    app.get("/livez", response_model=Status, summary="The process answers")(app.straight("GET", "/livez", livez))

    @app.get(
        "/readyz", response_model=Status, responses={503: {"model": Status}}, summary="The model is loaded and warm"
    )
    async def readyz() -> Response:
        status = "ready" if service.ready else "loading"
        return Response(dumps({"status": status}), 200 if service.ready else 503, media_type="application/json")

    @app.get("/info", response_model=Info, responses={503: REFUSALS[503]}, summary="Which model, on what")
    async def info() -> Response:
        try:
            known = service.serving().backend.info
        except Refusal as refusal:
            return refusal.response()
        answer = {
            "model": known.model,
            "version": known.version,
            "dimension": known.dimension,
            "max_tokens": known.max_tokens,
            "backend": known.backend,
            "device": known.device,
            "precision": known.precision,
            "lanes": known.lanes,
            "max_texts": settings.max_texts,
            "max_chars": settings.max_chars,
            "service_version": __version__,
        }
        return Response(dumps(answer), media_type="application/json")

    @app.get("/metrics", response_class=PlainTextResponse, summary="Prometheus text")
    async def metrics() -> Response:
        return Response(service.metrics.render(), media_type="text/plain; version=0.0.4")


def _matrix(found: list[Embedded]) -> np.ndarray:
    return np.stack([one.vector for one in found]).astype("<f4", copy=False)


def _written(found: list[Embedded], encoding: str) -> list[np.ndarray] | list[str]:
    if encoding == "base64":
        return [base64.b64encode(one.vector.astype("<f4", copy=False).tobytes()).decode() for one in found]
    return [one.vector for one in found]


def _binary_headers(model: str, version: str, found: list[Embedded], took_ms: float) -> dict[str, str]:
    """The body is rows x dimension little-endian float32; everything else the JSON would say is here."""
    return {
        "content-type": OCTET_STREAM,
        "x-embedding-model": model,
        "x-embedding-version": version,
        "x-embedding-shape": f"{len(found)},{len(found[0].vector)}",
        "x-embedding-truncated": ",".join(str(row) for row, one in enumerate(found) if one.truncated),
        "x-processing-time-ms": str(took_ms),
    }
