from __future__ import annotations

from uuid import UUID

from django.db import transaction

from conversations import sessions
from traces.models import ChatDebugRun


def forget_session(user_id: int, session_id: UUID) -> None:
    """Deletes the conversation and the records of its turns, which hold its words too. Raises NoSuchSession."""
    with transaction.atomic():
        sessions.get(user_id, session_id)
        ChatDebugRun.objects.filter(session_id=session_id).delete()
        sessions.delete(user_id, session_id)
