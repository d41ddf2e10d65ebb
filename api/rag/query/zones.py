"""Which country keeps a time zone: how somebody there writes 5/12, and when mothers have their day."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources


def country_of_zone(zone: str) -> str | None:
    """ISO 3166 code of 'Europe/London' (GB), from the table that comes with tzdata; None for UTC and for old names of zones."""
    return _countries().get(zone)


@cache
def _countries() -> Mapping[str, str]:
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {zone: country for country, _, zone, *_ in rows}
