"""Parameters of a search: alike in a JSON body and in a link."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.rag.params import AGE_ASKED_MAX, MAX_ID, MAX_RADIUS_MILES
from api.search.params import (
    CATEGORIES_MAX,
    CATEGORY_MAX_CHARS,
    HANDLE_MAX_CHARS,
    PAGE_DEFAULT,
    PAGE_MAX,
    QUERY_MAX_CHARS,
    RANKED_MAX,
    SIMILAR_DEFAULT,
    SIMILAR_MAX,
    SIMILAR_RADIUS_MILES,
)
from api.search.types import SORTS, SearchRequest
from api.v1.serializers.events import EventSerializer

SHOWN_NAMES, SHOWN_NAME_CHARS = 20, 60  # of parameters that there are not
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
# What makes a new search; none of it goes with a handle, which has it all.
SEARCHING = (
    "query", "location_id", "date_from", "date_to", "categories", "is_virtual", "ages", "price", "radius", "sort", "timezone",
)  # fmt: skip
OF_THIS_MACHINE = {"localtime", "Factory"}  # files beside the zones, whose names say no zone to anybody else
_AGES = re.compile(r"(?P<low>\d{1,3})(?:\s*-\s*(?P<high>\d{1,3})|(?P<open>\+))?")


@cache
def iana_zones() -> frozenset[str]:
    return frozenset(available_timezones() - OF_THIS_MACHINE)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}], "example": "4-8"})
class AgesField(serializers.Field[Any, Any, Any, Any]):
    """4, "4", "4-8", "18+" -> (youngest, oldest or None)."""

    def to_internal_value(self, data: Any) -> tuple[int, int | None]:
        text = str(data).strip() if isinstance(data, int | str) and not isinstance(data, bool) else ""
        found = _AGES.fullmatch(text)
        if found is None:
            raise serializers.ValidationError("Write it as 4, 4-8 or 18+.")
        low = int(found["low"])
        high = None if found["open"] else int(found["high"] or low)
        if max(low, high or 0) > AGE_ASKED_MAX or (high is not None and high < low):
            raise serializers.ValidationError(f"Ages go from 0 to {AGE_ASKED_MAX}, the younger first.")
        return low, high

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(
    {
        "oneOf": [{"type": "number", "minimum": 0}, {"type": "string", "enum": ["free"]}],
        "description": "at most this much",
    }
)
class PriceField(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=9, decimal_places=2, min_value=Decimal(0), **options)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool):
            self.fail("invalid")
        return Decimal(0) if data == "free" else super().to_internal_value(data)


class MilesField(serializers.FloatField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0.1, max_value=MAX_RADIUS_MILES, **options)

    def to_internal_value(self, data: Any) -> float:
        miles = math.nan if isinstance(data, bool) else super().to_internal_value(data)
        if not math.isfinite(miles):
            self.fail("invalid")
        return miles


class WholeNumberField(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class DaysQuery(serializers.Serializer[Any]):
    date_from = serializers.DateField(required=False, help_text="first day, by the clock of the place")
    date_to = serializers.DateField(required=False, help_text="last day, inclusive")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("date_from", "date_to"):
            if name in attrs and not FIRST_DAY <= attrs[name] <= LAST_DAY:
                raise serializers.ValidationError({name: f"Days go from {FIRST_DAY} to {LAST_DAY}."})
        if "date_from" in attrs and "date_to" in attrs and attrs["date_to"] < attrs["date_from"]:
            raise serializers.ValidationError({"date_to": "This day is before date_from."})
        return attrs


class SearchQuerySerializer(DaysQuery):
    query = TextField(
        max_length=QUERY_MAX_CHARS, required=False, default="", allow_blank=True, help_text="words: they rank, and may name day, place, ages, price"
    )  # fmt: skip
    location_id = WholeNumberField(min_value=0, max_value=MAX_ID, required=False)
    categories = serializers.ListField(
        child=TextField(max_length=CATEGORY_MAX_CHARS), max_length=CATEGORIES_MAX, required=False, help_text="any of these"
    )  # fmt: skip
    is_virtual = serializers.BooleanField(required=False, help_text="true: can be joined online; false: in person")
    ages = AgesField(required=False)
    price = PriceField(required=False)
    radius = MilesField(required=False, help_text="miles around the place")
    sort = serializers.ChoiceField(choices=SORTS, required=False)
    timezone = TextField(
        max_length=64, required=False, help_text="IANA name: whose days are meant where no place is named"
    )
    page = WholeNumberField(min_value=1, max_value=RANKED_MAX, default=1)
    limit = WholeNumberField(min_value=1, max_value=PAGE_MAX, default=PAGE_DEFAULT, help_text="events a page")
    search_handle = TextField(max_length=HANDLE_MAX_CHARS, required=False, help_text="pages of a search made before")
    cursor = TextField(max_length=HANDLE_MAX_CHARS + 16, required=False, help_text="next_cursor of the page before")

    def validate_timezone(self, value: str) -> str:
        if value not in iana_zones():
            raise serializers.ValidationError("This is no IANA time zone.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        held = [name for name in ("cursor", "search_handle") if name in attrs]
        if len(held) > 1:
            raise serializers.ValidationError({"cursor": "It names its search itself; leave search_handle out."})
        given = [name for name in SEARCHING if name in self.initial_data]
        if held and given:
            raise serializers.ValidationError({held[0]: f"It holds the whole search; leave {given[0]} out."})
        if "cursor" in attrs:
            attrs |= read_cursor(attrs.pop("cursor"))
        return attrs


def unknown_parameters(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A notice that names them: a filter with a slip in its name filters nothing."""
    names = [name for name in given if name not in SearchQuerySerializer._declared_fields]
    if not names:
        return []
    shown = [name[:SHOWN_NAME_CHARS].encode(errors="replace").decode() for name in names[:SHOWN_NAMES]]
    message = f"Passed over, there is no such parameter: {', '.join(shown)}."
    return [{"code": "unknown_parameter", "message": message, "detail": {"names": shown, "count": len(names)}}]


def search_request(values: Mapping[str, Any]) -> SearchRequest:
    low, high = values.get("ages", (None, None))
    return SearchRequest(
        query=values["query"],
        location_id=values.get("location_id"),
        date_from=values.get("date_from"),
        date_to=values.get("date_to"),
        categories=tuple(dict.fromkeys(values.get("categories", ()))),
        is_virtual=values.get("is_virtual"),
        age_min=low,
        age_max=high,
        max_price=values.get("price"),
        radius_miles=values.get("radius"),
        sort=values.get("sort"),
    )


def cursor_of(handle: str, page: int, limit: int) -> str:
    return f"{handle}.{page}.{limit}"


def read_cursor(cursor: str) -> dict[str, Any]:
    """The handle, page and limit in it; raises ValidationError."""
    found = re.fullmatch(
        rf"(?P<handle>[\w-]{{1,{HANDLE_MAX_CHARS}}})\.(?P<page>[1-9]\d{{0,5}})\.(?P<limit>[1-9]\d{{0,3}})", cursor
    )
    if found is None or int(found["limit"]) > PAGE_MAX or not cursor.isascii():
        raise serializers.ValidationError({"cursor": "This is no next_cursor of a search."})
    return {"search_handle": found["handle"], "page": int(found["page"]), "limit": int(found["limit"])}


class SimilarQuery(DaysQuery):
    radius = MilesField(default=SIMILAR_RADIUS_MILES, help_text="miles around the event")
    limit = WholeNumberField(min_value=1, max_value=SIMILAR_MAX, default=SIMILAR_DEFAULT)


class BucketSerializer(serializers.Serializer[Any]):
    value = serializers.JSONField(help_text="text, or the id of a venue; null: the events do not say")
    label = serializers.CharField()  # type: ignore[assignment]  # the wire's name for it
    count = serializers.IntegerField(help_text="events, each once")


class FacetSerializer(serializers.Serializer[Any]):
    buckets = BucketSerializer(many=True)
    more = serializers.IntegerField(help_text="buckets left out")


class FacetsSerializer(serializers.Serializer[Any]):
    category = FacetSerializer()
    day = FacetSerializer()
    venue = FacetSerializer()
    price = FacetSerializer()
    audience = FacetSerializer()
    city = FacetSerializer()
    attendance = FacetSerializer()


class NoticeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    detail = serializers.DictField()


class SearchAnswerSerializer(serializers.Serializer[Any]):
    search_handle = serializers.CharField(help_text="yours alone, for an hour")
    total_hits = serializers.IntegerField(help_text="exact")
    event_ids = serializers.ListField(child=serializers.IntegerField(), help_text="of this page, best first")
    preview_events = EventSerializer(many=True)
    facets = FacetsSerializer()
    understood = serializers.DictField(help_text="what the words mean")
    filters = serializers.DictField(help_text="what the parameters ask, null where they do not")
    notices = NoticeSerializer(many=True)
    recall = serializers.CharField(help_text="exact or approximate")
    backend = serializers.CharField()
    search_time_ms = serializers.FloatField()
    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    next_cursor = serializers.CharField(allow_null=True)


class SimilarEventSerializer(EventSerializer):
    similarity = serializers.FloatField(help_text="0 to 1")


class SimilarAnswerSerializer(serializers.Serializer[Any]):
    events = SimilarEventSerializer(many=True)
    notices = NoticeSerializer(many=True)
