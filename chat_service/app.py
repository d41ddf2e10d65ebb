"""The chat service: `uvicorn chat_service.app:create_app --factory --port 8002`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import django
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from chat_service.params import ChatParams

log = logging.getLogger(__name__)
LOCAL_ORIGINS = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


def create_app() -> ASGIApp:
    """The whole ASGI application."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings

    return with_cors(create_api(ChatParams(drain_s=settings.CHAT_DRAIN_S, lost_after_s=settings.CHAT_LOST_AFTER_S)))


def with_cors(api: ASGIApp) -> ASGIApp:
    """CORS stands outermost, so that every answer carries it, a 500 too."""
    from django.conf import settings

    from chat_service.sse import outermost

    return outermost(
        CORSMiddleware(
            api,
            allow_origins=[*settings.CORS_ALLOWED_ORIGINS, settings.PUBLIC_URL],
            allow_origin_regex=None if settings.PRODUCTION else LOCAL_ORIGINS,
            allow_methods=["GET", "POST", "OPTIONS"],
            allow_headers=settings.CORS_ALLOW_HEADERS,
            max_age=settings.CORS_PREFLIGHT_MAX_AGE,
        )
    )


def create_api(params: ChatParams | None = None) -> FastAPI:
    from django.db import Error
    from redis.exceptions import RedisError

    from chat_service.body_limit import BodyLimit
    from chat_service.errors import ChatError
    from chat_service.routers import chat, health

    params = params or ChatParams()
    app = FastAPI(
        title="EventZombie chat",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.params = params
    app.add_middleware(BodyLimit, max_bytes=params.body_max_bytes, timeout_s=params.body_timeout_s)
    app.include_router(chat.router)
    app.include_router(health.router)
    app.add_exception_handler(ChatError, _chat_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    for error in (Error, RedisError):
        app.add_exception_handler(error, _store_error)
    app.add_exception_handler(Exception, _server_error)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    from django.conf import settings

    from api.rag.bootstrap import build_pipeline
    from chat_service.drain import Drain
    from chat_service.follow import listen_for_ever
    from chat_service.journal import Journal
    from chat_service.orm import OrmBridge
    from chat_service.registry import TurnRegistry
    from chat_service.settle import settle
    from chat_service.sse import Streams
    from chat_service.turn import TurnServices

    params: ChatParams = app.state.params
    app.state.warm = False
    app.state.orm = orm = OrmBridge(settings.ORM_THREADS)
    signs = OrmBridge(1)
    app.state.registry = registry = TurnRegistry(orm, Journal(signs, params), params)
    app.state.streams = Streams()
    pipeline = build_pipeline()
    app.state.services = TurnServices(
        pipeline, orm, registry, params, settings.DEFAULT_USER_ZONE, trace_sample=settings.TRACE_FULL_SAMPLE
    )
    tasks = [
        _kept_up(work, name)
        for name, work in (
            ("sweep", registry.sweep_for_ever()),
            ("tidy", registry.tidy_for_ever()),
            ("journal", registry.journal.keep_for_ever()),
            ("listen", listen_for_ever(registry.wakes, orm)),
        )
    ]
    drain = Drain(registry, app.state.streams, params)
    drain.on_signals()
    await pipeline.rag.warmup_async(orm)
    settle()
    app.state.warm = True
    log.info("warm and ready")
    try:
        yield
    finally:
        await registry.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await pipeline.router.aclose()
        await pipeline.rag.embedder.aclose()
        await orm.close()
        await signs.close()


def _kept_up(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_broken)
    return task


def _broken(task: asyncio.Task[None]) -> None:
    """Without it turns are not kept, stopped or told any more: the process drains, and whoever started it starts it again."""
    if task.cancelled():
        return
    log.critical("the task %r broke, so this process ends", task.get_name(), exc_info=task.exception())
    if threading.current_thread() is threading.main_thread():
        signal.raise_signal(signal.SIGTERM)


async def _chat_error(_: Request, error: Exception) -> JSONResponse:
    from chat_service.errors import ChatError

    assert isinstance(error, ChatError)
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s is not None else None
    return JSONResponse(error.body(), status_code=error.status, headers=headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    from chat_service.errors import ChatError, ChatErrorCode, problem_of

    assert isinstance(error, RequestValidationError)
    return await _chat_error(request, ChatError(ChatErrorCode.INVALID_REQUEST, problem_of(error.errors()[0])))


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "invalid_request")
    body = {
        "code": code,
        "message": str(error.detail),
        "retryable": False,
        "retry_after": None,
        "detail": {"message": str(error.detail), "error_code": code},
    }
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


async def _store_error(request: Request, error: Exception) -> JSONResponse:
    """Database or Redis restarts, or has no connection left for us in time: nothing was begun, so the same request may come again."""
    from chat_service.errors import DATABASE_AWAY_S, ChatError, ChatErrorCode

    log.error("the database or Redis failed a request to %s", request.url.path, exc_info=error)
    return await _chat_error(request, ChatError(ChatErrorCode.SERVER_ERROR, status=503, retry_after_s=DATABASE_AWAY_S))


async def _server_error(request: Request, _: Exception) -> JSONResponse:
    from chat_service.errors import ChatError, ChatErrorCode

    return await _chat_error(request, ChatError(ChatErrorCode.SERVER_ERROR))
