"""How far away is still there: "within 25 miles", "walking distance", "a 30 minute drive"; and how long a walk or a ride itself is."""

from __future__ import annotations

import re
from typing import Literal

from api.rag.params import Reach, UnderstandingParams
from api.rag.query.text import Gated, Span, bounded

MILES_PER_KM = 0.621371
MINUTES_PER_HOUR = 60

Way = Literal["walk", "bike", "drive"]
_AMOUNTS = {
    "half": 0.5, "half a": 0.5, "half an": 0.5, "one": 1.0, "a": 1.0, "an": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "ten": 10.0,
    "fifteen": 15.0, "twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0,
}  # fmt: skip
_COUNT = rf"(?<![\w.:/$])(?:\d{{1,4}}(?:\.\d{{1,2}})?|{'|'.join(sorted(_AMOUNTS.keys() - {'a', 'an'}, key=len, reverse=True))})"
_N = rf"(?P<n>{_COUNT}|\ban?)"
_LENGTH = r"(?:miles?|mi|kms?|kilomet(?:er|re)s?)"
_HOURS = r"(?:hours?|hrs?|hr)"
_TIME = rf"{_N}(?P<half> and a half)?[\s-]*(?P<unit>{_HOURS}|minutes?|mins?|min)'?s?(?P<more> and a half)?"
# Where somebody is says nothing of the place; "of" and "from" before a name stay, for they lead to it.
_FROM_HERE = (
    r"(?:\s+(?:of|from|around|to)\s+(?:here|me|home|us|where (?:i am|we are|i live|we live)"
    r"|(?:my|our|the) (?:house|home|place|hotel|motel|work|office|apartment|airbnb|campsite|campground|location))\b)?"
)
_TRIP = Gated(
    bounded(
        rf"\b(?:within\s+)?(?:(?:an?|about|around)\s+){{0,2}}{_TIME}[\s-]+(?:(?:of|by|on)\s+)?"
        rf"(?P<how>drive|driving|car|walk|walking|foot|bike ride|biking|bike|cycling)\b(?:\s+away\b)?{_FROM_HERE}"
    ),
    ("driv", "car", "walk", "foot", "bik", "cycl"),
)
_CAN_GO = Gated(
    bounded(
        r"\b(?P<how>drive|driving|walk|walking|bike|biking)\s+(?:(?:for|about|around|maybe|up to|at most|no more than|more than|as far as|an?)\s+){0,2}"
        rf"{_TIME}\b"
    ),
    ("driv", "walk", "bik"),
)
# 'Within an hour of Denver' and '30 minutes from Raleigh' are ways to go; 'within an hour', 'an hour from now' and 'an hour of jazz' are not.
_TIME_AWAY = Gated(
    bounded(
        rf"(?:\b(?P<within>within)\s+)?\b(?:(?:an?|about|around)\s+){{0,2}}{_TIME}"
        r"(?:\s+away\b|(?=\s+(?(within)(?:of|from)|from)\b(?!\s+(?:now|then|today|\d|sun|noon|mid|dark))))"
        rf"{_FROM_HERE}"
    ),
    ("within", " from ", " away"),
)
_IN = r"\b(?:(?:with)?in\s+)?(?:an?\s+)?(?:(?:easy|short|quick|reasonable|comfortable)\s+)?"
_NO_NUMBER: dict[Way, Gated] = {
    "walk": Gated(
        bounded(
            rf"(?:{_IN}walking[\s-]+distance\b|\bwalkable\b|\ba short walk\b(?=\s+(?:away|from|of|to)\b)|\b(?:can|could) walk(?=\s+(?:to|from|there)\b)"
            rf"|\bwalk(?:ing)?(?=\s+(?:from|to) (?:me|here|my)\b)|\b(?:within\s+)?(?:an?\s+)?(?:few|couple|couple of|two|three|\d) blocks\b)(?:\s+away\b)?{_FROM_HERE}"
        ),
        ("walk", "blocks"),
    ),
    "bike": Gated(
        bounded(
            rf"(?:{_IN}(?:biking|cycling|bike)[\s-]+distance\b|\bbikeable\b|\b(?:can|could) bike(?=\s+(?:to|from|there)\b))(?:\s+away\b)?{_FROM_HERE}"
        ),
        ("bik", "cycling"),
    ),
    "drive": Gated(
        bounded(
            rf"(?:{_IN}driving[\s-]+distance\b|\b(?:within\s+)?(?:a\s+)?(?:short|quick|easy) drive\b)(?:\s+away\b)?{_FROM_HERE}"
        ),
        ("driv",),
    ),
}
_MILES = Gated(
    bounded(
        rf"(?:(?P<n>{_COUNT})|\bwithin\s+an?)[\s-]*(?P<unit>{_LENGTH})\b(?:[\s-]*radius)?(?:\s+(?:or less|max|away|or so)\b)?{_FROM_HERE}"
    ),
    ("mi", "km", "kilomet"),
)
# "A 5 mile run", "hike 3 miles or less", "a 2 hour walk": how long it is, not how far away.
_GOING = (
    r"(?:runs?|jogs?|races?|hikes?|hiking|walks?|strolls?|rides?|bike rides?|bike|cycle|loop|trail|marathon|fun run)"
)
_LENGTHS = bounded(
    rf"(?:{_COUNT}[\s-]*(?:{_LENGTH}|{_HOURS})|\ban?\s+{_HOURS})(?=[\s-]+(?:long\s+)?{_GOING}\b"
    r"(?!\s+(?:away|from|of)\b))"
)
_GOES = bounded(
    r"\b(?<!can )(?<!could )(?P<go>walk|hike|bike|ride|run|cycle|jog|stroll|paddle|swim|walking|hiking|biking|riding|running|hikes|walks|runs|rides)\s+"
    rf"(?P<long>(?:(?:of|for|about|around|maybe|up to|at most|under|less than|no more than|more than|longer than|shorter than|over)\s+){{0,2}}"
    rf"(?:{_COUNT}[\s-]*{_LENGTH}|(?:one|an?|two|three)\s+hours?)\b(?:\s+(?:or\s+(?:so|less)|max))?)(?!\s+(?:away|from|of|around)\b)"
)
_LENGTH_SIGNS = bounded(r"\b(?:mi|mile|miles|kms?|kilomet\w+|hours?|hrs?)\b|\d(?:mi|km|hr)")


def find_distance(low: str, params: UnderstandingParams) -> tuple[float, Span] | None:
    """Miles from the place that still count as there, and where the words stand. `low` has no lengths of walks in it."""
    for kind in (_TRIP, _TIME_AWAY, _CAN_GO):
        if timed := _first(kind, low):
            return _bounded(_minutes(timed) * _reach(_way(timed), params).miles_per_minute, params), timed.span()
    for way, kind in _NO_NUMBER.items():
        if named := _first(kind, low):
            return _reach(way, params).miles, named.span()
    for match in _MILES.finditer(low):
        miles = _amount(match["n"] or "a") * (1.0 if match["unit"].startswith("mi") else MILES_PER_KM)
        if miles > 0:
            return _bounded(miles, params), match.span()
    return None


def find_lengths(low: str) -> list[Span]:
    """Where a message says how long the walk or the ride itself is."""
    if not _LENGTH_SIGNS.search(low):
        return []
    return [*(m.span() for m in _LENGTHS.finditer(low)), *(m.span("long") for m in _GOES.finditer(low))]


def _first(kind: Gated, low: str) -> re.Match[str] | None:
    return next(iter(kind.finditer(low)), None)


def _minutes(match: re.Match[str]) -> float:
    amount = _amount(match["n"]) + (0.5 if match["half"] or match["more"] else 0.0)
    return amount * (MINUTES_PER_HOUR if match["unit"].startswith("h") else 1)


def _amount(said: str) -> float:
    return _AMOUNTS[said] if said in _AMOUNTS else float(said)


def _way(match: re.Match[str]) -> Way:
    said = match.groupdict().get("how") or ""  # 'within an hour of Denver' is by car
    return "walk" if said.startswith(("walk", "foot")) else "bike" if said.startswith(("bik", "cycl")) else "drive"


def _reach(way: Way, params: UnderstandingParams) -> Reach:
    return {"walk": params.walk, "bike": params.bike, "drive": params.drive}[way]


def _bounded(miles: float, params: UnderstandingParams) -> float:
    return round(min(miles, params.max_radius_miles), 1)
