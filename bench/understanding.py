"""What understanding one message costs: time, CPU, and that the cost follows the length.

python -m bench.understanding [--clients 32]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

SENTENCE = (
    "We are visiting family in Santa Rosa this weekend with my 4 and 9 year olds and my mother who uses a wheelchair, and"
    " we are looking for something free or under $20 on Saturday afternoon, ideally outdoors or live music or a farmers"
    " market, but no sports please, and nothing more than 15 miles away. Any ideas? "
)
FOLLOW_UPS = (
    "live music in Davis tonight",
    "what about tomorrow?",
    "same but in Santa Rosa",
    "cheaper",
    "for my 4 year old",
)
BUDGET_CPU_MS = 1.0
NOW = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)
ZONE = "America/Los_Angeles"


def percentiles(times: list[float]) -> tuple[float, float]:
    times = sorted(times)
    return statistics.median(times), times[max(0, int(len(times) * 0.95) - 1)]


def measure(work: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Milliseconds: wall-clock p50 and p95, and CPU per call."""
    for _ in range(3):
        work()
    times = []
    cpu = time.process_time()
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    spent = (time.process_time() - cpu) * 1000 / rounds
    p50, p95 = percentiles(times)
    return {"p50": p50, "p95": p95, "cpu": spent}


def measure_at_once(work: Callable[[], Any], clients: int, rounds: int) -> dict[str, float]:
    """The same from `clients` threads of one process, as a busy worker sees it."""

    def timed(_: int) -> float:
        began = time.perf_counter()
        work()
        return (time.perf_counter() - began) * 1000

    cpu, began = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        times = list(pool.map(timed, range(rounds)))
    wall, spent = time.perf_counter() - began, (time.process_time() - cpu) * 1000 / rounds
    p50, p95 = percentiles(times)
    return {"p50": p50, "p95": p95, "cpu": spent, "per_s": rounds / wall}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=400)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from api.rag.query.understand import understand
    from api.rag.types import HistoryMessage, QueryContext
    from locations.memory import gazetteer

    began = time.perf_counter()
    places = gazetteer()
    print(f"gazetteer of {len(places):,} places in {time.perf_counter() - began:.2f} s\n")

    def ask(message: str, context: QueryContext | None = None) -> Callable[[], Any]:
        sent = context or QueryContext()
        return lambda: understand(message, context=sent, now=NOW, zone=ZONE, gazetteer=places)

    history = tuple(HistoryMessage("user", m) for m in FOLLOW_UPS * 2)
    stored = QueryContext(ledger=dict(ask(FOLLOW_UPS[0])().ledger))
    cases = (
        ("first question, 27 chars", ask(FOLLOW_UPS[0]), options.rounds),
        ("follow-up, stored ledger", ask("what about tomorrow?", stored), options.rounds),
        ("300 chars", ask(SENTENCE[:300]), options.rounds),
        ("4,000 chars", ask((SENTENCE * 14)[:4000]), 20),
        ("10,000 chars", ask((SENTENCE * 34)[:10_000]), 20),
        ("10 messages replayed", ask("what about Sunday?", QueryContext(history=history)), 50),
    )
    print(f"{'understand':28} {'p50 ms':>8} {'p95 ms':>8} {'CPU ms':>8}")
    found: dict[str, dict[str, float]] = {}
    for name, work, rounds in cases:
        found[name] = measure(work, rounds)
        print(f"{name:28} {found[name]['p50']:8.3f} {found[name]['p95']:8.3f} {found[name]['cpu']:8.3f}")
    busy = measure_at_once(ask(SENTENCE[:300]), options.clients, options.rounds)
    name = f"300 chars, {options.clients} clients"
    print(f"{name:28} {busy['p50']:8.3f} {busy['p95']:8.3f} {busy['cpu']:8.3f}   {busy['per_s']:,.0f}/s")
    growth = found["10,000 chars"]["cpu"] / found["4,000 chars"]["cpu"]
    spent = found["300 chars"]["cpu"]
    print(f"\n10,000 against 4,000 chars: {growth:.2f} times the CPU (2.5 is linear)")
    print(
        f"300 chars: {spent:.3f} ms CPU of {BUDGET_CPU_MS:g} ms - {'inside' if spent < BUDGET_CPU_MS else 'OVER'} the budget"
    )


if __name__ == "__main__":
    main()
