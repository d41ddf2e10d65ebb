"""Nothing fits: counted ways out, each one query, each a change of the ledger a user can take with one tap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
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


def ways_out(query: ParsedQuery, f: CandidateFilter, params: RetrievalParams) -> Iterator[Way]:
    """Widen one constraint at a time: distance, day, week, price, ages."""
    if f.radius_miles is not None and f.region is None:
        for miles in params.wider_miles:
            if miles > f.radius_miles:
                yield Way(f"within {miles:g} miles", replace(f, radius_miles=miles), {"radius_miles": miles})
                break
    if query.when is not None:
        yield from _later(query, f)
    if f.free_only or f.max_price is not None:
        yield Way("at any price", replace(f, free_only=False, max_price=None), {"price": None})
    if f.age_min is not None or f.age_max is not None:
        yield Way("for other ages", replace(f, age_min=None, age_max=None), {"audience": None})
    if f.online is not None:
        yield Way("online or in person", replace(f, online=None), {"attendance": None})


def _later(query: ParsedQuery, f: CandidateFilter) -> Iterator[Way]:
    zone = ZoneInfo(query.zone)
    midnight = (f.end - timedelta(microseconds=1)).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    next_day = midnight + timedelta(days=1)
    after = next_day + timedelta(days=1)
    weekday = f"{next_day:%A}, {next_day:%B} {next_day.day}"
    tomorrow = next_day.date() == (query.now.astimezone(zone) + timedelta(days=1)).date()
    yield Way(
        "tomorrow" if tomorrow else f"on {weekday}",
        replace(f, ranges=((next_day, after),), hours=False),
        {"when": {"start": next_day.isoformat(), "end": after.isoformat(), "label": weekday}},
    )
    week_end = query.now + timedelta(days=7)
    if f.end < week_end:
        yield Way(
            "in the next 7 days",
            replace(f, ranges=((query.now, week_end),), hours=False),
            {"when": {"start": query.now.isoformat(), "end": week_end.isoformat(), "label": "the next 7 days"}},
        )
