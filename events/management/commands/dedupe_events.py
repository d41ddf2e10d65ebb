from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from tqdm import tqdm

from events.deadlocks import past_deadlocks
from events.dedupe_service import dedupe_events
from events.models import Event, Occurrence
from events.params import DUPLICATE_DATABASE_CHUNK


class Command(BaseCommand):
    help = "Find events that several feeds list, and point the copies at the one that stands for them. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="also events without a coming occurrence")

    def handle(self, *_: Any, **options: Any) -> None:
        now = datetime.now(UTC)
        upcoming = Occurrence.objects.filter(start__gte=now).values("event")
        events = Event.objects.all() if options["all"] else Event.objects.filter(pk__in=upcoming)
        ids = list(events.order_by("pk").values_list("pk", flat=True))
        changed = 0
        with tqdm(total=len(ids), unit=" events", disable=None) as bar:
            for i in range(0, len(ids), DUPLICATE_DATABASE_CHUNK):
                chunk = ids[i : i + DUPLICATE_DATABASE_CHUNK]
                changed += past_deadlocks(partial(_dedupe, chunk, now))
                bar.update(len(chunk))
        total = Event.objects.filter(duplicate_of__isnull=False).count()
        self.stdout.write(f"{len(ids)} events looked at, {changed} changed, {total} are duplicates of another.")


@transaction.atomic
def _dedupe(chunk: list[int], now: datetime) -> int:
    return dedupe_events(chunk, changed_by="dedupe_events", now=now)
