from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Case, QuerySet, When
from django.db.models.fields.json import KT
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from api.rag.errors import InvalidRequest
from api.rag.query.text import storable
from locations.admin_lists import LargeTableAdmin
from traces.batch_models import BatchRun, QuestionSet
from traces.batch_run import (
    checked_clock,
    checked_questions,
    checked_setting,
    checked_zone,
    stop_batch,
    unfinished,
)
from traces.overview import Tile

SHOWN_ROWS = 100
_OF_A_SIDE = {"best": "events__0__title", "error": "error", "run": "run_id"}  # of some twenty events with their factors
EXAMPLE = 'For example {"weights": {"location": 0.5}, "max_distance_miles": 25}; {} is what production uses.'


class TypedJSON(forms.JSONField):
    """Django's fails on what lies too deep, and where it shows half a character again."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> Any:
        return storable(super().prepare_value(value))


class QuestionSetForm(forms.ModelForm):
    class Meta:
        model = QuestionSet
        fields = ("name", "note", "questions")
        field_classes = {"questions": TypedJSON}
        help_texts = {
            "questions": 'A list of texts, or of {"message", "context", "grades": {event number: 1 to 3}}.'
            " What is larger than 256 KB: manage.py debug_batch FILE."
        }

    def clean_questions(self) -> Any:
        questions = _clean(lambda: checked_questions(self.cleaned_data["questions"]))
        if questions != self.instance.questions and unfinished().filter(questions=self.instance.pk).exists():
            raise forms.ValidationError(
                "A batch is at work on these questions: wait for it, stop it, or add a new set."
            )
        return questions


class BatchForm(forms.ModelForm):
    class Meta:
        model = BatchRun
        fields = ("questions", "left", "right", "answers", "as_of", "zone")
        field_classes = {"left": TypedJSON, "right": TypedJSON}
        help_texts = {"left": EXAMPLE, "right": EXAMPLE, "as_of": "The clock of the questions, in the zone below."}

    def clean_left(self) -> Any:
        return _clean(lambda: checked_setting("left", self.cleaned_data["left"] or {}))

    def clean_right(self) -> Any:
        return _clean(lambda: checked_setting("right", self.cleaned_data["right"] or {}))

    def clean_zone(self) -> Any:
        return _clean(lambda: checked_zone(self.cleaned_data["zone"]))

    def clean(self) -> dict[str, Any] | None:
        """What was typed is the wall clock of the zone beside it, as in the runner."""
        typed, zone = self.cleaned_data.get("as_of"), self.cleaned_data.get("zone")
        if typed and zone:
            wall_clock = timezone.make_naive(typed).replace(tzinfo=ZoneInfo(zone))
            try:
                self.cleaned_data["as_of"] = _clean(lambda: checked_clock(wall_clock))
            except forms.ValidationError as error:
                self.add_error("as_of", error)
        return super().clean()


def _clean(check: Any) -> Any:
    try:
        return check()
    except InvalidRequest as error:
        raise forms.ValidationError(str(error)) from error


@admin.register(QuestionSet)
class QuestionSetAdmin(LargeTableAdmin):
    form = QuestionSetForm
    list_display = ("name", "size", "note", "created_at")
    search_fields = ("name",)

    @admin.display(description="questions")
    def size(self, row: QuestionSet) -> int:
        return len(row.questions)


@admin.register(BatchRun)
class BatchRunAdmin(LargeTableAdmin):
    """What is added here is run by the worker; it is read afterwards, never edited."""

    form = BatchForm
    list_display = ("questions", "outcome", "wins", "answers", "created_by", "created_at", "finished_at")
    list_filter = ("status", "answers")
    list_select_related = ("questions", "created_by")
    ordering = ("-id",)
    autocomplete_fields = ("questions",)
    readonly_fields = ("status", "error", "result", "clock")
    actions = ("stop",)

    def get_fields(self, request: HttpRequest, obj: BatchRun | None = None) -> tuple[str, ...]:
        asked = ("questions", "left", "right", "answers")
        return ("result", "status", "error", *asked, "clock") if obj else (*asked, "as_of", "zone")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        zone = settings.DEFAULT_USER_ZONE
        clock = timezone.make_naive(timezone.now(), ZoneInfo(zone))
        return {"as_of": clock, "zone": zone, "left": {}, "right": {}}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("left", "right"):
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 3})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: BatchRun, form: forms.ModelForm, change: bool) -> None:
        obj.in_background = True
        obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)
        self.message_user(request, "The worker runs it; the page fills while it does.", messages.SUCCESS)

    @admin.action(description="Stop the selected batches", permissions=["add"])
    def stop(self, request: HttpRequest, queryset: QuerySet[BatchRun]) -> None:
        running = list(unfinished().filter(pk__in=queryset))
        for batch in running:
            stop_batch(batch, by=request.user.get_username())
        self.message_user(request, f"{len(running)} batches stopped; what they answered is kept.", messages.SUCCESS)

    @display(
        description="status",
        label={"Done": "success", "Failed": "danger", "Running": "info", "Waiting": "warning", "Stopped": "warning"},
    )
    def outcome(self, batch: BatchRun) -> str:
        return batch.get_status_display()

    @admin.display(description="as of")
    def clock(self, batch: BatchRun) -> str:
        return f"{batch.as_of.astimezone(ZoneInfo(batch.zone)):%a %d %b %Y, %H:%M %Z} ({batch.zone})"

    @admin.display(description="left / right / ties")
    def wins(self, batch: BatchRun) -> str:
        t = batch.totals
        return f"{t['left_wins']} / {t['right_wins']} / {t['ties']}" if t else "-"

    @admin.display(description="result")
    def result(self, batch: BatchRun) -> str:
        told: str | None = vars(batch).get("told")
        if told is None:  # the page asks for it five times
            told = vars(batch)["told"] = _told(batch)
        return told


def _told(batch: BatchRun) -> str:
    t = batch.totals
    told = {f"{side}_{name}": KT(f"{side}__{at}") for side in ("left", "right") for name, at in _OF_A_SIDE.items()}
    rows = batch.rows.order_by(Case(When(winner="tie", then=1), default=0), "number")  # first what differs
    answered = batch.rows.count()
    tiles = [
        Tile("Left is better", str(t["left_wins"]), _reasons(t, "left")),
        Tile("Right is better", str(t["right_wins"]), _reasons(t, "right")),
        Tile("Ties", str(t["ties"]), f"of {t['questions']} questions"),
        Tile("Same events", "-" if t["same_top"] is None else f"{t['same_top']:.0%}", "of the best ten"),
    ] if t else []  # fmt: skip
    sides = [("Left", t["left"]), ("Right", t["right"])] if t else []
    context = {
        "tiles": tiles,
        "sides": sides,
        "rows": rows.values("number", "message", "winner", "by", **told)[:SHOWN_ROWS],
        "answered": answered,
        "asked": len(batch.questions.questions),
        "shown": min(answered, SHOWN_ROWS),
    }
    return render_to_string("admin/traces/batch_result.html", context)


def _reasons(totals: dict[str, Any], side: str) -> str:
    by = {k.removeprefix(f"{side} by "): n for k, n in totals["reasons"].items() if k.startswith(f"{side} by ")}
    return ", ".join(f"{n} by {reason}" for reason, n in by.items())
