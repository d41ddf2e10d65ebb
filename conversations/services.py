"""Writes of a conversation: a turn is opened in one transaction and closed in one."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from conversations.errors import KeyReused, SessionNotFound, TooManyTurns, TurnInProgress
from conversations.models import ChatMessage, ChatSession, ChatTurn
from conversations.selectors import PastMessage, recent_messages, shown_event_ids
from conversations.turns import ChunkRow, insert_chunks, notify_chunks

TITLE_MAX_CHARS = 80
OPENING_LOCK = 20_260  # first half of the advisory lock; the second is the user


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
    with transaction.atomic():
        _one_at_a_time(user_id)
        repeated = _repeated(user_id, idempotency_key, message)
        if repeated is not None:
            return repeated
        if ChatTurn.objects.filter(user_id=user_id, finished_at=None).count() >= running_limit:
            raise TooManyTurns(f"user {user_id} has {running_limit} turns running")
        session = _session(user_id, session_id, message)
        history = recent_messages(session.id, limit=history_limit) if session_id else ()
        shown = shown_event_ids(session.id) if session_id else ()
        turn = ChatTurn.objects.create(
            user_id=user_id,
            session=session,
            idempotency_key=idempotency_key,
            question_digest=_digest(message),
            heartbeat_at=Now(),
        )
        ChatMessage.objects.create(session=session, turn_id=turn.id, role=ChatMessage.Role.USER, content=message)
        try:
            with transaction.atomic():
                answer = ChatMessage.objects.create(
                    session=session, turn_id=turn.id, role=ChatMessage.Role.ASSISTANT, status=ChatMessage.Status.RUNNING
                )
        except IntegrityError:
            raise TurnInProgress(f"session {session.id} is still answering") from None
        ChatSession.objects.filter(pk=session.pk).update(updated_at=answer.created_at)
    return OpenTurn(session.id, turn.id, answer.id, session.ledger, history, shown)


def _one_at_a_time(user_id: int) -> None:
    """Until the transaction ends: two posts of one user can neither share a key nor both be the last one allowed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [OPENING_LOCK, user_id % 2**31])


def _repeated(user_id: int, key: str, message: str) -> RepeatedTurn | None:
    if not key:
        return None
    earlier = ChatTurn.objects.filter(user_id=user_id, idempotency_key=key).first()
    if earlier is None:
        return None
    if earlier.question_digest != _digest(message):
        raise KeyReused("this Idempotency-Key was used for another question")
    return RepeatedTurn(earlier.id)


def _digest(message: str) -> str:
    return hashlib.blake2b(message.encode(), digest_size=16).hexdigest()


def _session(user_id: int, session_id: uuid.UUID | None, message: str) -> ChatSession:
    if session_id is None:
        return ChatSession.objects.create(user_id=user_id, title=title_of(message))
    try:
        return ChatSession.objects.get(pk=session_id, user_id=user_id)
    except ChatSession.DoesNotExist:
        raise SessionNotFound(f"no session {session_id}") from None


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
    with transaction.atomic():
        # The turn's row first, as everybody who ends or appends to one does.
        ended = ChatTurn.objects.filter(pk=opened.turn_id, finished_at=None).update(finished_at=Now())
        if ended:
            for answer in closed:
                _keep(opened, answer, finished_at)
            insert_chunks(chunks)
        notify_chunks([opened.turn_id])
    return bool(ended)


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
