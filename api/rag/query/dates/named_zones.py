"""A time zone said after a time: "7pm PST", "8 eastern time". Times are shown by the place's own clock, so they are turned into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from .nodes import Clock
from .reader import Reader

Found = tuple[Clock, int]
# People say EST in summer too: what is meant is the clock that hangs there.
_ZONES: dict[str, str] = {}
for _zone, _names in {
    "America/New_York": "et est edt eastern",
    "America/Chicago": "ct cst cdt central",
    "America/Denver": "mt mst mdt mountain",
    "America/Los_Angeles": "pt pst pdt pacific",
    "America/Anchorage": "akst akdt",
    "Pacific/Honolulu": "hst",
    "UTC": "utc gmt zulu",
    "Europe/London": "bst",
    "Europe/Paris": "cet cest",
}.items():
    _ZONES.update(dict.fromkeys(_names.split(), _zone))
# These are places too, and zones only in "London time".
_PLACES = {"london": "Europe/London", "hawaii": "Pacific/Honolulu", "alaska": "America/Anchorage"}
_WORDS = frozenset({"eastern", "central", "mountain", "pacific", "et", "ct", "mt", "pt"})  # "7pm Central Park"
_STANDARD = frozenset({"standard", "daylight", "summer"})


def in_local_hours(r: Reader, clock: Clock, j: int) -> Found:
    """The clock by the local hours, where a zone is named at token j: of the day spoken of, for offsets change with the season."""
    zone, end = _zone_at(r, j)
    if zone is None or clock.op not in ("at", "range", "after", "before", "around"):
        return clock, j
    day = r.previous.spans[0][0] if r.previous is not None and r.previous.spans else r.today
    shift = _minutes_between(ZoneInfo(zone), r.zone, day)
    if not shift:
        return clock, end
    start = clock.start + shift if clock.op != "before" else clock.start
    stop = clock.end + shift if clock.op != "after" else max(clock.end, clock.start + shift + 1)
    return replace(clock, start=start, end=stop, half_known=True, raw=(start, stop)), end


def _zone_at(r: Reader, j: int) -> tuple[str | None, int]:
    """The zone named at token j, and the token after its words."""
    j += r.word(j) == "("
    zone = _ZONES.get(r.word(j)) or _PLACES.get(r.word(j))
    end = j + 1
    if r.word(end) in _STANDARD and r.word(end + 1) == "time":
        end += 1
    if r.word(end) == "time":
        end += 1
    elif r.word(j) in _PLACES or (r.word(j) in _WORDS and not r.safe_after(end)):  # "7pm Eastern Market", "at 8 Mt Tam"
        return None, j
    return zone, end + (r.word(end) == ")")


def is_zone(r: Reader, j: int) -> bool:
    return _zone_at(r, j)[0] is not None


def _minutes_between(said: ZoneInfo, local: ZoneInfo, day: date) -> int:
    noon = datetime.combine(day, time(12))
    gap = (noon.replace(tzinfo=local).utcoffset(), noon.replace(tzinfo=said).utcoffset())
    return int((gap[0] - gap[1]).total_seconds()) // 60 if gap[0] is not None and gap[1] is not None else 0
