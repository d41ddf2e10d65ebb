"""Writes of a conversation: a turn is opened in one transaction and closed in one."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from conversations import wakes
from conversations.errors import KeyReused, SessionNotFound, TooManyTurns, TurnInProgress
from conversations.models import ChatMessage, ChatSession, ChatTurn
from conversations.selectors import PastMessage, recent_messages, shown_event_ids
from conversations.turns import ChunkRow, word_of

TITLE_MAX_CHARS = 80
OPENING_LOCK = 20_260  # first half of the advisory lock; the second is the user

# A turn begins and ends in few statements: through the ORM they took a fifth of what a whole turn costs.
_BEFORE = """
SELECT running.turns, earlier.id, earlier.question_digest, session.id, session.ledger::text
FROM (SELECT count(*) AS turns FROM conversations_chatturn WHERE user_id = %s AND finished_at IS NULL) running
LEFT JOIN conversations_chatturn earlier
  ON earlier.user_id = %s AND earlier.idempotency_key = %s AND earlier.idempotency_key <> ''
LEFT JOIN conversations_chatsession session ON session.user_id = %s AND session.id = %s
"""
# The question before its answer, so that it has the lower number. While another turn of the session runs there is no row of an answer.
_OPEN = """
WITH begun AS (
  INSERT INTO conversations_chatsession (id, user_id, title, ledger, archived, created_at, updated_at)
  SELECT %(session)s, %(user)s, %(title)s, '{}', false, clock_timestamp(), clock_timestamp() WHERE %(title)s IS NOT NULL
), touched AS (
  UPDATE conversations_chatsession SET updated_at = clock_timestamp() WHERE id = %(session)s
), turn AS (
  INSERT INTO conversations_chatturn
    (id, user_id, session_id, idempotency_key, question_digest, heartbeat_at, stop_requested, lost, created_at)
  VALUES (%(turn)s, %(user)s, %(session)s, %(key)s, %(digest)s, now(), false, false, clock_timestamp())
)
INSERT INTO conversations_chatmessage
  (session_id, turn_id, role, model_slot, content, status, error_code, event_ids, receipt, usage, created_at)
VALUES (%(session)s, %(turn)s, 'user', 'A', %(message)s, 'complete', '', '[]', '{}', '{}', clock_timestamp()),
       (%(session)s, %(turn)s, 'assistant', 'A', '', 'running', '', '[]', '{}', '{}', clock_timestamp())
ON CONFLICT (session_id) WHERE model_slot = 'A' AND status = 'running' DO NOTHING
RETURNING id, role
"""
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
class OpenTurn:
    """What the turn starts from: the session's state before this question."""

    session_id: uuid.UUID
    turn_id: uuid.UUID
    answer_id: int
    ledger: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[PastMessage, ...] = ()
    shown_event_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RepeatedTurn:
    """The same question came before, with the same key."""

    turn_id: uuid.UUID


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


def open_turn(
    *,
    user_id: int,
    session_id: uuid.UUID | None,
    message: str,
    history_limit: int,
    idempotency_key: str = "",
    running_limit: int,
) -> OpenTurn | RepeatedTurn:
    """Raises SessionNotFound, TurnInProgress, TooManyTurns and KeyReused."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [OPENING_LOCK, user_id % 2**31])
        # Now nothing of this user changes until the transaction ends: two posts can neither share a key nor both be the last allowed.
        cursor.execute(_BEFORE, [user_id, user_id, idempotency_key, user_id, session_id])
        running, earlier, earlier_digest, known, ledger = cursor.fetchone()
        if earlier is not None:
            if earlier_digest != _digest(message):
                raise KeyReused("this Idempotency-Key was used for another question")
            return RepeatedTurn(earlier)
        if running >= running_limit:
            raise TooManyTurns(f"user {user_id} has {running_limit} turns running")
        if session_id is not None and known is None:
            raise SessionNotFound(f"no session {session_id}")
        history = recent_messages(session_id, limit=history_limit) if session_id else ()
        shown = shown_event_ids(session_id) if session_id else ()
        session, turn = session_id or uuid.uuid4(), uuid.uuid4()
        opened: dict[str, Any] = {
            "session": session,
            "turn": turn,
            "user": user_id,
            "title": None if session_id else title_of(message),
            "key": idempotency_key,
            "digest": _digest(message),
            "message": message,
        }
        cursor.execute(_OPEN, opened)
        ids = {role: id_ for id_, role in cursor.fetchall()}
        if "assistant" not in ids:
            raise TurnInProgress(f"session {session_id} is still answering")
    known_ledger = orjson.loads(ledger) if ledger else {}
    return OpenTurn(session, turn, ids["assistant"], known_ledger, history, shown)


def _digest(message: str) -> str:
    return hashlib.blake2b(message.encode(), digest_size=16).hexdigest()


def title_of(message: str) -> str:
    """The first question, cut at a word."""
    line = " ".join(message.split())
    if len(line) <= TITLE_MAX_CHARS:
        return line
    return line[: TITLE_MAX_CHARS - 1].rsplit(" ", 1)[0] + "…"


def close_turn(
    opened: OpenTurn, closed: Sequence[ClosedTurn], chunks: Sequence[ChunkRow] = (), *, finished_at: datetime
) -> bool:
    """Idempotent: the first to end a running turn wins; says whether this call did. `chunks` are the turn's last."""
    answer = next(answer for answer in closed if answer.slot == "A")
    beside = [other for other in closed if other.slot != "A"]
    # The statement alone is its own transaction: to begin and to commit one would be two of three round trips.
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
