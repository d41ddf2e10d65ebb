from __future__ import annotations

from typing import Any

from rest_framework import serializers

from locations.params import QUERY_MAX_CHARS, SUGGEST_DEFAULT_LIMIT

MAX_RESULTS = 20


class NearField(serializers.CharField):
    """'lat,lng' in degrees."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            lat, lng = (float(part) for part in super().to_internal_value(data).split(","))
        except ValueError:
            raise serializers.ValidationError("Write it as lat,lng in degrees.") from None
        if not (-90 <= lat <= 90 and -180 <= lng <= 180):
            raise serializers.ValidationError("This point is not on Earth.")
        return lat, lng


class SuggestQuery(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=QUERY_MAX_CHARS)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_RESULTS, default=SUGGEST_DEFAULT_LIMIT)
    country = serializers.RegexField(r"^[A-Za-z]{2}$", required=False, default="", allow_blank=True)
    admin1 = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    near = NearField(required=False, default=None, max_length=60, help_text="lat,lng in degrees")

    def validate_q(self, value: str) -> str:
        if not any(character.isalnum() for character in value):
            raise serializers.ValidationError("Type letters or digits of a place's name.")
        return value


class PlaceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    admin1 = serializers.CharField(allow_blank=True)
    country_code = serializers.CharField()
    lat = serializers.FloatField()
    lng = serializers.FloatField()
    label = serializers.CharField()  # type: ignore[assignment]  # the wire's name for it
    population = serializers.IntegerField()


class SuggestSerializer(serializers.Serializer[Any]):
    results = PlaceSerializer(many=True)
