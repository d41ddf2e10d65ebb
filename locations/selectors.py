"""Reads of the gazetteer: suggestions while typing, a place from text or id, and the index that finds places in messages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from locations.geo import cells_around, miles_between, valid_point
from locations.memory import forget_gazetteer, gazetteer
from locations.normalize import place_key
from locations.params import (
    CODE_MAX_CHARS,
    HALF_REGION_MIN_CHARS,
    HOME_BONUS,
    MISSPELT_IF_FEWER,
    QUERY_MAX_CHARS,
    RUNNERS_UP,
    SUGGEST_CANDIDATES,
    SUGGEST_DEFAULT_LIMIT,
    SUGGEST_MAX_LIMIT,
    TYPO_PREFIX_CHARS,
    SuggestWeights,
)
from locations.regions import Region, regions_named, regions_starting
from locations.typos import allowed_edits, edits_to_prefix, lookups

__all__ = [
    "FoundLocation",
    "PlaceResolution",
    "Point",
    "forget_gazetteer",
    "gazetteer",
    "get_location",
    "resolve_place",
    "suggest",
]

Point = tuple[float, float]  # latitude, longitude


@dataclass(frozen=True, slots=True)
class FoundLocation:
    """A gazetteer row as searches return it."""

    id: int
    name: str
    admin1: str
    admin1_name: str
    country_code: str
    lat: float
    lng: float
    population: int
    timezone: str
    kind: str
    radius_miles: float | None  # states and countries; None: the caller's default
    label: str


@dataclass(frozen=True, slots=True)
class _Hit:
    location: FoundLocation
    key: str
    primary: bool
    rank: int


_COLUMNS = ", ".join(f"l.{c}" for c in FoundLocation.__slots__)
_HIT_SQL = "SELECT n.key, n.primary, n.rank, n.location_id FROM locations_locationname n"


def get_location(location_id: int) -> FoundLocation | None:
    rows = _rows(f"SELECT {_COLUMNS} FROM locations_location l WHERE l.id = %s", [location_id])  # noqa: S608 our own column names
    return FoundLocation(*rows[0]) if rows else None


@dataclass(frozen=True, slots=True)
class PlaceResolution:
    """What a text or an id means. `place` is None when nothing fits."""

    place: FoundLocation | None
    confidence: float  # 0..1
    why: str
    radius_miles: float | None = None  # states and countries; None: the caller's default


def resolve_place(text: str = "", *, location_id: int | None = None, hint: Point | None = None) -> PlaceResolution:
    """The place meant. An id always wins over the text; an unknown id resolves to nothing, whatever the text says.

    `hint` is where the user is: it settles between namesakes. Confidence is the share of the best reading among its rivals.
    """
    if location_id is not None:
        found = get_location(location_id)
        if found is None:
            return PlaceResolution(None, 0.0, f"no location has the id {location_id}")
        return PlaceResolution(found, 1.0, "chosen by id", radius_miles=found.radius_miles)
    ranked = _ranked(text, limit=1 + RUNNERS_UP, scope=_Scope(None, None), near=hint)
    if not ranked:
        return PlaceResolution(None, 0.0, f"no place is called {text[:QUERY_MAX_CHARS]!r}")
    best_score, best = ranked[0]
    share = 1.0 / sum(math.exp(score - best_score) for score, _ in ranked)
    why = f"best of {len(ranked)} by name, people{' and closeness' if hint else ''}"
    return PlaceResolution(best, round(share, 3), why, best.radius_miles)


def suggest(
    q: str,
    *,
    limit: int = SUGGEST_DEFAULT_LIMIT,
    country: str | None = None,
    admin1: str | None = None,
    near: Point | None = None,
) -> list[FoundLocation]:
    """Places a person may mean who has typed `q`, best first.

    Beginnings of names first, then names a slip or two away; "City, ST" is understood; weight is population, pulled towards `near`.
    `country` and `admin1` keep only places of that ISO code and division code. Any string is safe; what has no letter finds nothing.
    """
    scope = _Scope(country.upper() if country else None, admin1.upper() if admin1 else None)
    return [found for _, found in _ranked(q, limit=max(0, min(limit, SUGGEST_MAX_LIMIT)), scope=scope, near=near)]


def _ranked(q: str, *, limit: int, scope: _Scope, near: Point | None) -> list[tuple[float, FoundLocation]]:
    text = q[:QUERY_MAX_CHARS].replace("\x00", " ")
    if not limit or not place_key(text):
        return []
    if near is not None and not valid_point(*near):
        near = None
    scored: dict[int, tuple[float, FoundLocation]] = {}
    readings = _readings(text)
    for reading in readings:
        _score_into(scored, reading, _hits(reading, scope, near), near)
    _score_into(scored, readings[0], _coded(readings[0], scope), near)
    for reading in readings:
        if len(scored) < min(limit, MISSPELT_IF_FEWER):
            _score_into(scored, reading, _misspelt(reading, scope), near)
    best = sorted(scored.values(), key=lambda pair: (-pair[0], pair[1].id))
    return _without_twins(best)[:limit]


@dataclass(frozen=True, slots=True)
class _Scope:
    country: str | None
    admin1: str | None

    def sql(self, regions: Sequence[Region]) -> tuple[str, list[Any]]:
        """A condition on `l` and its values."""
        parts: list[str] = []
        values: list[Any] = []
        if self.country:
            parts.append("l.country_code = %s")
            values.append(self.country)
        if self.admin1:
            parts.append("l.admin1 = %s")
            values.append(self.admin1)
        if regions:
            parts.append("(l.country_code = ANY(%s) OR l.country_code || '/' || l.admin1 = ANY(%s))")
            values.append([r.country for r in regions if not r.admin1])
            values.append([f"{r.country}/{r.admin1}" for r in regions if r.admin1])
        return " AND ".join(parts), values


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read the query: a name, perhaps inside some regions."""

    key: str
    regions: tuple[Region, ...] = ()
    whole: bool = True  # the name was typed to its end (something follows it)
    half: bool = False  # the region is half typed and no comma says that it is one: "santa rosa c"


def _readings(text: str) -> list[_Reading]:
    """ "paris, t" is Paris in a region starting with t; "portland or" is Portland in Oregon, or a name that begins so."""
    head, comma, tail = text.rpartition(",")
    if comma and place_key(head):
        regions = regions_starting(tail)
        if regions or not place_key(tail):
            middle = regions_named(head.rpartition(",")[2]) if regions else ()
            name = head.rpartition(",")[0] if middle and "," in head else head
            return [_Reading(place_key(name) or place_key(head), regions)]
    key = place_key(text)
    readings = [_Reading(key, whole=False)]
    words = key.split(" ")
    splits = ((" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, min(len(words), 5)))
    readings += [_Reading(name, regions) for name, rest in splits if (regions := _named(rest))]
    name, rest = " ".join(words[:-1]), words[-1]
    if len(name) >= HALF_REGION_MIN_CHARS and not _named(rest) and (begun := regions_starting(rest)):
        readings.append(_Reading(name, begun, half=True))
    return readings


def _named(rest: str) -> tuple[Region, ...]:
    """ "ca", "california", and "california usa"."""
    if regions := regions_named(rest):
        return regions
    words = rest.split(" ")
    for cut in range(1, len(words)):
        countries = {r.country for r in regions_named(" ".join(words[cut:])) if not r.admin1}
        if inside := tuple(r for r in regions_named(" ".join(words[:cut])) if r.admin1 and r.country in countries):
            return inside
    return ()


def _coded(reading: _Reading, scope: _Scope) -> list[_Hit]:
    """The states and countries of that code: "uk", "tx"."""
    regions = regions_named(reading.key) if len(reading.key) <= CODE_MAX_CHARS and not reading.regions else ()
    if not regions:
        return []
    where, values = scope.sql(())
    hits = _fetch(
        f"""{_HIT_SQL} JOIN locations_location l ON l.id = n.location_id WHERE n.key = ANY(%s) AND l.kind IN ('state', 'country')
            AND l.country_code || '/' || l.admin1 = ANY(%s) {"AND " + where if where else ""}""",
        [[place_key(r.name) for r in regions], [f"{r.country}/{r.admin1}" for r in regions], *values],
    )
    return [_Hit(hit.location, reading.key, True, hit.rank) for hit in hits]


def _hits(reading: _Reading, scope: _Scope, near: Point | None) -> list[_Hit]:
    """By weight among names with this beginning; among exact names; and among names near the user."""
    key, pattern = reading.key, _like(reading.key)
    where, values = scope.sql(reading.regions)
    conditions: list[tuple[str, list[Any]]] = [("n.key = %s", [key])]
    if not reading.regions:
        # Other names of great cities are many: own names are looked at beside them.
        start = (f"left(n.key, {len(key)}) = %s", [key]) if len(key) <= 3 else ("n.key LIKE %s", [pattern])
        conditions += [start, (f"{start[0]} AND n.primary", start[1])]
        if near is not None:
            conditions.append(("n.cell = ANY(%s) AND n.key LIKE %s", [cells_around(*near), pattern]))
    elif len(key) > 2 and not reading.half:
        conditions.append(("n.key LIKE %s", [pattern]))
    selects, arguments = [], []
    for condition, arguments_of in conditions:
        join = (
            f" JOIN locations_location l ON l.id = n.location_id WHERE {condition} AND {where}"
            if where
            else f" WHERE {condition}"
        )
        selects.append(f"({_HIT_SQL}{join} ORDER BY n.rank DESC LIMIT {SUGGEST_CANDIDATES})")
        arguments += [*arguments_of, *values]
    return _fetch(" UNION ALL ".join(selects), arguments)


def _misspelt(reading: _Reading, scope: _Scope) -> list[_Hit]:
    key = reading.key
    most = allowed_edits(key)
    if not most or not key.isascii() or key[0].isdigit():
        return []
    where, values = scope.sql(reading.regions)
    join = "JOIN locations_location l ON l.id = n.location_id" if where else ""
    starts = _rows("SELECT DISTINCT prefix FROM locations_typokey WHERE deletion = ANY(%s)", [lookups(key)])
    # A slip in the first letters leaves the rest as it was: that keeps the candidates few.
    tail = key[TYPO_PREFIX_CHARS + 1 :] if len(key) > TYPO_PREFIX_CHARS + 2 else ""
    hits = _fetch(
        f"""{_HIT_SQL} {join}
            WHERE left(n.key, {TYPO_PREFIX_CHARS}) = ANY(%s) AND (left(n.key, {TYPO_PREFIX_CHARS}) = %s OR strpos(n.key, %s) > 0)
            {"AND " + where if where else ""} ORDER BY n.rank DESC LIMIT {4 * SUGGEST_CANDIDATES}""",
        [[start for (start,) in starts], key[:TYPO_PREFIX_CHARS], tail, *values],
    )
    return [hit for hit in hits if edits_to_prefix(key, hit.key, most)]


def _fetch(hits_sql: str, arguments: Sequence[Any]) -> list[_Hit]:
    rows = _rows(
        f"""SELECT h.key, h.primary, h.rank, {_COLUMNS} FROM ({hits_sql}) h
            JOIN locations_location l ON l.id = h.location_id""",  # noqa: S608 our own SQL; values are arguments
        arguments,
    )
    return [_Hit(FoundLocation(*row[3:]), row[0], row[1], row[2]) for row in rows]


def _rows(sql: str, arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def _like(key: str) -> str:
    return key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _score_into(
    scored: dict[int, tuple[float, FoundLocation]], reading: _Reading, hits: Iterable[_Hit], near: Point | None
) -> None:
    most = allowed_edits(reading.key)
    for hit in hits:
        score = _score(reading, hit, most, near, SuggestWeights())
        known = scored.get(hit.location.id)
        if known is None or known[0] < score:
            scored[hit.location.id] = (score, hit.location)


def _score(reading: _Reading, hit: _Hit, most: int, near: Point | None, weights: SuggestWeights) -> float:
    score = math.log(hit.rank + 10) + HOME_BONUS.get(hit.location.country_code, 0.0)
    if hit.key == reading.key:
        score += weights.exact
        if reading.regions and not reading.half:
            score += weights.exact_in_region
    elif slips := edits_to_prefix(reading.key, hit.key, most):
        score -= weights.slip * slips
    if hit.location.kind == "country" and hit.key != reading.key:
        score -= weights.country
    if not hit.primary:
        score -= weights.alternate
        if len(hit.key) <= 3 and hit.rank < weights.code_min_rank:
            score -= weights.code
    if near is not None:
        miles = miles_between(*near, hit.location.lat, hit.location.lng)
        score += weights.near / (1 + miles / weights.near_half_miles)
    return score


def _without_twins(ranked: Iterable[tuple[float, FoundLocation]]) -> list[tuple[float, FoundLocation]]:
    """The best of each label: GeoNames lists some towns twice, as a town and as its municipality."""
    best: dict[str, tuple[float, FoundLocation]] = {}
    for score, location in ranked:
        best.setdefault(location.label, (score, location))
    return list(best.values())
