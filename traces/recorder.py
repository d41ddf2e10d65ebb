"""Records one turn: stages are buffered in memory and written in one insert when the turn ends."""

from __future__ import annotations

import random
import traceback
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from traces.models import ChatDebugEvent, ChatDebugRun

MAX_EVENTS = 2000
LIGHT_STAGES = frozenset({"understanding", "retrieval", "guard", "error"})
_STATUS = {"complete": "success", "no_matches": "success", "cancelled": "cancelled", "failed": "error"}
_ERROR_TYPES = {
    "rag_error": ChatDebugEvent.ErrorType.RAG,
    "embedding_unavailable": ChatDebugEvent.ErrorType.RAG,
    "llm_unavailable": ChatDebugEvent.ErrorType.LLM,
    "llm_timeout": ChatDebugEvent.ErrorType.TIMEOUT,
    "location_error": ChatDebugEvent.ErrorType.LOCATION,
    "invalid_request": ChatDebugEvent.ErrorType.VALIDATION,
    "auth_failed": ChatDebugEvent.ErrorType.AUTH,
}


class TurnRecorder:
    """Ambient recorder of a turn (see api.rag.tracing). Light: four stages; full: all of them with their payloads."""

    active = True

    def __init__(
        self,
        *,
        message: str,
        request: Mapping[str, Any],
        as_of: datetime,
        session_id: uuid.UUID | None = None,
        turn_id: uuid.UUID | None = None,
        user_id: int | None = None,
        full: bool = False,
        sample: float = 0.0,
    ) -> None:
        self.id = uuid.uuid4()
        self.full = full or random.random() < sample  # noqa: S311  sampling, no secret
        self._run: dict[str, Any] = {
            "message": message,
            "request": dict(request),
            "as_of": as_of,
            "session_id": session_id,
            "turn_id": turn_id,
            "user_id": user_id,
        }
        self._events: list[dict[str, Any]] = []
        self._started = datetime.now(UTC)
        self._finalized = False

    def event(
        self,
        stage: str,
        payload: Mapping[str, Any],
        *,
        latency_ms: float | None = None,
        error: BaseException | None = None,
    ) -> None:
        if len(self._events) >= MAX_EVENTS or not (self.full or error is not None or stage in LIGHT_STAGES):
            return
        row: dict[str, Any] = {
            "stage": stage,
            "payload": dict(payload),
            "latency_ms": latency_ms,
            "created_at": datetime.now(UTC),
        }
        if error is not None:
            row |= _error_fields(error)
            row["payload"] |= {"error": str(error), "stack": traceback.format_exception(error)}
        self._events.append(row)

    def failed(self, error: BaseException) -> None:
        self.event("error", {}, error=error)

    def finalize(self, *, status: str, finished_at: datetime, summary: Mapping[str, Any] | None = None) -> str:
        """Write the run and its stages. Idempotent; returns the run's id."""
        if self._finalized:
            return str(self.id)
        self._finalized = True
        with transaction.atomic():
            run = ChatDebugRun.objects.create(
                id=self.id,
                status=_STATUS.get(status, status),
                full=self.full,
                finished_at=finished_at,
                total_ms=(finished_at - self._started).total_seconds() * 1000,
                summary=dict(summary or {}) | {"answer_status": status},
                **self._run,
            )
            ChatDebugEvent.objects.bulk_create(
                ChatDebugEvent(run=run, sequence=n, **_safe(row)) for n, row in enumerate(self._events, start=1)
            )
        return str(self.id)


def _error_fields(error: BaseException) -> dict[str, str]:
    code = getattr(error, "code", "")
    kind = _ERROR_TYPES.get(code, ChatDebugEvent.ErrorType.UNKNOWN)
    known = kind is not ChatDebugEvent.ErrorType.UNKNOWN
    return {
        "error_type": kind,
        "error_severity": ChatDebugEvent.Severity.ERROR if known else ChatDebugEvent.Severity.CRITICAL,
    }


def _safe(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"payload": _plain(row["payload"])}


def _plain(value: Any) -> Any:
    """JSON-ready: what JSON does not know becomes text; NUL is not storable."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, str):
        return value.replace("\x00", "")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    return str(value)
