"""The beginning of a turn: who may ask now, the question kept, and what the session knows so far."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from conversations.errors import KeyReused, SessionNotFound, TooManyTurns, TurnInProgress

TITLE_MAX_CHARS = 80
SHOWN_TURNS = 20
OPENING_LOCK = 20_260  # first half of the advisory lock; the second is the user

# One message, which is its own transaction: round trips took a fifth of what a whole turn costs.
# While the lock is held nothing of this user begins: two posts can neither share a key nor both be the last allowed.
_LOCK = "SELECT pg_advisory_xact_lock(%(lock)s, %(lock_of_user)s); "
# The question before its answer, so that it has the lower number.
_OPEN = """
WITH before AS (
  SELECT running.turns, earlier.id AS earlier, earlier.question_digest, session.id AS session, session.ledger::text AS ledger,
    EXISTS (
      SELECT FROM conversations_chatmessage m WHERE m.session_id = session.id AND m.model_slot = 'A' AND m.status = 'running'
    ) AS answering
  FROM (SELECT count(*) AS turns FROM conversations_chatturn WHERE user_id = %(user)s AND finished_at IS NULL) running
  LEFT JOIN conversations_chatturn earlier
    ON earlier.user_id = %(user)s AND earlier.idempotency_key = %(key)s AND earlier.idempotency_key <> ''
  LEFT JOIN conversations_chatsession session ON session.user_id = %(user)s AND session.id = %(session)s
), allowed AS (
  SELECT FROM before
  WHERE turns < %(limit)s AND earlier IS NULL AND NOT answering AND (session IS NOT NULL OR %(title)s IS NOT NULL)
), begun AS (
  INSERT INTO conversations_chatsession (id, user_id, title, ledger, archived, created_at, updated_at)
  SELECT %(session)s, %(user)s, %(title)s, '{}', false, clock_timestamp(), clock_timestamp() FROM allowed
  WHERE %(title)s IS NOT NULL
), touched AS (
  UPDATE conversations_chatsession SET updated_at = clock_timestamp() FROM allowed WHERE id = %(session)s
), turn AS (
  INSERT INTO conversations_chatturn
    (id, user_id, session_id, idempotency_key, question_digest, heartbeat_at, stop_requested, lost, created_at)
  SELECT %(turn)s, %(user)s, %(session)s, %(key)s, %(digest)s, now(), false, false, clock_timestamp() FROM allowed
), said AS (
  INSERT INTO conversations_chatmessage
    (session_id, turn_id, role, model_slot, content, status, error_code, event_ids, receipt, usage, created_at)
  SELECT %(session)s, %(turn)s, m.role, 'A', m.content, m.status, '', '[]', '{}', '{}', clock_timestamp()
  FROM allowed, (VALUES (1, 'user', %(message)s, 'complete'), (2, 'assistant', '', 'running')) AS m (n, role, content, status)
  ORDER BY m.n
  RETURNING id, role
)
SELECT turns, earlier, question_digest, session, ledger, answering, (SELECT id FROM said WHERE role = 'assistant') FROM before
"""
_HISTORY = """;
SELECT role, content FROM conversations_chatmessage
WHERE session_id = %(session)s AND turn_id <> %(turn)s AND model_slot = 'A' AND status <> 'running' AND content <> ''
ORDER BY id DESC LIMIT %(history)s
"""
_SHOWN = """;
SELECT event_ids::text FROM conversations_chatmessage
WHERE session_id = %(session)s AND role = 'assistant' AND model_slot = 'A' ORDER BY id DESC LIMIT %(shown)s
"""


@dataclass(frozen=True, slots=True)
class PastMessage:
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """What the turn starts from: the session's state before this question."""

    session_id: uuid.UUID
    turn_id: uuid.UUID
    answer_id: int
    ledger: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[PastMessage, ...] = ()  # the latest, oldest first
    shown_event_ids: tuple[int, ...] = ()  # by the latest answers first


@dataclass(frozen=True, slots=True)
class RepeatedTurn:
    """The same question came before, with the same key."""

    turn_id: uuid.UUID


def open_turn(
    *,
    user_id: int,
    session_id: uuid.UUID | None,
    message: str,
    history_limit: int,
    idempotency_key: str = "",
    settings: str = "",
    running_limit: int,
) -> OpenTurn | RepeatedTurn:
    """`settings`: what else makes the question, where a key came with it. Raises SessionNotFound, TurnInProgress, TooManyTurns and KeyReused."""
    session, turn = session_id or uuid.uuid4(), uuid.uuid4()
    asked: dict[str, Any] = {
        "lock": OPENING_LOCK,
        "lock_of_user": user_id % 2**31,
        "session": session,
        "turn": turn,
        "user": user_id,
        "title": None if session_id else title_of(message),
        "key": idempotency_key,
        "digest": _digest(message, settings),
        "message": message,
        "limit": running_limit,
        "history": history_limit,
        "shown": SHOWN_TURNS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK + _OPEN + (_HISTORY + _SHOWN if session_id else ""), asked)
        cursor.nextset()
        running, earlier, earlier_digest, known, ledger, answering, answer = cursor.fetchone()
        history = cursor.fetchall() if cursor.nextset() else []
        shown = cursor.fetchall() if cursor.nextset() else []
    if earlier is not None:
        if earlier_digest != asked["digest"]:
            raise KeyReused("this Idempotency-Key was used for another question")
        return RepeatedTurn(earlier)
    if running >= running_limit:
        raise TooManyTurns(f"user {user_id} has {running_limit} turns running")
    if session_id is not None and known is None:
        raise SessionNotFound(f"no session {session_id}")
    if answering:
        raise TurnInProgress(f"session {session_id} is still answering")
    return OpenTurn(
        session,
        turn,
        answer,
        orjson.loads(ledger) if ledger else {},
        tuple(PastMessage(role, content) for role, content in reversed(history)),
        tuple(dict.fromkeys(event_id for (ids,) in shown for event_id in orjson.loads(ids))),
    )


def _digest(message: str, settings: str) -> str:
    return hashlib.blake2b(f"{message}\0{settings}".encode(), digest_size=16).hexdigest()


def title_of(message: str) -> str:
    """The first question, cut at a word."""
    line = " ".join(message.split())
    if len(line) <= TITLE_MAX_CHARS:
        return line
    return line[: TITLE_MAX_CHARS - 1].rsplit(" ", 1)[0] + "…"
