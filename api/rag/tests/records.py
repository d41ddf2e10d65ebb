"""Rows for retrieval tests: one line per event."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np
from pgvector import HalfVector

from events.models import Event, EventIndex, EventSource, Occurrence, Venue

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)  # Saturday 10:00 in California
SANTA_ROSA = (38.4405, -122.7144)
_numbers = count(1)


def venue(name: str, point: tuple[float, float] | None = SANTA_ROSA, **fields: Any) -> Venue:
    lat, lng = point if point else (None, None)
    key = hashlib.sha256(f"{name}{next(_numbers)}".encode()).hexdigest()
    defaults = {"city": "Santa Rosa", "state": "CA", "country_code": "US", "timezone": "America/Los_Angeles"}
    return Venue.objects.create(name=name, latitude=lat, longitude=lng, key=key, **(defaults | fields))


def event(
    title: str, *, starts: timedelta | list[timedelta] = timedelta(hours=3), at: Venue | None = None, **fields: Any
) -> Event:
    """`starts` counts from NOW; `length` is the duration of each occurrence."""
    length = fields.pop("length", timedelta(hours=2))
    vector = fields.pop("vector", None)
    source, _ = EventSource.objects.get_or_create(slug="tests", defaults={"name": "Tests", "kind": "manual"})
    row = Event.objects.create(
        source=source,
        external_id=str(next(_numbers)),
        title=title,
        venue=at,
        timezone="America/Los_Angeles",
        **fields,
    )
    for start in starts if isinstance(starts, list) else [starts]:
        end = NOW + start + length if length is not None else None
        Occurrence.objects.create(event=row, start=NOW + start, end=end, effective_end=NOW + start)
    if vector is not None:
        EventIndex.objects.filter(pk=row.pk).update(embedding=HalfVector(vector), model="test")
    return row


def unit(*hot: int) -> np.ndarray:
    """A unit vector with equal weight on the named axes."""
    vector = np.zeros(384, dtype=np.float32)
    vector[list(hot)] = 1
    return vector / np.linalg.norm(vector)
