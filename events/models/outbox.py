from __future__ import annotations

from django.db import models


class OutboxMessage(models.Model):
    """A change to carry to the indexes, written in the transaction of the change by a database trigger."""

    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=30)  # event.saved, event.deleted
    version = models.PositiveSmallIntegerField(default=1)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(auto_now_add=True)
    last_error = models.TextField(blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["available_at", "id"], name="outbox_due", condition=models.Q(dead_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
