"""Composition root: settings -> pipeline. Everything is warm before a service says it is ready."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from api.chat_pipeline import ChatPipeline
from api.embedding_client import EmbeddingClient
from api.rag.llm.base import ModelTiers, Provider
from api.rag.llm.groq import GroqProvider
from api.rag.llm.openai_compatible import OpenAICompatibleProvider
from api.rag.llm.prices import PriceTable
from api.rag.llm.router import Router
from api.rag.llm.scripted import ScriptedProvider
from api.rag.params import LLMParams
from api.rag.weights_in_use import weights_in_use
from api.rag_service import EventRAGService
from api.shared_vectors import shared_vectors
from locations.memory import gazetteer

BULK_TIMEOUT_S = 60.0


def build_embedder(*, patient: bool = False) -> EmbeddingClient:
    """`patient` for bulk work, where a batch may take a minute; a chat turn waits `EMBEDDING_TIMEOUT_S`."""
    if patient:
        return EmbeddingClient(settings.EMBEDDING_URL, timeout_s=BULK_TIMEOUT_S)
    return EmbeddingClient(
        settings.EMBEDDING_URL, timeout_s=settings.EMBEDDING_TIMEOUT_S, shared_cache=shared_vectors()
    )


@cache
def rag_service() -> EventRAGService:
    """The one retrieval of this process, for blocking callers."""
    return EventRAGService(embedder=build_embedder(), gazetteer=gazetteer, weights=weights_in_use)


def build_pipeline() -> ChatPipeline:
    rag = EventRAGService(embedder=build_embedder(), gazetteer=gazetteer, weights=weights_in_use)
    router = Router(providers(), LLMParams())
    prices = PriceTable.from_file(Path(settings.LLM_PRICES_FILE))
    pipeline = ChatPipeline(rag=rag, router=router, prices=prices, beside=settings.LLM_MODEL_B or None)
    if router.available:
        pipeline.check_models(pipeline.beside)
    return pipeline


def providers() -> list[Provider]:
    """In order of fallback. None configured: the composer writes the answers."""
    params = LLMParams()
    tiers = ModelTiers(
        balanced=settings.LLM_MODEL_BALANCED,
        fast=settings.LLM_MODEL_FAST,
        powerful=settings.LLM_MODEL_POWERFUL,
        allowed=(*settings.LLM_MODELS_ALLOWED, *filter(None, [settings.LLM_MODEL_B])),
    )
    makers = {
        "scripted": lambda: (
            ScriptedProvider.from_file(Path(settings.LLM_SCRIPT), delay_s=settings.LLM_SCRIPT_DELAY_S)
            if settings.LLM_SCRIPT
            else None
        ),
        "groq": lambda: (
            GroqProvider(api_key=settings.GROQ_API_KEY, models=tiers, params=params, tools="groq" in settings.LLM_TOOLS)
            if settings.GROQ_API_KEY
            else None
        ),
        "openai": lambda: (
            OpenAICompatibleProvider(
                base_url=settings.OPENAI_BASE_URL,
                api_key=settings.OPENAI_API_KEY,
                models=tiers,
                params=params,
                tools="openai" in settings.LLM_TOOLS,
            )
            if settings.OPENAI_BASE_URL
            else None
        ),
    }
    order = settings.LLM_PROVIDERS or list(makers)
    return [provider for name in order if (provider := makers[name]()) is not None]
