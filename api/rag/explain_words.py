"""The sentences of `explain`: times, ages and prices against what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from api.rag.candidate_sql import CandidateFilter
from api.rag.params import RetrievalParams

Said = tuple[float | str | None, float | str | None, str]


YEAR_SAID = timedelta(days=180)  # further from what was asked a day and month alone would mislead


def when_said(moment: datetime, zone: tzinfo, beside: datetime | None = None) -> str:
    """'12 Nov 09:14', with the year where it is far from `beside`."""
    local = moment.astimezone(zone)
    year = "" if beside is None or abs(moment - beside) < YEAR_SAID else f" {local.year}"
    return f"{local.day} {local:%b}{year} {local:%H:%M}"


def span_said(start: datetime, end: datetime, zone: tzinfo) -> str:
    """'19:00-22:00' within a day, with both days otherwise."""
    a, b = start.astimezone(zone), end.astimezone(zone)
    if a.date() == (b - timedelta(microseconds=1)).date():
        return f"{a:%H:%M}-{b:%H:%M}" if b.date() == a.date() else f"{a:%H:%M}-24:00"
    return f"{when_said(start, zone)} to {when_said(end, zone)}"


def dates(start: datetime, end: datetime, f: CandidateFilter, zone: tzinfo, params: RetrievalParams) -> Said:
    """The side of the nearest range on which [start, end) misses it."""
    asked_start, asked_end = min(f.ranges, key=lambda r: max(r[0] - end, start - r[1], timedelta()))
    asked = f"asked {span_said(asked_start, asked_end, zone)}"
    moment = start if start >= asked_end else end
    same_day = moment.astimezone(zone).date() == asked_start.astimezone(zone).date()
    said = f"{moment.astimezone(zone):%H:%M}" if same_day else when_said(moment, zone, asked_start)
    if start >= asked_end:
        return start.isoformat(), asked_end.isoformat(), f"starts {said}, {asked}"
    if end <= asked_start:
        return end.isoformat(), asked_start.isoformat(), f"ends {said}, {asked}"
    left = (end - asked_start).total_seconds() / 60
    if left < params.still_on_minutes:
        return left, float(params.still_on_minutes), f"ends {said}, {left:.0f} min into the time asked, {asked}"
    return (
        start.isoformat(),
        asked_start.isoformat(),
        f"starts {when_said(start, zone, asked_start)}, before the time asked, {asked}",
    )


def ages(event: Mapping[str, Any], f: CandidateFilter) -> Said:
    low, high = event["age_min"], event["age_max"]
    for_whom = f"{low}+" if high is None else f"up to {high}" if low is None else f"{low}-{high}"
    if f.age_min is not None and f.age_max is not None and f.age_min > f.age_max:
        wanted = f"{f.age_max} and {f.age_min}"
        return for_whom, wanted, f"for ages {for_whom}, asked {wanted}"
    wanted = (
        f"{f.age_min}" if f.age_min == f.age_max else f"{f.age_min or 0}-{f.age_max}" if f.age_max else f"{f.age_min}+"
    )
    return for_whom, wanted, f"for ages {for_whom}, asked {wanted}"


def price(event: Mapping[str, Any], f: CandidateFilter) -> Said:
    lowest, currency = event["price_min"], event["price_currency"] or ""
    asked = "free" if f.free_only else f"{f.max_price:g}"
    limit = 0.0 if f.free_only else f.max_price
    if lowest is None:
        return None, limit, f"its price is not known, asked {'free' if f.free_only else f'at most {asked}'}"
    cost = f"{lowest:.2f} {currency}".strip()
    if f.free_only:
        return float(lowest), limit, f"costs {cost}, asked free"
    return float(lowest), limit, f"{cost} > {asked}"
