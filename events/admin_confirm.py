"""A page between an action and its deed, for what cannot be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.admin import ModelAdmin, helpers
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

SHOWN_IN_QUESTION = 50
CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Question:
    title: str
    text: str
    lines: Sequence[str]  # what it is about, one line each


def asked(
    request: HttpRequest, admin: ModelAdmin, queryset: QuerySet, action: str, question: Question
) -> HttpResponse | None:
    """The page that asks; None once the operator said yes to it."""
    if request.POST.get(CONFIRMED):
        return None
    context = admin.admin_site.each_context(request) | {
        "title": question.title,
        "question": question,
        "count": queryset.count(),
        "action": action,
        "confirmed": CONFIRMED,
        "selected": [str(pk) for pk in queryset.values_list("pk", flat=True)],
        "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "across": request.POST.get("select_across", "0"),
        "opts": admin.model._meta,
    }
    return TemplateResponse(request, "admin/confirm_action.html", context)
