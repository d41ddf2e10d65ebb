"""STORY: one chat turn. Retrieve -> prompt -> generate -> guard -> finish.

Yields what happens as it happens; the edge that runs it turns the values into chunks, and keeps them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from api.rag.answer_wire import done_json, events_json, notice_json
from api.rag.errors import LLMError
from api.rag.guard import Guard
from api.rag.llm.composer import compose, follow_ups
from api.rag.llm.router import RoutedStream, Router
from api.rag.llm.tiers import tier_for
from api.rag.params import GuardParams, LLMParams, PipelineParams, PromptParams
from api.rag.prompt import build_prompt
from api.rag.query.understand import ledger_after_answer
from api.rag.query.wire import understood_json
from api.rag.tracing import span
from api.rag.types import Answer, ChatEvent, Notice, RAGResult, Source, Usage
from api.rag_service import Ask, EventRAGService, OrmBridge

CARDS_WITHOUT_CITATION = 5
COMPOSED = Usage(provider="composer", model="composer")
FELL_BACK = Notice(
    "composer_fallback", "The language model is unavailable, so this answer is written from the listings alone."
)
CUT_SHORT = Notice("answer_cut", "The language model stopped in the middle; what it said so far stands.")


@dataclass(slots=True)
class Turn:
    """One question on its way to an answer. `result`, `answer` and `notices` fill in while it runs."""

    ask: Ask
    model: str | None = None
    result: RAGResult | None = None
    answer: Answer | None = None
    text: str = ""  # what the reader has been shown so far
    notices: list[Notice] = field(default_factory=list)


class ChatPipeline:
    def __init__(self, *, rag: EventRAGService, router: Router, params: PipelineParams | None = None) -> None:
        self.rag = rag
        self.router = router
        self.params = params or PipelineParams()

    async def run(self, turn: Turn, orm: OrmBridge[RAGResult]) -> AsyncIterator[ChatEvent]:
        """Raises RetrievalFailed before the first token, and InvalidRequest for a model that is not offered; never after."""
        self.router.check_model(turn.model)
        query = self.rag.understand(turn.ask)
        yield ChatEvent("understood", understood_json(query))
        turn.result = await self.rag.find_async(turn.ask, query, orm)
        yield ChatEvent("events", events_json(turn.result))
        for notice in turn.result.notices:
            yield _noted(turn, notice)
        async for event in self._answer(turn, turn.result):
            yield event
        assert turn.answer is not None
        yield ChatEvent("done", done_json(turn.answer, turn.result))

    async def _answer(self, turn: Turn, result: RAGResult) -> AsyncIterator[ChatEvent]:
        guard, usage = None, COMPOSED
        if result.recommended and self.router.available:
            prompt = build_prompt(result, turn.ask.context.history, PromptParams())
            guard = Guard(prompt.sources, query=result.query, params=GuardParams(), relaxations=result.relaxations)
            stream = self.router.stream(prompt, model=turn.model, tier=tier_for(result, LLMParams()))
            async for event in self._generate(turn, stream, guard):
                yield event
            usage = stream.usage
        if guard is None or not turn.text.strip():
            # No model, nothing to choose from, or nothing true was said: the composer writes from the rows.
            guard, usage = _composing_guard(result), COMPOSED
            for delta in compose(result):
                for event in _shown(turn, guard.feed(delta)):
                    yield event
                await asyncio.sleep(0)  # a writer that never waits would hold the loop after a hang-up
            for event in _shown(turn, guard.finish()):
                yield event
        turn.answer = _finish(turn, result, guard, usage)

    async def _generate(self, turn: Turn, stream: RoutedStream, guard: Guard) -> AsyncIterator[ChatEvent]:
        try:
            async for delta in stream:
                for event in _shown(turn, guard.feed(delta)):
                    yield event
        except LLMError:
            yield _noted(turn, CUT_SHORT if turn.text else FELL_BACK)
        finally:
            await stream.aclose()
        for event in _shown(turn, guard.finish()):
            yield event


def ledger_after(answer: Answer, result: RAGResult) -> dict[str, Any]:
    """The ledger the next turn starts from: what was shown, its dearest price, and the first way out as our offer."""
    shown = [e.facts for e in result.events if e.facts.event_id in answer.event_ids]
    prices = [price for f in shown if (price := f.price_max if f.price_max is not None else f.price_min) is not None]
    offer = next(((r.label, dict(r.change)) for r in result.relaxations), None)
    return ledger_after_answer(
        dict(result.query.ledger), shown_ids=answer.event_ids, dearest=max(prices, default=None), offer=offer
    )


def _shown(turn: Turn, text: str) -> Iterator[ChatEvent]:
    if text:
        turn.text += text
        yield ChatEvent("token", {"token": text})


def _noted(turn: Turn, notice: Notice) -> ChatEvent:
    turn.notices.append(notice)
    return ChatEvent("notice", notice_json(notice))


def _composing_guard(result: RAGResult) -> Guard:
    return Guard(_sources(result), query=result.query, params=GuardParams(), relaxations=result.relaxations)


def _sources(result: RAGResult) -> tuple[Source, ...]:
    return tuple(Source(n, event.facts) for n, event in enumerate(result.events, start=1))


def _finish(turn: Turn, result: RAGResult, guard: Guard, usage: Usage) -> Answer:
    report = guard.report()
    with span("guard") as s:
        s.set(
            checked=report.checked, corrected=report.corrected, withheld=report.withheld, findings=list(report.findings)
        )
    cited = guard.cited_event_ids()
    recommended = tuple(e.facts.event_id for e in result.recommended)
    return Answer(
        text=turn.text,
        status="complete" if result.recommended or result.query.intent in ("smalltalk", "clarify") else "no_matches",
        event_ids=cited or recommended[:CARDS_WITHOUT_CITATION],
        follow_ups=follow_ups(result),
        guard=report,
        usage=usage,
        notices=tuple(turn.notices),
    )
