from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from locations.arguments import number, whole
from traces.demand_service import BATCH, count_turns, prune_demand
from traces.pruning import Limits, prune_runs
from traces.upkeep import limits


class Command(BaseCommand):
    help = "Delete debug runs by age, number and size, and old counts. The worker does it every hour by the settings TRACE_*."

    def add_arguments(self, parser: CommandParser) -> None:
        days, runs, megabytes = number(0, 36_500), whole(0, 10**12), number(0, 10**9)
        parser.add_argument("--days", type=days, help="keep this many days; default: TRACE_KEEP_DAYS")
        parser.add_argument("--max-runs", type=runs, help="keep at most so many; default: TRACE_MAX_RUNS")
        parser.add_argument(
            "--max-mb", type=megabytes, help="keep at most so many megabytes of stages; default: TRACE_MAX_MB"
        )
        parser.add_argument("--dry-run", action="store_true", help="say how many would go")

    def handle(self, *args: Any, **o: Any) -> None:
        usual, now = limits(), timezone.now()
        wanted = Limits(
            usual.keep if o["days"] is None else timedelta(days=o["days"]),
            usual.max_runs if o["max_runs"] is None else o["max_runs"],
            usual.max_bytes if o["max_mb"] is None else int(o["max_mb"] * 1_000_000),
        )
        if o["dry_run"]:
            self.stdout.write(f"{prune_runs(wanted, now, dry_run=True)} runs would go.")
            return
        while count_turns(now) == BATCH:  # what is not counted yet must not go
            pass
        runs = prune_runs(wanted, now)
        self.stdout.write(f"{runs} runs and {prune_demand(now)} old counts are gone.")
