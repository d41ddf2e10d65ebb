"""Figures of answers as Prometheus text, of this process alone: each worker is scraped by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import Counter, Histogram
from prometheus_client.registry import CollectorRegistry

from conversations.services import ClosedTurn

SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 60.0)
GAP_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
RATES = (5, 10, 20, 40, 80, 160, 320, 640, 1280)

REGISTRY = CollectorRegistry()
_WHO = ("provider", "model", "slot")
ANSWERS = Counter("chat_answers", "Answers that ended", (*_WHO, "status"), registry=REGISTRY)
FIRST = Histogram("chat_first_shown_seconds", "From the request to the first words shown", _WHO, buckets=SECONDS, registry=REGISTRY)  # fmt: skip
GAP = Histogram("chat_gap_seconds", "The median gap between two pieces of text of one answer", _WHO, buckets=GAP_SECONDS, registry=REGISTRY)  # fmt: skip
RATE = Histogram("chat_tokens_per_second", "Of the model, while it wrote", _WHO, buckets=RATES, registry=REGISTRY)
TOKENS = Counter("chat_tokens", "Tokens read and written by models", (*_WHO, "direction"), registry=REGISTRY)
COST = Counter("chat_cost_usd", "What models cost, at the prices of their day", _WHO, registry=REGISTRY)
CLAIMS = Counter("chat_claims", "Claims the guard looked at", (*_WHO, "outcome"), registry=REGISTRY)
TOOLS = Counter("chat_tool_calls", "Tools called by models", ("tool", "outcome"), registry=REGISTRY)


def count_answer(closed: ClosedTurn, done: Mapping[str, Any]) -> None:
    """`done` is the chunk that told the answer's end; empty where it got none of its own."""
    usage = closed.usage
    who = (str(usage.get("provider", "")), str(usage.get("model", "")), closed.slot)
    ANSWERS.labels(*who, closed.status).inc()
    for name, histogram, unit in (
        ("first_shown_ms", FIRST, 1000),
        ("gap_p50_ms", GAP, 1000),
        ("tokens_per_s", RATE, 1),
    ):
        if usage.get(name) is not None:
            histogram.labels(*who).observe(usage[name] / unit)
    for direction in ("in", "out"):
        TOKENS.labels(*who, direction).inc(usage.get(f"tokens_{direction}") or 0)
    COST.labels(*who).inc(usage.get("cost_usd") or 0)
    for outcome, count in (done.get("guard") or {}).items():
        CLAIMS.labels(*who, outcome).inc(count)
    for call in done.get("tools") or ():
        TOOLS.labels(call["name"] if call["outcome"] != "unknown_tool" else "other", call["outcome"]).inc()
