"""One question on its way to its answer, or its two answers side by side. Everything fills in while the turn runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from api.rag.handfuls import Pace, unhurried
from api.rag.types import Answer, Notice, RAGResult, RankedEvent, ToolUse, Usage
from api.rag_service import Ask


@dataclass(slots=True)
class Draft:
    """What one model writes. `slot` is A, or B beside it; `model` was asked for by name, else the router picks by tier."""

    slot: str = "A"
    model: str | None = None
    text: str = ""  # what the reader has been shown so far
    said: str = ""  # what was written before the guard read it
    prompt_sources: int = 0  # how many sources the prompt held
    notices: list[Notice] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)  # of each round with its tools
    tools: list[ToolUse] = field(default_factory=list)
    prompt_version: str = ""
    failure: str = ""
    retryable: bool = False
    answer: Answer | None = None


@dataclass(slots=True)
class Turn:
    """`two` asks for a second answer; `beside` names its model (None: the one of the settings). Words that come within a `pace` are
    shown together."""

    ask: Ask
    model: str | None = None
    two: bool = False
    beside: str | None = None
    pace: Pace = unhurried
    result: RAGResult | None = None
    notices: list[Notice] = field(default_factory=list)
    drafts: dict[str, Draft] = field(default_factory=lambda: {"A": Draft()})

    @property
    def text(self) -> str:
        return self.drafts["A"].text

    @property
    def answer(self) -> Answer | None:
        return self.drafts["A"].answer

    def add_found(self, events: Sequence[RankedEvent]) -> None:
        """Events found by a tool join the sources at the end, once each; both models share the numbers."""
        if self.result is not None:
            known = {e.facts.event_id for e in self.result.events}
            new = {e.facts.event_id: e for e in events if e.facts.event_id not in known}
            first = len(self.result.events) + 1
            ranked = tuple(replace(e, rank=n) for n, e in enumerate(new.values(), start=first))
            self.result = replace(self.result, found=(*self.result.found, *ranked))

    def number_of(self, event_id: int) -> int:
        """The number of the source. Raises StopIteration for an event that is none."""
        assert self.result is not None
        return next(n for n, e in enumerate(self.result.events, start=1) if e.facts.event_id == event_id)
