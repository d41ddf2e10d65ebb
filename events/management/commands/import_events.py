from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.validators import slug_re
from django.db import DatabaseError
from tqdm import tqdm

from events.importers.addresses import town_of_text
from events.importers.fetch import FetchError, FetchLimits
from events.importers.formats import FORMATS, Reading
from events.importers.runner import ImportJob, ImportReport, run_import
from events.params import FEED_MAX_ROWS
from events.source_lock import SourceBusy
from events.text import slug_of, zone_or_none
from events.types import UnreadableFeed
from locations.arguments import whole

WEEKS_MAX = 2000  # to either side
SLUG_MAX = 120
SAMPLE = Path(__file__).resolve().parents[2] / "sample"


class Command(BaseCommand):
    help = "Import events from iCalendar, schema.org JSON-LD (or a web page with it) or a JSON feed; importing again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("location", nargs="*", help="files (also .gz) or http(s) addresses")
        parser.add_argument("--sample", action="store_true", help="import the sample feeds that ship with the product")
        parser.add_argument("--format", choices=["auto", *FORMATS], default="auto")
        parser.add_argument(
            "--source", default="", help="slug of the source; default: the feed's own name, else the file's"
        )
        parser.add_argument(
            "--shift-weeks",
            default="0",
            help="'auto': a snapshot of the past onto the coming months; or a number of weeks",
        )
        parser.add_argument("--zone", default="", help="IANA zone of times that name none")
        parser.add_argument("--place", default="", help='town of events that name none: "Santa Rosa, CA"')
        parser.add_argument("--limit", type=whole(0, FEED_MAX_ROWS), default=0, help="stop after so many events")
        parser.add_argument("--allow-private", action="store_true", help="allow addresses of private networks")
        parser.add_argument("--force", action="store_true", help="fetch even if the server says nothing changed")

    def handle(self, *_: Any, **options: Any) -> None:
        locations = list(options["location"])
        if options["sample"]:
            locations += [str(p) for p in sorted(SAMPLE.iterdir()) if p.suffix in (".ics", ".jsonld", ".json", ".html")]
        if not locations:
            raise CommandError("Name a file or an address, or use --sample.")
        reading = self._reading(options)
        failed = 0
        for location in locations:
            source = options["source"] or (f"sample-{slug_of(Path(location).stem)}" if _is_sample(location) else "")
            job = ImportJob(
                location, reading, None if options["format"] == "auto" else options["format"], source, options["limit"],
                FetchLimits(allow_private=options["allow_private"]), options["force"],
            )  # fmt: skip
            failed += not self._import(job)
        if failed:
            raise CommandError(f"{failed} of {len(locations)} imports failed.")

    def _reading(self, options: dict[str, Any]) -> Reading:
        weeks = _weeks(options["shift_weeks"])
        if len(options["source"]) > SLUG_MAX or not slug_re.match(options["source"] or "x"):
            raise CommandError(f"--source must be a slug, such as {slug_of(options['source'])}")
        if options["zone"] and zone_or_none(options["zone"]) is None:
            raise CommandError(f"Unknown time zone: {options['zone']}")
        if options["place"] and town_of_text(options["place"]) is None:
            raise CommandError('--place must be a town with its state, such as "Santa Rosa, CA".')
        return Reading(datetime.now(UTC), weeks, options["zone"], "", options["place"])

    def _import(self, job: ImportJob) -> bool:
        with tqdm(desc=Path(job.location).name[:40], unit=" events", disable=None) as bar:
            try:
                report = run_import(job, on_progress=bar.update)
            except (FetchError, UnreadableFeed, OSError, SourceBusy, DatabaseError) as error:
                self.stderr.write(self.style.ERROR(f"{job.location}: {error}"))
                return False
        self._tell(job.location, report)
        return True

    def _tell(self, location: str, report: ImportReport) -> None:
        if report.not_modified:
            self.stdout.write(f"{location}: not modified since the last import")
            return
        cancelled = f", {report.cancelled} occurrences cancelled" if report.cancelled else ""
        self.stdout.write(
            f"{location}: {report.created} new, {report.changed} changed, {report.unchanged} unchanged events"
            f" with {report.occurrences} occurrences{cancelled}; {sum(report.bad.values())} rows skipped"
        )
        for row in report.first_bad:
            self.stdout.write(f"  line {row.line}: {row.reason}")
        if sum(report.bad.values()) > len(report.first_bad):
            self.stdout.write("  by reason:")
            for reason, count in report.bad.most_common(20):
                self.stdout.write(f"    {count} x {reason}")


def _weeks(text: str) -> int | None:
    """None: by the snapshot's day."""
    if text == "auto":
        return None
    try:
        return whole(-WEEKS_MAX, WEEKS_MAX)(text)
    except ArgumentTypeError as error:
        raise CommandError(f"--shift-weeks must be 'auto' or a number of weeks: {error}") from error


def _is_sample(location: str) -> bool:
    return Path(location).parent == SAMPLE
