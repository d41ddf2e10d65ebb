from __future__ import annotations

import uuid

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.models import ChatMessage, ChatSession
from locations.admin_lists import LargeTableAdmin, LatestInline


class MessageInline(LatestInline):
    model = ChatMessage
    fields = readonly_fields = ("role", "content", "status", "error_code", "event_ids", "created_at")
    ordering = ("-id",)
    verbose_name_plural = "Latest messages"


@admin.register(ChatSession)
class ChatSessionAdmin(LargeTableAdmin):
    list_display = ("title", "user", "archived", "updated_at")
    list_filter = ("archived",)
    list_select_related = ("user",)
    search_fields = ("=user__username",)
    search_help_text = "A user name, or the number of a session."
    readonly_fields = ("user", "ledger", "created_at", "updated_at")
    ordering = ("-updated_at",)
    inlines = (MessageInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ChatSession], search_term: str
    ) -> tuple[QuerySet[ChatSession], bool]:
        """Titles are what people wrote: they are not searched."""
        term = search_term.strip()
        try:
            return queryset.filter(pk=uuid.UUID(term)), False
        except ValueError:
            return (queryset.filter(user__username=term) if term else queryset), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
