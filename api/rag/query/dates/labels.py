"""What was understood, in a few words: "Sat, Nov 21", "weekend of Nov 21-22", "evenings, Nov 23 - 29"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from .lexicon import MONTH_LABELS, WEEKDAY_LABELS
from .nodes import ONE_DAY, Clock, Piece
from .numbers import DAY
from .types import DateRange

MOST_TOLD = 3  # intervals, days or weekdays that a label tells one by one
MOST_PIECES = 4  # days with hours of their own
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK_NAMES = {(0, 1, 2, 3, 4): "weekdays", (5, 6): "weekends"}
UNSAID = frozenset({"next", "this", "coming", "early", "mid", "late"})  # of a name these are left to the dates
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


def describe(
    ranges: Sequence[DateRange],
    grain: str,
    name: str,
    clock: Clock | None,
    now: datetime,
    left_out: Sequence[Piece] = (),
) -> str:
    """`ranges` are local. Of several either what they leave out is told, or each, or their weekdays, or where there are many
    their number. Of a week or weekend that runs, what is over need not be told."""
    if grain in ("week", "weekend"):
        ranges = [one for one in ranges if one.end > now] or ranges
        left_out = [piece for piece in left_out if not piece.spans or piece.spans[-1][1] > now.date()]
    start, end = ranges[0].start, ranges[-1].end
    several = len(ranges) > 1 and clock is None and grain != "weekend"
    named = clock is not None or not left_out  # "not Mondays" is shorter than the six others
    scattered = _scattered(ranges, now, each=clock is not None and not left_out) if named else ""
    of_days = all(piece.spans for piece in left_out) and all(one.end - one.start < 20 * _HOUR for one in ranges)
    if several and len(ranges) <= MOST_TOLD and (of_days or not left_out):
        without = _without(left_out, now)
        text = _each(ranges, grain, now) + (f", not {without}" if without else "")
    elif scattered:
        text = ", ".join(part for part in (scattered, _window(start, end, clock, single=False)) if part)
    else:
        crossing = len(ranges) == 1 and clock is None and _from_hour_to_hour(start, end)
        moments = f"{_moment(start, now)} – {_moment(end, now)}" if crossing else ""
        dates = moments or _dates(start, end, grain, clock, now)
        window = "" if crossing else _window(start, end, clock, single=len(ranges) == 1)
        text = ", ".join(part for part in (dates, window) if part)
        if several or left_out:
            without = _without(left_out, now)
            text += f", not {without}" if without else f", {_count(ranges)}" if several else ""
    return f"{name}: {text}" if name else text


def of_pieces(pieces: Sequence[tuple[Sequence[DateRange], str, Clock | None]], now: datetime) -> str:
    """ "Tuesdays, Nov 24 – Dec 15, 6 AM – noon and Sat, Nov 21, noon – 5 PM", of (whole days, grain, time of day); days that come again
    are told once, "before 9 AM or from 5 PM"."""
    told: dict[str, list[str]] = {}
    for days, grain, clock in pieces:
        window = _window(days[0].start, days[-1].end, clock, single=False)
        told.setdefault(describe(days, grain, "", None, now), []).append(window or "all day")
    each = [f"{days}, {' or '.join(windows)}" for days, windows in told.items()]
    return (" and " if len(each) == 2 else "; ").join(each)


def ending(label: str) -> str:
    """The label of days and hours by whose end something must be over."""
    for opening in ("before ", "midnight – "):
        if opening in label:
            return label.replace(opening, "over by ", 1)
    return f"{label}, over by then"


def _scattered(ranges: Sequence[DateRange], now: datetime, *, each: bool) -> str:
    """ "Wednesdays, Nov 25 – Dec 16", of a week or more; with `each` also "Tue, Nov 24 and Thu, Nov 26". Empty where days follow
    each other, or have no short name."""
    days = sorted({day for one in ranges for day in _days(one)})
    gaps = (days[-1] - days[0]).days + 1 - len(days)
    if not gaps:
        return ""
    first, last = (datetime.combine(day, time(), now.tzinfo) for day in (days[0], days[-1]))
    weekdays = sorted({day.weekday() for day in days})
    span = (first.date() + timedelta(days=n) for n in range((last - first).days + 1))
    names = _weekday_names(weekdays)
    if len(days) > len(weekdays) and names and days == [day for day in span if day.weekday() in weekdays]:
        return f"{names}, {day_label(first, now, weekday=False)} – {day_label(last, now, weekday=False)}"
    if not each or len(days) > MOST_TOLD:
        return ""
    return " and ".join(day_label(datetime.combine(day, time(), now.tzinfo), now) for day in days)


def _weekday_names(weekdays: Sequence[int]) -> str:
    """ "weekdays", "Mondays to Thursdays", "Mondays, Wednesdays and Fridays"; empty for those without a short name."""
    names = [f"{DAY_NAMES[n]}s" for n in weekdays]
    if tuple(weekdays) in WEEK_NAMES:
        return WEEK_NAMES[tuple(weekdays)]
    if len(names) >= MOST_TOLD and weekdays[-1] - weekdays[0] == len(names) - 1:
        return f"{names[0]} to {names[-1]}"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if len(names) <= MOST_TOLD else ""


def _days(one: DateRange) -> list[date]:
    """A night is of the day it begins on."""
    if one.end - one.start < 20 * _HOUR:
        return [one.start.date()]
    last = (one.end - timedelta(seconds=1)).date()
    return [one.start.date() + timedelta(days=n) for n in range((last - one.start.date()).days + 1)]


def _each(ranges: Sequence[DateRange], grain: str, now: datetime) -> str:
    """ "Thu, Nov 19, midnight – 9 AM and 5 PM – midnight"; a night is of the day it begins on."""
    told: list[str] = []
    before = None
    for one in ranges:
        night = one.end - one.start < 20 * _HOUR
        day = day_label(one.start, now) if night else _dates(one.start, one.end, grain, None, now)
        parts = (day if day != before else "", _window(one.start, one.end, None, single=True))
        told.append(", ".join(part for part in parts if part))
        before = day
    return " and ".join(told)


def _count(ranges: Sequence[DateRange]) -> str:
    """How many days, or of parts of days how many times."""
    days = {day for one in ranges for day in _days(one)}
    whole = all(one.start.time() == one.end.time() == time() for one in ranges)
    return f"{len(days)} days" if whole else f"{len(ranges)} times"


def _without(pieces: Sequence[Piece], now: datetime) -> str:
    """ "Mondays or mornings"; empty where one of them has no short name."""
    names = [_name(piece, now) for piece in pieces]
    return " or ".join(dict.fromkeys(names)) if all(names) else ""


def _name(piece: Piece, now: datetime) -> str:
    if piece.instants:
        return ""
    if not piece.spans:
        clock = piece.clock
        if clock is not None and clock.label.endswith(("morning", "afternoon", "evening", "night")):
            return f"{clock.label}s"
        return _window(now, now, clock, single=False) if clock is not None and clock.op in ("range", "at") else ""
    if piece.name and piece.name not in UNSAID and piece.clock is None:
        return piece.name
    if piece.weekdays and piece.clock is None and (names := _weekday_names(sorted(piece.weekdays))):
        return names
    if len(piece.spans) == 1 and piece.clock is None and piece.spans[0][1] - piece.spans[0][0] > ONE_DAY:
        first, last = (
            datetime.combine(day, time(), now.tzinfo) for day in (piece.spans[0][0], piece.spans[0][1] - ONE_DAY)
        )
        return f"{day_label(first, now)} – {day_label(last, now)}"
    days = {start.weekday() for start, end in piece.spans if end - start == ONE_DAY}
    if len(days) != 1 or any(end - start != ONE_DAY for start, end in piece.spans):
        return ""
    window = f", {_window(now, now, piece.clock, single=False)}" if piece.clock is not None else ""
    if len(piece.spans) > 1:
        return f"{DAY_NAMES[days.pop()]}s{window}"
    return day_label(datetime.combine(piece.spans[0][0], time(), now.tzinfo), now) + window


def _dates(start: datetime, end: datetime, grain: str, clock: Clock | None, now: datetime) -> str:
    last = end - timedelta(seconds=1)
    if clock is not None and clock.end > DAY:
        last -= timedelta(minutes=clock.end - DAY)
    last = max(last, start)
    if grain in ("week", "weekend") and start <= now < end:
        start = now
    if start.date() == last.date():
        return day_label(start, now)
    if grain == "month" and start.day == 1 and (last + timedelta(days=1)).day == 1 and start.month == last.month:
        return f"{MONTH_LABELS[start.month - 1]} {start.year}"
    if grain == "year":
        return str(start.year)
    first = day_label(start, now)
    return f"{first} – {day_label(last, now)}"


def _from_hour_to_hour(start: datetime, end: datetime) -> bool:
    """From an hour of one day to an hour of another that is not the night's end."""
    return end - start >= 20 * _HOUR and start.time() != time() != end.time()


def _moment(at: datetime, now: datetime) -> str:
    return f"{day_label(at, now)}, {hour_label(at.hour * 60 + at.minute)}"


def _window(start: datetime, end: datetime, clock: Clock | None, *, single: bool) -> str:
    if clock is not None:
        if clock.op == "after" and clock.end >= DAY:
            return f"from {hour_label(clock.start)}"
        if clock.op == "before" or (clock.start == 0 < clock.end < DAY and clock.op == "part"):
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
