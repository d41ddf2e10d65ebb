"""Reads of a conversation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from conversations.models import ChatMessage

SHOWN_TURNS = 20


@dataclass(frozen=True, slots=True)
class PastMessage:
    role: str
    content: str


def recent_messages(session_id: uuid.UUID, *, limit: int) -> tuple[PastMessage, ...]:
    """The latest finished messages, oldest first."""
    rows = (
        ChatMessage.objects.filter(session_id=session_id, model_slot="A")
        .exclude(status=ChatMessage.Status.RUNNING)
        .exclude(content="")
        .order_by("-id")
        .values_list("role", "content")[:limit]
    )
    return tuple(PastMessage(role, content) for role, content in reversed(rows))


def shown_event_ids(session_id: uuid.UUID) -> tuple[int, ...]:
    """Events the session's answers have shown, latest answers first, no repeats."""
    rows = (
        ChatMessage.objects.filter(session_id=session_id, role=ChatMessage.Role.ASSISTANT, model_slot="A")
        .order_by("-id")
        .values_list("event_ids", flat=True)[:SHOWN_TURNS]
    )
    return tuple(dict.fromkeys(event_id for ids in rows for event_id in ids))
