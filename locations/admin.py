from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from locations.admin_lists import LargeTableAdmin
from locations.models import Location, LocationName
from locations.services import save_location


class LocationNameInline(TabularInline):
    model = LocationName
    extra = 0
    can_delete = False
    fields = readonly_fields = ("name", "key", "primary", "rank")
    ordering = ("-primary", "key")

    def has_add_permission(self, request: HttpRequest, obj: Location | None = None) -> bool:
        return False


@admin.register(Location)
class LocationAdmin(LargeTableAdmin):
    """Rows of the sources can be looked at; the next import would undo an edit. Rows of our own can be edited."""

    list_display = ("label", "kind", "population", "timezone", "source")
    list_filter = ("kind", "source")
    search_fields = ("name_key__startswith",)
    search_by_number = "id"
    ordering = ("-population",)
    search_help_text = "How its name begins, or its number."
    inlines = (LocationNameInline,)
    fields = ("name", "label", "kind", "country_code", "admin1", "admin1_name", "lat", "lng", "radius_miles", "population", "timezone")  # fmt: skip

    def has_change_permission(self, request: HttpRequest, obj: Location | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.source == Location.Source.OWN)

    def has_delete_permission(self, request: HttpRequest, obj: Location | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.source == Location.Source.OWN)

    def save_model(self, request: HttpRequest, obj: Location, form: object, change: bool) -> None:
        save_location(obj)
