"""Search by looking at every stored row, one at a time: what the one statement is held against."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.rag.candidate_sql import CandidateFilter
from api.search.params import FACET_BUCKETS, FACET_DAYS
from api.search.types import Bucket, Facet
from events.models import Occurrence, Venue
from locations.geo import miles_between

STILL_ON = timedelta(minutes=30)
TICK = timedelta(microseconds=1)
TAKES_PLACE = ("scheduled", "rescheduled")


@dataclass(frozen=True, slots=True)
class Row:
    """One occurrence with what its event says."""

    event_id: int
    start: datetime
    end: datetime  # or the assumed one
    long: bool
    lat: float | None
    lng: float | None
    venue_id: int | None
    category: str
    audience: tuple[str, ...]
    attendance: str
    is_free: bool | None
    price_min: Any
    age_min: int | None
    age_max: int | None


class Stored:
    """Everything in the database at the time of its making."""

    def __init__(self) -> None:
        found = Occurrence.objects.select_related("event").filter(
            status__in=TAKES_PLACE, event__status__in=TAKES_PLACE, event__duplicate_of=None
        )
        self.rows = [_row(o) for o in found]
        self.venues = {v.pk: v for v in Venue.objects.all()}

    def fitting(self, f: CandidateFilter) -> list[Row]:
        return [row for row in self.rows if _fits_event(row, f) and _fits_time(row, f)]

    def event_ids(self, f: CandidateFilter) -> set[int]:
        return {row.event_id for row in self.fitting(f)}

    def facets(self, f: CandidateFilter, zone: str) -> dict[str, Facet]:
        rows = self.fitting(f)
        events: dict[str, dict[Any, set[int]]] = {name: defaultdict(set) for name in NAMES}
        for row in rows:
            for name, values in self._values(row).items():
                for value in values:
                    events[name][value].add(row.event_id)
        days: dict[date, set[int]] = defaultdict(set)
        for row in rows:
            for day in _days(row, f, ZoneInfo(zone)):
                days[day].add(row.event_id)
        events["category"] = _any_case(events["category"])
        counted = {name: Counter({value: len(ids) for value, ids in events[name].items()}) for name in NAMES}
        facets = {name: self._facet(name, counts) for name, counts in counted.items()}
        facets["day"] = Facet(tuple(Bucket(str(d), str(d), len(days[d])) for d in sorted(days)))
        return facets

    def _values(self, row: Row) -> dict[str, list[Any]]:
        venue = self.venues.get(row.venue_id)  # type: ignore[arg-type]
        return {
            "category": [row.category or None],
            "price": [_band(row)],
            "attendance": [row.attendance],
            "audience": list(row.audience) or [None],
            "venue": [row.venue_id],
            "city": [", ".join(filter(None, [venue.city, venue.state])) if venue and venue.city else None],
        }

    def _facet(self, name: str, counts: Counter[Any]) -> Facet:
        buckets = [Bucket(value, self._label(name, value), n) for value, n in counts.items()]
        buckets.sort(key=lambda b: (b.value is None, -b.count, b.label.encode(), str(b.value).zfill(9)))
        shown = tuple(b for place, b in enumerate(buckets) if place < FACET_BUCKETS or b.value is None)
        return Facet(shown, len(buckets) - len(shown))

    def _label(self, name: str, value: Any) -> str:
        if value is None:
            return "Not said"
        if name == "venue":
            venue: Venue = self.venues[value]
            return ", ".join(dict.fromkeys(filter(None, [venue.name, venue.city]))) or "Unnamed"
        return PRICES[value] if name == "price" else str(value)


NAMES = ("category", "price", "attendance", "audience", "venue", "city")
PRICES = {
    "free": "Free", "under_10": "Under 10", "10_to_25": "10 to 25", "25_to_50": "25 to 50", "50_and_over": "50 and over",
}  # fmt: skip


def _row(o: Occurrence) -> Row:
    e = o.event
    return Row(
        e.pk, o.start, o.effective_end, o.effective_end - o.start > timedelta(hours=25), o.lat, o.lng,
        o.venue_id or e.venue_id, e.category, tuple(e.audience), e.attendance_mode, e.is_free, e.price_min, e.age_min, e.age_max,
    )  # fmt: skip


def _fits_event(row: Row, f: CandidateFilter) -> bool:
    return (
        (f.ids is None or row.event_id in f.ids)
        and (not f.categories or row.category.lower() in {c.lower() for c in f.categories})
        and (f.online is None or row.attendance != ("offline" if f.online else "online"))
        and (f.age_min is None or row.age_max is None or row.age_max >= f.age_min)
        and (f.age_max is None or row.age_min is None or row.age_min <= f.age_max)
        and (not f.free_only or row.is_free is True)
        and (
            f.max_price is None
            or row.is_free is True
            or (f.unpriced_too if row.price_min is None else row.price_min <= f.max_price)
        )
        and (f.radius_miles is None or f.from_anywhere or _miles(row, f) <= f.radius_miles)
    )


def _fits_time(row: Row, f: CandidateFilter) -> bool:
    return row.end > f.now and any(
        _fits_range(row, s, e, hours=f.hours) and (row.end <= e or not f.must_end) for s, e in f.ranges
    )


def _fits_range(row: Row, start: datetime, end: datetime, *, hours: bool) -> bool:
    running = row.start < start and row.end >= start + STILL_ON and (hours or row.long)
    return row.start < end and (row.start >= start or running)


def _days(row: Row, f: CandidateFilter, zone: ZoneInfo) -> Iterator[date]:
    """Days on which the filter, cut down to that day, would still find the row."""
    first = max(f.now, f.ranges[0][0]).astimezone(zone).date()
    for start, end in f.ranges:
        day = max(start, row.start).astimezone(zone).date()
        while day <= min((end - TICK).astimezone(zone).date(), first + timedelta(days=FACET_DAYS - 1)):
            midnight = datetime.combine(day, datetime.min.time(), zone)
            next_midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
            if not _fits_range(row, max(start, midnight), min(end, next_midnight), hours=f.hours):
                break
            if day >= first:
                yield day
            day += timedelta(days=1)


def _any_case(found: dict[Any, set[int]]) -> dict[Any, set[int]]:
    """One value for those that differ in case alone: the first by code point."""
    merged: dict[Any, set[int]] = {}
    for name in sorted(filter(None, found), key=str.encode):
        same = next((other for other in merged if other.lower() == name.lower()), name)
        merged.setdefault(same, set()).update(found[name])
    return merged | ({None: found[None]} if None in found else {})


def _band(row: Row) -> str | None:
    if row.is_free:
        return "free"
    if row.price_min is None:
        return None
    below = [(10, "under_10"), (25, "10_to_25"), (50, "25_to_50"), (math.inf, "50_and_over")]
    return next(name for bound, name in below if row.price_min < bound)


def _miles(row: Row, f: CandidateFilter) -> float:
    if row.lat is None or row.lng is None:
        return math.inf
    assert f.lat is not None
    assert f.lng is not None
    return miles_between(f.lat, f.lng, row.lat, row.lng)
