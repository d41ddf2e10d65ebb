"""HTTP client of the embedding service, an async and a sync face over one core.

Every failure is `EmbeddingUnavailable`; nothing here invents a vector. Imports no Django and nothing of the service:
the wire is docs/embedding.md, and a test holds both sides to it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import httpx
import numpy as np
import orjson

from api.embedding_core import (
    DIMENSION,
    Answer,
    Breaker,
    EmbeddingInfo,
    Encoding,
    SharedCache,
    VectorCache,
    Wire,
    chunks,
    tidy,
)
from api.rag.errors import EmbeddingRefused, EmbeddingUnavailable

__all__ = ["EmbeddingClient", "EmbeddingInfo", "EmbeddingUnavailable"]

BULK_TIMEOUT_S = 60.0  # for each chunk of many texts
CACHE_TTL_S = 900.0
RETRY_PAUSE_S = 0.05
MAX_TRIES = 2
RETRYABLE_STATUS = {429, 502, 503}
REFUSED_STATUS = {400, 413, 422}  # the texts themselves
LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=60.0)


@dataclass(slots=True)
class _LoopState:
    """An async connection pool and the flights under way belong to the event loop that made them."""

    client: httpx.AsyncClient
    flights: dict[str, asyncio.Task[np.ndarray]] = field(default_factory=dict)


class EmbeddingClient:
    """Safe to share between threads and event loops. `timeout_s` bounds a query with its retry."""

    def __init__(
        self,
        base_url: str,
        *,
        timeout_s: float = 2.0,
        cache_size: int = 4096,
        shared_cache: SharedCache | None = None,
        encoding: Encoding = "octet-stream",
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout_s = timeout_s
        self.breaker = Breaker()
        self.cache = VectorCache(cache_size, CACHE_TTL_S, shared_cache)
        self.wire = Wire(encoding)
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopState] = WeakKeyDictionary()
        self._sync_lock = threading.Lock()
        self._sync_client: httpx.Client | None = None
        self._sync_flights: dict[str, Future[np.ndarray]] = {}

    # ------------------------------------------------------------------ async face

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Float32 (n, 384), rows in the order of `texts`. Raises EmbeddingUnavailable."""
        parts = [(await self._ask(chunk)).vectors for chunk in chunks(texts)]
        return np.concatenate(parts) if parts else np.empty((0, DIMENSION), np.float32)

    async def embed_query(self, text: str) -> np.ndarray:
        """Read-only float32 (384,), cached; identical questions at the same time cost one call. Raises EmbeddingUnavailable."""
        text = tidy(text)
        if (vector := self.cache.get(text)) is not None:
            return vector
        flights = self._state().flights
        flight = flights.get(text)
        if flight is None:
            flight = flights[text] = asyncio.create_task(self._fetch(text))
            flight.add_done_callback(lambda done: _land(flights, text, done))
        # Shielded: whoever started the call may leave, the others still get their answer.
        return await asyncio.shield(flight)

    async def info(self) -> EmbeddingInfo:
        """Raises EmbeddingUnavailable, also while the service is still loading."""
        try:
            async with asyncio.timeout(self.timeout_s):
                response = await self._state().client.get("/info")
        except (httpx.HTTPError, TimeoutError) as error:
            raise unreachable(error) from error
        return self._met(response)

    async def aclose(self) -> None:
        state = self._loops.pop(asyncio.get_running_loop(), None)
        if state is not None:
            # A call whose askers left goes on alone: it must not outlive the client.
            left = list(state.flights.values())
            for flight in left:
                flight.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            await state.client.aclose()

    async def _fetch(self, text: str) -> np.ndarray:
        if self.cache.has_shared and (vector := await asyncio.to_thread(self.cache.get_shared, text)) is not None:
            return vector
        vector = (await self._ask([text])).row(0)
        self.cache.put(text, vector)
        if self.cache.has_shared:
            await asyncio.to_thread(self.cache.put_shared, text, vector)
        return vector

    async def _ask(self, texts: list[str]) -> Answer:
        call = Call(self, texts)
        client = self._state().client
        try:
            async with asyncio.timeout(call.budget_s):
                while True:
                    try:
                        response = await client.post(**call.request())
                    except httpx.HTTPError as error:
                        pause_s = call.broke(error)
                    else:
                        if response.status_code == 200:
                            return call.answered(response)
                        pause_s = call.refused(response)
                    await asyncio.sleep(pause_s)
        except TimeoutError as error:
            raise call.too_late(error) from error

    def _state(self) -> _LoopState:
        loop = asyncio.get_running_loop()
        state = self._loops.get(loop)
        if state is None:
            # No environment proxies: the service is a neighbour, and reading them costs more than the call.
            client = httpx.AsyncClient(base_url=self.base_url, limits=LIMITS, trust_env=False)
            state = self._loops[loop] = _LoopState(client)
        return state

    # ------------------------------------------------------------------ sync face

    def embed_sync(self, texts: Sequence[str]) -> np.ndarray:
        """As `embed`."""
        parts = [self._ask_sync(chunk).vectors for chunk in chunks(texts)]
        return np.concatenate(parts) if parts else np.empty((0, DIMENSION), np.float32)

    def embed_query_sync(self, text: str) -> np.ndarray:
        """As `embed_query`."""
        text = tidy(text)
        if (vector := self.cache.get(text)) is not None:
            return vector
        with self._sync_lock:
            flight = self._sync_flights.get(text)
            mine = flight is None
            if flight is None:
                flight = self._sync_flights[text] = Future()
        if mine:
            self._fly(text, flight)
        return flight.result()

    def info_sync(self) -> EmbeddingInfo:
        """As `info`."""
        try:
            response = self._client().get("/info", timeout=self.timeout_s)
        except httpx.HTTPError as error:
            raise unreachable(error) from error
        return self._met(response)

    def close(self) -> None:
        with self._sync_lock:
            client, self._sync_client = self._sync_client, None
        if client is not None:
            client.close()

    def _fly(self, text: str, flight: Future[np.ndarray]) -> None:
        try:
            flight.set_result(self._fetch_sync(text))
        except EmbeddingUnavailable as error:
            flight.set_exception(error)
        finally:
            with self._sync_lock:
                del self._sync_flights[text]
            if not flight.done():
                flight.set_exception(EmbeddingUnavailable("the call that others waited for was broken off"))

    def _fetch_sync(self, text: str) -> np.ndarray:
        if (vector := self.cache.get_shared(text)) is not None:
            return vector
        vector = self._ask_sync([text]).row(0)
        self.cache.put(text, vector)
        self.cache.put_shared(text, vector)
        return vector

    def _ask_sync(self, texts: list[str]) -> Answer:
        call = Call(self, texts)
        client = self._client()
        while True:
            try:
                response = client.post(**call.request())
            except httpx.HTTPError as error:
                pause_s = call.broke(error)
            else:
                if response.status_code == 200:
                    return call.answered(response)
                pause_s = call.refused(response)
            time.sleep(pause_s)

    def _client(self) -> httpx.Client:
        with self._sync_lock:
            if self._sync_client is None:
                self._sync_client = httpx.Client(base_url=self.base_url, limits=LIMITS, trust_env=False)
            return self._sync_client

    # ------------------------------------------------------------------ the core both share

    def _met(self, response: httpx.Response) -> EmbeddingInfo:
        if response.status_code != 200:
            raise EmbeddingUnavailable(f"the embedding service answered {response.status_code}: {reason(response)}")
        try:
            found = orjson.loads(response.content)
            info = EmbeddingInfo(**{name: found[name] for name in EmbeddingInfo.__slots__})
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise EmbeddingUnavailable("the embedding service described itself in an unknown way") from error
        self.cache.meet(info.version)
        return info


class Call:
    """At most two tries inside one deadline. A report returns the pause before the next try or raises EmbeddingUnavailable."""

    def __init__(self, client: EmbeddingClient, texts: list[str]) -> None:
        if not client.breaker.allow():
            raise EmbeddingUnavailable(
                "the embedding service failed several times in a row; waiting before the next try"
            )
        self._client, self._texts = client, texts
        self.budget_s = client.timeout_s if len(texts) == 1 else BULK_TIMEOUT_S
        self._deadline = time.monotonic() + self.budget_s
        self._tries = 0

    def request(self) -> dict[str, Any]:
        self._tries += 1
        return self._client.wire.request(self._texts, max(0.001, self._deadline - time.monotonic()))

    def answered(self, response: httpx.Response) -> Answer:
        answer = self._client.wire.answer(response, len(self._texts))
        self._client.breaker.record(success=True)
        self._client.cache.meet(answer.version)
        return answer

    def refused(self, response: httpx.Response) -> float:
        # A refusal is an answer: only a service that cannot serve counts against the breaker.
        self._client.breaker.record(success=response.status_code < 500)
        kind = EmbeddingRefused if response.status_code in REFUSED_STATUS else EmbeddingUnavailable
        error = kind(f"the embedding service answered {response.status_code}: {reason(response)}")
        if response.status_code not in RETRYABLE_STATUS:
            raise error
        return self._pause_or_raise(error, retry_after_s(response))

    def broke(self, cause: httpx.HTTPError) -> float:
        self._client.breaker.record(success=False)
        error = unreachable(cause)
        if isinstance(cause, httpx.TimeoutException):
            raise error from cause
        return self._pause_or_raise(error, RETRY_PAUSE_S)

    def too_late(self, cause: TimeoutError) -> EmbeddingUnavailable:
        self._client.breaker.record(success=False)
        return unreachable(cause)

    def _pause_or_raise(self, error: EmbeddingUnavailable, pause_s: float) -> float:
        if self._tries == MAX_TRIES or time.monotonic() + pause_s >= self._deadline:
            raise error
        return pause_s


def unreachable(error: Exception) -> EmbeddingUnavailable:
    return EmbeddingUnavailable(f"no answer from the embedding service: {error!r}")


def reason(response: httpx.Response) -> str:
    return response.text[:200]


def retry_after_s(response: httpx.Response) -> float:
    given = response.headers.get("retry-after-ms", "")
    return int(given) / 1000 if given.isascii() and given.isdigit() else RETRY_PAUSE_S


def _land(flights: dict[str, asyncio.Task[np.ndarray]], text: str, flight: asyncio.Task[np.ndarray]) -> None:
    flights.pop(text, None)
    if not flight.cancelled():
        flight.exception()  # seen, even if every caller has left
