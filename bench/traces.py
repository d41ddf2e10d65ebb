"""What recording costs a turn: the same questions without a recorder, with a light one and with a full one, in turn about.

python -m bench.traces [--turns 60]

The share is the recorder's own time (taking stages while the turn runs, and writing them at its end) of the turn's whole time; the
model is scripted and answers at once, so that in practice the share is smaller.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bench.database import bench_database

QUESTIONS = (
    "live music in Davis in the next 10 days",
    "free things for kids in Bloomington, Indiana in the next 10 days",
    "farmers market near Petaluma in the next 10 days",
    "author talk in Raleigh in the next 10 days",
)
MAX_SHARE = 0.03
ANSWER = ["There is something for you. "] * 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=60, help="of each kind")
    turns = parser.parse_args().turns
    with bench_database():
        from django.core.management import call_command

        call_command("createcachetable", verbosity=0)
        call_command("bootstrap_data", verbosity=0)
        asyncio.run(_bench(turns))


async def _bench(turns: int) -> None:
    from api.rag.bootstrap import build_pipeline
    from api.rag.llm.router import Router
    from api.rag.llm.scripted import ScriptedProvider
    from api.rag.params import LLMParams
    from locations.memory import gazetteer

    await asyncio.to_thread(gazetteer)
    pipeline = build_pipeline()
    pipeline.router = Router([ScriptedProvider(ANSWER)], LLMParams())
    times: dict[str, list[float]] = {"none": [], "light": [], "full": []}
    own: dict[str, list[float]] = {"light": [], "full": []}
    for n in range(turns + 3):
        for kind in times:
            whole, mine = await _turn(pipeline, QUESTIONS[n % len(QUESTIONS)], kind)
            if n >= 3:
                times[kind].append(whole)
                if kind != "none":
                    own[kind].append(mine)
    await pipeline.router.aclose()
    await pipeline.rag.embedder.aclose()
    base = statistics.median(times["none"])
    print(f"  {'recorder':10} {'turn p50':>10} {'own p50':>10} {'share':>8}")
    print(f"  {'none':10} {base:8.2f}ms")
    for kind in own:
        cost = statistics.median(own[kind])
        verdict = "" if cost / base < MAX_SHARE else f"  above {MAX_SHARE:.0%}"
        print(f"  {kind:10} {statistics.median(times[kind]):8.2f}ms {cost:8.2f}ms {cost / base:8.1%}{verdict}")


async def _turn(pipeline: Any, question: str, kind: str) -> tuple[float, float]:
    """Milliseconds of the turn with its end, and of the recorder alone."""
    from api.chat_pipeline import Turn
    from api.rag.tracing import NULL_RECORDER, recording
    from api.rag_service import Ask
    from traces.asking import Asked, asked_json
    from traces.recorder import Subject, TurnRecorder

    ask = Ask(question, now=datetime.now(UTC), zone="America/New_York")
    began = time.perf_counter()
    spent = [0.0]
    if kind == "none":
        recorder: Any = NULL_RECORDER
    else:
        recorder = TurnRecorder(Subject(question, {"asked": asked_json(Asked(ask))}, ask.now), full=kind == "full")
        spent[0] = time.perf_counter() - began
        recorder = _Timed(recorder, spent)
    with recording(recorder):
        async for _ in pipeline.run(Turn(ask), _in_thread):
            pass
    if kind != "none":
        ending = time.perf_counter()
        await _in_thread(lambda: recorder.inner.finalize(status="complete", finished_at=datetime.now(UTC)))
        spent[0] += time.perf_counter() - ending
    return (time.perf_counter() - began) * 1000, spent[0] * 1000


class _Timed:
    """A recorder that adds up what its stages take."""

    active = True

    def __init__(self, inner: Any, spent: list[float]) -> None:
        self.inner, self.spent, self.full = inner, spent, inner.full

    def event(self, *stage: Any, **more: Any) -> None:
        began = time.perf_counter()
        self.inner.event(*stage, **more)
        self.spent[0] += time.perf_counter() - began


async def _in_thread(work: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(work)


if __name__ == "__main__":
    main()
