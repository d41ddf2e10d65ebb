from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from conversations.models import ChatMessage, ChatSession


class MessageInline(TabularInline):
    model = ChatMessage
    fields = ["role", "model_slot", "content", "status", "error_code", "event_ids", "created_at"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    max_num = 0


@admin.register(ChatSession)
class ChatSessionAdmin(ModelAdmin):
    list_display = ["title", "user", "archived", "updated_at"]
    list_filter = ["archived", "updated_at"]
    list_select_related = ["user"]
    search_fields = ["title", "user__username"]
    readonly_fields = ["user", "ledger", "created_at", "updated_at"]
    raw_id_fields = ["user"]
    show_full_result_count = False
    inlines = [MessageInline]
