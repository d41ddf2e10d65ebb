"""The gazetteer. Rows come from GeoNames (id = geonameid); what GeoNames does not number gets ids from OWN_IDS upward."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left

OWN_IDS = 10**12


class Location(models.Model):
    class Kind(models.TextChoices):
        CITY = "city"
        STATE = "state"
        COUNTRY = "country"
        ZIP = "zip"
        NEIGHBOURHOOD = "neighbourhood"
        COUNTY = "county"

    class Source(models.TextChoices):
        GEONAMES = "geonames"
        ZIPCODES = "zipcodes"
        OWN = "own"  # added by hand: the importer leaves these alone

    id = models.BigIntegerField(
        primary_key=True, help_text="geonameid, or a number from 10**12 upward for our own rows"
    )
    name = models.CharField(max_length=200)
    ascii_name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=100, db_collation="C", help_text="folded name, what searches compare")
    admin1 = models.CharField(
        max_length=20, blank=True, help_text="state or province code: CA, ON, NSW; GeoNames' elsewhere"
    )
    admin1_name = models.CharField(max_length=100, blank=True)
    country_code = models.CharField(max_length=2)
    lat = models.FloatField()
    lng = models.FloatField()
    population = models.BigIntegerField(
        default=0, help_text="of a state or county: the sum of its places in the gazetteer"
    )
    timezone = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=Kind)
    radius_miles = models.FloatField(
        null=True,
        blank=True,
        help_text="states and countries: holds all their towns; counties: nearly all their ZIP codes; else empty",
    )
    label = models.CharField(max_length=300)
    source = models.CharField(max_length=20, choices=Source, default=Source.OWN)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id__gt=0), name="location_id_positive"),
            models.CheckConstraint(condition=Q(lat__gte=-90, lat__lte=90), name="location_lat_on_earth"),
            models.CheckConstraint(condition=Q(lng__gte=-180, lng__lte=180), name="location_lng_on_earth"),
            models.CheckConstraint(condition=Q(population__gte=0), name="location_population_not_negative"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(label=""), name="location_has_name_and_label"),
            models.CheckConstraint(condition=Q(country_code__regex=r"^[A-Z]{2}$"), name="location_country_is_iso"),
            models.CheckConstraint(condition=~Q(timezone=""), name="location_has_timezone"),
            models.CheckConstraint(
                condition=Q(kind__in=["city", "state", "country", "zip", "neighbourhood", "county"]),
                name="location_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(radius_miles__isnull=True) | Q(radius_miles__gt=0), name="location_radius_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class LocationName(models.Model):
    """One searchable name of a location: its own, an alternate one, or another spelling. The facts searches sort by are copied here."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="names", db_index=False)
    key = models.CharField(max_length=100, db_collation="C")
    name = models.CharField(max_length=200)
    primary = models.BooleanField(help_text="the location's own name, or a spelling of it")
    rank = models.BigIntegerField(help_text="weight in people; what a prefix is sorted by")
    cell = models.IntegerField(help_text="one-degree cell of the location, see geo.cell_of")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["location", "key"], name="locationname_once"),
            models.CheckConstraint(condition=~Q(key=""), name="locationname_key_not_empty"),
        ]
        indexes = [
            # A prefix of 1-3 letters in order of weight: the first rows of the index are the answer (0.1 ms).
            models.Index(Left("key", 1), F("rank").desc(), name="locationname_left1"),
            models.Index(Left("key", 2), F("rank").desc(), name="locationname_left2"),
            models.Index(Left("key", 3), F("rank").desc(), name="locationname_left3"),
            # The beginnings that misspelt words are compared with (params.TYPO_PREFIX_CHARS).
            models.Index(Left("key", 5), F("rank").desc(), name="locationname_left5"),
            # Longer prefixes and exact keys; collation C makes LIKE 'abc%' a range of it.
            models.Index(fields=["key"], name="locationname_key"),
            # Names near the user, whatever their weight.
            models.Index(fields=["cell", "key"], name="locationname_cell"),
        ]

    def __str__(self) -> str:
        return self.name


class TypoKey(models.Model):
    """A beginning of some name with one letter left out (or none): how a misspelt beginning finds the true ones."""

    deletion = models.CharField(max_length=8, db_collation="C")
    prefix = models.CharField(max_length=8, db_collation="C")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deletion", "prefix"], name="typokey_once")]

    def __str__(self) -> str:
        return f"{self.deletion} -> {self.prefix}"


class GazetteerVersion(models.Model):
    """One row whose number changes with every write of the gazetteer: how processes notice that their copy in memory is old."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="gazetteerversion_one_row")]

    def __str__(self) -> str:
        return str(self.number)
