"""The findings of a stored run, with what became of its events since."""

from __future__ import annotations

from typing import Any

from events.models import Event
from traces.diagnostics import diagnose
from traces.findings import Finding
from traces.models import ChatDebugEvent, ChatDebugRun


def diagnose_run(run: ChatDebugRun) -> list[Finding]:
    """Two queries: the run's stages, and the state of the events in its tiers."""
    stages: list[dict[str, Any]] = [
        {**row}
        for row in ChatDebugEvent.objects.filter(run_id=run.pk)
        .exclude(stage="llm_chunk")
        .order_by("sequence")
        .values("stage", "payload", "latency_ms", "error_type", "error_severity")
    ]
    shown = [e["event_id"] for s in stages if s["stage"] == "rerank" for e in s["payload"].get("events") or ()]
    if shown:
        stages.append({"stage": "records", "payload": record_state(shown)})
    return diagnose(stages, status=run.status, total_ms=run.total_ms, summary=run.summary)


def record_state(event_ids: list[int]) -> dict[str, list[int]]:
    """Which of the events are gone, called off, without a vector, or changed after they were embedded."""
    rows = Event.objects.filter(pk__in=event_ids).values_list(
        "pk", "status", "document_hash", "index_row__document_hash", "index_row__model"
    )
    found = {pk: (status, document, embedded, model) for pk, status, document, embedded, model in rows}
    known = [i for i in event_ids if i in found]
    return {
        "missing_event_ids": [i for i in event_ids if i not in found],
        "cancelled_event_ids": [i for i in known if found[i][0] == Event.Status.CANCELLED],
        "unembedded_event_ids": [i for i in known if not found[i][3]],
        "stale_event_ids": [i for i in known if found[i][3] and found[i][1] != found[i][2]],
    }
