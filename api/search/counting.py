"""Counts and orders candidates that come as columns of numbers: days, venues, cities, ranks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from api.search.params import FACET_DAYS
from api.search.types import Sort

Column = np.ndarray[Any, np.dtype[Any]]
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
NEVER = np.iinfo(np.int64).min  # -infinity, as PostgreSQL sends it
_HEADER = 20  # bytes before the elements of an array of one dimension, each of which comes after its length
TICK = timedelta(microseconds=1)


def column(sent: bytes | None, kind: str) -> Column:
    """From the binary format of an array without NULLs, None being an empty one; `kind` is ">i8" or ">f8"."""
    elements = np.frombuffer((sent or b"")[_HEADER:], dtype=[("length", ">i4"), ("value", kind)])
    return elements["value"].astype(kind[1:])


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // TICK


@dataclass(frozen=True, slots=True)
class Candidates:
    """Events by ascending id, and their fitting occurrences; `event` is the place of an occurrence's event among the ids.

    `rank` and `miles` are empty where nothing is ordered by them. Times are microseconds since 2000. `until` is NEVER for what is on only on the day on which it starts. `venue` 0: nowhere known.
    `only` marks the occurrences of events that have no other: whatever is counted of those needs no second look.
    """

    ids: Column
    rank: Column
    event: Column
    start: Column
    until: Column
    venue: Column
    miles: Column
    only: Column

    @classmethod
    def read(cls, occurrences: Sequence[bytes | None], events: Sequence[bytes | None]) -> Candidates:
        """From the columns of the search statement. Occurrences of events that are not candidates are left out."""
        ids, usual, rank = (column(sent, kind) for sent, kind in zip(events, (">i8", ">i8", ">f8"), strict=True))
        by_id = np.argsort(ids)
        ids, usual, rank = ids[by_id], usual[by_id], rank[by_id] if len(rank) else rank
        kinds = (">i8", ">i8", ">i8", ">i8", ">f8")
        of, start, until, venue, miles = (column(sent, kind) for sent, kind in zip(occurrences, kinds, strict=True))
        event = np.searchsorted(ids, of)
        known = event < len(ids)
        known[known] = ids[event[known]] == of[known]
        event, venue = event[known], venue[known]
        only = np.bincount(event, minlength=len(ids))[event] == 1
        venue = np.where(venue == 0, usual[event], venue)
        miles = miles[known] if len(miles) else miles
        return cls(ids, rank, event, start[known], until[known], venue, miles, only)

    def ordered(self, sort: Sort, now: datetime, limit: int) -> tuple[int, ...]:
        """Ids, best first, by `sort`, then the start of the first fitting occurrence, then id."""
        first = self._firsts()
        start = self.start[first]
        best = start < micros(now) if sort == "date" else self.miles[first] if sort == "distance" else -self.rank
        return tuple(self.ids[np.lexsort((start, best))[:limit]].tolist())  # which keeps the order of equals

    def _firsts(self) -> Column:
        """Where the first occurrence of each event stands."""
        first = np.empty(len(self.ids), dtype=np.int64)
        first[self.event[self.only]] = np.flatnonzero(self.only)
        others = np.flatnonzero(~self.only)
        others = others[np.lexsort((self.start[others], self.event[others]))]
        events, place = np.unique(self.event[others], return_index=True)
        first[events] = others[place]
        return first

    def by_place(self, cities: Mapping[int, str | None]) -> tuple[dict[int, int], dict[str | None, int]]:
        """Events by venue (0: not known) and by the city of their venues: how many can be attended there, each once."""
        venues = np.unique(self.venue)
        place = np.searchsorted(venues, self.venue)
        named = [cities.get(venue) for venue in venues.tolist()]
        numbers = {city: number for number, city in enumerate(dict.fromkeys(named))}
        city_of = np.array([numbers[city] for city in named], dtype=np.int64)
        in_venue = self._events(self.event, place, self.only, len(venues))
        in_city = self._events(self.event, city_of[place], self.only, len(numbers))
        return dict(zip(venues.tolist(), in_venue, strict=True)), dict(zip(numbers, in_city, strict=True))

    def by_day(
        self, ranges: Sequence[tuple[datetime, datetime]], since: datetime, zone: str, still_on: timedelta
    ) -> dict[date, int]:
        """Day by the clock of the zone -> events on it, from `since` on. What runs is on from the day on which it starts or a range
        does to the one on which the range ends, or it, as long as `still_on` of it is left."""
        first_day, clock = since.astimezone(ZoneInfo(zone)).date(), ZoneInfo(zone)
        days = [first_day + timedelta(days=n) for n in range(FACET_DAYS + 1)]
        midnights = np.array([micros(datetime.combine(day, time(), clock)) for day in days])
        short = np.flatnonzero(self.until == NEVER)
        rows, on = [short], [_day(self.start[short], midnights)]
        runs = np.flatnonzero(self.until != NEVER)
        start, last = self.start[runs], self.until[runs] - still_on // TICK
        for begin, end in ((micros(begin), micros(end)) for begin, end in ranges) if len(runs) else ():
            fits = ((start >= begin) & (start < end)) | ((start < begin) & (last >= begin))
            first = _day(np.maximum(start[fits], begin), midnights)
            final = np.maximum(first, _day(np.minimum(last[fits], end - 1), midnights))
            repeated, laid_out = _laid_out(np.maximum(first, 0), np.minimum(final, FACET_DAYS - 1))
            rows.append(runs[fits][repeated])
            on.append(laid_out)
        row, day = np.concatenate(rows), np.concatenate(on)
        told = (day >= 0) & (day < FACET_DAYS)
        row, day = row[told], day[told]
        once = self.only[row] & ((len(ranges) == 1) | (self.until[row] == NEVER))
        counts = self._events(self.event[row], day, once, FACET_DAYS)
        return {day: n for day, n in zip(days[:-1], counts, strict=True) if n}

    @staticmethod
    def _events(event: Column, group: Column, once: Column, groups: int) -> list[int]:
        """How many events each group holds, each once. `once`: where no event comes twice in a group."""
        more = np.unique(event[~once] * groups + group[~once]) % max(groups, 1)
        counts = np.bincount(group[once], minlength=groups) + np.bincount(more, minlength=groups)
        return [int(n) for n in counts]


def _day(moments: Column, midnights: Column) -> Column:
    """The place of each among the days; below 0 and from FACET_DAYS on it is none of them."""
    return np.searchsorted(midnights, moments, side="right") - 1


def _laid_out(first: Column, last: Column) -> tuple[Column, Column]:
    """Every number from `first` to `last` of each pair, and which pair it is of."""
    lengths = np.maximum(last - first + 1, 0)
    pair = np.repeat(np.arange(len(first)), lengths)
    return pair, np.arange(len(pair)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + first[pair]
