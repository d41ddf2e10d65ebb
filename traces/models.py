from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q


class ChatDebugRun(models.Model):
    """The record of one turn."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        SUCCESS = "success", "Success"
        ERROR = "error", "Error"
        CANCELLED = "cancelled", "Cancelled"

    class Origin(models.TextChoices):
        CHAT = "chat", "Chat"
        RUNNER = "runner", "Debug runner"
        REPLAY = "replay", "Replay"
        BATCH = "batch", "Batch"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # It holds the words of the conversation, and goes with it.
    session = models.ForeignKey("conversations.ChatSession", null=True, blank=True, on_delete=models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    turn_id = models.UUIDField(null=True, blank=True, db_index=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.CHAT)
    replay_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replays")
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
        verbose_name = "run"
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["-started_at"], name="run_started"),
            models.Index(fields=["started_at"], name="run_unfinished", condition=Q(status="running")),
        ]

    def __str__(self) -> str:
        return self.message[:60]


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
    created_at = models.DateTimeField()  # when the stage ended

    class Meta:
        verbose_name = "stage"
        ordering = ["run", "sequence"]
        constraints = [models.UniqueConstraint(fields=["run", "sequence"], name="debug_event_sequence")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.stage}"


class PromptVersion(models.Model):
    """The templates behind a version that some run was answered with, so that it can be answered so again."""

    version = models.CharField(max_length=20, primary_key=True)
    templates = models.JSONField()  # text by file name
    first_used_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.version


class WeightProfile(models.Model):
    """A named set of scoring weights. A version never changes; at most one is the one production uses."""

    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField(default=1)
    semantic = models.FloatField(validators=[MinValueValidator(0)])
    location = models.FloatField(validators=[MinValueValidator(0)])
    time = models.FloatField(validators=[MinValueValidator(0)])
    category = models.FloatField(validators=[MinValueValidator(0)])
    popularity = models.FloatField(validators=[MinValueValidator(0)])
    active = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="weight_profile_version"),
            models.UniqueConstraint(fields=["active"], condition=Q(active=True), name="weight_profile_one_active"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class WeightProfileChange(models.Model):
    """Which profile production used from when on; a null profile is the built-in weights."""

    profile = models.ForeignKey(WeightProfile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    previous = models.ForeignKey(WeightProfile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "change of weights"
        verbose_name_plural = "changes of weights"
        ordering = ["-changed_at", "-id"]

    def __str__(self) -> str:
        return f"{self.previous or 'built-in'} -> {self.profile or 'built-in'}"


from traces.batch_models import BatchRow, BatchRun, QuestionSet  # noqa: E402  Django looks for an app's models here
from traces.demand_models import (  # noqa: E402  same
    AnswerDay,
    DemandCell,
    DemandProgress,
    EventDemand,
    EventLoss,
)

__all__ = [
    "AnswerDay",
    "BatchRow",
    "BatchRun",
    "ChatDebugEvent",
    "ChatDebugRun",
    "DemandCell",
    "DemandProgress",
    "EventDemand",
    "EventLoss",
    "PromptVersion",
    "QuestionSet",
    "WeightProfile",
    "WeightProfileChange",
]
