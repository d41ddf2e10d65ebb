"""Which provider answers: in order, each behind its breaker, retried with jitter until the first delta and never after it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field

from api.rag.errors import InvalidRequest, LLMError, LLMTimeout, LLMUnavailable
from api.rag.llm.base import Meter, ModelTier, Provider, TextStream
from api.rag.llm.breaker import Breaker
from api.rag.params import LLMParams
from api.rag.tracing import span
from api.rag.types import Prompt, Usage


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one provider; `outcome` is answered, skipped, or the code of the error."""

    provider: str
    model: str
    outcome: str
    detail: str = ""


@dataclass(slots=True)
class _Run:
    prompt: Prompt
    model: str | None
    tier: ModelTier
    give_up_at: float
    attempts: list[Attempt] = field(default_factory=list)
    used: TextStream | None = None
    error: LLMError | None = None


class RoutedStream(TextStream):
    """The answer of whichever provider took the question. `attempts` says who was asked and what came of it."""

    __slots__ = ("_run",)

    def __init__(self, deltas: AsyncGenerator[str, None], run: _Run) -> None:
        super().__init__(deltas, Meter("", ""))
        self._run = run

    @property
    def usage(self) -> Usage:
        return self._run.used.usage if self._run.used else super().usage

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(self._run.attempts)


class Router:
    def __init__(self, providers: Sequence[Provider], params: LLMParams, *, rng: random.Random | None = None) -> None:
        self._providers = tuple(providers)
        self._params = params
        self._rng = rng or random.Random()  # noqa: S311 - jitter, not a secret
        self.breakers = {p.name: Breaker(p.name, params) for p in self._providers}

    @property
    def available(self) -> bool:
        """False where no provider is configured: then the composer writes, by choice and not as a fallback."""
        return bool(self._providers)

    def check_model(self, model: str | None) -> None:
        if model is not None and not any(p.models.accepts(model) for p in self._providers):
            known = sorted({n for p in self._providers for n in (p.models.balanced, *p.models.allowed)})
            raise InvalidRequest("model", f"not one of the models offered here: {', '.join(known) or 'none'}")

    def stream(self, prompt: Prompt, *, model: str | None = None, tier: ModelTier = "balanced") -> RoutedStream:
        """Raises InvalidRequest for a model that is not offered. Iterating raises LLMTimeout or LLMUnavailable: before the first
        delta when every provider failed, after it when the one that answered broke off."""
        self.check_model(model)
        run = _Run(prompt, model, tier, time.monotonic() + self._params.first_answer_s)
        return RoutedStream(self._deltas(run), run)

    async def aclose(self) -> None:
        for provider in self._providers:
            await provider.aclose()

    def _candidates(self, run: _Run) -> Iterator[tuple[Provider, str]]:
        for provider in self._providers:
            if run.model is not None and not provider.models.accepts(run.model):
                continue
            name = run.model or provider.models.named(run.tier)
            if self.breakers[provider.name].open:
                run.attempts.append(Attempt(provider.name, name, "skipped", "breaker open"))
                continue
            yield provider, name

    async def _deltas(self, run: _Run) -> AsyncGenerator[str, None]:
        first: str | None = None
        for provider, name in self._candidates(run):
            first = await self._first_delta(provider, name, run)
            if first is not None:
                break
        if first is None or run.used is None:
            raise run.error or LLMUnavailable("no provider can be asked now")
        breaker = self.breakers[run.used.usage.provider]
        try:
            yield first
            async for delta in run.used:
                yield delta
        except LLMError as exc:
            breaker.failed(exc)
            raise
        finally:
            await run.used.aclose()
        breaker.succeeded()

    async def _first_delta(self, provider: Provider, model: str, run: _Run) -> str | None:
        """The first delta of one provider, or None once it is time to ask the next."""
        breaker = self.breakers[provider.name]
        for attempt in range(self._params.max_attempts):
            try:
                return await self._attempt(provider, model, run)
            except LLMError as exc:
                run.error = exc
                run.attempts.append(Attempt(provider.name, model, exc.code, str(exc)))
                breaker.failed(exc)
                pause = self._pause(attempt, exc)
                out_of_time = time.monotonic() + pause >= run.give_up_at
                if not exc.retryable or breaker.open or out_of_time or pause > self._params.max_retry_after_s:
                    return None
                if attempt + 1 < self._params.max_attempts:
                    await asyncio.sleep(pause)
        return None

    async def _attempt(self, provider: Provider, model: str, run: _Run) -> str:
        p = self._params
        with span("llm_request", provider=provider.name, model=model) as s:
            stream = provider.stream(run.prompt, temperature=p.temperature, max_tokens=p.max_tokens, model=model)
            answered = False
            try:
                async with asyncio.timeout(max(0.0, run.give_up_at - time.monotonic())):
                    first = await anext(stream, None)
                if first is None:
                    raise LLMUnavailable(f"{provider.name}: an empty answer")
                answered = True
            except TimeoutError:
                raise LLMTimeout(f"{provider.name}: the first token did not come in time") from None
            finally:
                if not answered:
                    await stream.aclose()
            s.set(first_token_ms=stream.usage.first_token_ms)
        run.used = stream
        run.attempts.append(Attempt(provider.name, model, "answered"))
        return first

    def _pause(self, attempt: int, error: LLMError) -> float:
        """Seconds until the next try: full jitter, never less than the server asked for."""
        backoff = self._params.backoff_s * 2**attempt
        return max(error.retry_after_s or 0.0, self._rng.uniform(0, backoff))
