from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator
from django.db.models import Field, QuerySet
from django.db.models.functions import Lower
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.views import ChangeList

from events import curation, relay_admin
from events.admin_clock import WALL_CLOCK, EventClock, zone_of_event, zone_of_occurrence
from events.admin_confirm import SHOWN_IN_QUESTION, Question, asked, too_many
from events.admin_seen import SeenAdmin
from events.deadlocks import past_deadlocks
from events.event_rows import FACTS
from events.importers.addresses import town_of_text
from events.importers.fetch import FetchLimits
from events.importers.refresh import refresh_source, refreshable
from events.models import Event, EventRevision, EventSource, Occurrence, Venue
from events.occurrence_diff import FACTS as OCCURRENCE_FACTS
from events.params import AGE_MAX, DESCRIPTION_MAX
from events.prices import currency_code
from events.selectors import event_counts
from events.text import zone_or_none
from locations.admin_lists import (
    HTTPS_LINKS,
    LargeTableAdmin,
    LatestInline,
    PlainChangeList,
    ReadOnlyAdmin,
    number_in,
)

SHOWN_OCCURRENCES = 40
SHOWN_REVISIONS = 40
ADMIN_FETCH = FetchLimits(deadline_s=20.0)
FETCHED_AT_ONCE = 10  # the page waits for them

__all__ = ["relay_admin"]  # its pages are registered by importing it


def _who(request: HttpRequest) -> str:
    return f"admin:{request.user.get_username()}"[:120]


def _there(moment: datetime, event: Event) -> str:
    """By the clock of the event: 'Fri 20 Nov 2026, 20:00 PST'."""
    local = moment.astimezone(zone_or_none(event.timezone) or UTC)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def _changed_facts(occurrence: Occurrence, changed: list[str]) -> dict[str, Any]:
    """By column; `changed` names the fields of a form."""
    return {name: getattr(occurrence, name) for name in OCCURRENCE_FACTS if name.removesuffix("_id") in changed}


class OccurrenceInline(TabularInline):
    """The next ones; all are in the list of occurrences."""

    model = Occurrence
    formfield_overrides = HTTPS_LINKS | WALL_CLOCK
    fk_name = "event"
    extra = 0
    can_delete = False
    hide_title = True  # the moment in UTC, beside the clock of the event
    fields = ("start", "end", "all_day", "status", "title", "room_name", "url")
    verbose_name_plural = f"Next {SHOWN_OCCURRENCES} occurrences, by the clock of the event's time zone"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Occurrence]:
        rows = super().get_queryset(request)
        event_id = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        if event_id is None or not str(event_id).isdigit():
            return rows.none()
        coming = Occurrence.objects.filter(event_id=event_id, effective_end__gte=timezone.now()).order_by("start", "pk")
        return rows.filter(pk__in=list(coming.values_list("pk", flat=True)[:SHOWN_OCCURRENCES]))


class RevisionInline(LatestInline):
    model = EventRevision
    shown = SHOWN_REVISIONS
    fields = readonly_fields = ("changed_at", "field", "old", "new", "changed_by")
    verbose_name_plural = f"Last {SHOWN_REVISIONS} changes"
    ordering = ("-changed_at", "-pk")


class DuplicateFilter(admin.SimpleListFilter):
    title = "duplicate"
    parameter_name = "duplicate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Stands for itself"), ("yes", "Duplicate of another")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(duplicate_of__isnull=self.value() == "no") if self.value() in ("yes", "no") else queryset


def _validate_zone(name: str) -> None:
    if zone_or_none(name) is None:
        raise ValidationError(f"{name!r} is no time zone: name it like America/New_York.")


def _validate_place(text: str) -> None:
    if town_of_text(text) is None:
        raise ValidationError(f"{text!r} is no town with its state: name it like Santa Rosa, CA.")


def _validate_currency(text: str) -> None:
    if currency_code(text) != text:
        raise ValidationError(f"{text!r} is no currency: name it like USD.")


_CHECKED: dict[str, Callable[[Any], None]] = {
    "timezone": _validate_zone,
    "zone": _validate_zone,
    "place": _validate_place,
    "price_currency": _validate_currency,
    "description": MaxLengthValidator(DESCRIPTION_MAX),
    "age_min": MaxValueValidator(AGE_MAX),
    "age_max": MaxValueValidator(AGE_MAX),
}


class ZonedAdmin(LargeTableAdmin):
    """An unknown zone would break every answer that tells the event's time; what feeds may not bring, nobody types."""

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        shown = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in _CHECKED and shown is not None:
            shown.validators = [*shown.validators, _CHECKED[db_field.name]]
        return shown


@admin.register(Event)
class EventAdmin(EventClock, SeenAdmin, ZonedAdmin):
    list_display = ("title", "place", "source", "status", "attendance", "category", "price", "updated_at")
    list_filter = ("status", "attendance_mode", "is_free", DuplicateFilter)
    sortable_by = ("updated_at",)
    list_select_related = ("venue", "source")
    search_fields = ("title",)
    search_by_number = "id"
    search_help_text = "Words of the title or venue, or an event's number."
    ordering = ("-updated_at",)
    autocomplete_fields = ("venue", "source")
    readonly_fields = (
        "external_id", "status_changed_at", "popularity", "duplicate_of", "document_hash", "created_at", "updated_at", "occurrence_list", "in_answers",
    )  # fmt: skip
    inlines = (OccurrenceInline, RevisionInline)
    actions = ("cancel_events", "embed_again")
    fieldsets = (
        (None, {"fields": ("title", "description", "url", "organizer", "occurrence_list", "in_answers")}),
        ("Where", {"fields": ("venue", "room_name", "attendance_mode", "timezone")}),
        ("For whom", {"fields": (("age_min", "age_max"), "audience", "category", "tags", "language")}),
        ("Price", {"fields": ("is_free", ("price_min", "price_max"), "price_currency")}),
        ("State", {"fields": ("status", "status_changed_at", "duplicate_of", "popularity")}),
        ("Record", {"fields": ("source", "external_id", "document_hash", "created_at", "updated_at")}),
    )

    def zone_of(self, request: HttpRequest, object_id: str | None) -> tzinfo:
        return zone_of_event(request, object_id)

    def get_readonly_fields(self, request: HttpRequest, obj: Event | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "source") if obj else self.readonly_fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """Words through the trigram index over title and venue name, which their order does not matter to."""
        if number_in(search_term) is not None:
            return super().get_search_results(request, queryset, search_term)
        for word in search_term.lower().split():
            queryset = queryset.filter(index_row__name_key__contains=word)
        return queryset, False

    @admin.display(description="venue", ordering="venue__city")
    def place(self, event: Event) -> str:
        return str(event.venue) if event.venue else "-"

    @admin.display(description="attendance")
    def attendance(self, event: Event) -> str:
        return event.get_attendance_mode_display()

    @admin.display(description="price")
    def price(self, event: Event) -> str:
        if event.is_free:
            return "free"
        prices = dict.fromkeys(
            f"{p:.2f}".removesuffix(".00") for p in (event.price_min, event.price_max) if p is not None
        )
        return f"{'–'.join(prices)} {event.price_currency}" if prices else "-"

    @admin.display(description="occurrences")
    def occurrence_list(self, event: Event) -> str:
        if event.pk is None:
            return "-"
        address = reverse("admin:events_occurrence_changelist")
        return format_html('<a href="{}?event__id__exact={}">All its occurrences</a>', address, event.pk)

    @admin.display(description="in answers")
    def in_answers(self, event: Event) -> str:
        if event.pk is None:
            return "-"
        address = reverse("admin:traces_eventdemand_changelist")
        return format_html(
            '<a href="{}?q={}">How often it was considered, shown, and to what it lost</a>', address, event.pk
        )

    def save_model(self, request: HttpRequest, obj: Event, form: ModelForm, change: bool) -> None:
        values = {name: getattr(obj, name) for name in FACTS}
        if change:
            curation.change_event(obj.pk, values, changed_by=_who(request), now=timezone.now())
        else:
            obj.pk = curation.create_event(values, source=obj.source, now=timezone.now()).pk
            obj._state.adding = False

    def save_formset(
        self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet[Any, Any], change: bool
    ) -> None:
        formset.save(commit=False)  # sorts the forms into changed and new; the services write
        if formset.model is not Occurrence:
            return
        for occurrence, changed in formset.changed_objects:
            curation.change_occurrence(
                occurrence.pk,
                _changed_facts(occurrence, changed),
                changed_by=_who(request),
            )
        for occurrence in formset.new_objects:
            curation.add_occurrence(
                form.instance.pk, {n: getattr(occurrence, n) for n in OCCURRENCE_FACTS}, changed_by=_who(request)
            )

    @admin.action(description="Cancel the selected events", permissions=["change"])
    def cancel_events(self, request: HttpRequest, queryset: QuerySet[Event]) -> HttpResponse | None:
        if too_many(request, self, queryset):
            return None
        lines = [
            f"{event.title}: {self.place(event)}" for event in queryset.select_related("venue")[:SHOWN_IN_QUESTION]
        ]
        question = Question("Cancel these events?", "People who ask will no longer be told of them.", lines)
        if (page := asked(request, self, queryset, "cancel_events", question)) is not None:
            return page
        now = timezone.now()
        done = sum(
            past_deadlocks(partial(curation.cancel_event, pk, changed_by=_who(request), now=now))
            for pk in queryset.values_list("pk", flat=True)
        )
        self.message_user(request, f"{done} events cancelled.", messages.SUCCESS)
        return None

    @admin.action(description="Embed the selected events again", permissions=["change"])
    def embed_again(self, request: HttpRequest, queryset: QuerySet[Event]) -> None:
        done = curation.mark_for_embedding(queryset.values_list("pk", flat=True))
        self.message_user(request, f"{done} events will be embedded again by the worker.", messages.SUCCESS)


@admin.register(Occurrence)
class OccurrenceAdmin(EventClock, SeenAdmin, LargeTableAdmin):
    formfield_overrides = HTTPS_LINKS | WALL_CLOCK
    list_display = ("begins", "event", "ends", "all_day", "status")
    list_filter = ("status", "all_day")
    list_select_related = ("event",)
    ordering = ("start",)
    autocomplete_fields = ("event", "venue")
    fieldsets = (
        (
            None,
            {
                "fields": ("event", "start", "end", "all_day", "status", "title", "venue", "room_name", "url"),
                "description": "Start and end are by the clock of the event.",
            },
        ),
    )
    search_fields = ("external_id__exact",)

    def zone_of(self, request: HttpRequest, object_id: str | None) -> tzinfo:
        return zone_of_occurrence(request, object_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Occurrence]:
        """From today on, unless one event's are asked for."""
        rows = super().get_queryset(request)
        changelist = request.resolver_match and request.resolver_match.url_name == "events_occurrence_changelist"
        if not changelist or "event__id__exact" in request.GET or request.GET.get("q"):
            return rows
        return rows.filter(start__gte=timezone.now() - timedelta(days=1))

    def get_readonly_fields(self, request: HttpRequest, obj: Occurrence | None = None) -> tuple[str, ...]:
        return ("event",) if obj else ()

    @admin.display(description="start", ordering="start")
    def begins(self, occurrence: Occurrence) -> str:
        return _there(occurrence.start, occurrence.event)

    @admin.display(description="end")
    def ends(self, occurrence: Occurrence) -> str:
        return _there(occurrence.end, occurrence.event) if occurrence.end else "-"

    def save_model(self, request: HttpRequest, obj: Occurrence, form: ModelForm, change: bool) -> None:
        if change:
            curation.change_occurrence(obj.pk, _changed_facts(obj, form.changed_data), changed_by=_who(request))
        else:
            values = {name: getattr(obj, name) for name in OCCURRENCE_FACTS}
            obj.pk = curation.add_occurrence(obj.event_id, values, changed_by=_who(request)).pk

    def has_delete_permission(self, request: HttpRequest, obj: Occurrence | None = None) -> bool:
        return False  # cancel it: people may have been told about it


class VenueList(PlainChangeList):
    """Counts the events of the rows on the page: a subquery would also count for every row before it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        held = event_counts(venue.pk for venue in self.result_list)
        for venue in self.result_list:
            venue.events_here = held.get(venue.pk, 0)


@admin.register(Venue)
class VenueAdmin(SeenAdmin, ZonedAdmin):
    list_display = ("name", "street_address", "city", "state", "country_code", "precision", "event_count")
    list_filter = ("precision", "kind", "country_code")
    search_fields = ("name", "city")
    ordering = ("-id",)
    autocomplete_fields = ("location",)
    readonly_fields = ("created_at", "updated_at")
    actions = ("merge_selected",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return VenueList

    @admin.display(description="events")
    def event_count(self, venue: Venue) -> int:
        return getattr(venue, "events_here", 0)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Venue], search_term: str
    ) -> tuple[QuerySet[Venue], bool]:
        """By the trigram index on the lower-case name; a town by its exact name."""
        term = search_term.strip()
        if not term:
            return queryset, False
        towns = queryset.filter(city=term)
        return (
            towns if towns.exists() else queryset.annotate(low=Lower("name")).filter(low__contains=term.lower())
        ), False

    def save_model(self, request: HttpRequest, obj: Venue, form: ModelForm, change: bool) -> None:
        curation.save_venue(obj, changed_by=_who(request))

    @admin.action(description="Merge the selected venues into the one with most events", permissions=["change"])
    def merge_selected(self, request: HttpRequest, queryset: QuerySet[Venue]) -> HttpResponse | None:
        if too_many(request, self, queryset):
            return None
        held = Counter(event_counts(queryset.values_list("pk", flat=True)))
        venues = sorted(queryset, key=lambda v: (-held[v.pk], v.precision != Venue.Precision.EXACT, v.pk))
        if len(venues) < 2:
            self.message_user(request, "Select two venues or more.", messages.WARNING)
            return None
        keep = venues[0]
        lines = [f"{v}: {held[v.pk]} events{', stays' if v is keep else ', goes'}" for v in venues]
        text = f"Events and occurrences of the others move to {keep}. This cannot be taken back."
        question = Question("Merge these venues?", text, lines[:SHOWN_IN_QUESTION])
        if (page := asked(request, self, queryset, "merge_selected", question)) is not None:
            return page
        others = [v.pk for v in venues[1:]]
        moved = past_deadlocks(lambda: curation.merge_venues(keep.pk, others, changed_by=_who(request)))
        self.message_user(
            request, f"{len(venues) - 1} venues merged into {keep}; {moved} events moved.", messages.SUCCESS
        )
        return None


@admin.register(EventSource)
class EventSourceAdmin(ZonedAdmin):
    list_display = ("name", "kind", "quality", "active", "approved", "last_imported_at", "failing")
    list_filter = ("kind", "active", "approved")
    sortable_by = list_display
    search_fields = ("name", "slug", "url")
    ordering = ("name",)
    autocomplete_fields = ("submitted_by",)
    readonly_fields = ("last_imported_at", "etag", "last_error", "created_at")
    actions = ("approve", "refresh")

    def save_model(self, request: HttpRequest, obj: EventSource, form: ModelForm, change: bool) -> None:
        if {"url", "zone", "place"} & set(form.changed_data):
            obj.etag = ""  # read otherwise, the same feed says something else
        super().save_model(request, obj, form, change)

    @admin.display(description="last error")
    def failing(self, source: EventSource) -> str:
        return source.last_error[:80] or "-"

    @admin.action(description="Approve and activate the selected sources", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[EventSource]) -> None:
        done = queryset.update(approved=True, active=True)
        self.message_user(request, f"{done} sources approved.", messages.SUCCESS)

    @admin.action(description="Fetch the selected sources now", permissions=["change"])
    def refresh(self, request: HttpRequest, queryset: QuerySet[EventSource]) -> None:
        chosen = list(refreshable(queryset))
        if len(chosen) > FETCHED_AT_ONCE:
            self.message_user(request, f"Select at most {FETCHED_AT_ONCE} sources.", messages.WARNING)
            return
        if others := queryset.exclude(pk__in=[source.pk for source in chosen]).count():
            text = f"{others} not fetched: only active and approved sources with an address are."
            self.message_user(request, text, messages.WARNING)
        for source in chosen:
            outcome = refresh_source(source, now=timezone.now(), limits=ADMIN_FETCH)
            level = messages.SUCCESS if outcome.ok else messages.ERROR
            self.message_user(request, f"{source.name}: {outcome.text}", level)


@admin.register(EventRevision)
class EventRevisionAdmin(ReadOnlyAdmin):
    list_display = ("changed_at", "event", "field", "old", "new", "changed_by")
    list_select_related = ("event",)
    search_by_number = "event"
    search_help_text = "The number of an event."
    ordering = ("-id",)
