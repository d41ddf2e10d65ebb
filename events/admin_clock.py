"""Times of an event are typed and shown by its own clock, as answers tell them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField
from django.forms import SplitDateTimeField
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from events.models import Event, Occurrence
from events.params import YEARS
from events.text import zone_or_none


class WallClockField(SplitDateTimeField):
    """Of an hour that the clocks repeat the first is meant; Django would refuse it, and the whole form with it."""

    def compress(self, data_list: Any) -> datetime | None:
        if data_list and data_list[0] and data_list[0].year not in YEARS:
            raise ValidationError(f"The year is not from {YEARS[0]} to {YEARS[-1]}.")
        try:
            return super().compress(data_list)
        except ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
            zone = timezone.get_current_timezone()
            typed = datetime.combine(*data_list)
            moment = typed.replace(tzinfo=zone)
            if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != typed:  # the clocks skip it
                raise
            return moment


WALL_CLOCK: dict[Any, dict[str, Any]] = {DateTimeField: {"form_class": WallClockField}}  # a formfield_overrides


class EventClock:
    """For the admin of what has an event's times; `zone_of` says by which clock."""

    def zone_of(self, request: HttpRequest, object_id: str | None) -> tzinfo:
        raise NotImplementedError

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        with timezone.override(self.zone_of(request, object_id)):
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
            if isinstance(response, SimpleTemplateResponse):
                response.render()  # later the clock would be another
        return response


def zone_of_event(request: HttpRequest, object_id: str | None) -> tzinfo:
    """The stored one, by which the form was shown; of a new event the one that is typed."""
    if object_id is None:
        return zone_or_none(_typed(request.POST, "timezone")) or UTC
    return (
        _zone(Event.objects.filter(pk=object_id).values_list("timezone", flat=True)) if object_id.isdecimal() else UTC
    )


def zone_of_occurrence(request: HttpRequest, object_id: str | None) -> tzinfo:
    if object_id is None:
        event = _typed(request.POST, "event") or _typed(request.GET, "event")
        return zone_of_event(request, event) if event else UTC
    rows = Occurrence.objects.filter(pk=object_id) if object_id.isdecimal() else Occurrence.objects.none()
    return _zone(rows.values_list("event__timezone", flat=True))


def _typed(form: Mapping[str, Any], name: str) -> str:
    return str(form.get(name) or "").strip()


def _zone(names: Any) -> tzinfo:
    name = names.first()
    return (zone_or_none(name) if name else None) or UTC
