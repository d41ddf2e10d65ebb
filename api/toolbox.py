"""Runs the tools that a model calls while it writes: each call inside its deadline, traced, with an outcome."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.rag import facts as spell
from api.rag.errors import RagError
from api.rag.explain import WhyNot
from api.rag.guard.rows import tokens
from api.rag.hydrate import load_facts
from api.rag.llm.tools import ExplainMissing, GetEvent, SearchEvents, ToolRefused, arguments_of
from api.rag.params import LLMParams, PromptParams
from api.rag.prompt.render import render_source
from api.rag.tracing import span
from api.rag.types import ParsedQuery, RAGResult, RankedEvent, RankingFactors, ToolCall, ToolUse
from api.rag_service import EventRAGService, OrmBridge
from api.turn_state import Turn
from events.selectors import event_ids_by_title, shown_occurrences

NOT_ASKED = RankingFactors(None, None, None, None, None)
WHOLE = PromptParams(description_max_chars=1200)
TITLE_MATCHES = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What goes back to the model, and which events joined the sources."""

    text: str
    events: tuple[RankedEvent, ...] = ()
    outcome: str = "ok"


class Toolbox:
    def __init__(self, rag: EventRAGService, orm: OrmBridge[Any], turn: Turn, params: LLMParams) -> None:
        self._rag, self._orm, self._turn, self._params = rag, orm, turn, params

    async def run(self, call: ToolCall, *, refused: bool = False) -> tuple[Told, ToolUse]:
        """Never raises for what a model wrote. `refused`: there were too many calls at once."""
        began = time.perf_counter()
        with span(
            "tool_call", tool=call.name[:60], arguments=call.arguments[: self._params.max_tool_arguments_chars]
        ) as s:
            try:
                if refused:
                    raise ToolRefused("too_many", "Too many calls at once; this one was not made.")
                arguments = arguments_of(call, self._params.max_tool_arguments_chars)
                async with asyncio.timeout(self._params.tool_timeout_s):
                    told = await self._told(arguments)
            except ToolRefused as refusal:
                told = Told(str(refusal), outcome=refusal.outcome)
            except TimeoutError:
                told = Told("This took too long; answer from the sources you have.", outcome="timeout")
            except RagError:
                told = Told("This is not available now; answer from the sources you have.", outcome="failed")
            s.set(outcome=told.outcome, event_ids=[e.facts.event_id for e in told.events])
        return told, ToolUse(call.name[:60], told.outcome, round((time.perf_counter() - began) * 1000, 3))

    async def _told(self, arguments: SearchEvents | GetEvent | ExplainMissing) -> Told:
        match arguments:
            case SearchEvents():
                return await self._search(arguments.words)
            case GetEvent():
                return self._one(arguments.n)
            case ExplainMissing():
                return await self._missing(arguments.title)

    @property
    def _result(self) -> RAGResult:
        assert self._turn.result is not None
        return self._turn.result

    async def _search(self, words: str) -> Told:
        """Other words inside the reader's own constraints: no argument of a model becomes a filter."""
        found = await self._rag.find_async(self._turn.ask, reworded(self._result.query, words), self._orm)
        events = (found.recommended + found.additional)[: self._params.tool_results]
        if not events:
            return Told("Nothing more fits what the reader asked for.", outcome="nothing_found")
        events = tuple(replace(e, tier="additional") for e in events)
        self._turn.add_found(events)
        return Told(self._sources(events), events)

    def _one(self, n: int) -> Told:
        events = self._result.events
        if n > len(events):
            raise ToolRefused("invalid_arguments", f"n: there are {len(events)} sources")
        event = events[n - 1]
        return Told(self._sources([event]), (event,))

    async def _missing(self, title: str) -> Told:
        """Only of what the reader wrote: a description cannot name an event into the answer."""
        words, asked = tokens(title), set(tokens(self._turn.ask.message))
        if not words or not set(words) <= asked:
            raise ToolRefused("invalid_arguments", "title: the reader named no such event")
        told = await self._orm(lambda: self._explained(title))
        if not told:
            return Told("No listing has this title.", outcome="nothing_found")
        self._turn.add_found([event for event, _ in told])
        lines = [f"{reason}\n{self._sources([event])}" for event, reason in told]
        return Told("\n".join(lines), tuple(event for event, _ in told))

    def _explained(self, title: str) -> list[tuple[RankedEvent, str]]:
        ids = event_ids_by_title(title, limit=TITLE_MATCHES)
        shown = shown_occurrences(ids, now=self._turn.ask.now)
        known = load_facts([o.pk for o in shown.values()])
        told = []
        for event_id, occurrence in shown.items():
            if occurrence.pk not in known:
                continue
            facts, source_ids = known[occurrence.pk]
            reason = _worded(self._rag.why_not(self._turn.ask, event_id))
            told.append((RankedEvent(facts, "context", 0, 0.0, NOT_ASKED, (reason,), source_ids), reason))
        return told

    def _sources(self, events: Sequence[RankedEvent]) -> str:
        now = self._result.query.now
        rows = [(self._turn.number_of(e.facts.event_id), e) for e in events]
        return "\n".join(render_source(n, event, WHOLE, now, description=True) for n, event in rows)


def _worded(outcome: WhyNot) -> str:
    """One plain line: a reason may quote a venue or a title."""
    reason = outcome.reason.replace(" > ", " is over ").replace(" < ", " is under ")
    told = "Shown" if outcome.stage == "shown" else "Not shown because"
    return f"{told}: {spell.plain(reason, spell.TITLE_MAX_CHARS)}"


def reworded(query: ParsedQuery, words: str) -> ParsedQuery:
    """The same constraints, asked with other words."""
    plain = spell.plain(words, spell.TITLE_MAX_CHARS)
    return replace(query, search_text=plain, interests=(), quoted=(), more_like_event_id=None)
