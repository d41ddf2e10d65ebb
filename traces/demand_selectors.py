"""Reads of the counts, for the admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Sum

from traces.demand_models import DemandCell
from traces.unmet_demand import ANY_TIME, ANY_TOPIC, ANYWHERE, OTHER_TOPIC, UNKNOWN_PLACE

SHOWN = 100
_SAID = {"the weekend": "this weekend", "later": "", ANY_TIME: ""}


@dataclass(frozen=True, slots=True)
class Want:
    """One kind of question; `unmet` in [0, 1] is the share of it that got nothing, or nothing good."""

    place: str
    when: str
    category: str
    asked: int
    empty: int
    weak: int

    @property
    def unmet(self) -> float:
        return (self.empty + self.weak) / self.asked if self.asked else 0.0

    @property
    def question(self) -> str:
        """One of its kind, to be asked in the runner; the place is a field of its own there."""
        topic = "things to do" if self.category in ("", ANY_TOPIC, OTHER_TOPIC) else self.category
        return f"{topic} {_SAID.get(self.when, self.when)}".strip()

    @property
    def named_place(self) -> str:
        return "" if self.place in (ANYWHERE, UNKNOWN_PLACE) else self.place

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
        )
        for row in found
    ]
