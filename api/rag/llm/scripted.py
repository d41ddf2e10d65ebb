"""The deterministic model that ships: it says what it was told to say, at the pace and with the failures it was told."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from pathlib import Path

from api.rag.errors import LLMError
from api.rag.llm.base import Meter, ModelTiers, Piece, TextStream
from api.rag.types import Prompt

Script = Callable[[Prompt], Iterable[Piece]]
_WORD = re.compile(r"\s*\S+\s*?(?=\s|$)|\s+")


class ScriptedProvider:
    """`script` is a list of deltas, or a function of the prompt that may call tools too. `error` is raised after `fail_after` deltas."""

    def __init__(
        self,
        script: Iterable[Piece] | Script,
        *,
        name: str = "scripted",
        model: str = "scripted",
        delay_s: float = 0.0,
        fail_after: int | None = None,
        error: LLMError | None = None,
        models: ModelTiers | None = None,
        tools: bool = True,
    ) -> None:
        self.name = name
        self.tools = tools
        self.models = models or ModelTiers(balanced=model)
        self._script: Script = script if callable(script) else _constant(tuple(script))
        self._delay_s = delay_s
        self._fail_after = fail_after
        self._error = error

    @classmethod
    def from_file(cls, path: Path, *, delay_s: float = 0.0, name: str = "scripted") -> ScriptedProvider:
        """A `.json` file holds a list of deltas; any other file is text, sent word by word."""
        text = path.read_text(encoding="utf-8")
        deltas = json.loads(text) if path.suffix == ".json" else words(text)
        if not isinstance(deltas, list) or not all(isinstance(d, str) for d in deltas):
            raise ValueError(f"{path.name} must hold a list of strings")
        return cls(deltas, delay_s=delay_s, name=name)

    @property
    def model(self) -> str:
        return self.models.balanced

    def stream(self, prompt: Prompt, *, temperature: float, max_tokens: int, model: str | None = None) -> TextStream:
        meter = Meter(self.name, model or self.model)
        return TextStream(self._deltas(prompt, max_tokens, meter), meter)

    async def _deltas(self, prompt: Prompt, max_tokens: int, meter: Meter) -> AsyncGenerator[Piece, None]:
        sent, began = 0, time.monotonic()
        for delta in self._script(prompt):
            if self._error is not None and sent == (self._fail_after or 0):
                raise self._error
            if sent >= max_tokens:
                break
            # sleep(0) too: a script must not keep the event loop to itself
            await asyncio.sleep(self._delay_s)
            sent += 1
            meter.tokens_out = sent
            meter.total_ms = (time.monotonic() - began) * 1000
            if meter.first_token_ms is None:
                meter.first_token_ms = meter.total_ms
            yield delta
        if self._error is not None and (self._fail_after or 0) >= sent:
            raise self._error

    async def aclose(self) -> None:
        return None


def words(text: str) -> list[str]:
    """The text as deltas of one word each, nothing lost."""
    return _WORD.findall(text)


def _constant(deltas: tuple[Piece, ...]) -> Script:
    return lambda prompt: deltas
