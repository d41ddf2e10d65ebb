"""The end of a turn, and of each of two answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from conversations import wakes
from conversations.models import ChatMessage, ChatSession, ChatTurn
from conversations.opening import OpenTurn
from conversations.turns import ChunkRow, word_of

# One statement is its own transaction: to begin and to commit one would be two of three round trips.
# The turn's row first, as everybody who ends or appends to one does: only who ends it writes the rest, and tells the other workers.
_CLOSE = """
WITH ended AS (
  UPDATE conversations_chatturn SET finished_at = now() WHERE id = %(turn)s AND finished_at IS NULL RETURNING id
), kept AS (
  UPDATE conversations_chatmessage m SET
    content = %(content)s, status = %(status)s, error_code = %(error_code)s, event_ids = %(event_ids)s::jsonb,
    receipt = %(receipt)s::jsonb, usage = %(usage)s::jsonb, finished_at = %(finished_at)s
  FROM ended WHERE m.id = %(answer)s AND m.status = 'running'
  RETURNING m.session_id
), learnt AS (
  UPDATE conversations_chatsession s SET ledger = %(ledger)s::jsonb, updated_at = %(finished_at)s
  FROM kept WHERE s.id = kept.session_id AND %(ledger)s::jsonb IS NOT NULL
), appended AS (
  INSERT INTO conversations_turnchunk (turn_id, first, bodies, text)
  SELECT ended.id, n.first, n.bodies, n.text
  FROM json_to_recordset(%(chunks)s::json) AS n (first int, bodies text, text text), ended
  ON CONFLICT (turn_id, first) DO NOTHING
)
SELECT id, (SELECT count(pg_notify(%(channel)s, %(word)s)) WHERE %(word)s <> '') FROM ended
"""


@dataclass(frozen=True, slots=True)
class ClosedTurn:
    """What is kept of an answer. `receipt` holds the facts as told. `slot` B is the second of two answers side by side."""

    text: str
    status: str
    slot: str = "A"
    error_code: str = ""
    event_ids: tuple[int, ...] = ()
    receipt: Mapping[str, Any] = field(default_factory=dict)
    usage: Mapping[str, Any] = field(default_factory=dict)
    ledger: Mapping[str, Any] | None = None  # None: the session keeps the one it had


def close_turn(
    opened: OpenTurn, closed: Sequence[ClosedTurn], chunks: Sequence[ChunkRow] = (), *, finished_at: datetime
) -> bool:
    """Idempotent: the first to end a running turn wins; says whether this call did. `chunks` are the turn's last."""
    answer = next(answer for answer in closed if answer.slot == "A")
    beside = [other for other in closed if other.slot != "A"]
    with transaction.atomic() if beside else nullcontext():
        ended = _end(opened, answer, chunks, finished_at)
        for other in beside if ended else ():
            _keep(opened, other, finished_at)
        if ended and not wakes.over_postgres():
            wakes.send(word_of([opened.turn_id]))
    return ended


def _end(opened: OpenTurn, answer: ClosedTurn, chunks: Sequence[ChunkRow], finished_at: datetime) -> bool:
    values: dict[str, Any] = {
        "turn": opened.turn_id,
        "answer": opened.answer_id,
        "content": answer.text,
        "status": answer.status,
        "error_code": answer.error_code,
        "event_ids": _json(list(answer.event_ids)),
        "receipt": _json(dict(answer.receipt)),
        "usage": _json(dict(answer.usage)),
        "ledger": None if answer.ledger is None else _json(dict(answer.ledger)),
        "finished_at": finished_at,
        "chunks": _json([{"first": c.first, "bodies": c.bodies, "text": c.text} for c in chunks]),
        "channel": wakes.CHANNEL,
        "word": word_of([opened.turn_id]) if wakes.over_postgres() else "",
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, values)
        return cursor.fetchone() is not None


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def close_answer(opened: OpenTurn, closed: ClosedTurn, *, finished_at: datetime) -> bool:
    """One of two answers is whole while the other is still written. False: somebody else has ended the turn."""
    with transaction.atomic():
        if not ChatTurn.objects.select_for_update().filter(pk=opened.turn_id, finished_at=None).exists():
            return False
        _keep(opened, closed, finished_at)
    return True


def _keep(opened: OpenTurn, closed: ClosedTurn, finished_at: datetime) -> None:
    """What was kept before stays as it is."""
    values = {
        "content": closed.text,
        "status": closed.status,
        "error_code": closed.error_code,
        "event_ids": list(closed.event_ids),
        "receipt": dict(closed.receipt),
        "usage": dict(closed.usage),
        "finished_at": finished_at,
    }
    if closed.slot != "A":
        of_turn = {"session_id": opened.session_id, "turn_id": opened.turn_id, "role": ChatMessage.Role.ASSISTANT}
        ChatMessage.objects.get_or_create(**of_turn, model_slot=closed.slot, defaults=values)
        return
    running = ChatMessage.objects.filter(pk=opened.answer_id, status=ChatMessage.Status.RUNNING)
    if running.update(**values) and closed.ledger is not None:
        ChatSession.objects.filter(pk=opened.session_id).update(ledger=dict(closed.ledger), updated_at=finished_at)
