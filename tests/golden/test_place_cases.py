"""Suggestions against outside cases (pelias/fuzzy-tests): full names, and the first 60 % of their letters.

A case counts when one of the top answers lies within 25 km of the place expected, by either of the two points the file gives. US states are
compared by code. Out of scope are cases whose expectation no gazetteer of towns could meet; each is listed with its reason. Namesakes
the file tells apart by nothing but their case number ("Springfield" is the one in Illinois) stay in and count as misses.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from locations.geo import miles_between
from locations.selectors import FoundLocation, suggest

CASES_FILE = Path(__file__).parents[3] / "shared" / "data" / "places" / "place_cases.jsonl"
WITHIN_MILES = 25 / 1.609344
PREFIX_SHARE = 0.6

OUT_OF_SCOPE = {
    "Berlin Schoeneberg": "a district written as city and district; GeoNames has it as Schöneberg",
    "Bochum-Hordel": "a part of Bochum; not in GeoNames' places of 500 people",
    "Changshu City": "'City' is the case's own suffix; the coordinates are those of Changshu",
    "Charlottenburg Bezirk": "an administrative district (Bezirk), not a town",
    "Friedrichshain Bezirk": "an administrative district (Bezirk), not a town",
    "Prenzlauer Berg Bezirk": "an administrative district (Bezirk), not a town",
    "Irving": "the coordinates lie in Waterbury, Connecticut; no place of that name is there",
    "Oxnard Shores": "a beach of Oxnard; not in the gazetteer",
    "Reading, MA": "the coordinates are those of Reading, Pennsylvania, which the query excludes",
    "Scarborough": "a district of Toronto that GeoNames' places of 500 people do not list",
    "Upland": "the coordinates lie in Walnut Creek, California; no place of that name is there",
    "Saint Eustatius and Saba, Bonaire": "islands in another island; no coordinates to compare",
    "Melekeok, Palau": "no coordinates to compare",
}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("imported_gazetteer"),
    pytest.mark.skipif(not CASES_FILE.exists(), reason="needs the outside cases of ../shared/data/places"),
]


def cases() -> list[dict[str, Any]]:
    lines = CASES_FILE.read_text(encoding="utf-8").splitlines()
    return [case for line in lines if (case := json.loads(line))["query"] not in OUT_OF_SCOPE]


def right(found: FoundLocation, case: dict[str, Any]) -> bool:
    expected = case["expected"]
    if case["layer"] == "region":
        return (found.kind, found.country_code, found.admin1) == ("state", expected["country_code"], expected["state"])
    points = [(expected["lat"], expected["lng"]), (expected["geo_lat"], expected["geo_lng"])]
    return any(lat is not None and miles_between(lat, lng, found.lat, found.lng) <= WITHIN_MILES for lat, lng in points)


def test_full_names() -> None:
    scored = [(case, [right(found, case) for found in suggest(case["query"], limit=3)]) for case in cases()]
    top1 = sum(hits[:1] == [True] for _, hits in scored) / len(scored)
    top3 = sum(any(hits) for _, hits in scored) / len(scored)
    print(f"\n{len(scored)} full names, {len(OUT_OF_SCOPE)} out of scope: top-1 {top1:.1%}, top-3 {top3:.1%}")
    for case, hits in scored:
        if hits[:1] != [True]:
            expected = case["expected"]
            place = (expected["name"], expected["state"] or "", expected["country_code"] or "")
            got = suggest(case["query"], limit=1)
            print(
                f"  {case['query']!r} meant {place}, first was {got[0].label if got else 'nothing'}; in top 3: {any(hits)}"
            )
    assert top1 >= 0.95
    assert top3 >= 0.99


def test_first_letters() -> None:
    scored = []
    for case in cases():
        typed = case["query"][: math.ceil(PREFIX_SHARE * len(case["query"]))]
        scored.append(any(right(found, case) for found in suggest(typed, limit=3)))
    top3 = sum(scored) / len(scored)
    print(f"\n{len(scored)} beginnings of 60 % of the letters: top-3 {top3:.1%}")
    assert top3 >= 0.80
