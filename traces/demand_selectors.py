"""Reads of the counts, for the admin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import F, Sum

from traces.demand_models import DemandCell

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Want:
    """One kind of question; `unmet` in [0, 1] is the share of it that got nothing, or nothing good."""

    place: str
    when: str
    category: str
    asked: int
    empty: int
    weak: int
    summed: Mapping[str, bool] = field(default_factory=dict)  # by field: whether it stands for all of them

    @property
    def unmet(self) -> float:
        return (self.empty + self.weak) / self.asked if self.asked else 0.0

    @property
    def percent(self) -> int:
        return round(100 * self.unmet)


def unmet_demand(
    *, today: date, days: int, by: tuple[str, ...] = ("place", "when", "category"), limit: int = SHOWN
) -> list[Want]:
    """What was asked most often in vain; fields that `by` leaves out are summed over and come back empty."""
    found = (
        DemandCell.objects.filter(day__gt=today - timedelta(days=days))
        .order_by()
        .values(*by)
        .annotate(asked_sum=Sum("asked"), empty_sum=Sum("empty"), weak_sum=Sum("weak"))
        .annotate(unmet=F("empty_sum") + F("weak_sum"))
        .filter(unmet__gt=0)
        .order_by("-unmet", "-empty_sum", *by)[:limit]
    )
    return [
        Want(
            place=row.get("place", ""),
            when=row.get("when", ""),
            category=row.get("category", ""),
            asked=row["asked_sum"],
            empty=row["empty_sum"],
            weak=row["weak_sum"],
            summed={name: name not in by for name in ("place", "when", "category")},
        )
        for row in found
    ]
