"""Chunks that end an answer which did not end by itself, and answers told again from their message."""

from __future__ import annotations

from typing import Any

import orjson

from chat_service.errors import ChatError, ChatErrorCode
from chat_service.run import StopReason, TurnRun
from conversations.errors import TurnNotFound
from conversations.turns import StoredAnswer

# Above every number a living turn reaches: a client may have seen chunks that its worker could no longer keep.
LOST_FROM = 1_000_000
CUT = {
    "restart": "The service is restarting; what was said so far stands.",
    "lost": "The answer broke off on our side; what was said so far stands.",
}


def cut_notice(reason: StopReason) -> dict[str, Any]:
    return {"type": "notice", "code": "answer_cut", "message": CUT[reason], "detail": {}}


def cut_done(
    status: str, *, event_ids: tuple[int, ...] = (), response_time_ms: int = 0, slot: str = "A"
) -> dict[str, Any]:
    return {
        "type": "done",
        "model": slot,
        "done": True,
        "status": status,
        "suggested_event_ids": list(event_ids),
        "follow_up_questions": [],
        "response_time_ms": response_time_ms,
    }


def _system(answer: StoredAnswer) -> dict[str, Any]:
    return {
        "type": "system",
        "model": "SYSTEM",
        "done": True,
        "session_id": str(answer.session_id),
        "turn_id": str(answer.turn_id),
        "suggested_event_ids": list(answer.event_ids),
        "recommended_event_ids": [],
        "all_event_ids": list(answer.event_ids),
        "event_metadata": {},
    }


def publish_lost(run: TurnRun, answer: StoredAnswer) -> None:
    """The end of a turn whose worker died. The numbers are always the same, so that a resume skips what was seen."""
    open_slots = _open_slots(run)
    said = bool(answer.text)
    end = [cut_notice("lost")] if said else []
    for slot in open_slots:
        lost = said or slot != "A"
        # the first of two answers may have been saved before the worker died
        status = answer.status if slot == "A" and answer.status in ("complete", "no_matches") else "failed"
        end.append(cut_done(status, slot=slot) if lost else ChatError(ChatErrorCode.SERVER_ERROR).chunk())
    for number, chunk in enumerate([*end, _system(answer)], start=LOST_FROM):
        run.append(number, orjson.dumps(chunk))


def _open_slots(run: TurnRun) -> list[str]:
    """Models that were announced and have no end yet."""
    announced, ended = ["A"], set()
    for chunk in run.chunks:
        if b'"answers":' in chunk.body or b'"done":true' in chunk.body:
            body = orjson.loads(chunk.body)
            announced = body.get("answers", announced) if body.get("type") == "events" else announced
            if body.get("type") in ("done", "error"):
                ended.add(body["model"])
    return [slot for slot in announced if slot not in ended]


def retold(answer: StoredAnswer, user_id: int, *, after: int) -> TurnRun:
    """An answer whose chunks are forgotten, from its beginning. Raises TurnNotFound for the middle of one."""
    if after or answer.status == "running":
        raise TurnNotFound(f"the chunks of turn {answer.turn_id} are gone")
    run = TurnRun(answer.turn_id, user_id, own=False)
    run.publish({"type": "turn", "turn_id": str(answer.turn_id), "session_id": str(answer.session_id)})
    for one in (answer, *answer.beside):
        if one.text:
            run.publish({"type": "token", "model": one.slot, "done": False, "token": one.text})
        if one.text or one.slot != "A":
            run.publish(cut_done(one.status, event_ids=one.event_ids, slot=one.slot))
        else:
            run.publish(ChatError(ChatErrorCode.SERVER_ERROR).chunk())
    run.publish(_system(answer))
    run.finish()
    return run
