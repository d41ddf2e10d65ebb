"""Local wall-clock to instants, and the algebra of instants. Sets are sorted, merged lists of UTC pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from .nodes import Clock, Span, every_day
from .numbers import DAY, MAX_DAYS_MASKED

Pair = tuple[datetime, datetime]


@lru_cache(maxsize=4096)
def instant(zone: ZoneInfo, day: date, minutes: int, *, closing: bool = False) -> datetime:
    """The UTC instant of a wall-clock time, `minutes` after the day's midnight and possibly on a later day.

    A time the clocks skip becomes the first instant after the gap; of a time shown twice an opening takes the first and a
    closing the second, so the window covers both. Midnights are never "closing": days must tile.
    """
    days, rest = divmod(minutes, DAY)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60))
    local = wall.replace(tzinfo=zone, fold=1 if closing and rest else 0)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != wall:
        gap = (local.replace(fold=1).utcoffset() or timedelta()) - (local.replace(fold=0).utcoffset() or timedelta())
        return found if gap <= timedelta(0) else _gap_end(local, zone)
    return found


def _gap_end(local: datetime, zone: ZoneInfo) -> datetime:
    """The transition instant itself: bisect between the offsets on either side, to the second."""
    low = local.replace(fold=1).astimezone(UTC) - timedelta(hours=3)
    high = low + timedelta(hours=6)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if middle <= low:
            break
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def day_pairs(zone: ZoneInfo, spans: Sequence[Span]) -> list[Pair]:
    return [(instant(zone, start, 0), instant(zone, end, 0)) for start, end in spans]


def masked(zone: ZoneInfo, spans: Sequence[Span], clock: Clock) -> list[Pair]:
    """The window on each day of the spans."""
    pairs = []
    for day in every_day(spans, MAX_DAYS_MASKED):
        start, end = instant(zone, day, clock.start), instant(zone, day, clock.end, closing=True)
        if start < end:
            pairs.append((start, end))
    return pairs


def merged(pairs: Iterable[Pair]) -> list[Pair]:
    result: list[Pair] = []
    for start, end in sorted(pairs):
        if result and start <= result[-1][1]:
            if end > result[-1][1]:
                result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


def intersection(a: Sequence[Pair], b: Sequence[Pair]) -> list[Pair]:
    result: list[Pair] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start, end = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if start < end:
            result.append((start, end))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return result


def difference(a: Sequence[Pair], b: Sequence[Pair]) -> list[Pair]:
    result: list[Pair] = []
    j = 0
    for start, end in a:
        begin = start
        while j < len(b) and b[j][1] <= begin:
            j += 1
        k = j
        while k < len(b) and b[k][0] < end:
            if b[k][0] > begin:
                result.append((begin, b[k][0]))
            begin = max(begin, b[k][1])
            k += 1
        if begin < end:
            result.append((begin, end))
    return result
