"""Nothing fits: the ways out, each a change of the ledger a user can take with one tap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.rag.candidate_sql import CandidateFilter
from api.rag.params import RetrievalParams
from api.rag.types import ParsedQuery


@dataclass(frozen=True, slots=True)
class Way:
    label: str  # after the count: "7 within 25 miles"
    filter: CandidateFilter
    change: Mapping[str, Any]


def ways_out(query: ParsedQuery, f: CandidateFilter, params: RetrievalParams) -> Iterator[tuple[Way, ...]]:
    """Widen one constraint at a time: distance, day, week, price, ages. Of each group the first that finds something is offered."""
    if wider := _wider(f, params):
        yield wider
    if query.when is not None:
        yield (_next_day(query, f),)
        if later := _later(query, f, params):
            yield later
    if f.free_only or f.max_price is not None:
        yield (Way("at any price", replace(f, free_only=False, max_price=None), {"price": None}),)
    if f.age_min is not None or f.age_max is not None:
        yield (Way("for other ages", replace(f, age_min=None, age_max=None), {"audience": None}),)
    if f.online is not None:
        yield (Way("online or in person", replace(f, online=None), {"attendance": None}),)
    if f.excluded_terms:
        yield (Way("with what you ruled out", replace(f, excluded_terms=(), excluded_places=()), {"excluded": None}),)


def _wider(f: CandidateFilter, params: RetrievalParams) -> tuple[Way, ...]:
    if f.radius_miles is None or f.region is not None or f.from_anywhere:
        return ()
    return tuple(
        Way(f"within {miles:g} miles", replace(f, radius_miles=miles), {"radius_miles": miles})
        for miles in params.wider_miles
        if miles > f.radius_miles
    )


def _next_day(query: ParsedQuery, f: CandidateFilter) -> Way:
    zone = ZoneInfo(query.zone)
    midnight = (f.end - timedelta(microseconds=1)).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    next_day = midnight + timedelta(days=1)
    weekday = f"{next_day:%A}, {next_day:%B} {next_day.day}"
    tomorrow = next_day.date() == (query.now.astimezone(zone) + timedelta(days=1)).date()
    return _during(f, next_day, next_day + timedelta(days=1), "tomorrow" if tomorrow else f"on {weekday}", weekday)


def _later(query: ParsedQuery, f: CandidateFilter, params: RetrievalParams) -> tuple[Way, ...]:
    return tuple(
        _during(f, query.now, query.now + timedelta(days=days), f"in the next {days} days", f"the next {days} days")
        for days in params.longer_days
        if f.end < query.now + timedelta(days=days)
    )


def _during(f: CandidateFilter, start: datetime, end: datetime, said: str, label: str) -> Way:
    change = {"when": {"start": start.isoformat(), "end": end.isoformat(), "label": label}}
    return Way(said, replace(f, ranges=((start, end),), hours=False, must_end=False), change)


def both(query: ParsedQuery, f: CandidateFilter, params: RetrievalParams) -> Way | None:
    """The farthest and the longest at once, for when neither alone finds anything."""
    wider, later = _wider(f, params), _later(query, f, params) if query.when is not None else ()
    if not wider or not later:
        return None
    far, long = wider[-1], later[-1]
    return Way(
        f"{far.label} {long.label}",
        replace(long.filter, radius_miles=far.filter.radius_miles),
        {**far.change, **long.change},
    )
