"""The live state of turns, shared by all workers: chunks, heartbeats, stops, and the end of turns whose worker died.

The clock here is the database's: workers on several hosts must agree on who is silent.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import orjson
from django.db import connection, transaction
from django.db.models.functions import Now

from conversations import wakes
from conversations.errors import TurnNotFound
from conversations.models import ChatMessage, ChatTurn, TurnChunk

NOTIFIED_AT_ONCE = 150  # ids in one notification; PostgreSQL carries 8,000 bytes

_APPEND = """
WITH alive AS (
  SELECT id FROM conversations_chatturn WHERE id = ANY(%s::uuid[]) AND finished_at IS NULL ORDER BY id FOR SHARE
), appended AS (
  INSERT INTO conversations_turnchunk (turn_id, first, bodies, text)
  SELECT n.turn_id, n.first, n.bodies, n.text
  FROM json_to_recordset(%s::json) AS n (turn_id uuid, first int, bodies text, text text)
  JOIN alive ON alive.id = n.turn_id
  ON CONFLICT (turn_id, first) DO NOTHING
)
SELECT id, (SELECT count(pg_notify(%s, word)) FROM unnest(%s::text[]) AS word) FROM alive
"""
_BEAT = """
UPDATE conversations_chatturn SET heartbeat_at = now() WHERE id = ANY(%s) AND finished_at IS NULL
RETURNING id, stop_requested, extract(epoch FROM now() - read_at)
"""
_SILENT = """
SELECT id FROM conversations_chatturn
WHERE finished_at IS NULL AND heartbeat_at < now() - make_interval(secs => %s) AND id <> ALL(%s)
FOR UPDATE SKIP LOCKED
"""
# A statement of its own: its snapshot holds every chunk that was appended before the lock.
_END_LOST = """
WITH ended AS (
  UPDATE conversations_chatturn SET finished_at = now(), lost = true WHERE id = ANY(%s) RETURNING id
)
UPDATE conversations_chatmessage m SET
  status = 'failed', error_code = 'server_error', finished_at = now(),
  content = coalesce(
    (SELECT string_agg(c.text, '' ORDER BY c.first) FROM conversations_turnchunk c WHERE c.turn_id = m.turn_id), ''
  )
FROM ended
WHERE m.turn_id = ended.id AND m.status = 'running'
"""


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """`bodies`: JSON objects, one a line, numbered from `first`. `text`: what of the answer they show."""

    turn_id: uuid.UUID
    first: int
    bodies: str
    text: str

    def numbered(self) -> Iterator[tuple[int, bytes]]:
        return enumerate(self.bodies.encode().split(b"\n"), start=self.first)


@dataclass(frozen=True, slots=True)
class Beat:
    stop_requested: bool
    read_ago_s: float | None  # since another worker had a reader


@dataclass(frozen=True, slots=True)
class TurnState:
    turn_id: uuid.UUID
    session_id: uuid.UUID
    finished: bool
    lost: bool


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    turn_id: uuid.UUID
    session_id: uuid.UUID
    text: str
    status: str
    event_ids: tuple[int, ...]
    slot: str = "A"
    beside: tuple[StoredAnswer, ...] = ()  # the second of two


def append_chunks(rows: Sequence[ChunkRow]) -> frozenset[uuid.UUID]:
    """The turns that still run; the chunks of the others are not kept. Safe to repeat with the same rows."""
    ids = sorted({r.turn_id for r in rows})
    # One JSON text is quoted in C; arrays are, by psycopg, element by element in Python.
    new = orjson.dumps([{name: getattr(r, name) for name in ("turn_id", "first", "bodies", "text")} for r in rows])
    words = _words(ids)
    in_postgres = wakes.over_postgres()
    with connection.cursor() as cursor:
        # One statement, which is its own transaction: it runs ten times a second.
        cursor.execute(_APPEND, [[str(id_) for id_ in ids], new.decode(), wakes.CHANNEL, words if in_postgres else []])
        alive = frozenset(row[0] for row in cursor.fetchall())
    for word in () if in_postgres else words:
        wakes.send(word)
    return alive


def notify_chunks(ids: Sequence[uuid.UUID]) -> None:
    for word in _words(ids):
        wakes.send(word)


def _words(ids: Sequence[uuid.UUID]) -> list[str]:
    return [word_of(ids[start : start + NOTIFIED_AT_ONCE]) for start in range(0, len(ids), NOTIFIED_AT_ONCE)]


def word_of(ids: Sequence[uuid.UUID]) -> str:
    """That these turns, `NOTIFIED_AT_ONCE` at most, have new chunks."""
    return "chunks:" + ",".join(map(str, ids))


def beat(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Beat]:
    """Says that these turns live. Those it does not return have been ended by somebody else."""
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, [sorted(ids)])
        return {row[0]: Beat(row[1], None if row[2] is None else float(row[2])) for row in cursor.fetchall()}


def end_lost_turns(silent_s: float, *, but: Sequence[uuid.UUID] = ()) -> list[uuid.UUID]:
    """Turns without a heartbeat for `silent_s` end as failed, with the text that had been kept; `but` are known to live."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SILENT, [silent_s, list(but)])
        ids = [row[0] for row in cursor.fetchall()]
        if ids:
            cursor.execute(_END_LOST, [ids])
            notify_chunks(ids)
    return ids


def forget_turns(finished_before_s: float) -> int:
    """Live state of turns that ended long ago; their messages stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM conversations_chatturn WHERE finished_at < now() - make_interval(secs => %s) LIMIT 2000",
            [finished_before_s],
        )
        ids = [row[0] for row in cursor.fetchall()]
    TurnChunk.objects.filter(turn_id__in=ids).delete()
    return ChatTurn.objects.filter(pk__in=ids).delete()[0]


def turn_state(turn_id: uuid.UUID, user_id: int) -> TurnState | None:
    """None: there is no such turn of this user, or it is so old that only its messages are left."""
    turn = ChatTurn.objects.filter(pk=turn_id, user_id=user_id).first()
    return _state(turn) if turn else None


def read_chunks(turn_id: uuid.UUID, after: int) -> tuple[TurnState, list[ChunkRow]]:
    """Whole rows from the one that holds chunk `after` + 1 on. A finished state comes with everything. Raises TurnNotFound."""
    turn = ChatTurn.objects.filter(pk=turn_id).first()  # before its chunks: what is finished now has them all
    if turn is None:
        raise TurnNotFound(f"no turn {turn_id}")
    rows = TurnChunk.objects.filter(turn_id=turn_id, first__gt=after).values_list("first", "bodies", "text")
    return _state(turn), [ChunkRow(turn_id, *row) for row in rows]


def _state(turn: ChatTurn) -> TurnState:
    return TurnState(turn.id, turn.session_id, turn.finished_at is not None, turn.lost)


def touch_readers(turn_id: uuid.UUID) -> None:
    ChatTurn.objects.filter(pk=turn_id, finished_at=None).update(read_at=Now())


def request_stop(turn_id: uuid.UUID) -> bool:
    """Asks the worker of the turn to stop it; says whether it still ran."""
    with transaction.atomic():
        asked = ChatTurn.objects.filter(pk=turn_id, finished_at=None).update(stop_requested=True)
        if asked:
            wakes.send(f"stop:{turn_id}")
    return bool(asked)


def stored_answer(turn_id: uuid.UUID, user_id: int) -> StoredAnswer:
    """The first answer of the turn, with the one beside it. Raises TurnNotFound."""
    rows = ChatMessage.objects.filter(
        turn_id=turn_id, session__user_id=user_id, role=ChatMessage.Role.ASSISTANT
    ).order_by("model_slot")
    answers = [
        StoredAnswer(turn_id, m.session_id, m.content, m.status, tuple(m.event_ids), slot=m.model_slot) for m in rows
    ]
    if not answers or answers[0].slot != "A":
        raise TurnNotFound(f"no turn {turn_id}")
    return replace(answers[0], beside=tuple(answers[1:]))
