"""A calendar file cut into its components, each to be parsed on its own: one broken event must not take the feed with it."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from zoneinfo import available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from events.text import digest, zone_or_none

_LINE = re.compile(r"^[A-Za-z0-9-]+(?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?:")
_TZID = re.compile(r";TZID=(\"[^\"]*\"|[^;]*)", re.I)
_TIMES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")
_TIMED = re.compile(r"\d{8}T\d{4,6}")
_NOT_BASIC = re.compile(r":(\d{4}-\d\d-\d\d(?:T[\d:.]*(?:Z|[+-][\d:]+)?)?|\d{8}T(?:\d{4}|\d{6}[+-]\d{4}))$")
_OFFSET_FIRST = re.compile(r"^\((?:utc|gmt)[^()]*\)\s*")  # "(UTC-05:00) Eastern Time (US & Canada)"
_COPY = re.compile(r" \d$")  # "Eastern Standard Time 1"
# says nothing; some programs write them
_EMPTY_RULE = re.compile(r"^(?:RRULE|RDATE|EXDATE|DURATION|DTEND|GEO)(?:;[^:]*)?:\s*$", re.I)
# Names that programs show people and that are no IANA zones.
_DISPLAY_NAMES = {
    "Eastern Time (US & Canada)": "America/New_York", "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver", "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Indiana (East)": "America/Indiana/Indianapolis", "Alaska": "America/Anchorage", "Hawaii": "Pacific/Honolulu", "Arizona": "America/Phoenix",
    "Atlantic Time (Canada)": "America/Halifax", "CST": "America/Chicago", "CDT": "America/Chicago", "EDT": "America/New_York",
    "MDT": "America/Denver", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "Coordinated Universal Time": "UTC", "Z": "UTC",
}  # fmt: skip
# Zones of the database that stand still, where people mean the clock on their wall.
_STANDING_STILL = {"EST": "America/New_York", "MST": "America/Phoenix", "HST": "Pacific/Honolulu"} | dict.fromkeys(
    ["GMT", "GMT0", "UCT", "Zulu", "Universal", "Greenwich"] + [f"Etc/{n}" for n in ("UTC", "GMT", "GMT0", "UCT", "Zulu", "Universal", "Greenwich")],
    "UTC",
)  # fmt: skip


_MAX_DEPTH = 20  # an event's parts are three deep
_ZONE_NAME_MAX = 200  # characters; each of its parts is tried
_PARTS = frozenset(["VALARM", "PARTICIPANT", "VLOCATION", "VRESOURCE"])  # of an event, with lines of their own


@dataclass(slots=True)
class Block:
    """One VEVENT or VTIMEZONE: its logical lines, unfolded, and the file line it starts on."""

    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\r\n".join(self.lines) + "\r\n"


@dataclass(slots=True)
class CutCalendar:
    properties: dict[str, str] = field(default_factory=dict)
    zones: list[Block] = field(default_factory=list)
    events: list[Block] = field(default_factory=list)
    unclosed: list[int] = field(default_factory=list)  # lines where a VEVENT starts that never ends
    whole: bool = True  # False: it begins and never ends, as one that was cut off on its way


def _decoded(line: bytes) -> str:
    """UTF-8, else the Windows code page: line by line, for one line of another encoding must not spoil all others."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def cut(body: bytes) -> CutCalendar:
    cutter = _Cutter()
    for number, line in _logical_lines(body):
        name, _, value = line.partition(":")
        word = name.upper().strip()
        if word == "BEGIN":
            cutter.begin(value.strip().upper(), number)
        elif word == "END":
            cutter.end(value.strip().upper())
        else:
            cutter.content(line, word.split(";")[0], value.strip())
    return cutter.cut()


@dataclass(slots=True)
class _Cutter:
    result: CutCalendar = field(default_factory=CutCalendar)
    stack: list[str] = field(default_factory=list)  # the components that are open
    block: Block | None = None

    def begin(self, component: str, number: int) -> None:
        if component == "VEVENT" and self.block is not None and "VEVENT" in self.stack:
            self.result.unclosed.append(self.block.line)
            self.block, self.stack = None, [s for s in self.stack if s == "VCALENDAR"]
        if len(self.stack) < _MAX_DEPTH:
            self.stack.append(component)
        if component in ("VEVENT", "VTIMEZONE") and self.block is None:
            self.block = Block(number)
        self._keep(f"BEGIN:{component}")

    def end(self, component: str) -> None:
        self._keep(f"END:{component}")
        if component in self.stack:
            while self.stack and self.stack.pop() != component:
                pass
        if self.block is not None and component in ("VEVENT", "VTIMEZONE"):
            (self.result.events if component == "VEVENT" else self.result.zones).append(self.block)
            self.block = None

    def content(self, line: str, name: str, value: str) -> None:
        if self.block is not None:
            self._keep(line)
        elif self.stack in ([], ["VCALENDAR"]):
            self.result.properties.setdefault(name, value)

    def cut(self) -> CutCalendar:
        if self.block is not None:
            self.result.unclosed.append(self.block.line)
        self.result.whole = "VCALENDAR" not in self.stack
        return self.result

    def _keep(self, line: str) -> None:
        if self.block is not None and not any(s in _PARTS for s in self.stack):
            self.block.lines.append(line)


def _logical_lines(body: bytes) -> list[tuple[int, str]]:
    """Unfolded lines with the number of their first physical line. Lines that are no content lines are dropped.

    Folds are undone in bytes: some programs fold inside of a character.
    """
    lines: list[tuple[int, list[bytes]]] = []
    for number, raw in enumerate(re.split(rb"\r\n|\n|\r", body.removeprefix(BOM_UTF8)), 1):
        if raw[:1] in (b" ", b"\t") and lines:
            lines[-1][1].append(raw[1:])
        elif raw.strip():
            lines.append((number, [raw]))
    texts = ((number, _decoded(b"".join(pieces)).strip("\x00")) for number, pieces in lines)
    return [(number, text) for number, text in texts if _LINE.match(text)]


class Zones:
    """What the zone names of one feed mean. Custom VTIMEZONEs get names of this feed alone: the library's cache is shared."""

    def __init__(self, calendar: CutCalendar, fallback: str) -> None:
        self.feed_zone = known_zone(calendar.properties.get("X-WR-TIMEZONE", "")) or known_zone(fallback)
        self._custom: dict[str, str] = {}
        self._iana: dict[str, str] = {}
        for block in calendar.zones:
            block.lines = [_since_1970(line) for line in block.lines]
            values = {
                line.partition(":")[0].upper().split(";")[0]: line.partition(":")[2].strip() for line in block.lines
            }
            name = values.get("TZID", "").strip('"')
            location = known_zone(values.get("X-LIC-LOCATION", ""))
            if not name or (known_zone(name) and not _moves_utc(block, known_zone(name))):
                continue
            if location:
                self._iana[name] = location
            else:
                unique = f"feed-{digest(block.text)[:16]}"
                self._custom[name] = unique
                block.lines = [f"TZID:{unique}" if line.upper().startswith("TZID") else line for line in block.lines]
        zones = {
            known_zone(z)
            for z in (
                v.partition(":")[2].strip() for b in calendar.zones for v in b.lines if v.upper().startswith("TZID")
            )
        }
        if not self.feed_zone and len(zones) == 1:
            self.feed_zone = zones.pop() or ""

    def forget(self, zone: Block) -> None:
        """Its times are in the feed's zone."""
        names = {line.partition(":")[2].strip() for line in zone.lines if line.upper().startswith("TZID")}
        self._custom = {given: unique for given, unique in self._custom.items() if unique not in names}

    def rewrite(self, block: Block) -> None:
        """Every time of the event gets a zone that can be looked up; floating times get the feed's."""
        block.lines = [self._line(line) for line in block.lines if not _EMPTY_RULE.match(line)]

    def _line(self, line: str) -> str:
        name, _, rest = line.partition(":")
        word = name.partition(";")[0].upper()
        if word == "RRULE":
            return f"{name}:{rest.replace(' ', '')}"
        if word not in _TIMES:
            return line
        if found := _NOT_BASIC.search(line):
            line = _in_basic_form(line[: found.start()], found[1]) or line
        # no time has a colon; some programs leave those of a zone's name unquoted
        head, _, value = line.rpartition(":")
        if found := _TZID.search(head):
            given = found[1].strip('"').strip()
            target = self._iana.get(given) or self._custom.get(given) or known_zone(given) or self.feed_zone
            zone = f";TZID={target}" if target and "VALUE=DATE" not in head.upper().split(";") else ""
            return f"{head.replace(found[0], zone, 1)}:{value}"
        floating = _TIMED.match(value) and not value.rstrip().upper().endswith("Z")
        if self.feed_zone and floating and "PERIOD" not in head.upper():
            return f"{head};TZID={self.feed_zone}:{value}"
        return line


def _in_basic_form(head: str, written: str) -> str:
    """A time as other standards write it, such as "2026-12-05T18:00:00-05:00"; empty when it is none."""
    try:
        moment = datetime.fromisoformat(written.removesuffix("T::"))
    except ValueError:
        return ""
    if "T" not in written or written.endswith("T::"):
        return f"{head}:{moment:%Y%m%d}"
    if moment.tzinfo is None:
        return f"{head}:{moment:%Y%m%dT%H%M%S}"
    return f"{_TZID.sub('', head)}:{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _since_1970(line: str) -> str:
    """Outlook's zones begin in 1601: four centuries of changes of clocks that nobody asks for."""
    head, _, value = line.partition(":")
    early = head.partition(";")[0].upper() == "DTSTART" and value[:4].isdigit() and value[:4] < "1970"
    return f"{head}:1970{value[4:]}" if early else line


def _moves_utc(zone: Block, known: str) -> bool:
    """It calls "GMT" what is London's clock, with its summer time."""
    offsets = (line.partition(":")[2] for line in zone.lines if line.upper().startswith("TZOFFSETTO"))
    return known == "UTC" and any(offset.strip(" +-0") for offset in offsets)


def known_zone(name: str) -> str:
    """The IANA zone meant: itself, a Windows name, a display name, a vendor's "/x.org/Europe/Berlin"; else empty."""
    found = _zone_named(name.strip().strip('"').strip("/")[:_ZONE_NAME_MAX])
    return _STANDING_STILL.get(found, found)


def _zone_named(text: str) -> str:
    if (zone := zone_or_none(text)) is not None:
        return zone.key
    parts = text.split("/")
    tails = ["/".join(parts[start:]) for start in range(len(parts))]
    if found := next((key for tail in tails if (key := _zones_by_key().get(_key(tail), ""))), ""):
        return found
    listed = [_key(part) for part in re.split(r"[,;]", _OFFSET_FIRST.sub("", text.lower()))]
    if len(listed) == 1:
        return ""  # "(UTC+01:00) Amsterdam, Berlin, Rome", "Pacific Time (US & Canada); Tijuana" are lists
    return next((key for part in listed if (key := _zones_by_key().get(part) or _zones_by_city().get(part, ""))), "")


def _key(name: str) -> str:
    """Case, underscores, an offset before the name, "Daylight" and the number of a copy make no other zone."""
    text = _COPY.sub("", _OFFSET_FIRST.sub("", name.lower().replace("_", " ").strip()))
    return text.replace("daylight time", "standard time").removesuffix(" (us & canada)")


@cache
def _zones_by_key() -> dict[str, str]:
    own = {_key(name): name for name in sorted(available_timezones())}
    return own | {_key(name): zone for name, zone in (*WINDOWS_TO_OLSON.items(), *_DISPLAY_NAMES.items())}


@cache
def _zones_by_city() -> dict[str, str]:
    areas = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Pacific")
    names = (name.split("/") for name in sorted(available_timezones()))
    return {_key(parts[-1]): "/".join(parts) for parts in names if len(parts) == 2 and parts[0] in areas}
