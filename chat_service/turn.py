"""One turn's life: open, run the pipeline, publish, close in a shielded finally - for success, hang-up and crash alike."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import Error

from accounts import ratelimit
from accounts.errors import RateLimited
from accounts.tokens import TokenUser
from api.chat_pipeline import ChatPipeline, Turn, ledger_after
from api.rag.answer_wire import facts_json, metadata_json
from api.rag.errors import RagError
from api.rag.params import HISTORY_MAX_MESSAGES
from api.rag.tracing import recording
from api.rag.types import ChatEvent, HistoryMessage
from api.rag_service import Ask
from chat_service.endings import CUT, cut_done, cut_notice
from chat_service.errors import ChatError, ChatErrorCode, from_domain
from chat_service.orm import OrmBridge
from chat_service.params import TURNS_PER_ADDRESS, TURNS_PER_USER, ChatParams
from chat_service.registry import TurnRegistry
from chat_service.run import TurnRun
from chat_service.schemas import ChatRequest
from conversations.errors import ConversationError
from conversations.services import ClosedTurn, OpenTurn, RepeatedTurn, close_turn, open_turn
from traces.recorder import TurnRecorder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TurnServices:
    pipeline: ChatPipeline
    orm: OrmBridge
    registry: TurnRegistry
    params: ChatParams
    default_zone: str
    trace_sample: float


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, from where, and under which idempotency key."""

    user: TokenUser
    address: str
    key: str = ""


@dataclass(slots=True)
class _Living:
    """A turn between its opening and its end."""

    run: TurnRun
    turn: Turn
    opened: OpenTurn
    recorder: TurnRecorder
    services: TurnServices
    began: float = field(default_factory=time.perf_counter)
    done: dict[str, Any] | None = None
    error: ChatError | None = None

    def elapsed_ms(self) -> int:
        return round((time.perf_counter() - self.began) * 1000)


async def start_turn(body: ChatRequest, asked: Asked, services: TurnServices) -> TurnRun:
    """Opens the turn and starts its task, or finds the one that this question has. Raises ChatError before any stream."""
    try:
        weights, tiers = body.scoring_weights(), body.tier_sizes()
        services.pipeline.router.check_model(body.model)
        opened = await services.orm(lambda: _admit(body, asked, services.params))
        if isinstance(opened, RepeatedTurn):
            return await services.registry.find(opened.turn_id, asked.user.id)
    except (RagError, ConversationError, RateLimited) as error:
        raise from_domain(error) from error
    zone = body.zone(services.default_zone)
    history = tuple(HistoryMessage(m.role, m.content) for m in opened.history) or body.history()  # type: ignore[arg-type]
    context = body.query_context(history=history, ledger=opened.ledger or None, shown=opened.shown_event_ids, zone=zone)
    ask = Ask(body.message, now=datetime.now(UTC), zone=zone, context=context, weights=weights, tiers=tiers)
    return _start(Turn(ask, model=body.model), opened, body, asked.user, services)


def _admit(body: ChatRequest, asked: Asked, params: ChatParams) -> OpenTurn | RepeatedTurn:
    """Raises RateLimited and what `open_turn` raises."""
    ratelimit.hit(TURNS_PER_USER, str(asked.user.id))
    ratelimit.hit(TURNS_PER_ADDRESS, ratelimit.network(asked.address))
    return open_turn(
        user_id=asked.user.id,
        session_id=body.session_id or body.context.session_id,
        message=body.message,
        history_limit=HISTORY_MAX_MESSAGES,
        idempotency_key=asked.key,
        running_limit=params.turns_at_once,
    )


def _start(turn: Turn, opened: OpenTurn, body: ChatRequest, user: TokenUser, services: TurnServices) -> TurnRun:
    recorder = TurnRecorder(
        message=body.message,
        request=body.model_dump(mode="json", exclude_none=True),
        as_of=turn.ask.now,
        session_id=opened.session_id,
        turn_id=opened.turn_id,
        user_id=user.id,
        full=body.debug and user.is_staff,
        sample=services.trace_sample,
    )
    run = TurnRun(opened.turn_id, user.id)
    living = _Living(run, turn, opened, recorder, services)
    services.registry.add(run)
    run.publish({"type": "turn", "turn_id": str(opened.turn_id), "session_id": str(opened.session_id)})
    run.task = asyncio.create_task(_live(living), name=f"turn {opened.turn_id}")
    run.task.add_done_callback(lambda _: _closing(living))  # a task cancelled before its first step has no finally
    return run


async def _live(living: _Living) -> None:
    run, services = living.run, living.services
    try:
        with recording(living.recorder):
            async with aclosing(services.pipeline.run(living.turn, services.orm)) as events:  # type: ignore[type-var]
                async for event in events:
                    if event.type == "done":
                        living.done = _done_chunk(event)
                    else:
                        run.publish({"type": event.type, **_token_fields(event), **event.data})
    except RagError as failure:
        living.error = from_domain(failure)
        living.recorder.failed(failure)
    except Exception as failure:
        log.exception("turn %s failed", run.turn_id)
        living.error = ChatError(ChatErrorCode.SERVER_ERROR)
        living.recorder.failed(failure)
    finally:
        await asyncio.shield(_closing(living))


def _closing(living: _Living) -> asyncio.Task[None]:
    """One task a turn, kept by the run: nothing that happens to the turn's own task cancels it."""
    if living.run.closing is None:
        living.run.closing = asyncio.create_task(_close(living), name=f"close {living.run.turn_id}")
    return living.run.closing


def _token_fields(event: ChatEvent) -> dict[str, Any]:
    return {"model": event.model, "done": False} if event.type == "token" else {}


def _done_chunk(event: ChatEvent) -> dict[str, Any]:
    data = {k: v for k, v in event.data.items() if k != "ledger"}
    return {"type": "done", "model": event.model, "done": True, **data}


async def _close(living: _Living) -> None:
    """Saved first, told second: what a reader saw as finished is in the database."""
    run, services = living.run, living.services
    await services.registry.journal.release(run)
    closed = _closed(living)
    told = len(run.chunks)
    ending = TurnRun(run.turn_id, run.user_id)
    ending.chunks = list(run.chunks)
    ending.saved, ending.saving = run.saved, run.saving
    for chunk in _ending(living, closed):
        ending.publish(chunk)
    rows = ending.unsaved(all_of_them=True)
    saved = await _save(services, lambda: close_turn(living.opened, closed, rows, finished_at=datetime.now(UTC)))
    await _record(living, closed.status)
    if not saved:
        # Ended by somebody else, or the database is away: the reader is not told that this answer was kept.
        del ending.chunks[told:]
        living.done, living.error, run.stop_reason = None, None, "lost"
        for chunk in _ending(living, _closed(living)):
            ending.publish(chunk)
    for ended in ending.chunks[told:]:
        run.append(ended.sequence, ended.body, ended.text)
    run.finish()


async def _save(services: TurnServices, work: Callable[[], bool]) -> bool:
    """A database that restarts comes back within seconds; an answer is worth waiting for."""
    for pause in (*services.params.save_retries_s, None):
        try:
            return await services.orm(work)
        except Error as error:
            log.warning("an answer could not be saved yet: %s", error)
            if pause is not None:
                await asyncio.sleep(pause)
    return False


async def _record(living: _Living, status: str) -> None:
    try:
        await living.services.orm(lambda: living.recorder.finalize(status=status, finished_at=datetime.now(UTC)))
    except Error as error:
        log.warning("turn %s has no trace: %s", living.run.turn_id, error)


def _ending(living: _Living, closed: ClosedTurn) -> Iterator[dict[str, Any]]:
    """The chunks that end the turn: exactly one `done` or `error`, then SYSTEM."""
    reason = living.run.stop_reason
    if living.done is not None:
        yield {**living.done, "response_time_ms": living.elapsed_ms()}
    elif reason in CUT and not living.turn.text:
        yield ChatError(ChatErrorCode.SERVER_ERROR).chunk()
    elif living.error is not None and not living.turn.text:
        yield living.error.chunk()
    else:
        # A partial answer stays on the reader's screen: it ends normally, with a notice.
        if reason in CUT:
            yield cut_notice(reason)
        elif living.error is not None:
            yield {"type": "notice", "code": living.error.code, "message": living.error.message, "detail": {}}
        yield cut_done(closed.status, response_time_ms=living.elapsed_ms())
    yield _system_chunk(living.turn, living.opened, closed, str(living.recorder.id) if living.recorder.full else None)


def _closed(living: _Living) -> ClosedTurn:
    answer, result = living.turn.answer, living.turn.result
    if living.done is not None and answer is not None and result is not None:
        facts = {e.facts.event_id: e.facts for e in result.events}
        told = [facts_json(facts[i]) for i in answer.event_ids if i in facts]
        return ClosedTurn(
            text=_storable(answer.text),
            status=answer.status,
            event_ids=answer.event_ids,
            receipt={"facts": told, "notices": [n.code for n in answer.notices]},
            usage=_usage(living.turn),
            ledger=ledger_after(answer, result),
        )
    if living.error is not None:
        return ClosedTurn(text=_storable(living.turn.text), status="failed", error_code=living.error.code)
    if living.run.stop_reason in CUT:
        code = ChatErrorCode.SERVER_ERROR
        return ClosedTurn(text=_storable(living.turn.text), status="failed", error_code=code)
    return ClosedTurn(text=_storable(living.turn.text), status="cancelled")


def _storable(text: str) -> str:
    return text.replace("\x00", "")  # PostgreSQL keeps no NUL


def _usage(turn: Turn) -> Mapping[str, Any]:
    usage = turn.answer.usage if turn.answer else None
    if usage is None:
        return {}
    return {
        "provider": usage.provider,
        "model": usage.model,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "first_token_ms": usage.first_token_ms,
        "total_ms": usage.total_ms,
    }


def _system_chunk(turn: Turn, opened: OpenTurn, closed: ClosedTurn, debug_run_id: str | None) -> dict[str, Any]:
    result = turn.result
    events = result.events if result else ()
    chunk: dict[str, Any] = {
        "type": "system",
        "model": "SYSTEM",
        "done": True,
        "session_id": str(opened.session_id),
        "turn_id": str(opened.turn_id),
        "suggested_event_ids": list(closed.event_ids),
        "recommended_event_ids": [e.facts.event_id for e in result.recommended] if result else [],
        "all_event_ids": [e.facts.event_id for e in events],
        "event_metadata": {str(e.facts.event_id): metadata_json(e) for e in events},
    }
    if debug_run_id is not None:
        chunk["debug_run_id"] = debug_run_id
    return chunk
