"""Saved questions, and what two settings made of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class QuestionSet(models.Model):
    """`questions` is a list of {"message", "context"?, "grades"?}; grades are {event id: 1 to 3}, where somebody judged."""

    name = models.CharField(max_length=80, unique=True)
    note = models.CharField(max_length=300, blank=True)
    questions = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "set of questions"
        verbose_name_plural = "sets of questions"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class BatchRun(models.Model):
    """One set under two settings. A setting has the runner's fields: weights, sizes, max_distance_miles, model, temperature."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    questions = models.ForeignKey(QuestionSet, on_delete=models.PROTECT, related_name="runs")
    left = models.JSONField(default=dict, blank=True)
    right = models.JSONField(default=dict, blank=True)
    answers = models.BooleanField(default=False, help_text="Let the model answer, too; else the ranking alone is run.")
    in_background = models.BooleanField(default=False, editable=False)  # the worker runs it, a little at a time
    as_of = models.DateTimeField(help_text="The clock of the questions.")
    zone = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    error = models.TextField(blank=True)
    totals = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "batch"
        verbose_name_plural = "batches"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], name="batch_unfinished", condition=models.Q(status__in=["waiting", "running"]))
        ]

    def __str__(self) -> str:
        return f"{self.questions_id}: {self.created_at:%Y-%m-%d %H:%M}"


class BatchRow(models.Model):
    """One question under both settings, and which did better by what."""

    batch = models.ForeignKey(BatchRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    message = models.TextField()
    left = models.JSONField(default=dict)
    right = models.JSONField(default=dict)
    winner = models.CharField(max_length=5, choices=[("left", "Left"), ("right", "Right"), ("tie", "Tie")])
    by = models.CharField(max_length=10)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="batch_row_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}, {self.number}: {self.winner}"
