"""What has to happen to the occurrences of one event so that they are as the feed says. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

FACTS = ("start", "end", "all_day", "status", "title", "venue_id", "room_name", "url")
IDENTITY = ("recurrence_id", "external_id")
Zones: TypeAlias = tuple[ZoneInfo, ZoneInfo]  # of the event, as stored and as wanted


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    """An occurrence as stored (`id` given) or as wanted (`id` None)."""

    start: datetime
    end: datetime | None
    all_day: bool
    status: str
    recurrence_id: str
    external_id: str
    title: str
    venue_id: int | None
    room_name: str
    url: str
    id: int | None = None

    @property
    def identity(self) -> str:
        return f"r:{self.recurrence_id}" if self.recurrence_id else f"x:{self.external_id}" if self.external_id else ""


@dataclass(frozen=True, slots=True)
class Change:
    stored: OccurrenceRow
    wanted: OccurrenceRow
    facts: tuple[tuple[str, Any, Any], ...]  # (field, old, new); empty when only an identity was learnt


@dataclass(slots=True)
class Plan:
    added: list[OccurrenceRow] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    vanished: list[OccurrenceRow] = field(default_factory=list)  # stored, upcoming, no longer in the feed
    replaced: list[OccurrenceRow] = field(default_factory=list)  # stored, in the way of one that moved onto its start


def plan(
    stored: Sequence[OccurrenceRow],
    wanted: Sequence[OccurrenceRow],
    *,
    now: datetime,
    zones: Zones | None = None,
    whole: bool = False,
) -> Plan:
    """Occurrences are the same when their identity is, else when their start is; with `zones`, when their wall clock is.

    `whole`: no other is wanted, so one that vanished and one that is new within half a day of it are one that moved.
    Past ones that vanished are left alone.
    """
    result = Plan()
    unique = _one_per_start(wanted)
    pairs, unmatched = _match(stored, unique, zones)
    paired = {s.id for s, _ in pairs}
    taken = {w.start for w in unique}
    for row in stored:
        if row.id in paired:
            continue
        if row.start in taken:
            result.replaced.append(row)
        elif row.start >= now and row.status != "cancelled":
            result.vanished.append(row)
    if whole:
        moved, result.vanished, unmatched = _moved(result.vanished, unmatched)
        pairs += moved
    for old, new in pairs:
        facts = tuple((f, getattr(old, f), getattr(new, f)) for f in FACTS if getattr(old, f) != getattr(new, f))
        if facts or any(getattr(old, f) != getattr(new, f) for f in IDENTITY):
            result.changed.append(Change(old, new, facts))
    result.added = unmatched
    return result


_NEAR = timedelta(hours=12)


def _moved(
    gone: Sequence[OccurrenceRow], new: Sequence[OccurrenceRow]
) -> tuple[list[tuple[OccurrenceRow, OccurrenceRow]], list[OccurrenceRow], list[OccurrenceRow]]:
    """A series that begins an hour later: (pairs that are near to each other, what is left of those gone, of those new)."""
    pairs: list[tuple[OccurrenceRow, OccurrenceRow]] = []
    left, added = sorted(gone, key=lambda row: row.start), []
    for row in sorted(new, key=lambda row: row.start):
        near = next((old for old in left if abs(old.start - row.start) < _NEAR), None)
        if near is None:
            added.append(row)
        else:
            left.remove(near)
            pairs.append((near, row))
    return pairs, left, added


def _one_per_start(rows: Sequence[OccurrenceRow]) -> list[OccurrenceRow]:
    """One occurrence per start; of two the one that is not cancelled, else the first."""
    by_start: dict[datetime, OccurrenceRow] = {}
    for row in rows:
        other = by_start.get(row.start)
        if other is None or (other.status == "cancelled" and row.status != "cancelled"):
            by_start[row.start] = row
    return list(by_start.values())


def _match(
    stored: Sequence[OccurrenceRow], wanted: Sequence[OccurrenceRow], zones: Zones | None
) -> tuple[list[tuple[OccurrenceRow, OccurrenceRow]], list[OccurrenceRow]]:
    by_identity = {row.identity: row for row in stored if row.identity}
    pairs: list[tuple[OccurrenceRow, OccurrenceRow]] = []
    rest: list[OccurrenceRow] = []
    used: set[int | None] = set()
    for row in wanted:
        old = by_identity.get(row.identity) if row.identity else None
        if old is not None and old.id not in used:
            pairs.append((old, row))
            used.add(old.id)
        else:
            rest.append(row)
    left = [row for row in stored if row.id not in used]
    same, unmatched = _paired({row.start: row for row in left}, rest, lambda start: start)
    pairs += same
    if zones and unmatched:  # times that were read in another zone before
        was, now_in = zones
        used |= {old.id for old, _ in same}
        walls = {_wall(row.start, was): row for row in left if row.id not in used}
        same, unmatched = _paired(walls, unmatched, lambda start: _wall(start, now_in))
        pairs += same
    return pairs, unmatched


def _paired(
    known: dict[datetime, OccurrenceRow], wanted: Sequence[OccurrenceRow], key: Callable[[datetime], datetime]
) -> tuple[list[tuple[OccurrenceRow, OccurrenceRow]], list[OccurrenceRow]]:
    """(stored and wanted rows of one key, wanted rows without one)."""
    found = [(known.pop(key(row.start), None), row) for row in wanted]
    return [(old, row) for old, row in found if old is not None], [row for old, row in found if old is None]


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def stay_in_order(changes: Sequence[Change]) -> tuple[list[Change], list[Change]]:
    """(changes that can be written at once, changes whose new start is still held by another change: they need a detour)."""
    held = {c.stored.start: c.stored.id for c in changes}
    blocked = [c for c in changes if held.get(c.wanted.start, c.stored.id) != c.stored.id]
    blocked_ids = {c.stored.id for c in blocked}
    return [c for c in changes if c.stored.id not in blocked_ids], blocked
