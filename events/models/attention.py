from __future__ import annotations

from django.db import models

from events.models.event import Event


class EventAttention(models.Model):
    """How often answers have shown an event, and readers opened its listing. Totals alone: nobody's, and they outlive conversations."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.CASCADE, related_name="attention")
    shown = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    stale = models.BooleanField(default=True)  # counted since its popularity was last refreshed

    class Meta:
        indexes = [models.Index(fields=["event"], name="attention_stale", condition=models.Q(stale=True))]

    def __str__(self) -> str:
        return f"event {self.event_id}: shown {self.shown}, opened {self.opened}"


class AttentionMark(models.Model):
    """One row: how far the answers are counted, and how far the round over all events has come."""

    counted_to = models.BigIntegerField(default=0)  # id of the last answer counted
    swept_to = models.BigIntegerField(default=0)  # id of the last event refreshed in this round

    def __str__(self) -> str:
        return f"answers to {self.counted_to}, events to {self.swept_to}"
