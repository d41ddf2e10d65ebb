"""One import: a file or address through its importer into the services, with a report of what was skipped and why."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from django.db import connection

from events.deadlocks import past_deadlocks
from events.importers.addresses import town_of_text
from events.importers.fetch import FetchError, FetchLimits, fetch
from events.importers.formats import Format, Reading, format_of, head_of, open_feed, read_feed
from events.models import EventSource
from events.params import ANALYZE_FROM_EVENTS, BATCH_SIZE, REPORTED_BAD_ROWS
from events.places import PlaceBook
from events.services import SaveOptions, SaveResult, save_events
from events.silence import Told, cancel_missing, drop_told_elsewhere
from events.source_lock import one_import_of
from events.text import slug_of
from events.types import BadRow, EventData, UnreadableFeed, VenueData

_KINDS: dict[Format, EventSource.Kind] = {
    "ics": EventSource.Kind.ICS, "jsonld": EventSource.Kind.JSONLD, "html": EventSource.Kind.JSONLD, "json": EventSource.Kind.JSONL,
    "jsonl": EventSource.Kind.JSONL,
}  # fmt: skip


@dataclass(slots=True)
class ImportReport:
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    cancelled: int = 0
    occurrences: int = 0
    not_modified: bool = False
    bad: Counter[str] = field(default_factory=Counter)
    read_whole: bool = True  # no row was skipped but those that are for nobody to attend
    first_bad: list[BadRow] = field(default_factory=list)
    left_out: list[BadRow] = field(default_factory=list)  # for nobody to attend, and known by an id

    @property
    def events(self) -> int:
        return self.created + self.changed + self.unchanged

    def skipped(self, row: BadRow) -> None:
        self.bad[row.reason] += 1
        self.read_whole = self.read_whole and row.understood
        if row.row_id:
            self.left_out.append(row)
        if len(self.first_bad) < REPORTED_BAD_ROWS:
            self.first_bad.append(row)


@dataclass(frozen=True, slots=True)
class ImportJob:
    """`source` empty: a slug of the feed's own name, else of the file's. `limit` 0: all events."""

    location: str
    reading: Reading
    format: Format | None = None
    source: str = ""
    limit: int = 0
    limits: FetchLimits = field(default_factory=FetchLimits)
    force: bool = False  # ignore the ETag of the last import


def run_import(job: ImportJob, *, on_progress: Callable[[int], object] = lambda _: None) -> ImportReport:
    """Import one feed. Raises SourceBusy, OSError and what the database raises, and FetchError and UnreadableFeed, which the source remembers."""
    if not job.location.startswith(("http://", "https://")):
        return _import_file(job, Path(job.location), Path(job.location).name, "", on_progress)
    slug = job.source or slug_of(job.location.split("://", 1)[1])
    with one_import_of(slug, wait_s=job.limits.deadline_s), tempfile.TemporaryDirectory() as folder:
        return _import_address(replace(job, source=slug), Path(folder) / "feed", on_progress)


def _import_address(job: ImportJob, target: Path, on_progress: Callable[[int], object]) -> ImportReport:
    source = EventSource.objects.filter(slug=job.source)
    try:
        fetched = fetch(job.location, target, etag=_etag(job, source.first()), limits=job.limits)
        if fetched.not_modified:
            source.update(last_error="", last_imported_at=job.reading.now)
            return ImportReport(not_modified=True)
        # Until all of it is stored: an import that dies half-way is not to be told "not modified", and operators see that it did.
        source.update(etag="", last_error=f"The import of {job.reading.now:%Y-%m-%d %H:%M %Z} has not ended.")
        read = replace(job, reading=replace(job.reading, address=fetched.url))
        report = _import_file(read, target, job.location, job.location, on_progress)
    except (FetchError, UnreadableFeed) as error:
        source.update(last_error=str(error))
        raise
    etag = "" if job.limit else fetched.etag  # of a part the next import needs the rest
    source.update(etag=etag, last_error="")
    return report


def _etag(job: ImportJob, known: EventSource | None) -> str:
    """Empty when the feed is to be read even if it did not change: once a month, for its rules go on and are worked out so far only."""
    if known is None or job.force or not _same_month(known.last_imported_at, job.reading.now):
        return ""
    reading = _remembered(job.reading, known)
    return known.etag if (reading.zone, reading.place) == (known.zone, known.place) else ""


def _same_month(before: datetime | None, now: datetime) -> bool:
    return before is not None and (before.year, before.month) == (now.year, now.month)


def _remembered(reading: Reading, known: EventSource | None) -> Reading:
    """What this import does not say is as it was said before: the identity of events may rest on it."""
    if known is None:
        return reading
    return replace(reading, zone=reading.zone or known.zone, place=reading.place or known.place)


def _import_file(job: ImportJob, path: Path, name: str, url: str, on_progress: Callable[[int], object]) -> ImportReport:
    kind = job.format or format_of(name, head_of(path))
    report = ImportReport()
    sources = _Sources(job.source, Path(name).stem if not url else "", _KINDS[kind], url, job.reading)
    book = PlaceBook()
    reading = _remembered(job.reading, sources.known())
    town = town_of_text(reading.place)
    reading = replace(reading, zone_at=lambda venue: _zone_at(venue, town, book))
    changed_by = f"import:{job.source or Path(name).name}"[:120]
    authoritative = kind == "ics" and job.reading.shift_weeks == 0  # a moved snapshot says nothing about today
    options = SaveOptions(changed_by, job.reading.now, authoritative)
    seen: dict[EventSource, Told] = {}
    with open_feed(path) as stream:
        for batch in _batches(read_feed(stream, kind, reading), town, job.limit, report):
            items = [(sources.of(data), data) for data in batch]
            for source, data in items:
                seen.setdefault(source, Told()).add(data)
            _tally(report, items, save_events(items, options, book=book))
            on_progress(len(batch))
    for row in report.left_out:
        seen.setdefault(sources.of(row), Told()).left_out(row)
    for source, told in seen.items():
        past_deadlocks(partial(drop_told_elsewhere, source, told, changed_by=changed_by, now=job.reading.now))
    if authoritative and not job.limit and report.events and report.read_whole:
        # Only a feed that was read whole may say by its silence that something is off, and only as far as it reaches.
        source = sources.of(None)
        told = seen.get(source, Told())
        missing = partial(cancel_missing, source, told, changed_by=changed_by, now=job.reading.now)
        report.cancelled = past_deadlocks(missing)
    EventSource.objects.filter(pk__in=[source.pk for source in seen]).update(last_imported_at=job.reading.now)
    if report.created + report.changed >= ANALYZE_FROM_EVENTS:
        with connection.cursor() as cursor:  # else the planner believes in the old sizes until autovacuum comes by
            cursor.execute("ANALYZE events_event, events_occurrence, events_venue, events_eventindex")
    return report


def _tally(report: ImportReport, items: list[tuple[EventSource, EventData]], results: list[SaveResult]) -> None:
    for (_, data), result in zip(items, results, strict=True):
        if result.error:
            report.skipped(BadRow(data.line, f"refused by the database: {result.error}"))
            continue
        report.occurrences += len(data.occurrences)
        report.created += result.created
        report.changed += result.changed and not result.created
        report.unchanged += not result.changed


def _batches(
    rows: Iterator[EventData | BadRow], town: VenueData | None, limit: int, report: ImportReport
) -> Iterator[list[EventData]]:
    batch: list[EventData] = []
    taken = 0
    for row in rows:
        if isinstance(row, BadRow):
            report.skipped(row)
            continue
        batch.append(_placed(row, town))
        taken += 1
        if len(batch) == BATCH_SIZE:
            yield batch
            batch = []
        if taken == limit:
            break
    if batch:
        yield batch


def _placed(data: EventData, place: VenueData | None) -> EventData:
    """An event whose venue names no town is in the feed's."""
    return data if data.attendance_mode == "online" else replace(data, venue=_placed_venue(data.venue, place))


def _placed_venue(venue: VenueData | None, place: VenueData | None) -> VenueData | None:
    if place is None:
        return venue
    if venue is None:
        return replace(place, kind="city")
    if venue.city or venue.state or venue.latitude is not None or venue.kind == "online":
        return venue
    return replace(venue, city=place.city, state=place.state, country_code=place.country_code)


def _zone_at(venue: VenueData | None, place: VenueData | None, book: PlaceBook) -> str:
    """What is online goes by the clock of the feed's town."""
    there = place if venue is not None and venue.kind == "online" else _placed_venue(venue, place)
    return book.zone_of(there) if there else ""


class _Sources:
    """The source of each row: the one given; else, for JSON rows, one per feed they name; else the file's.

    A calendar's own name is only shown: too many are called "Events".
    """

    def __init__(self, slug: str, file_name: str, kind: EventSource.Kind, url: str, reading: Reading) -> None:
        self._said = {"zone": reading.zone, "place": reading.place}
        self.slug, self.file_name, self.kind, self.url = slug, file_name.split(".")[0], kind, url
        self._known: dict[str, EventSource] = {}

    def known(self) -> EventSource | None:
        """The source of rows that name none, where it exists."""
        return EventSource.objects.filter(slug=self.slug or slug_of(self.file_name)).first()

    def of(self, data: EventData | BadRow | None) -> EventSource:
        feed = data.feed if data and data.feed and data.feed.name else None
        own = feed.name if feed and self.kind == EventSource.Kind.JSONL else self.file_name
        slug = self.slug or slug_of(own)
        if slug not in self._known:
            defaults = {
                "name": (feed.name if feed else own or slug)[:200],
                "kind": self.kind,
                "url": self.url[:500],
                "license": feed.license if feed else "",
                **self._said,
            }
            source, _ = EventSource.objects.get_or_create(slug=slug, defaults=defaults)
            self._remember(source)
            self._known[slug] = source
        return self._known[slug]

    def _remember(self, source: EventSource) -> None:
        """How it is read from now on; what was not said stays."""
        new = {name: value for name, value in self._said.items() if value and value != getattr(source, name)}
        for name, value in new.items():
            setattr(source, name, value)
        if new:
            source.save(update_fields=list(new))
