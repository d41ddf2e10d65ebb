"""Recurrence rules expanded in local wall-clock time, with a bound on the work a hostile rule can cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any

from dateutil import rrule as dateutil_rrule
from dateutil.rrule import rrulestr

from events.importers.shift import normalised
from events.params import MAX_OCCURRENCES_PER_EVENT, MAX_RULE_STEPS

_SECONDS = {
    "SECONDLY": 1,
    "MINUTELY": 60,
    "HOURLY": 3600,
    "DAILY": 86_400,
    "WEEKLY": 604_800,
    "MONTHLY": 2_592_000,
    "YEARLY": 31_536_000,
}
YEARS_AFTER_UNTIL = 40  # a matching rule with INTERVAL=40 of years is still heard out
YEARS_AFTER_START = 200  # for rules that end by COUNT
_EXPANDING = ("BYSECOND", "BYMINUTE", "BYHOUR", "BYMONTHDAY", "BYYEARDAY", "BYDAY", "BYSETPOS", "BYWEEKNO", "BYMONTH")


class RuleError(ValueError):
    """A rule that cannot be used; the text says why."""


class NeverAgain(RuleError):
    """Nothing matched for so long that nothing will."""


class _BoundedYears(dateutil_rrule._iterinfo):
    """dateutil looks at UNTIL only when a candidate matches: 30 February is searched for up to the year 9999 (8 s per rule).

    It has no other hook: `rebuild` is called whenever its search enters a new month.
    """

    def rebuild(self, year: int, month: int) -> None:
        rule: Any = self.rrule
        until, start = rule._until, rule._dtstart
        if year > (until.year + YEARS_AFTER_UNTIL if until else start.year + YEARS_AFTER_START):
            raise NeverAgain("a recurrence rule that never matches again")
        super().rebuild(year, month)


dateutil_rrule._iterinfo = _BoundedYears  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Window:
    """Starts are kept when inside [start, end)."""

    start: datetime
    end: datetime


def rule_parts(rule: str) -> dict[str, str]:
    parts = dict(part.upper().split("=", 1) for part in rule.strip().split(";") if "=" in part)
    if parts.get("FREQ") not in _SECONDS:
        raise RuleError("a recurrence rule without a known FREQ")
    return parts


def check_cost(rule: str, start: date, window_end: date) -> None:
    """Refuse a rule that would examine too many candidates before the window ends."""
    parts = rule_parts(rule)
    freq = _SECONDS[parts["FREQ"]]
    if not parts.get("INTERVAL", "1").strip("0").isdecimal():
        raise RuleError("a recurrence rule that does not go on")  # dateutil would take the same step for ever
    if freq < 3600 or (freq < 86_400 and "COUNT" in parts):
        raise RuleError("a recurrence rule finer than hourly")
    span = max(0.0, (window_end - start).days * 86_400.0)
    dense = 1
    for name in ("BYSECOND", "BYMINUTE", "BYHOUR"):
        dense *= max(1, len(parts.get(name, "").split(",")))
    if any(len(parts.get(name, "")) > 1500 for name in _EXPANDING):
        raise RuleError("a recurrence rule with an absurdly long list")
    if dense > 24 or max(span / freq, span / 86_400) * dense > MAX_RULE_STEPS:
        raise RuleError("a recurrence rule too fine for the time it spans")


def expand(
    rule: str,
    first: datetime,
    window: Window,
    *,
    zone: tzinfo,
    exclude: Iterable[date] = (),
    count: int = MAX_OCCURRENCES_PER_EVENT,
) -> Iterator[datetime]:
    """Starts of `rule` from `first` (a naive wall-clock time) inside the window, as aware times of `zone`. Raises RuleError."""
    check_cost(rule, first.date(), window.end.date())
    parts = rule_parts(rule)
    text = ";".join(f"{k}={v}" for k, v in parts.items() if k not in ("UNTIL",))
    last = window.end.astimezone(zone).replace(tzinfo=None)
    if until := parts.get("UNTIL"):
        try:
            last = min(last, datetime.strptime(until[:8], "%Y%m%d") + timedelta(days=1))  # noqa: DTZ007  wall-clock on purpose
        except ValueError as error:
            raise RuleError(f"a recurrence rule with a bad UNTIL ({until[:20]})") from error
    if "COUNT" not in parts:
        text += f";UNTIL={last:%Y%m%dT%H%M%S}"
    try:
        rules = rrulestr(text, dtstart=first)
    except (ValueError, TypeError, KeyError) as error:
        raise RuleError(f"a recurrence rule that cannot be read: {str(error)[:80]}") from error
    skipped = set(exclude)
    begin = window.start.astimezone(zone).replace(tzinfo=None) - timedelta(days=1)
    walls = islice(rules.xafter(begin, inc=True), 4 * count)
    while (wall := _next(walls)) is not None and wall <= last:
        start = normalised(wall.replace(tzinfo=zone))
        if wall.date() not in skipped and window.start <= start < window.end:
            yield start
            count -= 1
            if count == 0:
                return


def _next(walls: Iterator[datetime]) -> datetime | None:
    try:
        return next(walls, None)
    except NeverAgain:
        return None


def at(day: date, clock: time, zone: tzinfo) -> datetime:
    return normalised(datetime.combine(day, clock, tzinfo=zone))
