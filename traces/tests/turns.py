"""A whole turn for tests: the real pipeline over the test's rows, recorded as the chat service records it."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from api.chat_pipeline import ChatPipeline, Turn
from api.embedding_client import EmbeddingInfo
from api.rag.errors import EmbeddingUnavailable, RagError
from api.rag.llm.base import Provider
from api.rag.llm.router import Router
from api.rag.params import LLMParams, PipelineParams
from api.rag.tests.records import NOW, unit
from api.rag.tracing import current_recorder, recording
from api.rag.types import QueryContext
from api.rag_service import Ask, EventRAGService, OrmBridge
from locations.memory import gazetteer
from traces.models import ChatDebugRun
from traces.recorder import Subject, TurnRecorder

ZONE = "America/Los_Angeles"


class Embedder:
    """Every text means the same; a `silent` one does not answer."""

    def __init__(self, *, silent: bool = False, vector: np.ndarray | None = None) -> None:
        self.silent = silent
        self.vector = unit(0) if vector is None else vector

    def info_sync(self) -> EmbeddingInfo:
        if self.silent:
            raise EmbeddingUnavailable("connection refused")
        return EmbeddingInfo("test", "1", 384, 256, "hash", "cpu", "float32")

    def embed_query_sync(self, text: str) -> Any:
        self.info_sync()
        return self.vector

    async def embed_query(self, text: str) -> Any:
        return self.embed_query_sync(text)

    async def info(self) -> EmbeddingInfo:
        return self.info_sync()

    async def aclose(self) -> None: ...


@dataclass
class World:
    """What answers: changed by a test before it asks."""

    embedder: Embedder = field(default_factory=Embedder)
    providers: Sequence[Provider] = ()
    llm: LLMParams = field(default_factory=lambda: LLMParams(max_attempts=1, backoff_s=0))
    params: PipelineParams = field(default_factory=PipelineParams)

    @property
    def pipeline(self) -> ChatPipeline:
        rag = EventRAGService(embedder=self.embedder, gazetteer=gazetteer, params=self.params)
        return ChatPipeline(rag=rag, router=Router(self.providers, self.llm))


def ask_in(
    world: World,
    message: str,
    *,
    context: QueryContext | None = None,
    now: datetime = NOW,
    full: bool = True,
    user_id: int | None = None,
    leave_after: int | None = None,
) -> ChatDebugRun:
    """The stored run of one turn. `leave_after` chunks the reader is gone."""
    recorder = TurnRecorder(Subject(message, {"message": message}, now, user_id=user_id), full=full)
    turn = Turn(Ask(message, now, ZONE, context=context or QueryContext()))
    status = _lived(world.pipeline, turn, recorder, leave_after)
    recorder.finalize(status=status, finished_at=datetime.now(NOW.tzinfo))
    return ChatDebugRun.objects.get(pk=recorder.id)


def _lived(pipeline: ChatPipeline, turn: Turn, recorder: TurnRecorder, leave_after: int | None) -> str:
    """The turn lives in an event loop of another thread, and its queries run here: this thread holds the test's transaction."""
    gazetteer()
    work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()

    async def here(query: Callable[[], Any]) -> Any:
        done: Future[Any] = Future()
        work.put((_recorded(query), done))
        return await asyncio.wrap_future(done)

    def live() -> str:
        try:
            return asyncio.run(_live(pipeline, turn, recorder, leave_after, here))
        finally:
            work.put(None)

    with ThreadPoolExecutor(1) as thread:
        status = thread.submit(live)
        while (job := work.get()) is not None:
            query, done = job
            try:
                done.set_result(query())
            except RagError as error:
                done.set_exception(error)
        return status.result()


def _recorded(query: Callable[[], Any]) -> Callable[[], Any]:
    """The recorder is ambient: the query runs in the context it was asked in, as over the chat service's bridge."""
    recorder = current_recorder()

    def run() -> Any:
        with recording(recorder):
            return query()

    return run


async def _live(
    pipeline: ChatPipeline, turn: Turn, recorder: TurnRecorder, leave_after: int | None, orm: OrmBridge[Any]
) -> str:
    chunks = 0
    with recording(recorder):
        try:
            async for _ in pipeline.run(turn, orm):
                chunks += 1
                if chunks == leave_after:
                    return "cancelled"
        except RagError as failure:
            recorder.failed(failure)
            return "failed"
    return turn.answer.status if turn.answer else "failed"
