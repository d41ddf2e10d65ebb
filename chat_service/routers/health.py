from __future__ import annotations

from typing import Any

from django.db import DatabaseError, connection
from django.db.utils import InterfaceError
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.rag.errors import EmbeddingUnavailable

router = APIRouter()
NOT_READY: dict[int | str, dict[str, Any]] = {503: {"description": "Not ready: the body says what is missing"}}


@router.get("/livez")
async def livez() -> dict[str, str]:
    return {"status": "live"}


@router.get("/api/v1/chat/ping")
async def ping() -> dict[str, str]:
    return {"status": "live"}


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
