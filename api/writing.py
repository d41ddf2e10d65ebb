"""One answer from the first delta to its end: a model's rounds through the guard, or the composer's words through the same guard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from api.rag.answer_wire import events_json, ids_of, notice_json
from api.rag.errors import LLMError
from api.rag.guard import Guard
from api.rag.handfuls import Pace, handfuls, unhurried
from api.rag.llm.asked import said_back
from api.rag.llm.base import ModelTier
from api.rag.llm.composer import compose
from api.rag.llm.follow_ups import follow_ups
from api.rag.llm.prices import PriceTable, total
from api.rag.llm.router import RoutedStream, Router
from api.rag.llm.tiers import tier_for
from api.rag.llm.tools import tool_specs
from api.rag.params import GuardParams, LLMParams, PromptParams
from api.rag.prompt import build_prompt, token_counter
from api.rag.tracing import span
from api.rag.types import Answer, ChatEvent, Notice, Prompt, RAGResult, Source, ToolCall, ToolRound, Usage
from api.toolbox import Toolbox
from api.turn_state import Draft, Turn

CARDS_WITHOUT_CITATION = 5
COMPOSER = "composer"
COMPOSED = Usage(provider=COMPOSER, model=COMPOSER)
FELL_BACK = Notice(
    "composer_fallback", "The language model is unavailable, so this answer is written from the listings alone."
)
CUT_SHORT = Notice("answer_cut", "The language model stopped in the middle; what it said so far stands.")
NO_SECOND = Notice("second_answer_failed", "The second model is unavailable, so there is one answer.")


@dataclass(frozen=True, slots=True)
class Desk:
    """What every answer of a process is written with."""

    router: Router
    prices: PriceTable
    params: LLMParams
    pace: Pace = unhurried


async def write(turn: Turn, draft: Draft, desk: Desk, tools: Toolbox) -> AsyncIterator[ChatEvent]:
    """Tokens and notices of the draft; it ends with its answer whole. Raises no LLMError."""
    assert turn.result is not None
    guard = None
    # What is cancelled is told by the record alone: no model may pass it over.
    to_choose_from = turn.result.recommended and not turn.result.called_off
    if to_choose_from and desk.router.available and draft.model != COMPOSER:
        guard = Guard((), query=turn.result.query, params=GuardParams(), relaxations=turn.result.relaxations)
        async for event in _generate(turn, draft, desk, tools, guard):
            yield event
    if not draft.text.strip() and not draft.failure:
        # No model, nothing to choose from, or nothing true was said: the composer writes from the rows.
        draft.usages = [COMPOSED]
        guard = _composing_guard(turn.result)
        async with aclosing(handfuls(_unhurriedly(compose(turn.result)), desk.pace)) as handed:
            async for deltas in handed:
                text = "".join(deltas)
                draft.said += text
                for event in _shown(draft, guard.feed(text)):
                    yield event
        for event in _shown(draft, guard.finish()):
            yield event
    assert guard is not None
    draft.answer = _finished(turn, draft, desk, guard)


async def _generate(turn: Turn, draft: Draft, desk: Desk, tools: Toolbox, guard: Guard) -> AsyncIterator[ChatEvent]:
    """Rounds of one model: it writes, or asks for a tool, is told, and writes on. The last round is offered no tools."""
    assert turn.result is not None
    offered = tool_specs() if desk.router.tools else ()
    prompt = build_prompt(turn.result, turn.ask.context.history, PromptParams(), tools=offered)
    draft.prompt_version = prompt.version
    draft.prompt_sources = len(prompt.sources)
    guard.learn(prompt.sources)
    prompt = replace(prompt, blocks=())  # the trace has had them; the model reads the messages
    tier = tier_for(turn.result, desk.params)
    for left in range(desk.params.max_tool_rounds if offered else 0, -1, -1):
        asked = prompt if left else replace(prompt, tools=())
        before, calls = len(draft.text), list[ToolCall]()
        async for event in _round(draft, desk, asked, tier, guard, calls):
            yield event
        if not calls or not left or draft.failure or _noted_cut(draft):
            return
        done, sources = await _called(turn, draft, desk, tools, calls, said=draft.text[before:])
        prompt = replace(prompt, rounds=(*prompt.rounds, done))
        guard.learn(sources)
        yield ChatEvent("events", {**events_json(turn.result), "answers": list(turn.drafts)}, model=draft.slot)
        if draft.text and not draft.text.endswith("\n"):
            for event in _shown(draft, guard.feed("\n\n")):
                yield event


async def _round(
    draft: Draft, desk: Desk, prompt: Prompt, tier: ModelTier, guard: Guard, calls: list[ToolCall]
) -> AsyncIterator[ChatEvent]:
    stream = desk.router.stream(prompt, model=draft.model, tier=tier)
    said: list[str] = []
    broken: LLMError | None = None
    try:
        async with aclosing(handfuls(stream, desk.pace)) as handed:
            async for pieces in handed:
                calls += [piece for piece in pieces if isinstance(piece, ToolCall)]
                text = "".join(piece for piece in pieces if isinstance(piece, str))
                said.append(text)
                draft.said += text
                for event in _shown(draft, guard.feed(text)):
                    yield event
    except LLMError as error:
        broken = error
    finally:
        await stream.aclose()
    draft.usages.append(_counted(stream, prompt, said))
    if broken is None or draft.text:  # half a sentence that nobody has seen yet gives way to a whole answer
        for event in _shown(draft, guard.finish()):
            yield event
    if broken is not None:
        for event in _broken(draft, broken):
            yield event


def _broken(draft: Draft, error: LLMError) -> Iterator[ChatEvent]:
    """Before a word, model A leaves the answer to the composer; model B has none, for two equal answers compare nothing."""
    if draft.text:
        yield _noted(draft, CUT_SHORT)
    elif draft.slot == "A":
        yield _noted(draft, FELL_BACK)
    else:
        draft.failure, draft.retryable = error.code, error.retryable
        yield _noted(draft, NO_SECOND)


def _noted_cut(draft: Draft) -> bool:
    return any(notice in (CUT_SHORT, FELL_BACK) for notice in draft.notices)


async def _called(
    turn: Turn, draft: Draft, desk: Desk, tools: Toolbox, calls: list[ToolCall], *, said: str
) -> tuple[ToolRound, list[Source]]:
    """The results of a round's calls, one after the other, and the sources that came of them."""
    results: list[str] = []
    sources: list[Source] = []
    for i, call in enumerate(calls):
        told, use = await tools.run(call, refused=i >= desk.params.max_tool_calls)
        draft.tools.append(use)
        results.append(told.text)
        sources += [Source(turn.number_of(e.facts.event_id), e.facts) for e in told.events]
    return ToolRound(said, tuple(calls), tuple(results)), sources


def _counted(stream: RoutedStream, prompt: Prompt, said: list[str]) -> Usage:
    """What the provider counted; where it counted nothing, our own tokenizer's count, marked as such."""
    usage = stream.usage
    if usage.provider == "" or (usage.tokens_in is not None and usage.tokens_out is not None):
        return usage
    count = token_counter().count
    texts = [prompt.system, *(m.content for m in prompt.messages)]
    return replace(
        usage,
        tokens_in=usage.tokens_in if usage.tokens_in is not None else sum(count(text) for text in texts),
        tokens_out=usage.tokens_out if usage.tokens_out is not None else count("".join(said)),
        estimated=True,
    )


async def _unhurriedly(deltas: Iterable[str]) -> AsyncGenerator[str, None]:
    """A writer that never waits would hold the loop after a hang-up."""
    for delta in deltas:
        yield delta
        await asyncio.sleep(0)


def _shown(draft: Draft, text: str) -> Iterator[ChatEvent]:
    if text:
        draft.text += text
        yield ChatEvent("token", {"token": text}, model=draft.slot)


def _noted(draft: Draft, notice: Notice) -> ChatEvent:
    draft.notices.append(notice)
    return ChatEvent("notice", notice_json(notice), model=draft.slot)


def _composing_guard(result: RAGResult) -> Guard:
    sources = tuple(Source(n, event.facts) for n, event in enumerate(result.events, start=1))
    return Guard(
        sources,
        query=result.query,
        params=GuardParams(),
        relaxations=result.relaxations,
        echo=said_back(result.query),
    )


def _finished(turn: Turn, draft: Draft, desk: Desk, guard: Guard) -> Answer:
    result = turn.result
    assert result is not None
    report = guard.report()
    found: dict[str, Any] = {"checked": report.checked, "corrected": report.corrected, "withheld": report.withheld}
    with span("guard", model=draft.slot) as s:
        s.set(**found, findings=list(report.findings))
    cited = guard.cited_event_ids()
    recommended = tuple(ids_of(result.recommended))
    complete = result.recommended or result.called_off or result.query.intent in ("smalltalk", "clarify")
    return Answer(
        text=draft.text,
        status="failed" if draft.failure else "complete" if complete else "no_matches",
        event_ids=() if draft.failure else cited or recommended[:CARDS_WITHOUT_CITATION],
        follow_ups=() if draft.failure else follow_ups(result),
        guard=report,
        usage=desk.prices.priced(total(draft.usages), result.query.now.date()) if draft.usages else None,
        notices=(*turn.notices, *draft.notices),
        citations=guard.citations(),
        tools=tuple(draft.tools),
        failure=draft.failure,
        retryable=draft.retryable,
        prompt_version=draft.prompt_version,
    )
