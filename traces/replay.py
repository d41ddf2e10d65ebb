"""A stored run asked again: as of its time, or with one thing changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from api.rag.errors import RagError
from api.rag.params import ScoringWeights, TierSizes
from traces.asking import Asked, asked_from, asked_json
from traces.models import ChatDebugEvent, ChatDebugRun, PromptVersion
from traces.recorder import Subject


@dataclass(frozen=True, slots=True)
class Order:
    """A turn to run for an operator. `records_at`: the facts of then; None: of now. `templates` None: of now."""

    asked: Asked
    user_id: int | None
    records_at: datetime | None = None
    popularity: Mapping[int, float] = field(default_factory=dict)
    templates: Mapping[str, str] | None = None
    origin: str = ChatDebugRun.Origin.RUNNER
    replay_of: ChatDebugRun | None = None
    refused: RagError | None = None  # what was ordered cannot be done; the run says why

    def subject(self, now: datetime) -> Subject:
        """`now` is the moment whose facts are read where none is named."""
        return Subject(
            self.asked.ask.message,
            {"asked": asked_json(self.asked), "facts_at": (self.records_at or now).isoformat()},
            self.asked.ask.now,
            user_id=self.user_id,
            origin=self.origin,
            replay_of_id=self.replay_of.pk if self.replay_of else None,
            session_id=self.replay_of.session_id if self.replay_of else None,
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What a replay does otherwise than the run did. None: as then."""

    asked: Asked | None = None
    records_now: bool = False
    prompt_now: bool = False


def replay_order(run: ChatDebugRun, changes: Changes, *, user_id: int | None) -> Order:
    """Raises NotReplayable, and InvalidRequest for a question that cannot be used."""
    asked = changes.asked or asked_of(run)
    return Order(
        asked,
        user_id,
        records_at=None if changes.records_now else facts_at(run),
        popularity={} if changes.records_now else popularity_of(run),
        templates=None if changes.prompt_now else templates_of(run),
        origin=ChatDebugRun.Origin.REPLAY,
        replay_of=run,
    )


def asked_of(run: ChatDebugRun) -> Asked:
    """The run's question with the weights and sizes that ranked it, which may have come from the profile of then."""
    asked = asked_from(run.request.get("asked") or {})
    used = ranked_with(run)
    weights, sizes = used.get("weights"), used.get("sizes")
    ask = replace(
        asked.ask,
        weights=ScoringWeights.from_mapping(weights) if weights else asked.ask.weights,
        tiers=TierSizes(**sizes) if sizes else asked.ask.tiers,
    )
    return replace(asked, ask=ask)


def facts_at(run: ChatDebugRun) -> datetime:
    told = run.request.get("facts_at")
    return datetime.fromisoformat(told) if told else run.as_of


def ranked_with(run: ChatDebugRun) -> Mapping[str, Any]:
    """The payload of the run's ranking; empty where it did not come so far."""
    payload = ChatDebugEvent.objects.filter(run=run, stage="rerank").values_list("payload", flat=True).first()
    return payload or {}


def popularity_of(run: ChatDebugRun) -> dict[int, float]:
    """By event id, of the events the run ranked: popularity is derived and has no history of its own."""
    payload = ranked_with(run)
    rows = [*(payload.get("candidates") or ()), *(payload.get("events") or ())]
    return {r["event_id"]: r["popularity"] for r in rows if isinstance(r.get("popularity"), int | float)}


def templates_of(run: ChatDebugRun) -> Mapping[str, str] | None:
    """None where the run came to no prompt, or its templates are not known."""
    version = run.summary.get("prompt_version")
    stored = PromptVersion.objects.filter(pk=version).first() if version else None
    return stored.templates if stored else None
