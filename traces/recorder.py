"""Records one turn: stages are buffered in memory and written in one insert when the turn ends.

While a turn runs, recording a stage is one append; payloads are made JSON-ready when they are written, on the thread that writes them.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from math import isfinite
from typing import Any

from django.db import transaction

from api.rag.prompt.render import templates
from api.rag.query.text import storable
from api.rag.trace_rows import TRACED_EVENTS
from traces import failures
from traces.models import ChatDebugRun, PromptVersion
from traces.writing import write_run, write_stages

MAX_EVENTS = 2000
JSON_LEVELS = 100  # objects inside objects; JSON writers refuse some more
_STATUS = {"complete": "success", "no_matches": "success", "cancelled": "cancelled", "failed": "error"}
_FULL_ONLY = frozenset({"input", "context_block", "llm_chunk"})
_TEXTS = {  # left out of a light record
    "retrieval": frozenset({"statement"}),
    "rerank": frozenset({"candidates"}),
    "prompt_final": frozenset({"system", "messages", "texts"}),
    "llm_response": frozenset({"text"}),
}
_LIGHT_ROW = (
    "event_id", "occurrence_id", "tier", "rank", "score", "status", "semantic", "location", "time", "category", "popularity",
    "distance_miles", "days_until_event", "unknown",
)  # fmt: skip
_known_prompts: set[str] = set()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a run is about. `request` holds everything needed to run it again."""

    message: str
    request: Mapping[str, Any]
    as_of: datetime
    session_id: uuid.UUID | None = None
    turn_id: uuid.UUID | None = None
    user_id: int | None = None
    origin: str = "chat"
    replay_of_id: uuid.UUID | None = None


@dataclass(slots=True)
class _Stage:
    sequence: int
    stage: str
    payload: dict[str, Any]
    latency_ms: float | None
    created_at: datetime
    error: BaseException | None = None
    error_type: str = ""
    error_severity: str = ""

    def told(self) -> dict[str, Any]:
        payload = self.payload
        if self.error is not None:
            payload = {**payload, **failures.told(self.error)}
        return {
            "sequence": self.sequence,
            "stage": self.stage,
            "latency_ms": self.latency_ms,
            "created_at": self.created_at,
            "payload": plain(payload),
            "error_type": self.error_type,
            "error_severity": self.error_severity,
        }


@dataclass(slots=True)
class TurnRecorder:
    """Ambient recorder of a turn (see api.rag.tracing). Light: what every answer leaves behind; full: every stage, whole.

    `listener` hears each stage as it is recorded, on the thread that recorded it.
    """

    subject: Subject
    full: bool = False
    listener: Callable[[dict[str, Any]], None] | None = None
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    active: bool = True
    _stages: list[_Stage] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: count(1))
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _begun: bool = False
    _finalized: bool = False

    def __post_init__(self) -> None:
        self.event("input", {"message": self.subject.message, "request": self.subject.request})

    def event(
        self,
        stage: str,
        payload: Mapping[str, Any],
        *,
        latency_ms: float | None = None,
        error: BaseException | None = None,
    ) -> None:
        if (not self.full and error is None and stage in _FULL_ONLY) or len(self._stages) >= MAX_EVENTS:
            return
        kept = dict(payload) if self.full else _trimmed(stage, payload)  # now: what is not written need not be held
        row = _Stage(next(self._numbers), stage, kept, latency_ms, datetime.now(UTC))
        if error is not None:
            row.error = error
            row.error_type = failures.error_type(error)
            row.error_severity = failures.severity(error, ended_the_turn=False)
        self._stages.append(row)
        if self.listener is not None:
            self.listener(row.told())

    def failed(self, error: BaseException) -> None:
        """The turn ended by this error. Where a stage had met it before, that stage's record stays and is no second error."""
        stage = ""
        for row in self._stages:
            if row.error is error:
                row.error_type = row.error_severity = ""
                stage = row.stage
        self.event("error", {"stage": stage}, error=error)
        self._stages[-1].error_severity = failures.severity(error, ended_the_turn=True)

    def begin(self) -> str:
        """Write the run before it ends, for those that are watched: the sweeper closes it when this process dies."""
        ChatDebugRun.objects.create(id=self.id, full=self.full, status=ChatDebugRun.Status.RUNNING, **self._columns())
        self._begun = True
        return str(self.id)

    def finalize(self, *, status: str, finished_at: datetime, summary: Mapping[str, Any] | None = None) -> str:
        """Write the run and its stages. Idempotent, safe to repeat after a database error; returns the run's id."""
        if self._finalized:
            return str(self.id)
        told = [row.told() for row in self._stages]
        told_summary = plain({**summary_of(told), **(summary or {}), "answer_status": status})
        closing = {
            "status": _STATUS.get(status, status),
            "finished_at": finished_at,
            "total_ms": (finished_at - self._started).total_seconds() * 1000,
            "summary": told_summary,
        }
        if not self._begun:
            write_run({"id": self.id, "full": self.full, **self._columns(), **closing}, told)
        else:
            running = ChatDebugRun.objects.filter(pk=self.id, status=ChatDebugRun.Status.RUNNING)
            with transaction.atomic():
                if running.update(**closing):  # else the sweeper took it for dead
                    write_stages(self.id, told)
        self._finalized = True
        remember_prompt(str(told_summary.get("prompt_version") or ""))
        return str(self.id)

    def stages(self) -> list[dict[str, Any]]:
        return [row.told() for row in self._stages]

    def _columns(self) -> dict[str, Any]:
        s = self.subject
        return {
            "message": storable(s.message),
            "request": plain(s.request),
            "as_of": s.as_of,
            "session_id": s.session_id,
            "turn_id": s.turn_id,
            "user_id": s.user_id,
            "origin": s.origin,
            "replay_of_id": s.replay_of_id,
        }


def sampled(share: float) -> bool:
    """True for this share of the calls."""
    return random.random() < share  # noqa: S311  sampling, no secret


def remember_prompt(version: str) -> None:
    """Keep the templates of a version, once: a replay needs them after they changed."""
    if not version or version in _known_prompts:
        return
    known, texts = templates()
    if known == version:
        PromptVersion.objects.get_or_create(version=version, defaults={"templates": dict(texts)})
        _known_prompts.add(version)


def forget_prompts() -> None:
    """Look into the database again."""
    _known_prompts.clear()


def summary_of(stages: list[dict[str, Any]]) -> dict[str, Any]:
    """The numbers that lists and charts show, so that they need not open the stages."""
    found: dict[str, Any] = {}
    for row in stages:
        payload = row["payload"]
        match row["stage"]:
            case "retrieval":
                found["candidates"] = payload.get("candidates")
            case "rerank":
                tiers = [e.get("tier") for e in payload.get("events") or ()]
                found |= {"recommended": tiers.count("recommended"), "weights": payload.get("weights")}
            case "prompt_final":
                found |= {"prompt_version": payload.get("version"), "prompt_tokens": payload.get("tokens")}
            case "llm_response":
                found |= {k: payload.get(k) for k in ("provider", "model", "tokens_in", "tokens_out", "first_token_ms")}
            case "guard":
                found |= {k: payload.get(k) for k in ("checked", "corrected", "withheld")}
    found["errors"] = [row["error_type"] for row in stages if row["error_type"]]
    return found


class _Plain(list[dict[str, Any]]):
    """Rows that are JSON-ready as they are made: numbers, None and our own words. Some six hundred values a turn need no look."""


def _trimmed(stage: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in payload.items() if k not in _TEXTS.get(stage, ())}
    if stage == "rerank":
        kept["events"] = _Plain(
            {k: e.get(k) for k in _LIGHT_ROW} for e in (payload.get("events") or ())[:TRACED_EVENTS]
        )
    return kept


def plain(value: Any, levels: int = JSON_LEVELS) -> Any:
    """JSON-ready: what JSON does not know becomes text, so do numbers beyond 64 bits and what lies too deep. NUL and halves of
    characters, which cannot be stored, are left out."""
    if isinstance(value, str):
        return storable(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    if type(value) is _Plain:
        return value
    if levels and (type(value) is dict or isinstance(value, Mapping)):
        return {_name(k) if type(k) is str else storable(str(k)): plain(v, levels - 1) for k, v in value.items()}
    if levels and isinstance(value, list | tuple | set | frozenset):
        return [plain(v, levels - 1) for v in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return storable(str(value))


@lru_cache(maxsize=1024)
def _name(key: str) -> str:
    """The keys of every record are the same few."""
    return storable(key)
