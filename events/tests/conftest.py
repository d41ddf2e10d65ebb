from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.models import EventSource

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAMPLE = Path(__file__).resolve().parents[1] / "sample"


@pytest.fixture
def source(db: None) -> EventSource:
    return EventSource.objects.create(name="Town paper", slug="town-paper", kind=EventSource.Kind.JSONL)


@pytest.fixture
def other_source(db: None) -> EventSource:
    return EventSource.objects.create(name="Music guide", slug="music-guide", kind=EventSource.Kind.ICS, quality=0.9)
