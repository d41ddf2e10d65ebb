"""Admin lists that stay fast over a million rows: no count(*) and no filter that reads a whole table. For every app's admin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db import DataError, connection, models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

EXACT_UP_TO = 10_000
PAGES_UP_TO = 200  # the database reads every row before a page: the last one of a million would take seconds


class EstimatingPaginator(Paginator):
    """Counts to 10,000; beyond, an unfiltered list says the planner's estimate and a filtered one stops there."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        if not rows.query.where:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [rows.model._meta.db_table]
                )
                estimate = int(cursor.fetchone()[0])
            if estimate > EXACT_UP_TO:
                return estimate
        return rows.order_by()[: EXACT_UP_TO + 1].count()

    def page(self, number: int | str) -> Page:
        """Of a later page first the keys: the database reads every row before it, and would join others to each."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        if first == 0:
            return super().page(number)
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        keys = list(rows.values_list("pk", flat=True)[first : first + self.per_page])
        return Page(rows.filter(pk__in=keys), number, self)

    @cached_property
    def num_pages(self) -> int:
        """What lies further down is for a search or a filter to find."""
        return min(math.ceil(self.count / self.per_page) or 1, PAGES_UP_TO)


# Of a link typed without its scheme.
HTTPS_LINKS: dict[Any, dict[str, Any]] = {models.URLField: {"assume_scheme": "https"}}


class PlainChangeList(ChangeList):
    """Says how many rows a search or filter found; of a whole list the foot of the page tells it."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except (DataError, OverflowError, ValueError) as error:  # a filter for what no column holds: NUL, the year -1
            raise IncorrectLookupParameters from error
        if not (self.query or self.get_filters_params()):
            self.full_result_count = self.result_count


NUMBER_MAX_CHARS = 18  # of a bigint; what is longer numbers no row


def number_in(term: str) -> int | None:
    """The number that somebody typed into the search of a list."""
    text = term.strip()
    return int(text) if text.isdecimal() and len(text) <= NUMBER_MAX_CHARS else None


class NumberedAutocomplete(AutocompleteSelect):
    """Django's looks up whatever was posted when it shows a form again, and fails on what numbers no row."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [chosen for chosen in value if number_in(str(chosen)) is not None], attr)


class LargeTableAdmin(ModelAdmin):
    formfield_overrides = HTTPS_LINKS
    paginator = EstimatingPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    list_fullwidth = True
    sortable_by: Sequence[str] = ()  # a list names the columns that an index orders; any other sorts the whole table
    warn_unsaved_form = True
    search_by_number = ""  # the field that a number is searched in, by its index; Django's own "=field" reads every row

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return super().get_search_fields(request) or ((self.search_by_number,) if self.search_by_number else ())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if self.search_by_number and (number := number_in(search_term)) is not None:
            return queryset.filter(**{self.search_by_number: number}), False
        if search_term.strip() and self.search_by_number and not self.search_fields:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PlainChangeList

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if "widget" not in kwargs and db_field.name in self.get_autocomplete_fields(request):
            using = kwargs.get("using")
            kwargs["widget"] = NumberedAutocomplete(db_field, self.admin_site, using=using)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class LatestInline(TabularInline):
    """The first rows of the object on the page by `ordering`, never more than `shown`: an object may have thousands."""

    extra = 0
    max_num = 0
    can_delete = False
    shown = 40

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        parent = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        if parent is None:
            return rows.none()
        try:
            mine = rows.filter(**{self._parent(): unquote(parent)}).values_list("pk", flat=True)
            return rows.filter(pk__in=list(mine[: self.shown]))
        except (ValueError, ValidationError):  # an address that names nothing
            return rows.none()

    def _parent(self) -> str:
        return next(
            f.name
            for f in self.model._meta.fields
            if f.is_relation and f.related_model is self.parent_model and (self.fk_name in (None, f.name))
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(LargeTableAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
