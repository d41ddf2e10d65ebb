"""When a schema.org event is: its startDate and endDate, or its eventSchedule worked out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from events.importers.hours import is_hourless, whole_days
from events.importers.jsonl import JsonContext, RowError
from events.importers.jsonld_walk import last_part, listed, text_of
from events.importers.recurrence import RuleError, at, expand
from events.importers.shift import moved
from events.params import MAX_OCCURRENCES_PER_EVENT, YEARS
from events.types import OccurrenceData, Status

_DAYS = {
    "monday": "MO",
    "tuesday": "TU",
    "wednesday": "WE",
    "thursday": "TH",
    "friday": "FR",
    "saturday": "SA",
    "sunday": "SU",
}
_EVERY = re.compile(r"P(\d{1,3})([DWMY])")
_UNITS = {"D": "DAILY", "W": "WEEKLY", "M": "MONTHLY", "Y": "YEARLY"}
_LENGTH = re.compile(r"P(?:(\d{1,2})D)?(?:T(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:\d+S)?)?", re.I)
_WRITTEN_MAX = 80  # characters of a date
# What sites write for ISO 8601: "2026-12-5T7:00 pm", "2026-12-05T19:00-8:00", "2026-12-05 T19:00".
_LOOSE = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]{0,2}(?:(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)? ?([ap]m)? ?(?:(Z)|([+-])(\d{1,2}):?(\d\d)?)?)?)?",
    re.I,
)
_SCHEDULES_MAX = 50  # of one event
_LISTED_MAX = 40  # days of a week or month
_ANCHOR = date(2024, 1, 1)  # a Monday: where rules without a first day start counting


def occurrences_of(
    node: Mapping[str, Any], zone: ZoneInfo, context: JsonContext, status: Status
) -> Iterator[OccurrenceData]:
    """Raises RowError."""
    schedules = schedules_of(node)
    _bounded(schedules, _SCHEDULES_MAX, "schedules")
    for schedule in schedules:
        yield from _scheduled(schedule, node, zone, context, status)
    if not schedules:
        yield from _dated(node, zone, context, status)


def _bounded(values: list[Any], most: int, what: str) -> None:
    """An event is read whole or refused: of some of its times nobody would see that others are missing. Raises RowError."""
    if len(values) > most:
        raise RowError(f"{len(values)} {what}, more than the {most} that one event may have")


def schedules_of(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those that say how often, or on what day; one that says neither leaves it to the dates of the event."""
    given = [s for s in listed(node.get("eventSchedule")) if s and isinstance(s, dict)]
    return [s for s in given if _repeats(s) or _is_one_day(s) or not node.get("startDate")]


def _repeats(schedule: Mapping[str, Any]) -> bool:
    return bool(text_of(schedule.get("repeatFrequency")) or listed(schedule.get("byDay")))


def _is_one_day(schedule: Mapping[str, Any]) -> bool:
    first, last = (text_of(schedule.get(name))[:10] for name in ("startDate", "endDate"))
    return first != "" and last in ("", first)


# -- Moments ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Moment:
    """By the clock it was written in: its own offset, else the zone of the event."""

    at: datetime
    timed: bool


def _moment(value: Any, zone: ZoneInfo, name: str) -> _Moment:
    text = text_of(value).strip()
    if not text:
        raise RowError(f"no {name}")
    try:
        written = _iso(text[:_WRITTEN_MAX].partition("[")[0].strip())
        moment = written.at if written.at.tzinfo else written.at.replace(tzinfo=zone)
        year = moment.astimezone(zone).year
    except (ValueError, OverflowError) as error:
        raise RowError(f"{name} is not a date: {text[:40]!r}") from error
    if year not in YEARS:
        raise RowError(f"{name} in the year {year}")
    return _Moment(moment, written.timed)


def _iso(text: str) -> _Moment:
    """Raises ValueError."""
    try:
        return _Moment(datetime.fromisoformat(text), len(text) > 10)
    except ValueError:
        found = _LOOSE.fullmatch(text)
        if found is None:
            raise
    year, month, day, hour, minute, second, half, utc, sign, hours, minutes = found.groups()
    if hour is None:
        return _Moment(datetime(int(year), int(month), int(day)), False)  # noqa: DTZ001  its zone is the caller's
    of_day = int(hour) % 12 + 12 * (half.lower() == "pm") if half else int(hour)
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    own = timezone(offset) if utc or sign else None
    return _Moment(datetime(int(year), int(month), int(day), of_day, int(minute), int(second or 0), tzinfo=own), True)


def _readable(value: Any, zone: ZoneInfo) -> _Moment | None:
    """An end that cannot be read is none: when the event begins is known all the same."""
    try:
        return _moment(value, zone, "") if value else None
    except RowError:
        return None


def _length(value: Any) -> timedelta | None:
    found = _LENGTH.fullmatch(text_of(value).strip())
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return timedelta(days=days, hours=hours, minutes=minutes) or None


# -- Dates --------------------------------------------------------------------------------------------------------------------


def _dated(node: Mapping[str, Any], zone: ZoneInfo, context: JsonContext, status: Status) -> Iterator[OccurrenceData]:
    """A list of starts is as many times, with their ends where as many are given."""
    starts, ends = listed(node.get("startDate")) or [None], listed(node.get("endDate"))
    if len(ends) != len(starts):
        ends = ends[:1] if len(starts) == 1 and ends else [None] * len(starts)
    _bounded(starts, MAX_OCCURRENCES_PER_EVENT, "dates")
    weeks = context.shift.weeks_for(None)
    told: set[datetime] = set()
    for given, until in zip(starts, ends, strict=True):
        begin = _moment(given, zone, "startDate")
        finish = _readable(until, zone)
        if finish is None and (length := _length(node.get("duration"))) and begin.timed:
            finish = _Moment(begin.at + length, True)
        start, end, all_day = _times(begin, finish, zone)
        if start not in told:
            told.add(start)
            yield OccurrenceData(moved(start, weeks, zone), moved(end, weeks, zone) if end else None, all_day, status)


def _times(begin: _Moment, finish: _Moment | None, zone: ZoneInfo) -> tuple[datetime, datetime | None, bool]:
    """(start, end, whether it is days)."""
    last_day = finish is not None and not finish.timed
    if not begin.timed:
        return *whole_days(
            begin.at, finish.at.astimezone(begin.at.tzinfo) if finish else None, zone, last_day=last_day
        ), True
    for clock in (begin.at.tzinfo, zone):
        start, end = begin.at.astimezone(clock), finish.at.astimezone(clock) if finish else None
        if is_hourless(start, end) and (clock is zone or _is_a_clock(start, end)):
            return *whole_days(start, end, zone, last_day=last_day), True
    start = begin.at.astimezone(zone)
    end = finish.at.astimezone(zone) if finish else None
    if end is not None and last_day:  # the day of the start says nothing: "20:00", to "2026-12-05"
        end = at(end.date() + timedelta(days=1), time(), zone) if end.date() > start.date() else None
    return start, end if end is not None and end > start else None, False


def _is_a_clock(start: datetime, end: datetime | None) -> bool:
    """UTC is how moments are written, but from one of its midnights to another is how programs write days."""
    return start.utcoffset() != timedelta() or (end is not None and end > start)


# -- Schedules ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a Schedule says, completed by the dates of its event. `opens` None: all day. It `closes`, or has a `length`, or neither."""

    first: date | None
    last: date | None
    opens: time | None
    closes: time | None
    length: timedelta | None

    def end(self, start: datetime, zone: ZoneInfo) -> datetime | None:
        if self.opens is None:
            return at(start.date() + timedelta(days=1), time(), zone)
        if self.closes is not None:
            return at(start.date() + timedelta(days=self.closes <= self.opens), self.closes, zone)
        return start + self.length if self.length else None


def _plan(schedule: Mapping[str, Any], node: Mapping[str, Any], zone: ZoneInfo) -> _Plan:
    given = schedule.get("startDate")
    own = _moment(given, zone, "startDate") if given else None
    own_end = _readable(schedule.get("endDate"), zone)
    event, event_end = _readable(node.get("startDate"), zone), _readable(node.get("endDate"), zone)
    is_one_time = event is not None and event_end is not None and event_end.at - event.at < timedelta(days=1)
    try:
        opens = _clock(schedule.get("startTime")) or _hours(own, zone) or _hours(event, zone)
        closes = _clock(schedule.get("endTime"))
    except ValueError as error:
        raise RowError(f"an eventSchedule with a bad date or time: {str(error)[:60]}") from error
    length = _length(schedule.get("duration")) or _length(node.get("duration"))
    if closes is None and length is None:
        same = opens == _hours(event, zone) and is_one_time
        closes = _hours(event_end if same else own_end if opens == _hours(own, zone) else None, zone)
    begin, finish = own or event, own_end or (None if is_one_time else event_end)
    return _Plan(
        first=_wall(begin, zone).date() if begin else None,
        last=_wall(finish, zone).date() if finish else None,
        opens=opens,
        closes=closes,
        length=length,
    )


def _hours(moment: _Moment | None, zone: ZoneInfo) -> time | None:
    return _wall(moment, zone).time() if moment and moment.timed else None


def _wall(moment: _Moment, zone: ZoneInfo) -> datetime:
    return moment.at.astimezone(zone) if moment.timed else moment.at


def _clock(value: Any) -> time | None:
    text = text_of(value)
    return time.fromisoformat(text).replace(tzinfo=None) if text else None


def _scheduled(
    schedule: Mapping[str, Any], node: Mapping[str, Any], zone: ZoneInfo, context: JsonContext, status: Status
) -> Iterator[OccurrenceData]:
    """A schema.org Schedule: repeatFrequency, byDay, byMonth, byMonthDay, byMonthWeek, repeatCount, its dates, times and duration, exceptDate."""
    plan = _plan(schedule, node, zone)
    opens = plan.opens or time()
    try:
        skipped = [date.fromisoformat(text_of(d)[:10]) for d in listed(schedule.get("exceptDate"))]
    except ValueError as error:
        raise RowError(f"an eventSchedule with a bad date or time: {str(error)[:60]}") from error
    if not _repeats(schedule):
        starts = iter([_once(schedule, plan, opens, zone)])
    else:
        first = datetime.combine(plan.first or _ANCHOR, opens)
        starts = expand(_rule(schedule, plan), first, context.window, zone=zone, exclude=skipped)
    try:
        for start in starts:
            if plan.last and start.date() > plan.last:
                return
            yield OccurrenceData(
                start, plan.end(start, zone), plan.opens is None, status, recurrence_id=f"{start:%Y%m%dT%H%M}"
            )
    except RuleError as error:
        raise RowError(str(error)) from error


def _once(schedule: Mapping[str, Any], plan: _Plan, opens: time, zone: ZoneInfo) -> datetime:
    if plan.first is None or not _is_one_day(schedule):
        raise RowError("an eventSchedule that does not say how often")
    return at(plan.first, opens, zone)


def _rule(schedule: Mapping[str, Any], plan: _Plan) -> str:
    days = [code for code in (_day_code(text_of(d)) for d in listed(schedule.get("byDay"))[:_LISTED_MAX]) if code]
    given = last_part(schedule.get("repeatFrequency")).strip().upper() or "WEEKLY"  # of one that names its days
    if every := _EVERY.fullmatch(given):
        weeks = every[2] == "D" and days and int(every[1]) % 7 == 0
        number, unit = (int(every[1]) // 7, "WEEKLY") if weeks else (int(every[1]), _UNITS[every[2]])
    elif given in _UNITS.values():
        number, unit = 1, given
    else:
        raise RowError(f"an eventSchedule with repeatFrequency {given[:20]!r}")
    if number > 1 and plan.first is None:
        raise RowError("an eventSchedule that does not say from when it counts")
    if unit == "MONTHLY" and (weeks_of_month := _numbers(schedule.get("byMonthWeek"))):
        days = [f"{week}{code}" for week, code in product(weeks_of_month, days)]
    parts: dict[str, list[Any]] = {
        "BYDAY": days,
        "BYMONTH": _numbers(schedule.get("byMonth")),
        "BYMONTHDAY": _numbers(schedule.get("byMonthDay")),
        "COUNT": [n for n in _numbers(schedule.get("repeatCount")) if 0 < n <= MAX_OCCURRENCES_PER_EVENT][:1],
    }
    said = "".join(f";{name}={','.join(map(str, values))}" for name, values in parts.items() if values)
    return f"FREQ={unit};INTERVAL={max(number, 1)}{said}"


def _numbers(value: Any) -> list[int]:
    texts = [text_of(item) for item in listed(value)[:_LISTED_MAX]]
    return [int(text) for text in texts if re.fullmatch(r"-?\d{1,4}", text)]


def _day_code(value: str) -> str:
    name = last_part(value)
    return _DAYS.get(
        name.lower(), name.upper() if re.fullmatch(r"[+-]?\d?(?:MO|TU|WE|TH|FR|SA|SU)", name.upper()) else ""
    )
