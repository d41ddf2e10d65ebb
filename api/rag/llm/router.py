"""Which provider answers: in order, each behind its breaker, retried with jitter until the first delta and never after it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field

from api.rag.errors import InvalidRequest, LLMError, LLMTimeout, LLMUnavailable
from api.rag.llm.base import Meter, ModelTier, Piece, Provider, TextStream
from api.rag.llm.breaker import Breaker
from api.rag.params import LLMParams
from api.rag.tracing import current_recorder, detailed, span
from api.rag.types import Prompt, Usage

TRACE_BATCH = 40  # deltas in one traced batch


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
    temperature: float
    attempts: list[Attempt] = field(default_factory=list)
    used: TextStream | None = None
    error: LLMError | None = None


@dataclass(slots=True)
class _Heard:
    """What the model says, for the trace: its deltas in batches, and at the end the whole answer before the guard."""

    parts: list[str] = field(default_factory=list)
    batch: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)
    batch_began: float = field(default_factory=time.perf_counter)

    def take(self, piece: Piece) -> None:
        text = piece if isinstance(piece, str) else f"<{piece.name} {piece.arguments}>"
        self.parts.append(text)
        self.batch.append(text)
        if len(self.batch) >= TRACE_BATCH:
            self._flush()

    def _flush(self) -> None:
        if self.batch and detailed():
            took = (time.perf_counter() - self.batch_began) * 1000
            current_recorder().event(
                "llm_chunk", {"deltas": len(self.batch), "text": "".join(self.batch)}, latency_ms=took
            )
        self.batch, self.batch_began = [], time.perf_counter()

    def end(self, run: _Run, error: LLMError | None) -> None:
        recorder = current_recorder()
        if not recorder.active:
            return
        self._flush()
        usage = run.used.usage if run.used else None
        payload = {
            "provider": usage.provider if usage else "",
            "model": usage.model if usage else "",
            "tokens_in": usage.tokens_in if usage else None,
            "tokens_out": usage.tokens_out if usage else None,
            "first_token_ms": usage.first_token_ms if usage else None,
            "deltas": len(self.parts),
            "text": "".join(self.parts),
            "attempts": [{"provider": a.provider, "model": a.model, "outcome": a.outcome} for a in run.attempts],
        }
        recorder.event("llm_response", payload, latency_ms=(time.perf_counter() - self.began) * 1000, error=error)


class RoutedStream(TextStream):
    """The answer of whichever provider took the question. `attempts` says who was asked and what came of it."""

    __slots__ = ("_run",)

    def __init__(self, deltas: AsyncGenerator[Piece, None], run: _Run) -> None:
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

    @property
    def tools(self) -> bool:
        """Whether any provider may be offered tools."""
        return any(p.tools for p in self._providers)

    def check_model(self, model: str | None) -> None:
        if model is not None and not any(p.models.accepts(model) for p in self._providers):
            known = sorted({n for p in self._providers for n in (p.models.balanced, *p.models.allowed)})
            raise InvalidRequest("model", f"not one of the models offered here: {', '.join(known) or 'none'}")

    def stream(
        self,
        prompt: Prompt,
        *,
        model: str | None = None,
        tier: ModelTier = "balanced",
        temperature: float | None = None,
    ) -> RoutedStream:
        """Raises InvalidRequest for a model that is not offered. Iterating raises LLMTimeout or LLMUnavailable: before the first
        delta when every provider failed, after it when the one that answered broke off."""
        self.check_model(model)
        asked = self._params.temperature if temperature is None else temperature
        run = _Run(prompt, model, tier, time.monotonic() + self._params.first_answer_s, asked)
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

    async def _deltas(self, run: _Run) -> AsyncGenerator[Piece, None]:
        first: Piece | None = None
        for provider, name in self._candidates(run):
            first = await self._first_delta(provider, name, run)
            if first is not None:
                break
        if first is None or run.used is None:
            raise run.error or LLMUnavailable("no provider can be asked now")
        breaker = self.breakers[run.used.usage.provider]
        heard = _Heard()
        error: LLMError | None = None
        try:
            heard.take(first)
            yield first
            async for delta in run.used:
                heard.take(delta)
                yield delta
        except LLMError as exc:
            breaker.failed(exc)
            error = exc
            raise
        finally:
            await run.used.aclose()
            heard.end(run, error)
        breaker.succeeded()

    async def _first_delta(self, provider: Provider, model: str, run: _Run) -> Piece | None:
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

    async def _attempt(self, provider: Provider, model: str, run: _Run) -> Piece:
        p = self._params
        asked = {"temperature": run.temperature, "max_tokens": p.max_tokens}
        with span("llm_request", provider=provider.name, model=model, attempt=len(run.attempts) + 1, **asked) as s:
            stream = provider.stream(run.prompt, temperature=run.temperature, max_tokens=p.max_tokens, model=model)
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
