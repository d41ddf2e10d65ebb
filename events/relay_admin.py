"""Staff pages of the relay: who follows the changes, what waits, and the dead letters."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Min, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from events.dead_letters import discard, requeue
from events.models import DeadLetter, Event, OutboxConsumer, OutboxMessage
from locations.admin_lists import ReadOnlyAdmin


@admin.register(OutboxConsumer)
class OutboxConsumerAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "waiting",
        "lag",
        "delivered",
        "retried",
        "buried",
        "last_delivered_at",
        "down_since",
        "last_error",
    )
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxConsumer]:
        messages_of = OutboxMessage.objects.filter(consumer=OuterRef("pk")).order_by().values("consumer")
        return (
            super()
            .get_queryset(request)
            .annotate(
                waiting_messages=Subquery(messages_of.annotate(n=Count("pk")).values("n")),
                oldest=Subquery(messages_of.annotate(first=Min("created_at")).values("first")),
            )
        )

    @admin.display(description="waiting")
    def waiting(self, consumer: OutboxConsumer) -> int:
        return getattr(consumer, "waiting_messages", None) or 0

    @admin.display(description="lag")
    def lag(self, consumer: OutboxConsumer) -> str:
        oldest = getattr(consumer, "oldest", None)
        return f"{(timezone.now() - oldest).total_seconds():.1f} s" if oldest else "-"


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = ("id", "consumer", "kind", "event_id", "created_at", "attempts", "available_at", "last_error")
    list_filter = ("consumer", "kind")
    search_by_number = "event_id"
    ordering = ("id",)


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    list_display = ("id", "consumer", "kind", "event_id", "died_at", "attempts", "error_start")
    list_filter = ("consumer", "kind")
    search_by_number = "event_id"
    ordering = ("-died_at",)
    fields = readonly_fields = (
        "id", "consumer", "kind", "version", "event", "payload_text", "created_at", "died_at", "attempts", "error",
    )  # fmt: skip
    actions = ("requeue_selected", "discard_selected")

    @admin.display(description="error")
    def error_start(self, letter: DeadLetter) -> str:
        return letter.error[:100]

    @admin.display(description="payload")
    def payload_text(self, letter: DeadLetter) -> str:
        return format_html("<pre>{}</pre>", json.dumps(letter.payload, indent=2, sort_keys=True))

    @admin.display(description="event")
    def event(self, letter: DeadLetter) -> str:
        event = Event.objects.filter(pk=letter.event_id).only("title").first()
        return f"{letter.event_id}: {event.title}" if event else f"{letter.event_id} (gone)"

    def has_settle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("events.delete_deadletter")

    @admin.action(description="Requeue: give the selected letters to their consumer again", permissions=["settle"])
    def requeue_selected(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        done = requeue(queryset.values_list("pk", flat=True))
        self.message_user(request, f"{done} letters requeued.", messages.SUCCESS)

    @admin.action(description="Discard the selected letters", permissions=["settle"])
    def discard_selected(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        done = discard(queryset.values_list("pk", flat=True))
        self.message_user(request, f"{done} letters discarded.", messages.SUCCESS)
