"""Candidates' canonical facts, no ORM objects. Facts that were read before are asked for their rows' versions alone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection
from django.db.utils import InterfaceError

from api.rag.errors import RetrievalFailed
from api.rag.types import EventFacts

Known = tuple[EventFacts, tuple[int, ...]]  # and the ids of merged duplicates

# Where a row lies and who wrote it: another pair after every update.
_VERSION = "concat_ws(' ', o.ctid, o.xmin, e.ctid, e.xmin, v.ctid, v.xmin) AS version"
_SOURCE_IDS = "ARRAY(SELECT d.id FROM events_event d WHERE d.duplicate_of_id = e.id ORDER BY d.id) AS source_ids"
_FROM = """
FROM events_occurrence o
JOIN events_event e ON e.id = o.event_id
LEFT JOIN events_venue v ON v.id = COALESCE(o.venue_id, e.venue_id)
WHERE o.id = ANY(%s::bigint[])
"""
_VERSIONS = f"SELECT o.id, {_VERSION}, {_SOURCE_IDS} {_FROM}"
# Times come as numbers: to read them as text took as long as all other columns together.
_FACTS = """
SELECT o.id AS occurrence_id, e.id AS event_id, COALESCE(NULLIF(o.title, ''), e.title) AS title,
  extract(epoch FROM o.start)::float8 AS start, extract(epoch FROM o."end")::float8 AS "end", o.all_day,
  COALESCE(NULLIF(e.timezone, ''), v.timezone, 'UTC') AS zone, COALESCE(v.name, '') AS venue,
  COALESCE(v.street_address, '') AS street, COALESCE(v.city, '') AS city, COALESCE(v.state, '') AS region,
  COALESCE(v.country_code, '') AS country_code, e.price_min, e.price_max, e.price_currency AS currency, e.is_free,
  e.age_min, e.age_max, CASE WHEN o.status <> 'scheduled' THEN o.status ELSE e.status END AS status,
  e.attendance_mode AS attendance, COALESCE(NULLIF(o.url, ''), e.url) AS url, e.organizer,
  left(e.description, 1200) AS description, e.tags, e.category,
  COALESCE(NULLIF(o.room_name, ''), e.room_name) AS room, v.latitude AS lat, v.longitude AS lng,
  e.source_id, COALESCE(v.precision = 'exact', false) AS exact,
"""
_FACTS_AND_VERSION = _FACTS + _SOURCE_IDS + ", " + _VERSION + _FROM
_FACTS_ALONE = _FACTS + _SOURCE_IDS + ", '' AS version" + _FROM

# Rows, some 3 KB each: the same events are found again and again, and many turns hold them at the same time.
REMEMBERED = 4096
# Alike in many rows: kept once.
SHARED = ("venue", "city", "region", "country_code", "currency", "status", "attendance", "category")


class _Remembered:
    """Facts by occurrence, with the version of the rows they were read from; the oldest give way."""

    def __init__(self) -> None:
        self._facts: dict[int, tuple[str, EventFacts]] = {}
        self._lock = Lock()

    def get(self, occurrence_id: int, version: str) -> EventFacts | None:
        known = self._facts.get(occurrence_id)
        return known[1] if known is not None and known[0] == version else None

    def add(self, version: str, facts: EventFacts) -> None:
        with self._lock:
            self._facts[facts.occurrence_id] = (version, facts)
            while len(self._facts) > REMEMBERED:
                del self._facts[next(iter(self._facts))]


_remembered = _Remembered()


def load_facts(occurrence_ids: Sequence[int]) -> dict[int, Known]:
    """By occurrence id; one that was deleted meanwhile is missing. Raises RetrievalFailed."""
    try:
        # A transaction may have laid rows of another day over the tables, and what it wrote is nobody else's.
        return _load(_FACTS_ALONE, occurrence_ids) if connection.in_atomic_block else _known(occurrence_ids)
    except (DatabaseError, InterfaceError) as error:
        raise RetrievalFailed(f"the facts of {len(occurrence_ids)} occurrences could not be read: {error}") from error


def _known(occurrence_ids: Sequence[int]) -> dict[int, Known]:
    found: dict[int, Known] = {}
    fresh: list[int] = []
    for id_, version, source_ids in _read(_VERSIONS, occurrence_ids)[1]:
        facts = _remembered.get(id_, version)
        if facts is None:
            fresh.append(id_)
        else:
            found[id_] = facts, tuple(source_ids)
    return found | _load(_FACTS_AND_VERSION, fresh) if fresh else found


def _load(statement: str, occurrence_ids: Sequence[int]) -> dict[int, Known]:
    found: dict[int, Known] = {}
    names, rows = _read(statement, occurrence_ids)
    for values in rows:
        row = dict(zip(names, values, strict=True))
        version, source_ids = row.pop("version"), tuple(row.pop("source_ids"))
        facts = _facts(row)
        if version:
            _remembered.add(version, facts)
        found[facts.occurrence_id] = facts, source_ids
    return found


def _read(statement: str, occurrence_ids: Sequence[int]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    with connection.cursor() as cursor:
        # One text: an array is quoted, by psycopg, element by element in Python.
        cursor.execute(statement, ["{" + ",".join(map(str, occurrence_ids)) + "}"])
        return tuple(column.name for column in cursor.description), cursor.fetchall()


def _facts(row: dict[str, Any]) -> EventFacts:
    zone = ZoneInfo(row["zone"])
    row["zone"] = zone.key
    row["start"] = datetime.fromtimestamp(row["start"], zone)
    row["end"] = datetime.fromtimestamp(row["end"], zone) if row["end"] is not None else None
    row["tags"] = tuple(row["tags"])
    for name in SHARED:
        row[name] = sys.intern(row[name])
    return EventFacts(**row)
