"""One turn's life: open, run the pipeline, publish, close in a shielded finally - for success, hang-up and crash alike."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from accounts.tokens import TokenUser
from api.chat_pipeline import ChatPipeline, Turn
from api.rag.answer_wire import facts_json, metadata_json
from api.rag.errors import RagError
from api.rag.params import HISTORY_MAX_MESSAGES
from api.rag.tracing import recording
from api.rag.types import ChatEvent, HistoryMessage
from api.rag_service import Ask
from chat_service.errors import ChatError, ChatErrorCode, from_domain
from chat_service.orm import OrmBridge
from chat_service.run import TurnRun
from chat_service.schemas import ChatRequest
from conversations.errors import ConversationError
from conversations.services import ClosedTurn, OpenTurn, close_turn, open_turn
from traces.recorder import TurnRecorder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TurnServices:
    pipeline: ChatPipeline
    orm: OrmBridge
    default_zone: str
    trace_sample: float


async def start_turn(body: ChatRequest, user: TokenUser, services: TurnServices) -> TurnRun:
    """Opens the turn and starts its task. Raises ChatError while no stream has begun."""
    session_id = body.session_id or body.context.session_id
    try:
        weights, tiers = body.scoring_weights(), body.tier_sizes()
        services.pipeline.router.check_model(body.model)
        opened = await services.orm(
            lambda: open_turn(
                user_id=user.id, session_id=session_id, message=body.message, history_limit=HISTORY_MAX_MESSAGES
            )
        )
    except (RagError, ConversationError) as error:
        raise from_domain(error) from error
    zone = body.zone(services.default_zone)
    history = tuple(HistoryMessage(m.role, m.content) for m in opened.history) or body.history()  # type: ignore[arg-type]
    context = body.query_context(history=history, ledger=opened.ledger or None, shown=opened.shown_event_ids, zone=zone)
    ask = Ask(body.message, now=datetime.now(UTC), zone=zone, context=context, weights=weights, tiers=tiers)
    turn = Turn(ask, model=body.model)
    run = TurnRun(opened.turn_id, user.id)
    run.task = asyncio.create_task(_live(run, turn, opened, body, user, services), name=f"turn {opened.turn_id}")
    return run


async def _live(
    run: TurnRun, turn: Turn, opened: OpenTurn, body: ChatRequest, user: TokenUser, services: TurnServices
) -> None:
    began = time.perf_counter()
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
    run.publish({"type": "turn", "turn_id": str(opened.turn_id), "session_id": str(opened.session_id)})
    error: ChatError | None = None
    cancelled = False
    try:
        with recording(recorder):
            async for event in services.pipeline.run(turn, services.orm):
                if event.type == "done":
                    run.publish(_done_chunk(event, began))
                else:
                    run.publish({"type": event.type, **_token_fields(event), **event.data})
    except asyncio.CancelledError:
        cancelled = True
        raise
    except RagError as failure:
        error = from_domain(failure)
        recorder.failed(failure)
    except Exception as failure:
        log.exception("turn %s failed", opened.turn_id)
        error = ChatError(ChatErrorCode.SERVER_ERROR)
        recorder.failed(failure)
    finally:
        await asyncio.shield(_close(run, turn, opened, recorder, error, cancelled, began, services))


def _token_fields(event: ChatEvent) -> dict[str, Any]:
    return {"model": event.model, "done": False} if event.type == "token" else {}


def _done_chunk(event: ChatEvent, began: float) -> dict[str, Any]:
    data = {k: v for k, v in event.data.items() if k != "ledger"}
    return {
        "type": "done",
        "model": event.model,
        "done": True,
        "response_time_ms": round((time.perf_counter() - began) * 1000),
        **data,
    }


async def _close(
    run: TurnRun,
    turn: Turn,
    opened: OpenTurn,
    recorder: TurnRecorder,
    error: ChatError | None,
    cancelled: bool,
    began: float,
    services: TurnServices,
) -> None:
    """Saved first, told second: what a reader saw as finished is in the database."""
    closed = _closed(turn, error, cancelled)
    now = datetime.now(UTC)
    debug_run_id = await services.orm(lambda: _save(opened, closed, recorder, now))
    if error is not None and turn.text:
        # A partial answer stays on the reader's screen: it ends normally, with a notice.
        run.publish({"type": "notice", "code": error.code, "message": error.message, "detail": {}})
        run.publish(_cut_done(began))
    elif error is not None:
        run.publish(error.chunk())
    elif cancelled:
        run.publish({**_cut_done(began), "status": "cancelled"})
    run.publish(_system_chunk(turn, opened, closed, debug_run_id if recorder.full else None))
    run.finish()


def _save(opened: OpenTurn, closed: ClosedTurn, recorder: TurnRecorder, now: datetime) -> str:
    close_turn(opened, closed, finished_at=now)
    return recorder.finalize(status=closed.status, finished_at=now)


def _closed(turn: Turn, error: ChatError | None, cancelled: bool) -> ClosedTurn:
    answer, result = turn.answer, turn.result
    if answer is not None and result is not None:
        facts = {e.facts.event_id: e.facts for e in result.events}
        told = [facts_json(facts[i]) for i in answer.event_ids if i in facts]
        return ClosedTurn(
            text=answer.text,
            status=answer.status,
            event_ids=answer.event_ids,
            receipt={"facts": told, "notices": [n.code for n in answer.notices]},
            usage=_usage(turn),
            ledger=result.query.ledger,
        )
    status = "cancelled" if cancelled else "failed"
    return ClosedTurn(text=turn.text, status=status, error_code=error.code if error else "")


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


def _cut_done(began: float) -> dict[str, Any]:
    return {
        "type": "done",
        "model": "A",
        "done": True,
        "status": "failed",
        "suggested_event_ids": [],
        "follow_up_questions": [],
        "response_time_ms": round((time.perf_counter() - began) * 1000),
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
