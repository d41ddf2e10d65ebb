"""Any server that speaks OpenAI's chat completions, through the openai SDK."""

from __future__ import annotations

from typing import Any, cast

from api.rag.llm.base import ModelTiers
from api.rag.llm.sdk import SDKProvider, pooled_client
from api.rag.params import LLMParams


class OpenAICompatibleProvider(SDKProvider):
    def __init__(
        self,
        *,
        base_url: str,
        models: ModelTiers,
        params: LLMParams,
        api_key: str = "",
        name: str = "openai",
        count_tokens: bool = True,
        tools: bool = False,
    ) -> None:
        """`tools`: the server knows function calling. `count_tokens` asks for the usage in the last chunk; turn it off for a server that refuses `stream_options`."""
        import openai  # takes half a second, which a process without such a server need not wait

        client = openai.AsyncOpenAI(
            # the SDK refuses to start without a key; servers on the own machine want none
            api_key=api_key or "none",
            base_url=base_url,
            max_retries=0,
            timeout=params.total_s,
            http_client=cast(Any, pooled_client(params)),  # it takes an httpx client too, its types do not say so
        )
        extra: dict[str, Any] = {"stream_options": {"include_usage": True}} if count_tokens else {}
        super().__init__(name, client, openai, models, params, extra, tools=tools)
