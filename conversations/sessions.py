"""A person's own conversations: list, create, read, rename, archive, delete, export. Each is found only among its owner's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from conversations.errors import OneAnswer, SessionNotFound, TurnNotFound
from conversations.models import AnswerPreference, ChatMessage, ChatSession, ChatTurn

MESSAGES_SHOWN = 200
MESSAGES_EXPORTED = 5_000
UNTITLED = "New conversation"


@dataclass(frozen=True, slots=True)
class Page:
    sessions: Sequence[ChatSession]
    next_offset: int | None


# Of the rows of the page alone: a join would count the messages of all the person's sessions first.
_MESSAGES = (
    ChatMessage.objects.filter(session=OuterRef("pk"), model_slot="A")
    .order_by()
    .values("session")
    .annotate(n=Count("pk"))
)


def page(user_id: int, *, archived: bool, limit: int, offset: int) -> Page:
    """Newest first, with `message_count`."""
    rows = list(
        ChatSession.objects.filter(user_id=user_id, archived=archived)
        .annotate(message_count=Coalesce(Subquery(_MESSAGES.values("n")), 0))
        .order_by("-updated_at", "-id")[offset : offset + limit + 1]
    )
    return Page(rows[:limit], offset + limit if len(rows) > limit else None)


def create(user_id: int, title: str = "") -> ChatSession:
    return ChatSession.objects.create(user_id=user_id, title=title)


def get(user_id: int, session_id: UUID) -> ChatSession:
    """Raises SessionNotFound."""
    session = ChatSession.objects.filter(pk=session_id, user_id=user_id).first()
    if session is None:
        raise SessionNotFound(session_id)
    return session


def messages(session: ChatSession, limit: int = MESSAGES_SHOWN) -> list[ChatMessage]:
    """The latest `limit` messages, oldest first."""
    return list(session.messages.order_by("-id")[:limit])[::-1]


def update(user_id: int, session_id: UUID, *, title: str | None = None, archived: bool | None = None) -> ChatSession:
    """Changes what is given and leaves the order of the list alone. Raises SessionNotFound."""
    changes = {name: value for name, value in (("title", title), ("archived", archived)) if value is not None}
    if changes:
        ChatSession.objects.filter(pk=session_id, user_id=user_id).update(**changes)
    return get(user_id, session_id)


def delete(user_id: int, session_id: UUID) -> None:
    """With the records of its turns, which hold its words too. Raises SessionNotFound."""
    session = get(user_id, session_id)
    with transaction.atomic():
        # An answer that is still being written adds no chunk to a turn whose row is held.
        list(ChatTurn.objects.select_for_update().filter(session=session).order_by("pk").values_list("pk"))
        session.delete()


def answered(user_id: int, turn_id: UUID) -> None:
    """Raises TurnNotFound."""
    if not ChatMessage.objects.filter(turn_id=turn_id, session__user_id=user_id).exists():
        raise TurnNotFound(turn_id)


def choose(user_id: int, turn_id: UUID, slot: str) -> AnswerPreference:
    """Remembers which answer was the better one; choosing again replaces it. Raises TurnNotFound, and OneAnswer where there is no choice."""
    answers = ChatMessage.objects.filter(
        turn_id=turn_id, session__user_id=user_id, role=ChatMessage.Role.ASSISTANT
    ).values_list("model_slot", "session_id")
    sessions = dict(answers)
    if not sessions:
        raise TurnNotFound(turn_id)
    if len(sessions) < 2:
        raise OneAnswer(turn_id)
    choice = {"session_id": sessions[slot], "chosen": slot}
    return AnswerPreference.objects.update_or_create(turn_id=turn_id, defaults=choice)[0]


def choices(session: ChatSession) -> dict[UUID, str]:
    """Turn -> the slot that was chosen."""
    return dict(session.preferences.values_list("turn_id", "chosen"))


def message_object(message: ChatMessage, chosen: Mapping[UUID, str] = MappingProxyType({})) -> dict[str, Any]:
    """`citations` (number -> event id) and `facts` are the receipt: what the answer told, as it told it then."""
    receipt, choice = message.receipt or {}, chosen.get(message.turn_id)
    return {
        "id": message.pk,
        "turn_id": str(message.turn_id),
        "role": message.role,
        "model": message.model_slot,
        "content": message.content,
        "status": message.status,
        "error_code": message.error_code,
        "event_ids": message.event_ids,
        "citations": receipt.get("citations", {}),
        "facts": receipt.get("facts", []),
        "usage": message.usage or {},
        "chosen": None
        if choice is None or message.role != ChatMessage.Role.ASSISTANT
        else choice == message.model_slot,
        "created_at": message.created_at.isoformat(),
    }


def session_object(session: ChatSession) -> dict[str, Any]:
    return {
        "id": str(session.pk),
        "title": session.title,
        "archived": session.archived,
        "created_at": session.created_at.isoformat(),
        "updated_at": session.updated_at.isoformat(),
    }


def as_json(session: ChatSession) -> dict[str, Any]:
    told, chosen = messages(session, MESSAGES_EXPORTED), choices(session)
    return {**session_object(session), "messages": [message_object(message, chosen) for message in told]}


def as_markdown(session: ChatSession) -> str:
    """Messages are quoted, so that nothing in them can pose as a heading of the export; what listings say is as hostile here as anywhere."""
    lines = [f"# {_inert(_one_line(session.title)) or UNTITLED}", "", f"Started {_stamp(session.created_at)}"]
    for message in messages(session, MESSAGES_EXPORTED):
        who = "You" if message.role == ChatMessage.Role.USER else "EventZombie"
        who += " (second answer)" if message.model_slot != "A" else ""
        note = "" if message.status == ChatMessage.Status.COMPLETE else f" ({message.get_status_display().lower()})"
        lines += ["", f"**{who}**, {_stamp(message.created_at)}{note}", ""]
        lines += [f"> {_inert(line)}".rstrip() for line in message.content.splitlines() or [""]]
    return "\n".join(lines) + "\n"


def _inert(text: str) -> str:
    """Neither a tag nor a picture or a link under other words: a viewer would fetch what it names."""
    return text.replace("\\", "\\\\").replace("<", "\\<").replace("[", "\\[")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
