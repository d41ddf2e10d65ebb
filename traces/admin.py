from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, reverse
from django.utils.html import format_html
from unfold.decorators import display

from locations.admin_lists import LatestInline, ReadOnlyAdmin
from traces import batch_admin, demand_admin  # noqa: F401  they register their own pages
from traces.models import ChatDebugEvent, ChatDebugRun, PromptVersion, WeightProfile, WeightProfileChange
from traces.urls import runner_urls


class StageInline(LatestInline):
    model = ChatDebugEvent
    fields = readonly_fields = ("sequence", "stage", "took", "error_type", "error_severity", "payload")
    ordering = ("sequence",)
    shown = 60
    verbose_name_plural = "Stages"

    @admin.display(description="ms")
    def took(self, stage: ChatDebugEvent) -> str:
        return "-" if stage.latency_ms is None else f"{stage.latency_ms:,.1f}"


@admin.register(ChatDebugRun)
class ChatDebugRunAdmin(ReadOnlyAdmin):
    """A record is read, never edited. The runner shows it whole."""

    list_display = ("message", "outcome", "origin", "user", "milliseconds", "full", "started_at", "open_in_runner")
    sortable_by = ("started_at",)
    list_filter = ("status", "origin", "full", "started_at")
    list_select_related = ("user",)
    search_fields = ("message",)
    search_help_text = "Words of a question."
    ordering = ("-started_at",)
    raw_id_fields = ("user", "session")
    fields = (
        "message",
        "outcome",
        "origin",
        "user",
        "session",
        "as_of",
        "finished_at",
        "milliseconds",
        "full",
        "replay_of",
        "turn_id",
    )
    inlines = (StageInline,)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [*runner_urls(), *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("traces.delete_chatdebugrun")

    @display(
        description="status", label={"Success": "success", "Error": "danger", "Cancelled": "warning", "Running": "info"}
    )
    def outcome(self, run: ChatDebugRun) -> str:
        return run.get_status_display()

    @admin.display(description="ms")
    def milliseconds(self, run: ChatDebugRun) -> str:
        return "-" if run.total_ms is None else f"{run.total_ms:,.0f}"

    @admin.display(description="")
    def open_in_runner(self, run: ChatDebugRun) -> str:
        return format_html(
            '<a class="text-primary-600 dark:text-primary-400" href="{}?run={}">Open in the runner</a>',
            reverse("admin:traces_runner"),
            run.pk,
        )


@admin.register(WeightProfile)
class WeightProfileAdmin(ReadOnlyAdmin):
    """Saved and taken into use in the debug runner; a version never changes."""

    list_display = ("name", "version", "active", "semantic", "location", "time", "category", "popularity", "created_at")
    list_filter = ("active",)
    search_fields = ("name",)


@admin.register(WeightProfileChange)
class WeightProfileChangeAdmin(ReadOnlyAdmin):
    list_display = ("changed_at", "previous", "profile", "changed_by")
    list_select_related = ("previous", "profile", "changed_by")


@admin.register(PromptVersion)
class PromptVersionAdmin(ReadOnlyAdmin):
    list_display = ("version", "first_used_at")
    ordering = ("-first_used_at",)
