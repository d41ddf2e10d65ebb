from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.timesince import timesince
from unfold.admin import ModelAdmin

from locations.admin_lists import LatestInline, ReadOnlyAdmin
from traces.demand_models import DemandCell, DemandProgress, EventDemand, EventLoss
from traces.demand_selectors import unmet_demand

PERIODS = (7, 30, 90, 180)
GROUPINGS = {
    "": ("Place, time and topic", ("place", "when", "category")),
    "place": ("By place", ("place",)),
    "topic": ("By topic", ("category",)),
    "place-topic": ("By place and topic", ("place", "category")),
    "time": ("By time", ("when",)),
}


@admin.register(DemandCell)
class DemandCellAdmin(ReadOnlyAdmin):
    """The list is the table of what was asked in vain; the cells behind it have no pages of their own."""

    def get_urls(self) -> list[Any]:
        return [
            url for url in ModelAdmin.get_urls(self) if getattr(url, "name", None) == "traces_demandcell_changelist"
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        days = next((n for n in PERIODS if str(n) == request.GET.get("days")), 30)
        by = request.GET.get("by", "") if request.GET.get("by") in GROUPINGS else ""
        now = timezone.now()
        progress = DemandProgress.objects.first()
        context = self.admin_site.each_context(request) | {
            "title": "Unmet demand",
            "opts": self.model._meta,
            "wants": unmet_demand(today=now.date(), days=days, by=GROUPINGS[by][1]),
            "periods": [_link(f"{n} days", {"days": n, "by": by}, here=n == days) for n in PERIODS],
            "groupings": [_link(g[0], {"days": days, "by": key}, here=key == by) for key, g in GROUPINGS.items()],
            "counted": timesince(progress.counted_at, now) if progress and progress.counted_at else "",
        }
        return TemplateResponse(request, "admin/traces/unmet_demand.html", context)


def _link(label: str, query: dict[str, Any], *, here: bool) -> dict[str, Any]:
    return {"label": label, "address": f"?{urlencode(query)}", "here": here}


class LossInline(LatestInline):
    model = EventLoss
    fk_name = "demand"
    fields = readonly_fields = ("winner", "times")
    ordering = ("-times", "-id")
    shown = 20
    verbose_name_plural = "Lost to"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("winner")


@admin.register(EventDemand)
class EventDemandAdmin(ReadOnlyAdmin):
    list_display = ("event", "considered", "shown", "near", "last_on")
    list_select_related = ("event",)
    search_by_number = "event"
    search_help_text = "An event's number."
    ordering = ("-considered",)
    sortable_by = ("considered", "near", "last_on")
    inlines = (LossInline,)
