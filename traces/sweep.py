"""Closes the runs whose process died: those that were begun and never ended, and turns that left no run at all."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from conversations.models import ChatMessage, ChatTurn
from traces.models import ChatDebugEvent, ChatDebugRun

SILENT_RUN = timedelta(minutes=10)  # longer than any turn may take
DIED = "The process that answered died before the turn ended."
AT_ONCE = 200


def sweep_runs(now: datetime) -> int:
    """How many were closed. Safe to call from several processes."""
    return _close_silent(now) + _record_lost(now)


@transaction.atomic
def _close_silent(now: datetime) -> int:
    silent = ChatDebugRun.objects.filter(status=ChatDebugRun.Status.RUNNING, started_at__lt=now - SILENT_RUN)
    runs = list(silent.select_for_update(skip_locked=True)[:AT_ONCE])
    for run in runs:
        run.status, run.finished_at = ChatDebugRun.Status.ERROR, now
        run.summary = run.summary | {"answer_status": "failed", "errors": ["unknown"]}
    ChatDebugRun.objects.bulk_update(runs, ["status", "finished_at", "summary"])
    ChatDebugEvent.objects.bulk_create([_died(run, now) for run in runs])
    return len(runs)


@transaction.atomic
def _record_lost(now: datetime) -> int:
    """A worker writes its turns' runs at their end; of those it did not live to see, the turn itself tells the question."""
    lost = ChatTurn.objects.filter(lost=True).select_for_update(skip_locked=True).order_by("created_at")
    turns = {turn.pk: turn for turn in lost[:AT_ONCE]}
    known = set(ChatDebugRun.objects.filter(turn_id__in=list(turns)).values_list("turn_id", flat=True))
    missing = [turn for pk, turn in turns.items() if pk not in known]
    if not missing:
        return 0
    words = dict(
        ChatMessage.objects.filter(turn_id__in=[t.pk for t in missing], role="user").values_list("turn_id", "content")
    )
    runs = [
        ChatDebugRun(
            session_id=turn.session_id,
            user_id=turn.user_id,
            turn_id=turn.pk,
            message=words.get(turn.pk, ""),
            as_of=turn.created_at,
            status=ChatDebugRun.Status.ERROR,
            finished_at=turn.finished_at or now,
            total_ms=((turn.finished_at or now) - turn.created_at).total_seconds() * 1000,
            summary={"answer_status": "failed", "errors": ["unknown"]},
        )
        for turn in missing
    ]
    ChatDebugRun.objects.bulk_create(runs)
    ChatDebugEvent.objects.bulk_create([_died(run, now) for run in runs])
    return len(runs)


def _died(run: ChatDebugRun, now: datetime) -> ChatDebugEvent:
    return ChatDebugEvent(
        run=run,
        sequence=1,
        stage="error",
        payload={"error": DIED, "exception": "", "stack": ""},
        error_type=ChatDebugEvent.ErrorType.UNKNOWN,
        error_severity=ChatDebugEvent.Severity.CRITICAL,
        created_at=now,
    )
