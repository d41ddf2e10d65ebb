"""Writes of a conversation: a turn is opened in one transaction and closed in one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from conversations.errors import SessionNotFound, TurnInProgress
from conversations.models import ChatMessage, ChatSession
from conversations.selectors import PastMessage, recent_messages, shown_event_ids

TITLE_MAX_CHARS = 80


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
class ClosedTurn:
    """What is kept of an answer. `receipt` holds the facts as told."""

    text: str
    status: str
    error_code: str = ""
    event_ids: tuple[int, ...] = ()
    receipt: Mapping[str, Any] = field(default_factory=dict)
    usage: Mapping[str, Any] = field(default_factory=dict)
    ledger: Mapping[str, Any] | None = None  # None: the session keeps the one it had


def open_turn(*, user_id: int, session_id: uuid.UUID | None, message: str, history_limit: int) -> OpenTurn:
    """Raises SessionNotFound and TurnInProgress."""
    with transaction.atomic():
        session = _session(user_id, session_id, message)
        history = recent_messages(session.id, limit=history_limit) if session_id else ()
        shown = shown_event_ids(session.id) if session_id else ()
        turn_id = uuid.uuid4()
        ChatMessage.objects.create(session=session, turn_id=turn_id, role=ChatMessage.Role.USER, content=message)
        try:
            with transaction.atomic():
                answer = ChatMessage.objects.create(
                    session=session, turn_id=turn_id, role=ChatMessage.Role.ASSISTANT, status=ChatMessage.Status.RUNNING
                )
        except IntegrityError:
            raise TurnInProgress(f"session {session.id} is still answering") from None
        ChatSession.objects.filter(pk=session.pk).update(updated_at=answer.created_at)
    return OpenTurn(session.id, turn_id, answer.id, session.ledger, history, shown)


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


def close_turn(opened: OpenTurn, closed: ClosedTurn, *, finished_at: datetime) -> bool:
    """Idempotent: the first to close a running answer wins; says whether this call did."""
    with transaction.atomic():
        updated = ChatMessage.objects.filter(pk=opened.answer_id, status=ChatMessage.Status.RUNNING).update(
            content=closed.text,
            status=closed.status,
            error_code=closed.error_code,
            event_ids=list(closed.event_ids),
            receipt=dict(closed.receipt),
            usage=dict(closed.usage),
            finished_at=finished_at,
        )
        if updated and closed.ledger is not None:
            ChatSession.objects.filter(pk=opened.session_id).update(ledger=dict(closed.ledger), updated_at=finished_at)
    return bool(updated)


def fail_stale_turns(*, started_before: datetime, finished_at: datetime) -> int:
    """Answers whose process died: they end as failed instead of running for ever."""
    return ChatMessage.objects.filter(status=ChatMessage.Status.RUNNING, created_at__lt=started_before).update(
        status=ChatMessage.Status.FAILED, error_code="server_error", finished_at=finished_at
    )
