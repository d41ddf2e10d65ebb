from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class OutboxConsumer(models.Model):
    """An index that follows the changes. A row here means: every change of these kinds waits for it, whoever runs."""

    name = models.CharField(max_length=40, primary_key=True)
    kinds = ArrayField(models.CharField(max_length=30))  # event.saved, event.deleted, event.embedded
    subscribed_at = models.DateTimeField(auto_now_add=True)
    delivered = models.BigIntegerField(default=0)
    retried = models.BigIntegerField(default=0)
    buried = models.BigIntegerField(default=0)  # put among the dead letters
    last_delivered_at = models.DateTimeField(null=True, blank=True)
    down_since = models.DateTimeField(null=True, blank=True)  # it refuses everything; messages wait
    last_error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class OutboxMessage(models.Model):
    """A change waiting for one consumer, written in the transaction of the change by a database trigger. Gone once delivered."""

    consumer = models.CharField(max_length=40, default="embedding")
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField(default=1)  # of the payload's schema, see events.changes
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    available_at = models.DateTimeField(auto_now_add=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["consumer", "id"], name="outbox_queue"),
            models.Index(fields=["consumer", "event_id", "id"], name="outbox_order"),
            models.Index(fields=["consumer", "event_id"], name="outbox_retrying", condition=models.Q(attempts__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id} for {self.consumer}"


class DeadLetter(models.Model):
    """A message its consumer will not take. It waits for an operator, who requeues or discards it."""

    id = models.BigIntegerField(primary_key=True)  # as the message's
    consumer = models.CharField(max_length=40)
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField()
    payload = models.JSONField()
    created_at = models.DateTimeField()  # of the change
    attempts = models.PositiveSmallIntegerField()
    error = models.TextField()
    died_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-died_at"], name="dead_letter_died")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id} for {self.consumer}"
