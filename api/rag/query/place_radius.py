"""How far is still there: "within 25 miles", "walking distance", "a 20 minute drive"."""

from __future__ import annotations

import re

from api.rag.query.place_params import PARAMS, PlaceParams

# What the patterns cannot match without: a plain look costs a hundredth of the pattern.
_NUMBER_OF = re.compile(r"\d[\s-]*[mk]", re.IGNORECASE)
_NUMBER = r"(\d{1,4}(?:\.\d{1,2})?)"
_DISTANCE = re.compile(
    rf"\b(?:within|in|inside|less than|under|up to|no more than|at most|max(?:imum)?)\s+(?:a\s+|an\s+|about\s+|around\s+|roughly\s+)*{_NUMBER}[\s-]*"
    r"(miles?|mi|kilomet(?:er|re)s?|kms?)\b(?:\s+radius)?(?:\s+(?:or\s+(?:so|less)|away))?"
    rf"|\b{_NUMBER}[\s-]*(miles?|mi|kilomet(?:er|re)s?|kms?)\s*(?:radius|or less|away|max|from|of|around)\b",
    re.IGNORECASE,
)
_MINUTES = re.compile(
    rf"\b(?:within\s+)?(?:a\s+|an\s+|about\s+)?{_NUMBER}[\s-]*(?:minutes?|mins?)(?:'|’)?[\s-]*(?:of\s+)?(walk|walking|bike ride|bike|biking|drive|driving|car ride)\b",
    re.IGNORECASE,
)
_WORDS = (
    (
        re.compile(
            r"\b(?:in|within)?\s*(?:easy )?walking[\s-]distance\b|\bwalkable\b|\bwalk(?:ing)? (?:from|to) (?:me|here|my)\b",
            re.I,
        ),
        ("walk",),
        "walk",
    ),
    (
        re.compile(r"\b(?:in|within)?\s*(?:biking|cycling|bike)[\s-]distance\b|\bbikeable\b", re.I),
        ("bik", "cycl"),
        "bike",
    ),
    (
        re.compile(r"\b(?:a |within a )?(?:short|quick) drive\b|\b(?:in|within) driving distance\b", re.I),
        ("driv",),
        "drive",
    ),
)


def find_radius(message: str, params: PlaceParams = PARAMS) -> tuple[float, tuple[int, int]] | None:
    """(miles, where the words are), or None. Never above the largest radius; zero counts as none."""
    with_number = _NUMBER_OF.search(message) is not None
    if with_number and (match := _DISTANCE.search(message)):
        number, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
        miles = float(number) * (params.miles_per_kilometre if unit.lower().startswith("k") else 1.0)
        return _bounded(miles, match.span(), params)
    if with_number and (match := _MINUTES.search(message)):
        way = match[2].lower()
        pace = (
            params.miles_per_walked_minute
            if way.startswith("walk")
            else params.miles_per_biked_minute
            if way.startswith("bik")
            else params.miles_per_driven_minute
        )
        return _bounded(float(match[1]) * pace, match.span(), params)
    lengths = {
        "walk": params.walking_radius_miles,
        "bike": params.biking_radius_miles,
        "drive": params.short_drive_radius_miles,
    }
    low = message.lower()
    for pattern, needed, way in _WORDS:
        if any(word in low for word in needed) and (match := pattern.search(message)):
            return lengths[way], match.span()
    return None


def _bounded(miles: float, span: tuple[int, int], params: PlaceParams) -> tuple[float, tuple[int, int]] | None:
    return (round(min(miles, params.max_radius_miles), 2), span) if miles > 0 else None
