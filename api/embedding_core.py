"""What both faces of the embedding client share: the breaker, the cache of query vectors, and the wire."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import httpx
import numpy as np
import orjson

from api.rag.errors import EmbeddingUnavailable

DIMENSION = 384
MAX_CHARS = 8000  # the service refuses longer texts; the model reads far less
CHUNK_TEXTS = 64
CONNECT_S = 1.0
BREAKER_FAILURES = 3
BREAKER_OPEN_S = 1.0
OCTET_STREAM = "application/octet-stream"
Encoding = Literal["octet-stream", "base64"]


class SharedCache(Protocol):
    """What several workers may share; Django's cache objects fit."""

    def get(self, key: str) -> Any: ...

    def set(self, key: str, value: bytes, timeout: int) -> Any: ...


@dataclass(frozen=True, slots=True)
class EmbeddingInfo:
    model: str
    version: str
    dimension: int
    max_tokens: int
    backend: str
    device: str
    precision: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request brought: float32 (texts, dimension) and the version of the model that made it."""

    vectors: np.ndarray
    version: str

    def row(self, number: int) -> np.ndarray:
        found: np.ndarray = self.vectors[number]
        return found


@dataclass(slots=True)
class Breaker:
    """After a few failures in a row most calls fail at once; one a second still tries, so an outage ends by itself."""

    failures_to_open: int = BREAKER_FAILURES
    open_s: float = BREAKER_OPEN_S
    clock: Callable[[], float] = time.monotonic
    _failures: int = 0
    _next_try: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allow(self) -> bool:
        with self._lock:
            if self._failures < self.failures_to_open:
                return True
            now = self.clock()
            if now < self._next_try:
                return False
            self._next_try = now + self.open_s
            return True

    def record(self, *, success: bool) -> None:
        with self._lock:
            self._failures = 0 if success else self._failures + 1
            if self._failures == self.failures_to_open:
                self._next_try = self.clock() + self.open_s


class VectorCache:
    """Query vectors of one model version, least recently used out first. Another version empties it."""

    def __init__(
        self, size: int, ttl_s: float, shared: SharedCache | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._size, self._ttl_s, self._shared, self._clock = size, ttl_s, shared, clock
        self._entries: OrderedDict[str, tuple[float, np.ndarray]] = OrderedDict()
        self._lock = threading.Lock()
        self._version = ""

    @property
    def has_shared(self) -> bool:
        return self._shared is not None and bool(self._version)

    def get(self, text: str) -> np.ndarray | None:
        with self._lock:
            found = self._entries.get(text)
            if found is None:
                return None
            if found[0] < self._clock():
                del self._entries[text]
                return None
            self._entries.move_to_end(text)
            return found[1]

    def get_shared(self, text: str) -> np.ndarray | None:
        if self._shared is None or not self._version:
            return None
        raw = self._shared.get(self._key(text))
        if not isinstance(raw, bytes) or len(raw) != DIMENSION * 4:
            return None
        vector = np.frombuffer(raw, "<f4")
        self._keep(text, vector)
        return vector

    def put(self, text: str, vector: np.ndarray) -> None:
        self._keep(text, vector)

    def put_shared(self, text: str, vector: np.ndarray) -> None:
        if self._shared is not None:
            self._shared.set(self._key(text), vector.tobytes(), timeout=int(self._ttl_s))

    def meet(self, version: str) -> None:
        with self._lock:
            if version != self._version:
                self._entries.clear()
                self._version = version

    def _keep(self, text: str, vector: np.ndarray) -> None:
        with self._lock:
            self._entries[text] = (self._clock() + self._ttl_s, vector)
            self._entries.move_to_end(text)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def _key(self, text: str) -> str:
        digest = hashlib.sha256(f"{self._version}|{text}".encode("utf-8", "replace")).hexdigest()
        return f"query-vector:{digest}"


@dataclass(frozen=True, slots=True)
class Wire:
    """JSON out, float32 back: raw (1 microsecond for 32 vectors, where JSON takes 210) or base64 inside JSON."""

    encoding: Encoding = "octet-stream"

    def request(self, texts: list[str], remaining_s: float) -> dict[str, Any]:
        body: dict[str, object] = {"texts": texts}
        if self.encoding == "base64":
            body["encoding_format"] = "base64"
        headers = {
            "content-type": "application/json",
            "accept": OCTET_STREAM if self.encoding == "octet-stream" else "application/json",
            "x-deadline-ms": str(int(remaining_s * 1000)),
        }
        timeout = httpx.Timeout(remaining_s, connect=min(CONNECT_S, remaining_s))
        return {"url": "/embed", "content": orjson.dumps(body), "headers": headers, "timeout": timeout}

    def answer(self, response: httpx.Response, texts: int) -> Answer:
        vectors = self._vectors(response)
        if vectors.shape != (texts, DIMENSION) or not np.isfinite(vectors).all():
            raise EmbeddingUnavailable(f"expected {texts} vectors of {DIMENSION} numbers, got {vectors.shape}")
        vectors.setflags(write=False)
        return Answer(vectors, response.headers.get("x-embedding-version", ""))

    def _vectors(self, response: httpx.Response) -> np.ndarray:
        try:
            if response.headers.get("content-type", "").startswith(OCTET_STREAM):
                return np.frombuffer(response.content, "<f4").reshape(-1, DIMENSION)
            return np.stack([self._row(one) for one in orjson.loads(response.content)["embeddings"]])
        except (ValueError, KeyError, TypeError) as error:
            raise EmbeddingUnavailable("the embedding service answered with something that is not vectors") from error

    @staticmethod
    def _row(written: Any) -> np.ndarray:
        if isinstance(written, str):
            return np.frombuffer(base64.b64decode(written), "<f4")
        return np.asarray(written, np.float32)


def tidy(text: str) -> str:
    """One spelling per question for the cache; the model does not see white space either."""
    return " ".join(text[:MAX_CHARS].split())


def chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), CHUNK_TEXTS):
        yield [text[:MAX_CHARS] for text in texts[start : start + CHUNK_TEXTS]]
