"""How fast feeds come in: events and occurrences per second, first import, again unchanged, and with every row changed.

python -m bench.imports [FILE ...]    default: synthetic rows, and the real local calendars where they lie beside the repository
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.database import bench_database

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "events" / "us_local_community_calendar.jsonl.gz"
SYNTHETIC_ROWS = 10_000
WORDS = [
    "jazz",
    "blues",
    "choir",
    "market",
    "story",
    "puppet",
    "clay",
    "river",
    "oak",
    "elm",
    "lantern",
    "harvest",
    "winter",
    "open",
    "late",
    "early",
    "slow",
    "wild",
    "quiet",
    "bright",
]


def synthetic(path: Path, rows: int, *, note: str = "") -> None:
    """Rows of 20 feeds, 400 venues and one start in three that a series shares."""
    draw = random.Random(7)
    first = datetime(2027, 1, 1, 9, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as out:
        for n in range(rows):
            series = n - n % 3 if n % 2 else n
            title = " ".join(random.Random(series).sample(WORDS, 3)).title()
            venue = series % 400
            start = first + timedelta(hours=draw.randrange(24 * 120))
            row = {
                "id": f"row-{n}", "feed": f"Feed {series % 20}", "title": f"{title} {series}",
                "description": f"An evening of {title.lower()} for everyone, with tea. {note}",
                "venue": {"name": f"Hall {venue}", "street": f"{venue} Elm St", "city": "Raleigh", "state": "NC", "country": "US",
                          "lat": 35.5 + venue / 500, "lng": -78.9 + venue / 700, "geo_source": "feed_geo"},
                "start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat(), "timezone": "America/New_York",
                "category": "Music / Concerts", "tags": title.split(), "price": {"min": n % 30, "max": n % 30, "currency": "USD"},
            }  # fmt: skip
            out.write(json.dumps(row) + "\n")


def timed(path: Path, label: str) -> None:
    from events.importers.formats import Reading
    from events.importers.runner import ImportJob, run_import

    began, cpu = time.perf_counter(), time.process_time()
    report = run_import(ImportJob(str(path), Reading(datetime.now(UTC), shift_weeks=None)))
    seconds = time.perf_counter() - began
    print(
        f"{label:<34} {report.events:>8,} {report.occurrences:>8,} {seconds:>8.1f} {report.events / seconds:>9,.0f}"
        f" {report.occurrences / seconds:>9,.0f} {(time.process_time() - cpu) * 1000 / max(1, report.events):>8.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    files = parser.parse_args().files or ([REAL] if REAL.exists() else [])
    print(f"{'feed':<34} {'events':>8} {'times':>8} {'seconds':>8} {'events/s':>9} {'times/s':>9} {'ms CPU':>8}")
    with bench_database(), tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "synthetic.jsonl"
        synthetic(made, SYNTHETIC_ROWS)
        timed(made, "synthetic, first")
        timed(made, "synthetic, again unchanged")
        synthetic(made, SYNTHETIC_ROWS, note="Changed.")
        timed(made, "synthetic, every row changed")
        for path in files:
            timed(path, f"{path.name[:20]}, first")
            timed(path, f"{path.name[:20]}, again")


if __name__ == "__main__":
    main()
