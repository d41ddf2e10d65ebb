"""What the pipeline needs from a model server: text as it is written, and what it cost afterwards."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Literal, Protocol

from api.rag.types import Prompt, ToolCall, Usage

Piece = str | ToolCall  # what a model sends: text as it is written, and calls of tools once they are whole
ModelTier = Literal["fast", "balanced", "powerful"]


@dataclass(frozen=True, slots=True)
class ModelTiers:
    """The model names of one provider, by tier. `allowed` may also be asked for by name."""

    balanced: str
    fast: str = ""
    powerful: str = ""
    allowed: tuple[str, ...] = ()

    def named(self, tier: ModelTier) -> str:
        return {"fast": self.fast, "balanced": self.balanced, "powerful": self.powerful}[tier] or self.balanced

    def accepts(self, model: str) -> bool:
        return bool(model) and model in (self.balanced, self.fast, self.powerful, *self.allowed)


@dataclass(slots=True)
class Meter:
    """Filled in while an answer streams."""

    provider: str
    model: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None

    def usage(self) -> Usage:
        return Usage(self.provider, self.model, self.tokens_in, self.tokens_out, self.first_token_ms, self.total_ms)


class TextStream:
    """One answer. Iterate for its deltas and, at its end, for the tools it wants called; `aclose` (also on cancel) ends the request upstream; `usage` is whole once the iteration ended."""

    __slots__ = ("_deltas", "_meter")

    def __init__(self, deltas: AsyncGenerator[Piece, None], meter: Meter) -> None:
        self._deltas = deltas
        self._meter = meter

    def __aiter__(self) -> AsyncIterator[Piece]:
        return self

    def __anext__(self) -> Awaitable[Piece]:
        return self._deltas.__anext__()

    async def aclose(self) -> None:
        await self._deltas.aclose()

    @property
    def usage(self) -> Usage:
        return self._meter.usage()


class Provider(Protocol):
    """Raises LLMTimeout, LLMUnavailable or LLMRejected, and nothing else of its own."""

    name: str
    models: ModelTiers
    tools: bool  # may be offered the tools of a prompt

    @property
    def model(self) -> str: ...

    def stream(
        self, prompt: Prompt, *, temperature: float, max_tokens: int, model: str | None = None
    ) -> TextStream: ...

    async def aclose(self) -> None: ...
