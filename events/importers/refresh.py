"""Fetch a stored source again. Its error is remembered on the source, not raised: one bad feed stops no other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import Error
from django.db.models import QuerySet

from events.importers.fetch import FetchError, FetchLimits
from events.importers.formats import Reading
from events.importers.runner import ImportJob, run_import
from events.models import EventSource
from events.source_lock import SourceBusy
from events.types import UnreadableFeed


@dataclass(frozen=True, slots=True)
class Refreshed:
    ok: bool
    text: str


def refreshable(sources: QuerySet[EventSource]) -> QuerySet[EventSource]:
    return sources.filter(active=True, approved=True, url__startswith="http").order_by("slug")


def refresh_source(source: EventSource, *, now: datetime, limits: FetchLimits | None = None) -> Refreshed:
    job = ImportJob(source.url, Reading(now), source=source.slug, limits=limits or FetchLimits())
    try:
        report = run_import(job)
    except (FetchError, UnreadableFeed, OSError, SourceBusy, Error) as error:
        return Refreshed(False, f"failed: {error}")
    if report.not_modified:
        return Refreshed(True, "not modified")
    skipped = sum(report.bad.values())
    return Refreshed(
        True, f"{report.created} new, {report.changed} changed, {report.unchanged} unchanged, {skipped} skipped"
    )
