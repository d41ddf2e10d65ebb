"""What the worker does for popularity: counts the events that answers have shown, and refreshes what follows from the counts."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from conversations.models import ChatMessage
from events.attention import add_attention, refresh_next, refresh_stale
from events.models import AttentionMark
from events.params import ATTENTION_EVERY_S, ATTENTION_MESSAGES

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    answers: int  # counted
    moved: int  # events whose popularity changed


@dataclass(slots=True)
class AttentionUpkeep:
    _next: float = 0.0

    def look(self) -> None:
        """Costs nothing when nothing is due. Raises what the database raises."""
        if time.monotonic() < self._next:
            return
        kept = keep_attention(timezone.now())
        self._next = time.monotonic() + (0 if kept.answers == ATTENTION_MESSAGES else ATTENTION_EVERY_S)
        if kept.moved:
            log.info("refreshed the popularity of %d events", kept.moved)


def keep_attention(now: datetime) -> Kept:
    """One batch of each. In one transaction, so that no answer is counted twice; a second worker leaves it to the first."""
    with transaction.atomic():
        AttentionMark.objects.get_or_create(pk=1)
        mark = AttentionMark.objects.select_for_update(skip_locked=True).filter(pk=1).first()
        if mark is None:
            return Kept(0, 0)
        answers = _count_shown(mark)
        moved = refresh_stale(now=now) + refresh_next(mark, now=now)
        mark.save()
    return Kept(answers, moved)


def _count_shown(mark: AttentionMark) -> int:
    """Finished answers after the mark, in their order; one that is still being written is waited for."""
    rows = (
        ChatMessage.objects.filter(pk__gt=mark.counted_to, role=ChatMessage.Role.ASSISTANT)
        .order_by("pk")
        .values_list("pk", "status", "model_slot", "event_ids")[:ATTENTION_MESSAGES]
    )
    shown: Counter[int] = Counter()
    answers = 0
    for pk, status, slot, event_ids in rows:
        if status == ChatMessage.Status.RUNNING:
            break
        answers, mark.counted_to = answers + 1, pk
        if slot == "A":  # the second model's answer stands over the same events
            shown.update({i for i in event_ids if isinstance(i, int)})
    if shown:
        add_attention({event_id: (times, 0) for event_id, times in shown.items()})
    return answers
