"""What was understood, in a few words: "Sat, Nov 21", "weekend of Nov 21-22", "evenings, Nov 23 - 29"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from .lexicon import MONTH_LABELS, WEEKDAY_LABELS
from .nodes import Clock
from .numbers import DAY
from .types import DateRange

_HOUR = timedelta(hours=1)


def hour_label(minutes: int) -> str:
    minutes %= DAY
    hour, minute = divmod(minutes, 60)
    if minutes == 0:
        return "midnight"
    if minutes == 720:
        return "noon"
    tail = f":{minute:02d}" if minute else ""
    return f"{(hour - 1) % 12 + 1}{tail} {'AM' if hour < 12 else 'PM'}"


def day_label(day: datetime, today: datetime, *, weekday: bool = True) -> str:
    text = f"{MONTH_LABELS[day.month - 1]} {day.day}"
    if weekday:
        text = f"{WEEKDAY_LABELS[day.weekday()]}, {text}"
    return text if abs((day - today).days) < 300 else f"{text}, {day.year}"


def describe(ranges: Sequence[DateRange], grain: str, name: str, clock: Clock | None, now: datetime) -> str:
    """`ranges` are local; they may be many, then the hull and their number are told."""
    start, end = ranges[0].start, ranges[-1].end
    dates = _dates(start, end, grain, clock, now)
    window = _window(start, end, clock, single=len(ranges) == 1)
    text = ", ".join(part for part in (dates, window) if part)
    if len(ranges) > 1 and clock is None and grain not in ("weekend",):
        text += f" ({len(ranges)} intervals)"
    return f"{name}: {text}" if name else text


def _dates(start: datetime, end: datetime, grain: str, clock: Clock | None, now: datetime) -> str:
    last = end - timedelta(seconds=1)
    if clock is not None and clock.end > DAY:
        last -= timedelta(minutes=clock.end - DAY)
    last = max(last, start)
    if start.date() == last.date():
        return day_label(start, now)
    if grain == "month" and start.day == 1 and (last + timedelta(days=1)).day == 1 and start.month == last.month:
        return f"{MONTH_LABELS[start.month - 1]} {start.year}"
    if grain == "year":
        return str(start.year)
    first = day_label(start, now)
    return f"{first} – {day_label(last, now)}"


def _window(start: datetime, end: datetime, clock: Clock | None, *, single: bool) -> str:
    if clock is not None:
        if clock.op == "after" and clock.end >= DAY:
            return f"from {hour_label(clock.start)}"
        if clock.op == "before":
            return f"before {hour_label(clock.end)}"
        if clock.op == "at":
            return f"at {hour_label(clock.start)}"
        return f"{hour_label(clock.start)} – {hour_label(clock.end)}"
    if not single:
        return ""
    whole = start.hour == start.minute == end.hour == end.minute == 0
    if whole or end - start > 48 * _HOUR:
        return ""
    return f"{hour_label(start.hour * 60 + start.minute)} – {hour_label(end.hour * 60 + end.minute)}"
