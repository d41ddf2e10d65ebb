"""Candidates' canonical facts: one statement for all of them, no ORM objects."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection
from django.db.utils import InterfaceError

from api.rag.errors import RetrievalFailed
from api.rag.types import EventFacts

# Times come as numbers: to read them as text took as long as all other columns together.
SQL = """
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
  ARRAY(SELECT d.id FROM events_event d WHERE d.duplicate_of_id = e.id ORDER BY d.id) AS source_ids
FROM events_occurrence o
JOIN events_event e ON e.id = o.event_id
LEFT JOIN events_venue v ON v.id = COALESCE(o.venue_id, e.venue_id)
WHERE o.id = ANY(%s)
"""


# Rows, some 3 KB each: the same events are found again and again, and many turns hold them at the same time.
REMEMBERED = 4096
# Alike in many rows: kept once.
SHARED = ("venue", "city", "region", "country_code", "currency", "status", "attendance", "category")


def load_facts(occurrence_ids: Sequence[int]) -> dict[int, tuple[EventFacts, tuple[int, ...]]]:
    """Facts and the ids of merged duplicates, by occurrence id; one that was deleted meanwhile is missing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(SQL, [list(occurrence_ids)])
            names = tuple(column.name for column in cursor.description)
            rows = cursor.fetchall()
    except (DatabaseError, InterfaceError) as error:
        raise RetrievalFailed(f"the facts of {len(occurrence_ids)} occurrences could not be read: {error}") from error
    found = (_facts(names, tuple(tuple(v) if isinstance(v, list) else v for v in row)) for row in rows)
    return {facts.occurrence_id: (facts, source_ids) for facts, source_ids in found}


@lru_cache(maxsize=REMEMBERED)
def _facts(names: tuple[str, ...], values: tuple[Any, ...]) -> tuple[EventFacts, tuple[int, ...]]:
    row = dict(zip(names, values, strict=True))
    zone = ZoneInfo(row["zone"])
    source_ids = row.pop("source_ids")
    row["zone"] = zone.key
    row["start"] = datetime.fromtimestamp(row["start"], zone)
    row["end"] = datetime.fromtimestamp(row["end"], zone) if row["end"] is not None else None
    for name in SHARED:
        row[name] = sys.intern(row[name])
    return EventFacts(**row), source_ids
