"""What recording costs a turn: the same questions without a recorder, with a light one and with a full one, in turn about.

python -m bench.traces [--turns 60]

The shares are of the turn's whole time: what the reader waits for (taking stages while the turn runs), and with it the write, which comes
after the last word. Beside it the processor time of both. The model is scripted and speaks at the pace of a quick one.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
PACE_S = 0.03  # between two pieces of the answer: some 200 tokens in a second


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
    pipeline.router = Router([ScriptedProvider(ANSWER, delay_s=PACE_S)], LLMParams())
    times: dict[str, list[float]] = {"none": [], "light": [], "full": []}
    own: dict[str, list[_Own]] = {"light": [], "full": []}
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
    print(
        f"  {'recorder':10} {'turn p50':>10} {'taking':>9} {'share':>7} {'+ writing':>10} {'share':>7} {'cpu of both':>12}"
    )
    print(f"  {'none':10} {base:8.2f}ms")
    for kind, costs in own.items():
        taking, whole, cpu = (statistics.median(getattr(c, name) for c in costs) for name in ("taking", "whole", "cpu"))
        verdict = "" if whole / base < MAX_SHARE else f"  above {MAX_SHARE:.0%}"
        told = f"{taking:7.2f}ms {taking / base:7.2%} {whole:8.2f}ms {whole / base:7.2%} {cpu:10.2f}ms"
        print(f"  {kind:10} {statistics.median(times[kind]):8.2f}ms {told}{verdict}")


@dataclass(slots=True)
class _Own:
    """The recorder's own time in milliseconds: while the turn runs, with the write at its end, and the processor's share of that."""

    taking: float = 0.0
    whole: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def measured(self, *, taking: bool) -> Iterator[None]:
        began, worked = time.perf_counter(), time.thread_time()
        yield
        took = (time.perf_counter() - began) * 1000
        self.whole += took
        self.taking += took if taking else 0.0
        self.cpu += (time.thread_time() - worked) * 1000


async def _turn(pipeline: Any, question: str, kind: str) -> tuple[float, _Own]:
    """Milliseconds of the turn with its end, and the recorder's."""
    from api.chat_pipeline import Turn
    from api.rag.tracing import NULL_RECORDER, recording
    from api.rag_service import Ask
    from traces.asking import Asked, asked_json
    from traces.recorder import Subject, TurnRecorder

    ask = Ask(question, now=datetime.now(UTC), zone="America/New_York")
    began, own = time.perf_counter(), _Own()
    recorder: Any = NULL_RECORDER
    if kind != "none":
        with own.measured(taking=True):
            inner = TurnRecorder(Subject(question, {"asked": asked_json(Asked(ask))}, ask.now), full=kind == "full")
        recorder = _Timed(inner, own)
    with recording(recorder):
        async for _ in pipeline.run(Turn(ask), _in_thread):
            pass
    if kind != "none":
        await _in_thread(recorder.end)
    return (time.perf_counter() - began) * 1000, own


class _Timed:
    """A recorder that adds up what its stages take."""

    active = True

    def __init__(self, inner: Any, own: _Own) -> None:
        self.inner, self.own, self.full = inner, own, inner.full

    def event(self, *stage: Any, **more: Any) -> None:
        with self.own.measured(taking=True):
            self.inner.event(*stage, **more)

    def end(self) -> None:
        with self.own.measured(taking=False):
            self.inner.finalize(status="complete", finished_at=datetime.now(UTC))


async def _in_thread(work: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(work)


if __name__ == "__main__":
    main()
