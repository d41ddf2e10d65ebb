"""From what was found to what the model reads, inside the token budget."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from api.rag import facts as spell
from api.rag.params import PromptParams
from api.rag.prompt.budget import Contents, fit
from api.rag.prompt.render import render, render_source, template_version
from api.rag.prompt.tokens import TokenCounter, token_counter
from api.rag.tracing import current_recorder, detailed, span
from api.rag.types import HistoryMessage, ParsedQuery, Prompt, PromptBlock, RAGResult, RankedEvent, Source, ToolSpec

MAX_EVENTS_IN_ANSWER = 5
MAX_CHARS_PER_TOKEN = 8


def build_prompt(
    result: RAGResult,
    history: tuple[HistoryMessage, ...],
    params: PromptParams,
    *,
    counter: TokenCounter | None = None,
    tools: tuple[ToolSpec, ...] = (),
) -> Prompt:
    """Source n is the n-th of `result.events`; sources are dropped from the end, so the numbers never shift."""
    counter = counter or token_counter()
    with span("prompt_final") as s:
        whole = Contents(result.events[: params.max_sources], params.max_sources, _history(history, params))
        whole = Contents(whole.events, len(whole.events), whole.history)
        room = int(params.max_tokens / params.token_margin)
        question = _cut(result.query.original or result.query.message, params.question_max_tokens, counter)
        system = _system(result.query, params, tools=bool(tools))
        sources = _Sources(result, params)

        def fits(contents: Contents) -> bool:
            return sum(counter.count(text) for text in _texts(result, contents, system, question, sources)) <= room

        kept = fit(whole, fits)
        prompt = _assemble(result, whole, kept, system, question, sources, counter)
        if detailed():
            _trace_sources(result, kept, sources, counter)
        s.set(
            version=prompt.version,
            counter=counter.name,
            tokens=sum(block.tokens for block in prompt.blocks),
            budget=room,
            blocks=[{"name": b.name, "tokens": b.tokens, "dropped": b.dropped} for b in prompt.blocks],
            texts={b.name: b.text for b in prompt.blocks},
            descriptions_dropped=max(0, len(kept.events) - kept.described),
            system=prompt.system,
            messages=[{"role": m.role, "content": m.content} for m in prompt.messages],
            tools=[t.name for t in tools],
        )
    return replace(prompt, tools=tools)


def _assemble(
    result: RAGResult,
    whole: Contents,
    kept: Contents,
    system: str,
    question: str,
    drawn: _Sources,
    counter: TokenCounter,
) -> Prompt:
    sources = "\n".join(drawn.of(kept))
    asked = _question(result, kept, question, drawn)
    count = counter.count
    return Prompt(
        system=system,
        messages=(*kept.history, HistoryMessage("user", asked)),
        sources=tuple(Source(n, event.facts) for n, event in enumerate(kept.events, 1)),
        version=template_version(),
        blocks=(
            PromptBlock("system", system, count(system)),
            PromptBlock(
                "history",
                "\n".join(m.content for m in kept.history),
                sum(count(m.content) for m in kept.history),
                len(whole.history) - len(kept.history),
            ),
            PromptBlock("sources", sources, count(sources), len(result.events) - len(kept.events)),
            PromptBlock("question", question, max(0, count(asked) - count(sources))),
        ),
    )


def _texts(result: RAGResult, contents: Contents, system: str, question: str, sources: _Sources) -> list[str]:
    return [system, *(m.content for m in contents.history), _question(result, contents, question, sources)]


def _system(query: ParsedQuery, params: PromptParams, *, tools: bool) -> str:
    now = query.now.astimezone(ZoneInfo(query.zone))
    return render(
        "system.txt.j2",
        now=f"{spell.format_day(now.date(), now)}, {now.year}, {spell.format_clock(now)}",
        zone=query.zone,
        datamark=params.datamark,
        max_events=MAX_EVENTS_IN_ANSWER,
        tools=tools,
    )


class _Sources:
    """The texts of the sources, each written once a prompt however often its contents are weighed."""

    def __init__(self, result: RAGResult, params: PromptParams) -> None:
        self.params = params
        self._now = result.query.now.astimezone(ZoneInfo(result.query.zone))
        self._written: dict[tuple[int, bool], str] = {}

    def of(self, contents: Contents) -> list[str]:
        return [self._text(n, event, n <= contents.described) for n, event in enumerate(contents.events, 1)]

    def _text(self, n: int, event: RankedEvent, described: bool) -> str:
        text = self._written.get((n, described))
        if text is None:
            text = render_source(n, event, self.params, self._now, description=described)
            self._written[n, described] = text
        return text


def _trace_sources(result: RAGResult, kept: Contents, drawn: _Sources, counter: TokenCounter) -> None:
    told = zip(kept.events, drawn.of(kept), strict=True)
    sources = [
        {
            "n": n,
            "event_id": event.facts.event_id,
            "title": event.facts.title,
            "tokens": counter.count(text),
            "text": text,
        }
        for n, (event, text) in enumerate(told, 1)
    ]
    dropped = [event.facts.event_id for event in result.events[len(kept.events) :]]
    current_recorder().event(
        "context_block", {"sources": sources, "dropped_event_ids": dropped, "described": kept.described}
    )


def _question(result: RAGResult, contents: Contents, question: str, sources: _Sources) -> str:
    limit = sources.params.name_max_chars
    return render(
        "question.txt.j2",
        constraints=[spell.plain(c.label, limit) for c in result.query.constraints],
        notices=[spell.plain(n.message, 2 * limit) for n in (*result.query.notices, *result.notices)],
        sources=sources.of(contents),
        relaxations=[spell.plain(r.label, limit) for r in result.relaxations],
        question=question,
    )


def _history(history: tuple[HistoryMessage, ...], params: PromptParams) -> tuple[HistoryMessage, ...]:
    recent = history[-params.history_max_messages :] if params.history_max_messages else ()
    limit = params.history_message_max_chars
    return tuple(HistoryMessage(m.role, m.content[:limit]) for m in recent if m.content.strip())


def _cut(text: str, max_tokens: int, counter: TokenCounter) -> str:
    """The start of the text that has at most `max_tokens` tokens."""
    text = text[: max_tokens * MAX_CHARS_PER_TOKEN]  # so that a huge message is never tokenised whole
    while text and counter.count(text) > max_tokens:
        text = text[: len(text) * 3 // 4]
    return text
