from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class ChatSession(models.Model):
    """A conversation. `ledger` carries its constraints from turn to turn."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chat_sessions")
    title = models.CharField(max_length=200, blank=True)
    ledger = models.JSONField(default=dict, blank=True)
    archived = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-updated_at"], name="session_user_recent")]

    def __str__(self) -> str:
        return self.title or str(self.id)


class ChatMessage(models.Model):
    """One side of a turn. An answer carries its receipt: the events, the facts as told and their revision."""

    class Role(models.TextChoices):
        USER = "user", "User"
        ASSISTANT = "assistant", "Assistant"

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        COMPLETE = "complete", "Complete"
        NO_MATCHES = "no_matches", "No matches"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="messages")
    turn_id = models.UUIDField(default=uuid.uuid4, db_index=True)
    role = models.CharField(max_length=10, choices=Role)
    model_slot = models.CharField(max_length=1, default="A")  # A, or B of two models side by side
    content = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.COMPLETE)
    error_code = models.CharField(max_length=40, blank=True)
    event_ids = models.JSONField(default=list, blank=True)
    receipt = models.JSONField(default=dict, blank=True)
    usage = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            # One turn at a time per session: the second POST finds the first one's row.
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(status="running", model_slot="A"),
                name="message_one_running_turn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.content[:60]}"


class AnswerPreference(models.Model):
    """Which of two answers side by side the reader chose. The messages of the turn say what wrote them."""

    class Slot(models.TextChoices):
        A = "A", "A"
        B = "B", "B"

    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="preferences")
    turn_id = models.UUIDField(unique=True)
    chosen = models.CharField(max_length=1, choices=Slot)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.turn_id}: {self.chosen}"


class ChatTurn(models.Model):
    """The live state of a turn, so that any worker can show its chunks, stop it, or end it when its own worker died."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="+")
    idempotency_key = models.CharField(max_length=100, blank=True)
    question_digest = models.CharField(max_length=32)
    heartbeat_at = models.DateTimeField()  # by the clock of the database, like read_at
    read_at = models.DateTimeField(null=True, blank=True)  # when another worker last had a reader
    stop_requested = models.BooleanField(default=False)
    lost = models.BooleanField(default=False)  # its worker died; the chunks have no end
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"], condition=~Q(idempotency_key=""), name="turn_one_per_key"
            ),
        ]
        indexes = [models.Index(fields=["user"], condition=Q(finished_at=None), name="turn_running")]

    def __str__(self) -> str:
        return str(self.id)


class TurnChunk(models.Model):
    """A run of chunks of one turn, as they were published: `bodies` holds one JSON object a line."""

    turn = models.ForeignKey(ChatTurn, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    first = models.PositiveIntegerField()  # the number of the first one, from 1
    bodies = models.TextField()
    text = models.TextField(blank=True)  # what of the answer they show

    class Meta:
        ordering = ["first"]
        constraints = [models.UniqueConstraint(fields=["turn", "first"], name="chunk_once")]

    def __str__(self) -> str:
        return f"{self.turn_id} from {self.first}"
