"""What the service counts, in a registry of its own so that two apps in one test process do not collide."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class BatchMetrics:
    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self.requests = Counter(
            "embedding_requests", "Answers by route and status", ["route", "status"], registry=registry
        )
        self.took = Histogram(
            "embedding_request_seconds", "Time to answer", ["route"], buckets=SECONDS, registry=registry
        )
        self.waited = Histogram(
            "embedding_queue_seconds", "Wait in the queue", ["queue"], buckets=SECONDS, registry=registry
        )
        self.batch_texts = Histogram("embedding_batch_texts", "Texts per model run", buckets=SIZES, registry=registry)
        self.batch_seconds = Histogram(
            "embedding_batch_seconds", "Time per taken batch", buckets=SECONDS, registry=registry
        )
        self.tokens = Counter("embedding_tokens", "Tokens embedded", registry=registry)
        self.texts = Counter("embedding_texts", "Texts embedded", registry=registry)
        self.shared = Counter(
            "embedding_shared_texts", "Texts that joined an identical one in flight", registry=registry
        )
        self.abandoned = Counter("embedding_abandoned_texts", "Texts whose caller left first", registry=registry)
        self.expired = Counter("embedding_expired_texts", "Texts whose deadline passed in the queue", registry=registry)
        self.refused = Counter("embedding_refused_requests", "Requests answered 429", ["queue"], registry=registry)

    def watch_queue(self, queued_texts: Callable[[], float]) -> None:
        gauge = Gauge("embedding_queued_texts", "Texts that wait for their turn", registry=self.registry)
        gauge.set_function(queued_texts)

    def record_runs(self, sizes: list[int], seconds: float, tokens: int) -> None:
        for size in sizes:
            self.batch_texts.observe(size)
        self.batch_seconds.observe(seconds)
        self.tokens.inc(tokens)
        self.texts.inc(sum(sizes))

    def render(self) -> bytes:
        return generate_latest(self.registry)
