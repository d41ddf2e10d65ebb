"""Candidates' canonical facts: one statement for all of them, no ORM objects."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection
from django.db.utils import InterfaceError

from api.rag.errors import RetrievalFailed
from api.rag.types import EventFacts

SQL = """
SELECT o.id AS occurrence_id, e.id AS event_id, COALESCE(NULLIF(o.title, ''), e.title) AS title, o.start, o."end", o.all_day,
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


NOT_TOLD = ("description", "tags", "source_id", "exact")  # changes of these make no new revision of what was told


def load_facts(occurrence_ids: Sequence[int]) -> dict[int, tuple[EventFacts, tuple[int, ...]]]:
    """Facts and the ids of merged duplicates, by occurrence id; one that was deleted meanwhile is missing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(SQL, [list(occurrence_ids)])
            names = [column.name for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except (DatabaseError, InterfaceError) as error:
        raise RetrievalFailed(f"the facts of {len(occurrence_ids)} occurrences could not be read: {error}") from error
    return {row["occurrence_id"]: _facts(row) for row in rows}


def _facts(row: dict[str, Any]) -> tuple[EventFacts, tuple[int, ...]]:
    zone = ZoneInfo(row["zone"])
    source_ids = tuple(row.pop("source_ids"))
    row["start"] = row["start"].astimezone(zone)
    row["end"] = row["end"].astimezone(zone) if row["end"] else None
    row["tags"] = tuple(row["tags"])
    told = "|".join(str(row[name]) for name in sorted(row) if name not in NOT_TOLD)
    revision = hashlib.sha256(told.encode()).hexdigest()[:16]
    return EventFacts(**row, revision=revision), source_ids
