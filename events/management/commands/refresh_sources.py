from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from events.importers.refresh import refresh_source, refreshable
from events.models import EventSource


class Command(BaseCommand):
    help = "Fetch the approved, active sources that have an address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="*", help="only these sources")

    def handle(self, *_: Any, **options: Any) -> None:
        sources = refreshable(EventSource.objects.all())
        if options["slug"]:
            sources = sources.filter(slug__in=options["slug"])
            if left := sorted(set(options["slug"]) - {source.slug for source in sources}):
                raise CommandError(f"No active, approved source with an address is called {', '.join(left)}.")
        failed = 0
        for source in sources:
            outcome = refresh_source(source, now=datetime.now(UTC))
            failed += not outcome.ok
            self.stdout.write(f"{source.slug}: {outcome.text}")
        if failed:
            raise CommandError(f"{failed} sources failed.")
