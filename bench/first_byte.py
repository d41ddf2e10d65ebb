"""Time to the first byte and to the first word of a chat, at 1 and 8 readers at once, over the sample events and every process.

python -m bench.first_byte [--turns 40]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.e2e.stack import Stack, running_stack

QUESTIONS = [
    "live music in Davis tonight",
    "free things for kids in Bloomington, Indiana this weekend",
    "farmers market near Petaluma on Saturday morning",
    "author talk in Raleigh next week",
]


def one_turn(stack: Stack, headers: dict[str, str], n: int) -> tuple[float, float, float]:
    """Milliseconds to the first byte, to the first word and to the end."""
    began = time.perf_counter()
    first_byte = first_word = 0.0
    body: dict[str, Any] = {"message": QUESTIONS[n % len(QUESTIONS)]}
    with httpx.stream("POST", f"{stack.chat}/api/v1/chat/stream", json=body, headers=headers, timeout=60) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            first_byte = first_byte or (time.perf_counter() - began) * 1000
            if not first_word and line.startswith("data:") and json.loads(line[5:])["type"] == "token":
                first_word = (time.perf_counter() - began) * 1000
    return first_byte, first_word, (time.perf_counter() - began) * 1000


def show(name: str, values: list[float]) -> None:
    ordered = sorted(values)
    print(f"  {name:16} p50 {statistics.median(ordered):8.1f} ms   p95 {ordered[int(len(ordered) * 0.95) - 1]:8.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=40)
    turns = parser.parse_args().turns
    filled = (("bootstrap_data",), ("update_embeddings",))
    with running_stack("eventzombie_bench_chat", *filled, RATE_LIMIT_FACTOR="1000") as stack:
        for readers in (1, 8):
            guests = [stack.guest() for _ in range(readers)]
            for n, guest in enumerate(guests):
                one_turn(stack, guest, n)
            with ThreadPoolExecutor(readers) as pool:
                jobs = [pool.submit(one_turn, stack, guests[n % readers], n) for n in range(turns)]
                times = [job.result() for job in jobs]
            print(f"{readers} at once, {turns} turns")
            for name, values in zip(
                ("first byte", "first word", "whole answer"), zip(*times, strict=True), strict=True
            ):
                show(name, list(values))


if __name__ == "__main__":
    main()
