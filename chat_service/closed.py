"""What is kept of a turn's answers and how their ends are told: one `done` or `error` for each model, then SYSTEM."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.chat_pipeline import Turn, ledger_after
from api.rag.answer_wire import ids_of, metadata_of, receipt_json, usage_json
from api.rag.query.text import storable
from api.rag.types import ChatEvent
from api.turn_state import Draft
from chat_service.endings import CUT, cut_done, cut_notice
from chat_service.errors import ChatError, ChatErrorCode
from chat_service.figures import Figures
from chat_service.run import TurnRun
from conversations.opening import OpenTurn
from conversations.services import ClosedTurn
from traces.recorder import TurnRecorder


@dataclass(slots=True)
class Living:
    """A turn between its opening and its end. `done` and `told` are by model: A, and B where there are two."""

    run: TurnRun
    turn: Turn
    opened: OpenTurn
    recorder: TurnRecorder
    arrived: float  # of the request, by time.perf_counter
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)  # whose end the reader has been told
    figures: dict[str, Figures] = field(default_factory=dict)
    error: ChatError | None = None

    def elapsed_ms(self) -> int:
        return round((time.perf_counter() - self.arrived) * 1000)

    def figures_of(self, slot: str) -> Figures:
        if slot not in self.figures:
            self.figures[slot] = Figures(self.arrived)
        return self.figures[slot]

    def finished(self, event: ChatEvent) -> None:
        """A model has written its last word."""
        data = {k: v for k, v in event.data.items() if k != "ledger"}
        usage = data.get("usage", {})
        data["usage"] = {**usage, **self.figures_of(event.model).as_json(usage)}
        self.done[event.model] = {
            "type": "done", "model": event.model, "done": True, **data, "response_time_ms": self.elapsed_ms(),
        }  # fmt: skip


def closed_answers(living: Living) -> list[ClosedTurn]:
    """One for each model that has something to keep; the first is A."""
    drafts = living.turn.drafts.values()
    return [closed_answer(living, draft) for draft in drafts if draft.slot == "A" or draft.text or draft.answer]


def closed_answer(living: Living, draft: Draft) -> ClosedTurn:
    answer, result = draft.answer, living.turn.result
    if draft.slot in living.done and answer is not None and result is not None:
        usage = usage_json(answer.usage)
        return ClosedTurn(
            text=storable(answer.text),
            status=answer.status,
            slot=draft.slot,
            error_code=answer.failure,
            event_ids=answer.event_ids,
            receipt=receipt_json(answer, result),
            usage={**usage, **living.figures_of(draft.slot).as_json(usage)},
            ledger=ledger_after(answer, result) if draft.slot == "A" else None,
        )
    text = storable(draft.text)
    if living.error is not None:
        return ClosedTurn(text=text, status="failed", slot=draft.slot, error_code=living.error.code)
    if living.run.stop_reason in CUT:
        return ClosedTurn(text=text, status="failed", slot=draft.slot, error_code=ChatErrorCode.SERVER_ERROR)
    return ClosedTurn(text=text, status="cancelled", slot=draft.slot)


def ending_chunks(living: Living, closed: Sequence[ClosedTurn]) -> Iterator[dict[str, Any]]:
    """Of the models whose end has not been told yet."""
    noticed = False
    for draft in living.turn.drafts.values():
        if draft.slot in living.told:
            continue
        if draft.slot in living.done:
            yield living.done[draft.slot]
            continue
        failure = _failure(living)
        if failure is not None and not draft.text and draft.slot == "A":
            yield failure.chunk()
            continue
        # A partial answer stays on the reader's screen: it ends normally, with a notice. So does a second model without a word,
        # for an error chunk would take the first one's answer away.
        if failure is not None and not noticed:
            yield _notice(living, failure)
            noticed = True
        status = next((c.status for c in closed if c.slot == draft.slot), "failed" if failure else "cancelled")
        yield cut_done(status, response_time_ms=living.elapsed_ms(), slot=draft.slot)
    yield _system_chunk(living, closed[0])


def _failure(living: Living) -> ChatError | None:
    return ChatError(ChatErrorCode.SERVER_ERROR) if living.run.stop_reason in CUT else living.error


def _notice(living: Living, failure: ChatError) -> dict[str, Any]:
    if living.run.stop_reason in CUT:
        return cut_notice(living.run.stop_reason)
    return {"type": "notice", "code": failure.code, "message": failure.message, "detail": {}}


def _system_chunk(living: Living, closed: ClosedTurn) -> dict[str, Any]:
    result = living.turn.result
    events = result.events if result else ()
    chunk: dict[str, Any] = {
        "type": "system",
        "model": "SYSTEM",
        "done": True,
        "session_id": str(living.opened.session_id),
        "turn_id": str(living.opened.turn_id),
        "suggested_event_ids": list(closed.event_ids),
        "recommended_event_ids": ids_of(result.recommended) if result else [],
        "all_event_ids": [e.facts.event_id for e in events],
        "event_metadata": metadata_of(events),
    }
    if living.recorder.full:
        chunk["debug_run_id"] = str(living.recorder.id)
    return chunk
