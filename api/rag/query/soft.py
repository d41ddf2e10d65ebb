"""What the client sends along with every message: dates, ages, a price. Words win; an untouched default only shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from api.rag.params import UnderstandingParams
from api.rag.query.dates import When
from api.rag.query.dates.types import DateRange
from api.rag.query.ledger_json import age_label, day_range, sent_when
from api.rag.types import Audience, PriceLimit, QueryContext

CLIENT_WINDOW_DAYS = 7
Source = Literal["context", "default"]


@dataclass(frozen=True, slots=True)
class SoftWhen:
    when: When
    source: Source


def client_when(context: QueryContext, now: datetime, zone: str) -> SoftWhen | None:
    """The client's dates, both inclusive. None when either is empty, half typed, the wrong way round or over.

    An untouched default is today to a week on by UTC; it then means from today by the clock of the place.
    """
    first, last = _day(context.date_from), _day(context.date_to)
    if first is None or last is None or last < first:
        return None
    utc_today = now.astimezone(UTC).date()
    untouched = first == utc_today and last == utc_today + timedelta(days=CLIENT_WINDOW_DAYS)
    if untouched:
        first = min(first, now.astimezone(ZoneInfo(zone)).date())
    span = day_range(first, last, zone)
    if span.end <= now:
        return None
    return SoftWhen(sent_when((span,), zone), "default" if untouched else "context")


def client_audience(context: QueryContext, params: UnderstandingParams) -> tuple[Audience, Source] | None:
    low, high = context.age_min, context.age_max
    if low is None and high is None:
        return None
    if (low is not None and low < 0) or (high is not None and high < (low or 0)):
        return None
    source: Source = "default" if (low or 0, high) == params.default_age_range else "context"
    return Audience(low, high, (), age_label(low, high)), source


def client_price(context: QueryContext, params: UnderstandingParams) -> tuple[PriceLimit, Source] | None:
    amount = context.max_price
    if amount is None or not amount.is_finite() or amount < 0:
        return None
    label = "free" if amount == 0 else f"up to {amount.normalize():f}"
    limit = PriceLimit(amount, free_only=amount == 0, label=label)
    return limit, "default" if amount == params.default_max_price else "context"


def rezone(when: When, zone: str) -> When:
    """The same wall-clock times in another place's zone; spans of hours from now keep their instants."""
    if when.zone == zone:
        return when
    tz = ZoneInfo(zone)
    if any(unit in word for word in when.words for unit in ("hour", "minute", "now")):
        moved = [DateRange(r.start.astimezone(tz), r.end.astimezone(tz)) for r in when.ranges]
    else:
        moved = [DateRange(r.start.replace(tzinfo=tz), r.end.replace(tzinfo=tz)) for r in when.ranges]
        # An hour that the clocks of the other place skip is none there.
        moved = [r for r in moved if r.start.astimezone(UTC) < r.end.astimezone(UTC)]
    if not moved:
        return when
    return replace(when, range=DateRange(moved[0].start, max(r.end for r in moved)), ranges=tuple(moved), zone=zone)


def _day(text: str | None) -> date | None:
    if not text or len(text) != 10:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None
