"""Many people ask at once: `python -m bench.chat [streams ...]`. Own processes, scripted model of 200 tokens at 50 a second.

Prints, for each number of streams: time to the first byte and to the first token, CPU of the chat worker a stream and a
token, its memory, and how many tokens were lost or came twice.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil

from conftest import free_port
from tests.e2e.stack import Stack, process, running_stack

TOKENS, PER_SECOND = 200, 50
SANTA_ROSA = 5393287
PER_GUEST = 5
BASELINE = "baseline at 1,000 events: first byte p50/p95 158/263 ms at 1, 894/2105 at 32, 3383/6335 at 100; 28-80 ms CPU a stream"
PLACES = "from locations.testing import load_test_places; load_test_places()"
WORDS = [
    "It",
    "should",
    "be",
    "fun",
    "and",
    "you",
    "can",
    "bring",
    "a",
    "friend",
    "along",
    "to",
    "see",
    "it",
    "with",
    "you.",
]


@dataclass
class Took:
    first_byte_s: float
    first_token_s: float
    chunks: list[dict[str, Any]]
    numbers: list[int]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def ask(client: httpx.AsyncClient, url: str, headers: dict[str, str]) -> Took:
    began = time.perf_counter()
    first_byte = first_token = 0.0
    chunks, numbers = [], []
    body = {"message": "what is on in the next 30 days?", "location_id": SANTA_ROSA}
    async with client.stream("POST", f"{url}/api/v1/chat/stream", json=body, headers=headers) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            first_byte = first_byte or time.perf_counter() - began
            if line.startswith("id:"):
                numbers.append(int(line.rpartition(":")[2]))
            elif line.startswith("data:"):
                chunks.append(json.loads(line[5:]))
                if chunks[-1].get("type") == "token":
                    first_token = first_token or time.perf_counter() - began
    return Took(first_byte, first_token, chunks, numbers)


async def crowd(url: str, people: list[dict[str, str]], streams: int) -> list[Took]:
    limits = httpx.Limits(max_connections=streams)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        return await asyncio.gather(*(ask(client, url, people[n % len(people)]) for n in range(streams)))


def faults(took: list[Took]) -> int:
    """Streams with a gap or a repeat in their numbers, or without exactly one end."""
    return sum(
        t.numbers != list(range(1, len(t.numbers) + 1)) or sum(c["type"] in ("done", "error") for c in t.chunks) != 1
        for t in took
    )


def main() -> None:
    counts = [int(given) for given in sys.argv[1:]] or [1, 32, 100]
    with TemporaryDirectory() as folder:
        script = Path(folder) / "script.json"
        script.write_text(json.dumps([f"{WORDS[n % len(WORDS)]} " for n in range(TOKENS)]))
        with running_stack(
            "eventzombie_bench_chat",
            ("shell", "--verbosity", "0", "--command", PLACES),
            ("import_events", "events/sample/santa-rosa.ics"),
            ("update_embeddings",),
            RATE_LIMIT_FACTOR="100000",
            LLM_SCRIPT=str(script),
            LLM_SCRIPT_DELAY_S=str(1 / PER_SECOND),
        ) as stack:
            measure(stack, counts, Path(folder))


def measure(stack: Stack, counts: list[int], folder: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = (
        "-m",
        "uvicorn",
        "--factory",
        "chat_service.app:create_app",
        "--port",
        str(port),
        "--log-level",
        "warning",
    )
    with process(*command, environment=stack.environment, ready=f"{url}/readyz", log=folder / "chat") as running:
        worker = psutil.Process(running.pid)
        people = [stack.guest() for _ in range(-(-max(counts) // PER_GUEST))]
        asyncio.run(crowd(url, people, 2))
        print("streams  first byte p50/p95 ms  first token p50/p95 ms  CPU ms/stream  us/token  memory MB  faults")
        for streams in counts:
            before = sum(worker.cpu_times()[:2])
            took = asyncio.run(crowd(url, people, streams))
            cpu_ms = (sum(worker.cpu_times()[:2]) - before) * 1000 / streams
            tokens = statistics.mean(sum(c["type"] == "token" for c in t.chunks) for t in took)
            first = [[t.first_byte_s * 1000 for t in took], [t.first_token_s * 1000 for t in took]]
            times = [f"{percentile(values, 0.5):.0f} / {percentile(values, 0.95):.0f}" for values in first]
            memory = worker.memory_info().rss / 1e6
            print(
                f"{streams:7d}  {times[0]:>21}  {times[1]:>22}  {cpu_ms:13.1f}  {cpu_ms * 1000 / tokens:8.0f}"
                f"  {memory:9.0f}  {faults(took):6d}"
            )
    print(BASELINE)


if __name__ == "__main__":
    main()
