from __future__ import annotations

from typing import Any

from rest_framework import serializers

TITLE_MAX_CHARS = 200
MAX_SESSIONS = 100


class SessionsQuery(serializers.Serializer[Any]):
    archived = serializers.BooleanField(default=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_SESSIONS, default=50)
    offset = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)


class NewSession(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=TITLE_MAX_CHARS, required=False, allow_blank=True, default="")


class SessionChanges(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=TITLE_MAX_CHARS, required=False)
    archived = serializers.BooleanField(required=False)


class ExportQuery(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["markdown", "json"], default="markdown")


class SessionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    archived = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    message_count = serializers.IntegerField(required=False)


class SessionListSerializer(serializers.Serializer[Any]):
    results = SessionSerializer(many=True)
    next_offset = serializers.IntegerField(allow_null=True)


class MessageOfSession(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    turn_id = serializers.UUIDField()
    role = serializers.CharField()
    model = serializers.CharField()
    content = serializers.CharField(allow_blank=True)
    status = serializers.CharField()
    error_code = serializers.CharField(allow_blank=True)
    event_ids = serializers.ListField(child=serializers.IntegerField())
    citations = serializers.DictField(child=serializers.IntegerField())
    facts = serializers.ListField(child=serializers.DictField())
    usage = serializers.DictField()
    chosen = serializers.BooleanField(allow_null=True)
    created_at = serializers.DateTimeField()


class SessionWithMessages(SessionSerializer):
    messages = MessageOfSession(many=True)


class Choice(serializers.Serializer[Any]):
    chosen = serializers.ChoiceField(choices=["A", "B"])


class ChosenAnswer(serializers.Serializer[Any]):
    turn_id = serializers.UUIDField()
    chosen = serializers.CharField()
