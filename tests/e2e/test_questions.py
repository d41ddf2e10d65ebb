"""Six questions over thousands of real events, through every process, checked against the database.

A sixth of the rows by default; all twenty thousand, which take two minutes to import beside other tests, with `--slow`.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.rows import dict_row

from api.rag.geo import bounding_box
from tests.e2e.conftest import PLACES
from tests.e2e.stack import Stack, running_stack

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(600)]
FILES = ("us_local_community_calendar.jsonl.gz", "toronto_festivals_events_ogl.jsonl.gz")


@pytest.fixture(scope="module")
def stack(shared_data: Path, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Stack]:
    files = [shared_data / "events" / name for name in FILES]
    if not pytestconfig.getoption("--slow"):
        folder = tmp_path_factory.mktemp("rows")
        files = [_share(path, folder / path.name) for path in files]
    imports = [("import_events", str(path), "--shift-weeks", "auto") for path in files]
    samples = ("import_events", "--sample")
    places = ("shell", "--verbosity", "0", "--command", PLACES)
    with running_stack("eventzombie_e2e", places, samples, *imports, ("update_embeddings",)) as running:
        yield running


def _share(path: Path, to: Path) -> Path:
    with gzip.open(path, "rb") as rows, gzip.open(to, "wb", compresslevel=1) as kept:
        kept.writelines(row for n, row in enumerate(rows) if n % 6 == 0)
    return to


@dataclass(frozen=True)
class Question:
    text: str
    near: tuple[float, float]
    zone: str
    days: str  # today, tomorrow, weekend, saturday morning, next week, 3 hours
    radius: float = 10
    max_price: Decimal | None = None
    free: bool = False
    age: int | None = None


PACIFIC, EASTERN = "America/Los_Angeles", "America/New_York"
QUESTIONS = [
    Question("live music in Davis tonight", (38.5449, -121.7405), PACIFIC, "tonight"),
    Question(
        "free things for kids in Bloomington, Indiana this weekend",
        (39.1653, -86.5264),
        "America/Indiana/Indianapolis",
        "weekend",
        free=True,
        age=6,
    ),
    Question("farmers market near Petaluma on Saturday morning", (38.2324, -122.6367), PACIFIC, "saturday morning"),
    Question("author talk in Raleigh next week", (35.7721, -78.6386), EASTERN, "next week"),
    Question(
        "comedy in Toronto tomorrow night under $20",
        (43.7064, -79.3986),
        "America/Toronto",
        "tomorrow",
        15,
        Decimal(20),
    ),
    Question(
        "anything for a 4 year old in Santa Rosa in the next 3 hours", (38.4405, -122.7144), PACIFIC, "3 hours", age=4
    ),
]


def window(q: Question, now: datetime) -> tuple[datetime, datetime]:
    """Generous outer bounds of what was asked, by hand: whole local days, and the small hours after a night."""
    zone = ZoneInfo(q.zone)
    today = now.astimezone(zone).date()

    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=zone)

    saturday = today + timedelta(days=(5 - today.weekday()) % 7)
    coming = saturday if saturday > today or now.astimezone(zone).hour < 12 else saturday + timedelta(days=7)
    saturday_of_weekend = today - timedelta(days=1) if today.weekday() == 6 else saturday
    monday = today + timedelta(days=7 - today.weekday())
    bounds = {
        "tonight": (now, midnight(today + timedelta(days=1)) + timedelta(hours=5)),
        "tomorrow": (midnight(today + timedelta(days=1)), midnight(today + timedelta(days=2)) + timedelta(hours=5)),
        "weekend": (
            midnight(saturday_of_weekend - timedelta(days=1)),
            midnight(saturday_of_weekend + timedelta(days=2)),
        ),
        "saturday morning": (midnight(coming), midnight(coming + timedelta(days=1))),
        "next week": (midnight(monday), midnight(monday + timedelta(days=7))),
        "3 hours": (now, now + timedelta(hours=3, minutes=2)),
    }
    return bounds[q.days]


SQL = """
SELECT e.id, e.title, e.status AS event_status, e.duplicate_of_id, e.is_free, e.price_min, e.age_min, e.age_max,
  v.latitude, v.longitude, o.start, o.effective_end, o.status
FROM events_event e JOIN events_occurrence o ON o.event_id = e.id LEFT JOIN events_venue v ON v.id = COALESCE(o.venue_id, e.venue_id)
WHERE e.id = ANY(%s) AND o.status IN ('scheduled', 'rescheduled')
"""


@pytest.mark.parametrize("q", QUESTIONS, ids=[q.text for q in QUESTIONS])
def test_every_event_answered_is_in_the_right_town_inside_the_right_dates(stack: Stack, q: Question) -> None:
    now = datetime.now(UTC)
    chunks = stack.ask(q.text, stack.guest(), timezone=q.zone)
    events = next(c for c in chunks if c["type"] == "events")
    done = next(c for c in chunks if c["type"] == "done")
    ids = events["all_event_ids"]
    assert set(done["suggested_event_ids"]) <= set(ids)
    with psycopg.connect(stack.database, row_factory=dict_row) as connection:
        rows = connection.execute(SQL, [ids]).fetchall()
        upcoming = connection.execute("SELECT count(*) AS n FROM events_occurrence WHERE start > now()").fetchone()
    assert upcoming is not None
    assert upcoming["n"] > 1500
    by_event: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_event.setdefault(row["id"], []).append(row)
    assert set(by_event) == set(ids)
    start, end = window(q, now)
    south, north, west, east = bounding_box(*q.near, q.radius + 1)
    for event_id in ids:
        row = by_event[event_id][0]
        assert row["event_status"] in ("scheduled", "rescheduled")
        assert row["duplicate_of_id"] is None
        assert south <= row["latitude"] <= north
        assert west <= row["longitude"] <= east
        assert any(o["start"] < end and o["effective_end"] > max(start, now) for o in by_event[event_id]), row["title"]
        if q.free:
            assert row["is_free"] is True
        if q.max_price is not None:
            assert row["is_free"] or row["price_min"] <= q.max_price
        if q.age is not None:
            assert row["age_min"] is None or row["age_min"] <= q.age + 6
            assert row["age_max"] is None or row["age_max"] >= q.age - 6
    assert done["status"] in ("complete", "no_matches")
    if done["status"] == "no_matches":
        assert not events["recommended_event_ids"]


def test_most_questions_find_something(stack: Stack) -> None:
    answered = 0
    for q in QUESTIONS:
        chunks = stack.ask(q.text, stack.guest(), timezone=q.zone)
        answered += next(c for c in chunks if c["type"] == "done")["status"] == "complete"
    assert answered >= 3
