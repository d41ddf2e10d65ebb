from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from locations.memory import gazetteer
from locations.models import Location
from locations.regions import country_names
from locations.services import import_gazetteer
from locations.sources import silent


class Command(BaseCommand):
    help = "Load towns, states, countries and US ZIP codes from GeoNames (CC BY 4.0) and zipcodes. Importing again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--countries", default="", help="ISO codes, comma separated: US,CA. Others are left as they are."
        )
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there are locations already")

    def handle(self, *, countries: str, if_empty: bool, verbosity: int, **options: Any) -> None:
        codes = {code.strip().upper() for code in countries.split(",") if code.strip()}
        if unknown := sorted(codes - country_names().keys()):
            raise CommandError(f"no such country: {', '.join(unknown)}")
        if if_empty and Location.objects.exists():
            self.stdout.write(f"{Location.objects.count():,} locations are here already")
            return
        report = import_gazetteer(codes, progress=_bar if verbosity else silent)
        self.stdout.write(
            f"{report.locations:,} locations, {report.names:,} names in {report.seconds:.1f} s: "
            f"{report.added:,} added, {report.changed:,} changed, {report.removed:,} removed"
        )
        gazetteer()  # writes the file that the services map: they start at once


def _bar(rows: Iterable[Any], label: str, total: int) -> Iterable[Any]:
    return tqdm(rows, desc=f"{label:>18}", total=total, unit="", unit_scale=True, mininterval=0.5)
