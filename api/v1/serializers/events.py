"""An event as the page's cards, maps and calendar exports read it: numbers are numbers, strings are never null, times carry the venue's own offset."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.rag.facts import PRICE_UNKNOWN, format_ages, format_price
from api.rag.params import MAX_ID
from api.v1.event_rows import EventRow

MAX_IDS = 100


class IdsQuery(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=MAX_ID), required=False, max_length=MAX_IDS, default=list
    )
    limit = serializers.IntegerField(min_value=1, max_value=MAX_IDS, required=False)


class VenueSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(allow_blank=True)
    street_address = serializers.CharField(allow_blank=True)
    city = serializers.CharField(allow_blank=True)
    state = serializers.CharField(allow_blank=True)
    postal_code = serializers.CharField(allow_blank=True)
    country_code = serializers.CharField(allow_blank=True)
    telephone = serializers.CharField(allow_blank=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    precision = serializers.CharField(help_text="exact, city (the centre of the town) or unknown")


class EventSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    occurrence_id = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    start_time = serializers.CharField(help_text="ISO 8601, wall-clock time at the venue with its numeric offset")
    end_time = serializers.CharField(allow_blank=True, help_text="as start_time; empty when the source gives no end")
    all_day = serializers.BooleanField()
    timezone = serializers.CharField()
    url = serializers.CharField(allow_blank=True)
    room_name = serializers.CharField(allow_blank=True)
    organizer = serializers.CharField(allow_blank=True)
    category = serializers.CharField(allow_blank=True)
    metadata_tags = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())
    price = serializers.CharField(allow_blank=True, help_text="Free, $5, CA$15-20; empty when the source does not say")
    age_range = serializers.CharField(allow_blank=True)
    event_status = serializers.CharField(help_text="scheduled, cancelled, postponed or rescheduled")
    event_attendance_mode = serializers.CharField(help_text="online, offline or mixed")
    location = serializers.CharField(allow_blank=True)
    venue = VenueSerializer()


def event_object(row: EventRow) -> dict[str, Any]:
    facts = row.facts
    price = format_price(facts)
    tags = list(facts.tags)
    return {
        "id": facts.event_id,
        "occurrence_id": facts.occurrence_id,
        "title": facts.title,
        "description": facts.description,
        "start_time": facts.start.isoformat(),
        "end_time": facts.end.isoformat() if facts.end else "",
        "all_day": facts.all_day,
        "timezone": facts.zone,
        "url": facts.url,
        "room_name": facts.room,
        "organizer": facts.organizer,
        "category": facts.category,
        "metadata_tags": tags,
        "tags": tags,
        "price": "" if price == PRICE_UNKNOWN else price,
        "age_range": format_ages(facts),
        "event_status": facts.status,
        "event_attendance_mode": facts.attendance,
        "location": ", ".join(part for part in (facts.city, facts.region) if part),
        "venue": _venue(row),
    }


def _venue(row: EventRow) -> dict[str, Any]:
    facts = row.facts
    return {
        "name": facts.venue,
        "street_address": facts.street,
        "city": facts.city,
        "state": facts.region,
        "postal_code": row.postal_code,
        "country_code": facts.country_code,
        "telephone": row.telephone,
        "latitude": facts.lat,
        "longitude": facts.lng,
        "precision": row.precision or "unknown",
    }
