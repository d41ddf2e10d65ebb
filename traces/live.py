"""Runs a turn for an operator and tells all of it while it happens, one JSON object a line.

Uses the very pipeline of the chat. A reader who leaves stops the turn; the run is finished and kept in every case.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections

from api.chat_pipeline import ChatPipeline, Turn
from api.embedding_client import EmbeddingClient
from api.rag.bootstrap import build_embedder, build_pipeline, providers
from api.rag.errors import RagError
from api.rag.llm.router import Router
from api.rag.params import LLMParams
from api.rag.prompt.render import stored_templates
from api.rag.tracing import recording
from locations.memory import gazetteer
from traces.as_of import Then, records_as_of
from traces.recorder import TurnRecorder, plain
from traces.replay import Order

log = logging.getLogger(__name__)
T = TypeVar("T")
SAVE_RETRIES_S = (0.2, 1.0)


@dataclass(slots=True)
class _Live:
    order: Order
    recorder: TurnRecorder
    told: asyncio.Queue[dict[str, Any] | None] = field(default_factory=asyncio.Queue)
    status: str = "cancelled"
    turn: Turn | None = None
    then: Then | None = None  # what had to be undone to read the records of then
    closing: asyncio.Task[None] | None = None
    at_work: set[asyncio.Task[Any]] = field(default_factory=set)

    async def as_of(self, work: Callable[[], T]) -> T:
        """The bridge to the ORM. What a thread has begun it ends, also when nobody waits for it any more."""
        todo = work if self.order.records_at is None else partial(_then, self, work)
        task = asyncio.create_task(_in_thread(todo))
        self.at_work.add(task)
        task.add_done_callback(self.at_work.discard)
        return await asyncio.shield(task)


async def told_live(order: Order) -> AsyncIterator[bytes]:
    """`run` with its id, then each stage and each chunk of the answer, and `finished` last, once the run is stored."""
    loop = asyncio.get_running_loop()
    live = _Live(order, TurnRecorder(order.subject(datetime.now(UTC)), full=True))

    def listen(row: dict[str, Any]) -> None:
        loop.call_soon_threadsafe(live.told.put_nowait, {"type": "stage", **plain(row)})

    live.recorder.listener = listen
    run_id = await _in_thread(live.recorder.begin)
    first = live.recorder.stages()
    task = asyncio.create_task(_run(live), name=f"debug run {run_id}")
    try:
        yield _line({"type": "run", "id": run_id})
        for row in first:
            yield _line({"type": "stage", **plain(row)})
        while (item := await live.told.get()) is not None:
            yield _line(item)
    finally:
        task.cancel()
        await asyncio.shield(_ended(live, task))


async def _ended(live: _Live, task: asyncio.Task[None]) -> None:
    """A task cancelled before its first step has no finally of its own."""
    await asyncio.wait([task])
    await _closing(live)


async def run_to_end(order: Order) -> str:
    """The id of the stored run; nobody listens."""
    run_id = ""
    async for line in told_live(order):
        run_id = run_id or json.loads(line)["id"]
    return run_id


async def _run(live: _Live) -> None:
    try:
        if live.order.refused is not None:
            raise live.order.refused
        pipeline = await _in_thread(partial(_pipeline, live.order))
        try:
            await _answer(live, pipeline)
        finally:
            if live.at_work:
                await asyncio.wait(live.at_work)
            await pipeline.router.aclose()
            await pipeline.rag.embedder.aclose()
            if isinstance(pipeline.rag.embedder, EmbeddingClient):
                pipeline.rag.embedder.close()
    except RagError as failure:
        live.status = "failed"
        live.recorder.failed(failure)
    except Exception as failure:
        log.exception("debug run %s failed", live.recorder.id)
        live.status = "failed"
        live.recorder.failed(failure)
    finally:
        await asyncio.shield(_closing(live))


async def _answer(live: _Live, pipeline: ChatPipeline) -> None:
    asked = live.order.asked
    live.turn = Turn(asked.ask, model=asked.model)
    with recording(live.recorder), stored_templates(live.order.templates):
        async for event in pipeline.run(live.turn, live.as_of):
            live.told.put_nowait({"type": event.type, "model": event.model, **plain(event.data)})
    answer = live.turn.answer
    live.status = answer.status if answer else "failed"


def _closing(live: _Live) -> asyncio.Task[None]:
    if live.closing is None:
        live.closing = asyncio.create_task(_close(live))
    return live.closing


async def _close(live: _Live) -> None:
    turn = live.turn
    summary: dict[str, Any] = {}
    if turn is not None:
        summary = {"answer": turn.text, "notices": [n.code for n in turn.notices]}
        if turn.answer is not None:
            summary["event_ids"] = list(turn.answer.event_ids)
    if live.then is not None:
        summary["records"] = asdict(live.then)
    finish = partial(live.recorder.finalize, status=live.status, finished_at=datetime.now(UTC), summary=summary)
    try:
        await _store(live, finish)
    except Exception:
        log.exception("debug run %s cannot be stored", live.recorder.id)
    finally:  # else a reader, or the worker with a batch, would wait for ever
        live.told.put_nowait({"type": "finished", "id": str(live.recorder.id), "status": live.status})
        live.told.put_nowait(None)


async def _store(live: _Live, finish: Callable[[], object]) -> None:
    for pause in (*SAVE_RETRIES_S, None):
        try:
            await _in_thread(finish)
            return
        except (OperationalError, InterfaceError) as error:
            log.warning("debug run %s could not be stored yet: %s", live.recorder.id, error)
            if pause is not None:
                await asyncio.sleep(pause)


def _pipeline(order: Order) -> ChatPipeline:
    """One of its own: its clients belong to the event loop that runs it, and its breakers remember no earlier run."""
    gazetteer()  # loaded here: the event loop may not wait for the database
    pipeline = build_pipeline()
    if order.asked.temperature is not None:
        pipeline.router = Router(providers(), replace(LLMParams(), temperature=order.asked.temperature))
    return pipeline


def _then(live: _Live, work: Callable[[], T]) -> T:
    order = live.order
    assert order.records_at is not None
    embedder = build_embedder(patient=True)
    try:
        with records_as_of(order.records_at, embed=embedder.embed_sync, popularity=order.popularity) as then:
            live.then = then
            return work()
    finally:
        embedder.close()


async def _in_thread(work: Callable[[], T]) -> T:
    """With the caller's context, and a database connection that is given back."""
    return await asyncio.to_thread(_fresh, work)


def _fresh(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def _line(item: dict[str, Any]) -> bytes:
    return json.dumps(item, ensure_ascii=False).encode() + b"\n"
