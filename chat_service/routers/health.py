from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.utils import InterfaceError
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.rag.errors import EmbeddingUnavailable
from chat_service.metrics import REGISTRY

router = APIRouter()
NOT_READY: dict[int | str, dict[str, Any]] = {503: {"description": "Not ready: the body says what is missing"}}


@router.get("/livez")
async def livez() -> dict[str, str]:
    return {"status": "live"}


@router.get("/api/v1/chat/ping")
async def ping() -> dict[str, str]:
    return {"status": "live"}


@router.get("/metrics", response_class=PlainTextResponse, responses={404: {"description": "Not for this caller"}})
async def metrics(request: Request) -> Response:
    """Prometheus text of this worker: answers, their speed, tokens, cost, claims and tools."""
    if not _may_scrape(request.headers.get("authorization", "")):
        raise HTTPException(404, "Not Found")
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _may_scrape(authorization: str) -> bool:
    """Whoever has the token; without one set, anybody on a machine of one's own and nobody in production."""
    if not settings.METRICS_TOKEN:
        return not settings.PRODUCTION
    return secrets.compare_digest(authorization.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())


@router.get("/readyz", responses=NOT_READY)
@router.get("/api/v1/chat/health", responses=NOT_READY)
async def readyz(request: Request) -> JSONResponse:
    """Ready means: warmed up and the database answers. Without the embedding service chats go on, by words alone."""
    database = await request.app.state.orm(_database_answers)
    embedding = await _embedding(request)
    ready = database and request.app.state.warm
    body: dict[str, Any] = {
        "status": "ready" if ready else "not_ready",
        "database": "up" if database else "down",
        "embedding": embedding,
        "language_model": "configured" if request.app.state.services.pipeline.router.available else "composer",
    }
    return JSONResponse(body, status_code=200 if ready else 503)


async def _embedding(request: Request) -> str:
    try:
        info = await request.app.state.services.pipeline.rag.embedder.info()
    except EmbeddingUnavailable:
        return "down"
    return f"up ({info.model})"


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True
