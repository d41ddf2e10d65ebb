"""From event records to documents of the search index, a batch in one query."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson
from django.db import connection

from api.search.facets import price_band

_SELECT = """
SELECT e.id, e.title, e.description, e.tags, e.category, e.audience, e.organizer, e.attendance_mode, e.age_min, e.age_max,
  e.price_min::float8, e.is_free, e.popularity, COALESCE(v.name, ''), i.live, i.terms, i.embedding::text,
  (SELECT json_agg(json_build_object(
     'id', o.id, 'start', o.start, 'effective_end', o.effective_end, 'long', o.long, 'status', o.status, 'region', o.region,
     'lat', o.lat, 'lng', o.lng, 'venue_id', w.id, 'venue', concat_ws(', ', NULLIF(w.name, ''), NULLIF(NULLIF(w.city, ''), w.name)),
     'city', CASE WHEN w.city <> '' THEN concat_ws(', ', w.city, NULLIF(w.state, '')) END) ORDER BY o.start, o.id)
   FROM events_occurrence o LEFT JOIN events_venue w ON w.id = COALESCE(o.venue_id, e.venue_id) WHERE o.event_id = e.id)
FROM events_event e JOIN events_eventindex i ON i.event_id = e.id LEFT JOIN events_venue v ON v.id = e.venue_id
"""
_BY_ID = _SELECT + "WHERE e.id = ANY (%s) ORDER BY e.id"
_BY_RANGE = _SELECT + "WHERE e.id > %s ORDER BY e.id LIMIT %s"


def documents(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Event id -> its document; ids of no event are missing."""
    return _read(_BY_ID, [list(ids)])


def documents_after(event_id: int, limit: int) -> dict[int, dict[str, Any]]:
    """The next documents in the order of their ids."""
    return _read(_BY_RANGE, [event_id, limit])


def _read(sql: str, values: list[Any]) -> dict[int, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {row[0]: _document(row) for row in cursor.fetchall()}


def _document(row: tuple[Any, ...]) -> dict[str, Any]:
    (pk, title, description, tags, category, audience, organizer, attendance, age_min, age_max, price_min, is_free) = (
        row[:12]
    )
    (popularity, venue_name, live, terms, vector, occurrences) = row[12:]
    told = {
        "event_id": pk,
        "live": live,
        "title": title,
        "description": description,
        "tags": tags,
        "venue_name": venue_name,
        "organizer": organizer,
        "terms": terms,
        "category": category or None,
        "category_key": category.lower() or None,
        "audience": sorted(set(audience)),
        "attendance": attendance,
        "price_band": price_band(is_free, price_min),
        "price_min": price_min,
        "is_free": is_free,
        "age_min": age_min,
        "age_max": age_max,
        "popularity": popularity,
        "embedding": _vector(vector),
        "occurrences": [_occurrence(o) for o in occurrences or ()],
    }
    document = {name: value for name, value in told.items() if value is not None}
    return document | {"digest": hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()}


def _occurrence(o: dict[str, Any]) -> dict[str, Any]:
    known = {name: o[name] for name in ("id", "start", "effective_end", "long", "status", "region")}
    if o["lat"] is not None:
        known["point"] = {"lat": o["lat"], "lon": o["lng"]}
    if o["venue_id"] is not None:
        known["venue"] = f"{o['venue_id']}\t{o['venue']}"
    if o["city"] is not None:
        known["city"] = o["city"]
    return known


def _vector(literal: str | None) -> list[float] | None:
    """None too for a vector without length, which has no direction to compare."""
    vector = orjson.loads(literal) if literal else None
    return vector if vector and any(vector) else None
