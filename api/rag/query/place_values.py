"""The values of place understanding, and what it needs of the index in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from locations.index import IndexedPlace
from locations.regions import Region

Point = tuple[float, float]  # latitude, longitude
Reach = Literal["near", "far", "abroad", ""]  # from the user, as far as is known


class Gazetteer(Protocol):
    """What understanding needs of the index in memory (locations.index.GazetteerIndex)."""

    def may_hold(self, key: str) -> bool: ...
    def probe(self, key: str) -> tuple[bool, bool]: ...
    def lookup(self, key: str) -> list[tuple[int, bool]]: ...
    def begins_region(self, word: str) -> bool: ...
    def regions(self, key: str) -> tuple[Region, ...]: ...
    def weight(self, row: int) -> int: ...
    def point(self, row: int) -> Point: ...
    def country(self, row: int) -> str: ...
    def zone(self, row: int) -> str: ...
    def area(self, row: int) -> tuple[str, str, str]: ...
    def place(self, row: int) -> IndexedPlace: ...
    def by_id(self, location_id: int) -> IndexedPlace | None: ...
    def nearest(self, lat: float, lng: float) -> IndexedPlace | None: ...


class Reading(NamedTuple):
    """One place a name may mean; `score` compares readings of one name."""

    row: int
    score: float
    weight: int
    own_name: bool


@dataclass(frozen=True, slots=True)
class Mention:
    start: int
    end: int
    words: str
    readings: tuple[Reading, ...]  # best first
    score: float  # compares mentions
    why: str
    qualified: bool = False  # its state or country was said
    downtown: bool = False
    area: bool = False
    refused: bool = False
    loose: bool = False  # no preposition leads to it, and the next word runs on: "Denver Nuggets"
    home_from: int | None = None  # where "I live in" begins, before the name
    comes_from: bool = False  # "visiting from": never where to look
    elsewhere: bool = False  # a far town whose name may also be that of something around here: "in Oakmont"
    spans: tuple[tuple[int, int], ...] = ()  # the name with its preposition


@dataclass(frozen=True, slots=True)
class Cue:
    kind: str  # strong, weak, bare
    at: int  # index of the first token of preposition and fillers
    before: str  # key of the preposition
    downtown: bool = False
    greater: bool = False


def within(area: tuple[str, str, str], regions: Iterable[Region]) -> bool:
    """A country holds its states, but is not inside itself; the same for a state."""
    country, admin1, kind = area
    return any(
        country == r.country
        and (admin1 == r.admin1 if r.admin1 else True)
        and kind != ("state" if r.admin1 else "country")
        for r in regions
    )
