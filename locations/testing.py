"""A small real gazetteer for tests, written in a blink: some seventy towns, US states and ZIP codes with their true ids."""

from __future__ import annotations

from functools import cache

from django.db import connection

from locations.models import Location, LocationName
from locations.services import index_names
from locations.sources import (
    LocationRow,
    country_rows,
    county_rows,
    location_of_city,
    region_aliases,
    state_rows,
    zip_rows,
)

# geonameid, name, country, GeoNames' admin1, latitude, longitude, population, time zone (GeoNames, CC BY 4.0)
_TOWNS = (
    (5128581, "New York City", "US", "NY", 40.71427, -74.00597, 8804190, "America/New_York"),
    (5110302, "Brooklyn", "US", "NY", 40.6501, -73.94958, 2736074, "America/New_York"),
    (4560349, "Philadelphia", "US", "PA", 39.95238, -75.16362, 1573916, "America/New_York"),
    (4335045, "New Orleans", "US", "LA", 29.95465, -90.07507, 362701, "America/Chicago"),
    (5506956, "Las Vegas", "US", "NV", 36.17497, -115.13722, 641903, "America/Los_Angeles"),
    (4180439, "Atlanta", "US", "GA", 33.749, -84.38798, 510823, "America/New_York"),
    (5746545, "Portland", "US", "OR", 45.52345, -122.67621, 652503, "America/Los_Angeles"),
    (4975802, "Portland", "US", "ME", 43.65737, -70.2589, 66881, "America/New_York"),
    (4887398, "Chicago", "US", "IL", 41.85003, -87.65005, 2664452, "America/Chicago"),
    (5037649, "Minneapolis", "US", "MN", 44.97997, -93.26384, 410939, "America/Chicago"),
    (4487042, "Raleigh", "US", "NC", 35.7721, -78.63861, 482295, "America/New_York"),
    (4464368, "Durham", "US", "NC", 35.99403, -78.89862, 257636, "America/New_York"),
    (4460162, "Chapel Hill", "US", "NC", 35.9132, -79.05584, 59568, "America/New_York"),
    (4459467, "Cary", "US", "NC", 35.79154, -78.78112, 159769, "America/New_York"),
    (4453066, "Asheville", "US", "NC", 35.60095, -82.55402, 95056, "America/New_York"),
    (4460243, "Charlotte", "US", "NC", 35.22709, -80.84313, 911311, "America/New_York"),
    (4684888, "Dallas", "US", "TX", 32.78306, -96.80667, 1326087, "America/Chicago"),
    (4671654, "Austin", "US", "TX", 30.26715, -97.74306, 974447, "America/Chicago"),
    (4699066, "Houston", "US", "TX", 29.76328, -95.36327, 2314157, "America/Chicago"),
    (4717560, "Paris", "US", "TX", 33.66094, -95.55551, 24782, "America/Chicago"),
    (5392171, "San Jose", "US", "CA", 37.33939, -121.89496, 997368, "America/Los_Angeles"),
    (5378538, "Oakland", "US", "CA", 37.80437, -122.2708, 419267, "America/Los_Angeles"),
    (5327684, "Berkeley", "US", "CA", 37.87159, -122.27275, 120972, "America/Los_Angeles"),
    (5391959, "San Francisco", "US", "CA", 37.77493, -122.41942, 827526, "America/Los_Angeles"),
    (5368361, "Los Angeles", "US", "CA", 34.05223, -118.24368, 3820914, "America/Los_Angeles"),
    (5389489, "Sacramento", "US", "CA", 38.58157, -121.4944, 524943, "America/Los_Angeles"),
    (5341704, "Davis", "US", "CA", 38.54491, -121.74052, 67666, "America/Los_Angeles"),
    (5382232, "Petaluma", "US", "CA", 38.23242, -122.63665, 60438, "America/Los_Angeles"),
    (5393287, "Santa Rosa", "US", "CA", 38.44047, -122.71443, 178127, "America/Los_Angeles"),
    (5394165, "Sebastopol", "US", "CA", 38.40214, -122.82388, 7678, "America/Los_Angeles"),
    (5356012, "Healdsburg", "US", "CA", 38.61047, -122.86916, 11742, "America/Los_Angeles"),
    (5410004, "Windsor", "US", "CA", 38.54713, -122.81638, 27464, "America/Los_Angeles"),
    (4930956, "Boston", "US", "MA", 42.35843, -71.05977, 653833, "America/New_York"),
    (4931972, "Cambridge", "US", "MA", 42.3751, -71.10561, 110402, "America/New_York"),
    (4951788, "Springfield", "US", "MA", 42.10148, -72.58981, 154341, "America/New_York"),
    (4990729, "Detroit", "US", "MI", 42.33143, -83.04575, 645705, "America/Detroit"),
    (5419384, "Denver", "US", "CO", 39.73915, -104.9847, 729019, "America/Denver"),
    (5809844, "Seattle", "US", "WA", 47.60621, -122.33207, 780995, "America/Los_Angeles"),
    (5814616, "Vancouver", "US", "WA", 45.63873, -122.66149, 196442, "America/Los_Angeles"),
    (4164138, "Miami", "US", "FL", 25.77427, -80.19366, 487014, "America/New_York"),
    (4407066, "St. Louis", "US", "MO", 38.62727, -90.19789, 279695, "America/Chicago"),
    (4409896, "Springfield", "US", "MO", 37.21533, -93.29824, 170188, "America/Chicago"),
    (4254679, "Bloomington", "US", "IN", 39.16533, -86.52639, 84067, "America/Indiana/Indianapolis"),
    (4259418, "Indianapolis", "US", "IN", 39.76838, -86.15804, 887642, "America/Indiana/Indianapolis"),
    (4885164, "Bloomington", "US", "IL", 40.4842, -88.99369, 78292, "America/Chicago"),
    (4903780, "Normal", "US", "IL", 40.5142, -88.99063, 54373, "America/Chicago"),
    (4250542, "Springfield", "US", "IL", 39.80172, -89.64371, 114394, "America/Chicago"),
    (5754005, "Springfield", "US", "OR", 44.04624, -123.02203, 60870, "America/Los_Angeles"),
    (5207728, "Reading", "US", "PA", 40.33565, -75.92687, 87879, "America/New_York"),
    (5197079, "Lancaster", "US", "PA", 40.03788, -76.30551, 59339, "America/New_York"),
    (4076598, "Mobile", "US", "AL", 30.69436, -88.04305, 183289, "America/Chicago"),
    (4049979, "Birmingham", "US", "AL", 33.52066, -86.80249, 196357, "America/Chicago"),
    (5101334, "Montclair", "US", "NJ", 40.82593, -74.20903, 39701, "America/New_York"),
    (4782167, "Roanoke", "US", "VA", 37.27097, -79.94143, 100011, "America/New_York"),
    (4140963, "Washington", "US", "DC", 38.89511, -77.03637, 689545, "America/New_York"),
    (5871146, "Palmer", "US", "AK", 61.59941, -149.11456, 6788, "America/Anchorage"),
    (5877641, "Wasilla", "US", "AK", 61.5809, -149.4415, 9284, "America/Anchorage"),
    (5308655, "Phoenix", "US", "AZ", 33.44838, -112.07404, 1650070, "America/Phoenix"),
    (5856195, "Honolulu", "US", "HI", 21.30694, -157.85833, 350964, "Pacific/Honolulu"),
    (6167865, "Toronto", "CA", "08", 43.70643, -79.39864, 2794356, "America/Toronto"),
    (6094817, "Ottawa", "CA", "08", 45.41117, -75.69812, 1017449, "America/Toronto"),
    (6058560, "London", "CA", "08", 42.98339, -81.23304, 422324, "America/Toronto"),
    (6077243, "Montréal", "CA", "10", 45.50884, -73.58781, 1762949, "America/Toronto"),
    (6173331, "Vancouver", "CA", "02", 49.24966, -123.11934, 662248, "America/Vancouver"),
    (2990440, "Nice", "FR", "93", 43.70313, 7.26608, 342669, "Europe/Paris"),
    (2988507, "Paris", "FR", "11", 48.85341, 2.3488, 2138551, "Europe/Paris"),
    (2643743, "London", "GB", "ENG", 51.50853, -0.12574, 8961989, "Europe/London"),
    (2639577, "Reading", "GB", "ENG", 51.45625, -0.97113, 318014, "Europe/London"),
    (2656173, "Bath", "GB", "ENG", 51.3751, -2.36172, 101557, "Europe/London"),
    (2655603, "Birmingham", "GB", "ENG", 52.48142, -1.89983, 1157603, "Europe/London"),
    (2950159, "Berlin", "DE", "16", 52.52437, 13.41053, 3426354, "Europe/Berlin"),
    (1850147, "Tokyo", "JP", "40", 35.6895, 139.69171, 9733276, "Asia/Tokyo"),
    (2147714, "Sydney", "AU", "02", -33.86785, 151.20732, 5638830, "Australia/Sydney"),
    (1283240, "Kathmandu", "NP", "3", 27.70169, 85.3206, 1442271, "Asia/Kathmandu"),
)  # fmt: skip
_FIELDS = ("geonameid", "name", "countrycode", "admin1code", "latitude", "longitude", "population", "timezone")
_COUNTIES = frozenset({"Sonoma County", "Yolo County"})
_ZIPS = frozenset({"95401", "95404", "94952", "95616", "47401", "27601", "10001", "17603", "07042"})
TEST_DATABASES = ("test_", "eventzombie_")


def load_test_places() -> None:
    """Replace the gazetteer by the towns above, their states (where two or more lie in one, with honest circles) and countries, two
    counties, nine ZIPs.

    Every search sees them; `gazetteer()` is built anew from them.
    """
    database = str(connection.settings_dict["NAME"])
    if not database.startswith(TEST_DATABASES):
        raise RuntimeError(
            f"{database!r} is not a test database: its {Location.objects.count()} places stay as they are"
        )
    rows = _rows()
    LocationName.objects.all().delete()
    Location.objects.all().delete()
    locations = Location.objects.bulk_create(Location(**row._asdict()) for row in rows)
    index_names((location, _other_names(row)) for location, row in zip(locations, rows, strict=True))


@cache
def _rows() -> tuple[LocationRow, ...]:
    """Read once per process: they are picked out of 41,000 ZIP codes."""
    towns = [location_of_city(dict(zip(_FIELDS, town, strict=True))) for town in _TOWNS]
    counties = (row for row in county_rows(towns) if row.name in _COUNTIES)
    zips = (row for row in zip_rows() if row.name in _ZIPS)
    return (*towns, *state_rows(towns), *country_rows(towns), *counties, *zips)


def _other_names(row: LocationRow) -> tuple[str, ...]:
    return tuple(region_aliases(row)) if row.kind in ("state", "country") else ()
