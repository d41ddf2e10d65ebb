from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from rest_framework import serializers


class SourceSerializer(serializers.Serializer[Any]):
    base_url = serializers.URLField(max_length=500)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)

    def validate_base_url(self, value: str) -> str:
        if not value.lower().startswith(("http://", "https://")):
            raise serializers.ValidationError("Enter a web address that starts with http:// or https://.")
        if "@" in urlsplit(value).netloc:
            raise serializers.ValidationError("Leave the name and the password out of the address.")
        return value
