"""What a search passes on to a chat about its results: its constraints, in the form of the chat's ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from api.rag.query.dates import When
from api.rag.query.dates.types import DateRange
from api.rag.query.ledger import LedgerState
from api.rag.query.ledger_json import age_label, from_json, sent_when, to_json
from api.rag.types import Audience, PriceLimit
from api.search.asking import Asked
from api.search.types import SearchRequest

_TOPIC = ("topics", "text", "quoted")


def ledger_of(asked: Asked, request: SearchRequest) -> dict[str, Any]:
    """The ledger of the words with the parameters in it, JSON-ready."""
    state = from_json(asked.query.ledger)
    query, f = asked.query, asked.filters
    if query.place is not None:
        state = replace(state, place=query.place, place_said=True)
    if request.date_from is not None or request.date_to is not None:
        state = replace(state, when=_when(asked))
    if request.age_min is not None or request.age_max is not None:
        audience = Audience(f.age_min, f.age_max, (), age_label(f.age_min, f.age_max))
        state = replace(state, audience=audience, audience_hard=True)
    if request.max_price is not None:
        state = replace(state, price=_price(f.max_price, f.free_only), price_hard=True)
    if request.is_virtual is not None:
        state = replace(state, attendance="online" if request.is_virtual else "in_person")
    return to_json(_without_offer(state))


def merged(searched: Mapping[str, Any], said: Mapping[str, Any] | None) -> dict[str, Any]:
    """What was said since goes first; the search fills what is open. A topic of the conversation replaces the search's whole."""
    told = {name: value for name, value in (said or {}).items() if value not in (None, "", [], {})}
    held = {n: v for n, v in searched.items() if not (n in _TOPIC and any(t in told for t in _TOPIC))}
    return {**held, **told, "words": {**held.get("words", {}), **told.get("words", {})}}


def _when(asked: Asked) -> When:
    ranges = tuple(DateRange(start, end) for start, end in asked.filters.ranges)
    return sent_when(ranges, asked.query.zone)


def _price(limit: float | None, free: bool) -> PriceLimit:
    if free or limit is None:
        return PriceLimit(None, free_only=True, label="free")
    return PriceLimit(Decimal(str(limit)), label=f"up to {limit:g}")


def _without_offer(state: LedgerState) -> LedgerState:
    return replace(state, offer=None, shown=())
