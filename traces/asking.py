"""A question as JSON and back: what a stored run needs to be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from api.rag.errors import InvalidRequest
from api.rag.params import ScoringWeights, TierSizes
from api.rag.types import QueryContext
from api.rag_service import Ask

_CONTEXT = TypeAdapter(QueryContext)


class NotReplayable(Exception):
    """The run does not hold its question: it was written before runs could be asked again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the model's settings; None: as the product decides."""

    ask: Ask
    model: str | None = None
    temperature: float | None = None


def asked_json(asked: Asked) -> dict[str, Any]:
    ask = asked.ask
    return {
        "message": ask.message,
        "now": ask.now.isoformat(),
        "zone": ask.zone,
        "context": context_json(ask.context),
        "weights": ask.weights.as_dict() if ask.weights else None,
        "tiers": {f.name: getattr(ask.tiers, f.name) for f in fields(TierSizes)} if ask.tiers else None,
        "model": asked.model,
        "temperature": asked.temperature,
    }


def context_json(context: QueryContext) -> dict[str, Any]:
    """Fields at their defaults are left out."""
    told: dict[str, Any] = {}
    for f in fields(QueryContext):
        value = getattr(context, f.name)
        if value is None or (value == () and f.name != "candidate_ids"):  # no candidates at all is a limit, too
            continue
        if f.name == "history":
            value = [{"role": m.role, "content": m.content} for m in value]
        elif isinstance(value, Decimal):
            value = str(value)
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, Mapping):
            value = dict(value)
        told[f.name] = value
    return told


def asked_from(stored: Mapping[str, Any]) -> Asked:
    """Raises NotReplayable, and InvalidRequest for a context, weights or sizes that cannot be used."""
    if not isinstance(stored, Mapping) or not {"message", "now", "zone", "context"} <= set(stored):
        raise NotReplayable("the run holds no question to ask again")
    weights, tiers = stored.get("weights"), stored.get("tiers")
    ask = Ask(
        stored["message"],
        now=datetime.fromisoformat(stored["now"]),
        zone=stored["zone"],
        context=context_from(stored["context"]),
        weights=ScoringWeights.from_mapping(weights) if weights else None,
        tiers=TierSizes(**tiers) if tiers else None,
    )
    return Asked(ask, stored.get("model"), stored.get("temperature"))


def context_from(stored: Mapping[str, Any]) -> QueryContext:
    """Raises InvalidRequest with the first value that cannot be used. Null is absent, what is not known is ignored."""
    try:
        return _CONTEXT.validate_python({name: value for name, value in stored.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, ("context", *first["loc"])))
        raise InvalidRequest(field, f"{str(first['input'])[:60]!r} cannot be used: {first['msg']}") from error
