"""Two at one record: a form that was opened before somebody else's change is not saved over it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest

from events.deadlocks import past_deadlocks
from events.models import EventRevision, Venue

TOLD = 5  # changes in the message


def version_of(row: Any) -> str:
    """Of an event and its occurrences the last change of a fact, by whomever; of a venue when it was saved."""
    if row is None or row.pk is None:
        return ""
    if isinstance(row, Venue):
        return row.updated_at.isoformat()
    return str(_revisions(row).values_list("pk", flat=True).first() or 0)


def _revisions(row: Any) -> Any:
    return EventRevision.objects.filter(event_id=getattr(row, "event_id", row.pk)).order_by("-pk")


class SeenForm(forms.ModelForm):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = version_of(self.instance)

    def clean(self) -> dict[str, Any] | None:
        seen, now = self.cleaned_data.get("seen"), self.initial["seen"]
        if seen and seen != now:
            raise forms.ValidationError(f"Changed since this page was opened{self._told(seen)}. Open it again.")
        return super().clean()

    def _told(self, seen: str) -> str:
        if isinstance(self.instance, Venue) or not seen.isdecimal():
            return ""
        since = _revisions(self.instance).filter(pk__gt=int(seen)).values_list("field", "changed_by").distinct()
        return ": " + ", ".join(dict.fromkeys(f"{field} by {who}" for field, who in since[:TOLD]))


class SeenAdmin:
    """For a ModelAdmin; its form carries what was seen. A form is saved in one transaction, as a batch of an import is."""

    form = SeenForm

    def changeform_view(self, *args: Any, **kwargs: Any) -> Any:
        return past_deadlocks(partial(super().changeform_view, *args, **kwargs))  # type: ignore[misc]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if obj is None or not self.has_change_permission(request, obj):  # type: ignore[attr-defined]
            return fieldsets
        (name, options), *rest = fieldsets
        return [(name, options | {"fields": (*options["fields"], "seen")}), *rest]
