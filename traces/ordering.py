"""The runner's form as an order. Raises InvalidRequest with the field that cannot be used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from api.rag.errors import InvalidRequest
from api.rag.params import MESSAGE_MAX_CHARS, ScoringWeights, TierSizes
from api.rag.query.clock import within_years
from api.rag.query.text import storable
from api.rag.types import QueryContext
from api.rag_service import Ask
from traces.asking import Asked
from traces.models import ChatDebugRun
from traces.replay import Changes, Order, asked_of, replay_order

MAX_TEMPERATURE = 2.0
_CONTEXT = {"location_id": int, "location_text": str, "max_distance_miles": float, "date_from": str, "date_to": str}


def order_of(
    form: Mapping[str, Any], *, user_id: int | None, now: datetime, original: ChatDebugRun | None = None
) -> Order:
    """`original` is asked again: what the form leaves out is as it was then. Raises NotReplayable too."""
    base = asked_of(original) if original else Asked(Ask("", now=now, zone=settings.DEFAULT_USER_ZONE))
    asked = asked_with(base, form)
    if original is None:
        at = asked.ask.now if form.get("records") == "then" and asked.ask.now < now else None
        return Order(asked, user_id, records_at=at)
    changes = Changes(asked, records_now=form.get("records") == "now", prompt_now=form.get("prompt") == "now")
    return replay_order(original, changes, user_id=user_id)


def refused(form: Mapping[str, Any], error: InvalidRequest, *, user_id: int | None, now: datetime) -> Order:
    """An order that only says what is wrong with it."""
    message = str(form.get("message") or "(no question)")[:MESSAGE_MAX_CHARS]
    return Order(Asked(Ask(message, now=now, zone="UTC")), user_id, refused=error)


def asked_with(base: Asked, form: Mapping[str, Any]) -> Asked:
    """`base` with what the form names; an empty value takes a setting away."""
    ask = base.ask
    if "message" in form:
        ask = replace(ask, message=_message(form["message"]))
    if form.get("zone"):
        ask = replace(ask, zone=_zone(form["zone"]), context=replace(ask.context, zone=_zone(form["zone"])))
    if form.get("now"):
        ask = replace(ask, now=_moment(form["now"], ask.zone))
    if "weights" in form:
        ask = replace(ask, weights=_weights(form["weights"]))
    if "sizes" in form:
        ask = replace(ask, tiers=_sizes(form["sizes"]))
    ask = replace(ask, context=_context(ask.context, form))
    model = (str(form["model"]) or None) if "model" in form else base.model
    temperature = _temperature(form["temperature"]) if "temperature" in form else base.temperature
    return Asked(ask, model, temperature)


def _message(value: Any) -> str:
    text = storable(str(value or "")).strip()
    if not text:
        raise InvalidRequest("message", "must hold some words")
    if len(text) > MESSAGE_MAX_CHARS:
        raise InvalidRequest("message", f"must have at most {MESSAGE_MAX_CHARS} characters")
    return text


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(str(value)).key
    except (KeyError, ValueError, OSError) as error:
        raise InvalidRequest("zone", f"{str(value)[:60]!r} is no time zone") from error


def _moment(value: Any, zone: str) -> datetime:
    """A wall clock of the question's zone, where it names no offset."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidRequest("now", f"{str(value)[:60]!r} is no time") from error
    try:
        return within_years(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except ValueError as error:
        raise InvalidRequest("now", str(error)) from error


def _weights(value: Any) -> ScoringWeights | None:
    if not value:
        return None
    if not isinstance(value, Mapping):
        raise InvalidRequest("weights", "must be an object of numbers")
    return ScoringWeights.from_mapping(value)


def _sizes(value: Any) -> TierSizes | None:
    if not value:
        return None
    names = {f.name for f in fields(TierSizes)}
    if not isinstance(value, Mapping) or not set(value) <= names:
        raise InvalidRequest("sizes", f"must be an object of {', '.join(sorted(names))}")
    return TierSizes(**value)


def _temperature(value: Any) -> float | None:
    if value in (None, ""):
        return None
    number = _number("temperature", value, float)
    if not 0 <= number <= MAX_TEMPERATURE:
        raise InvalidRequest("temperature", f"must be from 0 to {MAX_TEMPERATURE:g}")
    return float(number)


def _context(context: QueryContext, form: Mapping[str, Any]) -> QueryContext:
    changed: dict[str, Any] = {}
    for name, kind in _CONTEXT.items():
        if name in form:
            value = form[name]
            changed[name] = (
                None if value in (None, "") else str(value)[:200] if kind is str else _number(name, value, kind)
            )
    return replace(context, **changed) if changed else context


def _number(name: str, value: Any, kind: type) -> Any:
    try:
        number = kind(value)
        if math.isfinite(number) and number >= 0:
            return number
    except OverflowError:
        pass  # as good as infinite
    except (TypeError, ValueError) as error:
        raise InvalidRequest(name, f"{str(value)[:60]!r} is no number") from error
    raise InvalidRequest(name, "must be a finite number that is not negative")
