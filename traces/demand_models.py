"""Counts over many turns, without who asked and without their words: what outlives the runs."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class AnswerDay(models.Model):
    """One day (UTC) of answers. The times are histograms over `unmet_demand.TIME_BOUNDS_MS`."""

    day = models.DateField(primary_key=True)
    answers = models.PositiveIntegerField(default=0)
    empty = models.PositiveIntegerField(default=0)  # nothing inside the constraints
    weak = models.PositiveIntegerField(default=0)  # something, and nothing good enough
    failed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    composed = models.PositiveIntegerField(default=0)  # no model spoke
    lexical = models.PositiveIntegerField(default=0)  # the embedding service was silent
    checked = models.PositiveIntegerField(default=0)  # claims
    corrected = models.PositiveIntegerField(default=0)
    withheld = models.PositiveIntegerField(default=0)
    total_times = ArrayField(models.PositiveIntegerField(), default=list)
    first_token_times = ArrayField(models.PositiveIntegerField(), default=list)

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}"


class DemandCell(models.Model):
    """How often one kind of question was asked about one place, and how often in vain. Every word is from a closed list."""

    day = models.DateField()
    place = models.CharField(max_length=200)
    when = models.CharField(max_length=20)
    category = models.CharField(max_length=80)
    asked = models.PositiveIntegerField(default=0)
    empty = models.PositiveIntegerField(default=0)
    weak = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "unmet demand"
        verbose_name_plural = "unmet demand"
        constraints = [models.UniqueConstraint(fields=["day", "place", "when", "category"], name="demand_cell_once")]

    def __str__(self) -> str:
        return f"{self.category}, {self.when}, {self.place}"


class EventDemand(models.Model):
    """How an event fared in the answers it was considered for."""

    event = models.OneToOneField("events.Event", primary_key=True, on_delete=models.CASCADE, related_name="demand")
    considered = models.PositiveIntegerField(default=0)  # it was in one of the tiers
    shown = models.PositiveIntegerField(default=0)  # recommended
    near = models.PositiveIntegerField(default=0)  # close to the topic, but behind those recommended
    last_on = models.DateField()

    class Meta:
        verbose_name = "event in answers"
        verbose_name_plural = "events in answers"
        indexes = [
            models.Index(fields=["-considered"], name="event_demand_considered"),
            models.Index(fields=["-near"], name="event_demand_near"),
            models.Index(fields=["last_on"], name="event_demand_last"),
        ]

    def __str__(self) -> str:
        return f"event {self.event_id} in answers"


class EventLoss(models.Model):
    """`event` was close, and `winner` had the last recommended place before it."""

    demand = models.ForeignKey(EventDemand, on_delete=models.CASCADE, related_name="losses")
    winner = models.ForeignKey("events.Event", on_delete=models.CASCADE, related_name="+")
    times = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "lost to"
        verbose_name_plural = "lost to"
        constraints = [models.UniqueConstraint(fields=["demand", "winner"], name="event_loss_once")]

    def __str__(self) -> str:
        return f"{self.demand_id} lost to {self.winner_id}"


class DemandProgress(models.Model):
    """One row: up to which run the counts go. Locked while they grow, so every run counts once."""

    started_at = models.DateTimeField(null=True)
    run_id = models.UUIDField(null=True)
    counted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"counted to {self.started_at}"
