from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower


class Venue(models.Model):
    class Kind(models.TextChoices):
        PLACE = "place", "Place"  # a building or park with an address
        CITY = "city", "City only"  # the feed names no venue; coordinates are the city's
        ONLINE = "online", "Online"

    class Precision(models.TextChoices):
        EXACT = "exact", "Exact"
        CITY = "city", "City centre"
        UNKNOWN = "unknown", "Unknown"

    name = models.CharField(max_length=300, blank=True)
    street_address = models.CharField(max_length=300, blank=True)
    city = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=60, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    precision = models.CharField(max_length=10, choices=Precision, default=Precision.UNKNOWN)
    timezone = models.CharField(max_length=64, default="UTC")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PLACE)
    telephone = models.CharField(max_length=40, blank=True)
    url = models.URLField(max_length=500, blank=True)
    location = models.ForeignKey("locations.Location", null=True, blank=True, on_delete=models.SET_NULL)
    key = models.CharField(max_length=64, unique=True, editable=False)  # hash of the normalised name and address
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="venue_lat_range",
                condition=Q(latitude__isnull=True) | Q(latitude__range=(-90, 90)),
                violation_error_message="A latitude is from -90 to 90.",
            ),
            models.CheckConstraint(
                name="venue_lng_range",
                condition=Q(longitude__isnull=True) | Q(longitude__range=(-180, 180)),
                violation_error_message="A longitude is from -180 to 180.",
            ),
            models.CheckConstraint(
                name="venue_lat_with_lng",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False),
                violation_error_message="Latitude and longitude are given together or not at all.",
            ),
        ]
        indexes = [
            models.Index(F("city"), F("state"), name="venue_city_state"),
            GinIndex(OpClass(Lower("name"), name="gin_trgm_ops"), name="venue_name_trgm"),
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.city, self.state) if part) or f"Venue {self.pk}"
