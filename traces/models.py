from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class ChatDebugRun(models.Model):
    """The record of one turn."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        SUCCESS = "success", "Success"
        ERROR = "error", "Error"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey("conversations.ChatSession", null=True, blank=True, on_delete=models.SET_NULL)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    turn_id = models.UUIDField(null=True, blank=True, db_index=True)
    message = models.TextField()
    request = models.JSONField(default=dict, blank=True)  # everything needed to run it again
    as_of = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    full = models.BooleanField(default=False)  # every stage with payload, or the light record
    summary = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    total_ms = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["-started_at"], name="run_started")]

    def __str__(self) -> str:
        return f"{self.message[:60]} ({self.status})"


class ChatDebugEvent(models.Model):
    """One stage of a run."""

    class ErrorType(models.TextChoices):
        RAG = "rag_error", "Retrieval"
        LLM = "llm_error", "Model"
        LOCATION = "location_error", "Place"
        VALIDATION = "validation_error", "Validation"
        TIMEOUT = "timeout_error", "Timeout"
        AUTH = "auth_error", "Authorisation"
        UNKNOWN = "unknown", "Unknown"

    class Severity(models.TextChoices):
        CRITICAL = "critical", "Critical"
        ERROR = "error", "Error"
        WARNING = "warning", "Warning"
        INFO = "info", "Info"

    run = models.ForeignKey(ChatDebugRun, on_delete=models.CASCADE, related_name="events")
    sequence = models.PositiveIntegerField()
    stage = models.CharField(max_length=30)
    latency_ms = models.FloatField(null=True, blank=True)
    payload = models.JSONField(default=dict, blank=True)
    error_type = models.CharField(max_length=20, choices=ErrorType, blank=True)
    error_severity = models.CharField(max_length=10, choices=Severity, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["run", "sequence"]
        constraints = [models.UniqueConstraint(fields=["run", "sequence"], name="debug_event_sequence")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.stage}"
