"""Edits to the ledger that come from a tap instead of words: {field: value}, null takes the field back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.rag.params import UnderstandingParams
from api.rag.query import ledger_json as j
from api.rag.query.dates import understand_when
from api.rag.query.ledger import FIELDS, LedgerState, drop
from api.rag.query.places import Gazetteer, resolve_query_place
from api.rag.query.reading import read
from api.rag.types import Notice

ALIASES = {
    "interests": "topics",
    "max_price": "price",
    "free_only": "price",
    "kind": "topics",
    "date_range": "when",
    "radius_miles": "radius",
}


def apply_overrides(
    state: LedgerState,
    edits: Mapping[str, Any],
    *,
    now: datetime,
    zone: str,
    country: str,
    gazetteer: Gazetteer,
    params: UnderstandingParams,
) -> tuple[LedgerState, list[Notice]]:
    """Each edit is its own: one that cannot be used is left out and named in a notice."""
    notices = []
    for key, value in edits.items():
        name = ALIASES.get(key, key)
        try:
            if value is None and name in FIELDS:
                state = drop(state, (name,))
            else:
                state = _edit(
                    state, name, value, now=now, zone=zone, country=country, gazetteer=gazetteer, params=params
                )
        except j.BadLedger as error:
            notices.append(Notice("bad_override", f"The change to {key} could not be used: {error}.", {"field": key}))
    return state, notices


def _edit(
    state: LedgerState,
    name: str,
    value: Any,
    *,
    now: datetime,
    zone: str,
    country: str,
    gazetteer: Gazetteer,
    params: UnderstandingParams,
) -> LedgerState:
    match name:
        case "when":
            when = _when(value, now, zone, country)
            return replace(state, when=when, words={**state.words, "when": ", ".join(when.words)})
        case "place":
            return _place(state, value, gazetteer)
        case "radius":
            return replace(
                state, radius=j.number_between(value, "radius", params.min_radius_miles, params.max_radius_miles)
            )
        case "audience":
            return _audience(state, value, params)
        case "price":
            return replace(state, price=j.price_from(value), price_hard=True, words=_without(state, "price"))
        case "attendance":
            return replace(state, attendance=j.one_of(value, "attendance", ("online", "in_person")))
        case "setting":
            return replace(state, setting=j.one_of(value, "setting", ("indoor", "outdoor")))
        case "access":
            return replace(state, access=j.strings(value, name))
        case "excluded":
            return replace(state, excluded=j.strings(value, name))
        case "topics":
            names = j.strings([value] if isinstance(value, str) else value, name)
            return replace(state, topics=names, text=" ".join(names), quoted=(), venue="")
        case _:
            raise j.BadLedger(f"known fields are {', '.join(FIELDS)}")


def _when(value: Any, now: datetime, zone: str, country: str) -> Any:
    if not isinstance(value, str):
        return j.when_from(value, zone)
    when = understand_when(value, now=now, zone=ZoneInfo(zone), country=country)
    if when is None:
        raise j.BadLedger(f"when: {value!r} says no time")
    return when


def _place(state: LedgerState, value: Any, gazetteer: Gazetteer) -> LedgerState:
    if isinstance(value, Mapping) and value.get("id") is None and "lat" in value:
        return replace(state, place=j.place_from({"label": "here", "radius_miles": 10.0, **value}), place_said=True)
    wanted = value.get("id") if isinstance(value, Mapping) else value
    text = wanted if isinstance(wanted, str) and not wanted.isdigit() else None
    outcome = resolve_query_place(
        "",
        location_id=None if text is not None else j.location_id(wanted),
        location_text=text,
        user_lat=None,
        user_lng=None,
        ledger_place_id=None,
        gazetteer=gazetteer,
        taken_spans=(),
    )
    if outcome.place is None:
        raise j.BadLedger(f"place: {wanted!r} is not known")
    return replace(state, place=outcome.place, place_said=True, words=_without(state, "place"))


def _audience(state: LedgerState, value: Any, params: UnderstandingParams) -> LedgerState:
    if isinstance(value, str):
        found = read(value, params).audience
        if found.audience is None:
            raise j.BadLedger(f"audience: {value!r} names no age")
        return replace(
            state, audience=found.audience, audience_hard=found.hard, words={**state.words, "audience": value}
        )
    return replace(state, audience=j.audience_from(value), audience_hard=True, words=_without(state, "audience"))


def _without(state: LedgerState, name: str) -> dict[str, str]:
    return {k: v for k, v in state.words.items() if k != name}
