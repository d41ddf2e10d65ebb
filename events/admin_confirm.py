"""A page between an action and its deed, for what cannot be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.admin import ModelAdmin, helpers
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

SHOWN_IN_QUESTION = 50
AT_ONCE = 500  # each is a transaction of its own while the page waits, and a field of the form that confirms it
CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Question:
    title: str
    text: str
    lines: Sequence[str]  # what it is about, one line each


def too_many(request: HttpRequest, admin: ModelAdmin, queryset: QuerySet) -> bool:
    """Of which the operator is told."""
    if len(queryset.order_by().values_list("pk", flat=True)[: AT_ONCE + 1]) <= AT_ONCE:
        return False
    admin.message_user(request, f"Select at most {AT_ONCE}.", messages.WARNING)
    return True


def asked(
    request: HttpRequest, admin: ModelAdmin, queryset: QuerySet, action: str, question: Question
) -> HttpResponse | None:
    """The page that asks; None once the operator said yes to it. What was shown is done, also where all rows were selected."""
    if request.POST.get(CONFIRMED):
        return None
    selected = [str(pk) for pk in queryset.values_list("pk", flat=True)]
    context = admin.admin_site.each_context(request) | {
        "title": question.title,
        "question": question,
        "count": len(selected),
        "action": action,
        "confirmed": CONFIRMED,
        "selected": selected,
        "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "opts": admin.model._meta,
    }
    return TemplateResponse(request, "admin/confirm_action.html", context)
