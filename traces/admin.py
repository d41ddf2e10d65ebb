from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from unfold.admin import ModelAdmin, TabularInline

from traces.models import ChatDebugEvent, ChatDebugRun
from traces.urls import runner_urls


class StageInline(TabularInline):
    model = ChatDebugEvent
    fields = ["sequence", "stage", "latency_ms", "error_type", "error_severity", "payload"]
    readonly_fields = fields
    extra = 0
    max_num = 0
    can_delete = False


@admin.register(ChatDebugRun)
class ChatDebugRunAdmin(ModelAdmin):
    """A record is read, never edited."""

    list_display = ["message", "status", "user", "total_ms", "full", "started_at"]
    list_filter = ["status", "full", "started_at"]
    list_select_related = ["user"]
    search_fields = ["message"]
    date_hierarchy = None
    show_full_result_count = False
    list_per_page = 50
    raw_id_fields = ["user", "session"]
    inlines = [StageInline]

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [*runner_urls(), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
