"""Composition root: settings -> pipeline. Everything is warm before a service says it is ready."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from django.conf import settings

from api.chat_pipeline import ChatPipeline
from api.embedding_client import EmbeddingClient
from api.rag.errors import EmbeddingUnavailable
from api.rag.llm.base import ModelTiers, Provider
from api.rag.llm.groq import GroqProvider
from api.rag.llm.openai_compatible import OpenAICompatibleProvider
from api.rag.llm.router import Router
from api.rag.llm.scripted import ScriptedProvider
from api.rag.params import LLMParams
from api.rag.query.dates import warm_dates
from api.rag.types import QueryContext
from api.rag_service import Ask, EventRAGService, OrmBridge
from locations.memory import gazetteer

log = logging.getLogger(__name__)
WARM_COUNTRIES = ("US", "CA", "GB")  # holidays of another country are read at its first question, 0.2 s
WARM_UP_QUESTION = "live music this weekend"


BULK_TIMEOUT_S = 60.0


def build_embedder(*, patient: bool = False) -> EmbeddingClient:
    """`patient` for bulk work, where a batch may take a minute; a chat turn waits `EMBEDDING_TIMEOUT_S`."""
    return EmbeddingClient(
        settings.EMBEDDING_URL, timeout_s=BULK_TIMEOUT_S if patient else settings.EMBEDDING_TIMEOUT_S
    )


@cache
def rag_service() -> EventRAGService:
    """The one retrieval of this process, for blocking callers."""
    return EventRAGService(embedder=build_embedder(), gazetteer=gazetteer)


def build_pipeline() -> ChatPipeline:
    rag = EventRAGService(embedder=build_embedder(), gazetteer=gazetteer)
    return ChatPipeline(rag=rag, router=Router(providers(), LLMParams()))


def providers() -> list[Provider]:
    """In order of fallback. None configured: the composer writes the answers."""
    params = LLMParams()
    tiers = ModelTiers(
        balanced=settings.LLM_MODEL_BALANCED, fast=settings.LLM_MODEL_FAST, powerful=settings.LLM_MODEL_POWERFUL
    )
    makers = {
        "scripted": lambda: (
            ScriptedProvider.from_file(Path(settings.LLM_SCRIPT), delay_s=settings.LLM_SCRIPT_DELAY_S)
            if settings.LLM_SCRIPT
            else None
        ),
        "groq": lambda: (
            GroqProvider(api_key=settings.GROQ_API_KEY, models=tiers, params=params) if settings.GROQ_API_KEY else None
        ),
        "openai": lambda: (
            OpenAICompatibleProvider(
                base_url=settings.OPENAI_BASE_URL, api_key=settings.OPENAI_API_KEY, models=tiers, params=params
            )
            if settings.OPENAI_BASE_URL
            else None
        ),
    }
    order = settings.LLM_PROVIDERS or list(makers)
    return [provider for name in order if (provider := makers[name]()) is not None]


def _question() -> Ask:
    return Ask(WARM_UP_QUESTION, now=datetime.now(UTC), zone=settings.DEFAULT_USER_ZONE, context=QueryContext())


async def warm_up(pipeline: ChatPipeline, orm: OrmBridge) -> None:  # type: ignore[type-arg]
    """Load the gazetteer, open connections and run one question, so that the first user's is as fast as the tenth."""
    await orm(gazetteer)
    warm_dates(WARM_COUNTRIES)
    try:
        await pipeline.rag.embedder.info()
    except EmbeddingUnavailable as error:
        log.warning("the embedding service does not answer yet (%s); until it does, matching is by words", error)
    await pipeline.rag.get_context_events_tiered_async(_question(), orm)


def warmup_rag_service() -> None:
    """The blocking face of `warm_up`."""
    gazetteer()
    warm_dates(WARM_COUNTRIES)
    rag_service().get_context_events_tiered(_question())
