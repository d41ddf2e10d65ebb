"""Groq, through its own SDK."""

from __future__ import annotations

from api.rag.llm.base import ModelTiers
from api.rag.llm.sdk import SDKProvider, pooled_client
from api.rag.params import LLMParams


class GroqProvider(SDKProvider):
    def __init__(
        self, *, api_key: str, models: ModelTiers, params: LLMParams, base_url: str | None = None, tools: bool = True
    ) -> None:
        import groq  # as with openai: only where it is asked

        client = groq.AsyncGroq(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            timeout=params.total_s,
            http_client=pooled_client(params),
        )
        super().__init__("groq", client, groq, models, params, tools=tools)
