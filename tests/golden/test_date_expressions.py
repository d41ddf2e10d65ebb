"""Two public sets of date expressions, each scored by its own convention. Prints the table and every miss with its reason.

Conventions of `Recognizers-Text`
- The end of an interval that is written with two ends ("Nov 19-20", "Nov to March") is the last day or month *named*, not the
  one after it. Ours is half-open.
- "After June 15" starts with the excluded day itself; ours starts the day after.
- "Next 3 weeks" starts tomorrow; ours starts today, because today's events count.
- Morning, afternoon, evening and night are 8-12, 12-16, 16-20, 20-24. Ours are other hours: the same part of the same day counts.
- An instant has no end; ours is the hour that starts there. "End of tomorrow" is its last second; ours ends there.

Conventions of `chrono`
- Every reading is a point. A period ("next week") is the point that far from the reference, so it must lie inside our period; a stretch
  ("within 3 days") is its last day. A part of the day is one hour in it (morning 6:00, evening 20:00, tonight 22:00), and must lie in ours.
- `date_only_hint`: the hour is a default, only dates are compared.
- The end of a range is the last day named.

Times of day are compared to the minute: ours have no seconds. Both sets read a weekday or a month by itself as coming, as we do.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.rag.query.dates import When, understand_when
from tests.golden.date_expression_notes import MISSES, OUT_OF_SCOPE

DATA = Path(__file__).parents[3] / "shared/data/dates/date_expressions.jsonl"
ZONE = ZoneInfo("UTC")
DAY = timedelta(days=1)
REQUIRED_SHARE = 0.90

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the outside date expressions are not in this checkout")


def rows() -> list[dict[str, Any]]:
    with DATA.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text[:26]).replace(tzinfo=ZONE, microsecond=0)


def read(row: dict[str, Any]) -> When | None:
    country = "GB" if row.get("parser") in ("chrono.en.GB", "chrono.fr") else "US"
    return understand_when(row["text"], now=at(row["reference"]), zone=ZONE, country=country)


def same(ours: datetime, theirs: datetime) -> bool:
    return ours == theirs or (ours.second == 0 and ours == theirs.replace(second=0))


def recognizers_agrees(row: dict[str, Any], when: When) -> bool:
    start = at(row["start"])
    ours = when.ranges[0] if when.time_only else when.range
    if row["timex"].endswith(("TMO", "TAF", "TEV", "TNI")):
        return when.mask is not None and ours.start.date() == start.date() and at(row["end"]) > ours.start
    if row["kind"] == "instant":
        return ours.end == start + timedelta(seconds=1) if start.second == 59 else same(ours.start, start)
    if row["end"] is None:
        named = row["mod"] == "after" and start.hour == 0
        return ours.start == start or (named and ours.start == start + DAY)
    end = at(row["end"])
    if row["timex"].startswith("(") and row["kind"] == "daterange":
        starts = {start, start - DAY} if re.search(r"\b(next|coming|following)\b", row["text"]) else {start}
        return ours.start in starts and ours.end in {end, end + DAY, next_month(end)}
    return (ours.start, ours.end) == (start, end)


def next_month(moment: datetime) -> datetime:
    return (moment.replace(day=1) + 32 * DAY).replace(day=1)


def chrono_agrees(row: dict[str, Any], when: When) -> bool:
    ours = when.ranges[0] if when.time_only else when.range
    point = at(row["start"])
    last = ours.end - timedelta(seconds=1)
    if row["end"] is not None:
        end = at(row["end"])
        if row["date_only_hint"] or (when.grain in ("range", "day") and when.mask is None and ours.start.hour == 0):
            return (ours.start.date(), last.date()) == (point.date(), end.date())
        whole_days = end.time() == point.time() and when.mask is not None
        return same(ours.start, point) and (same(ours.end, end) or (whole_days and last.date() == end.date()))
    if re.search(r"\b(within|before)\b", row["text"]) and when.grain != "day":
        return ours.end == point or last.date() == point.date()
    if when.grain == "part":
        return ours.start <= point < ours.end
    if when.grain == "hour" and not row["date_only_hint"]:
        return same(ours.start, point)
    if when.grain in ("day", "hour"):
        return ours.start.date() == point.date()
    if when.grain == "range":
        return point.date() in (ours.start.date(), last.date())
    return ours.start <= point < ours.end


SOURCES = {"microsoft/Recognizers-Text": recognizers_agrees, "wanasit/chrono": chrono_agrees}


def short(text: str | None) -> str:
    return (text or "-").replace("T00:00:00", "").replace("T", " ")


def test_outside_date_expressions(capsys: pytest.CaptureFixture[str]) -> None:
    table: list[str] = []
    unexplained: list[str] = []
    stale: list[str] = []
    shares: dict[str, float] = {}
    for source, agrees in SOURCES.items():
        counts: Counter[str] = Counter()
        for row in (row for row in rows() if row["source"] == source):
            name = row["id"]
            if name in OUT_OF_SCOPE:
                counts["out of scope"] += 1
                continue
            when = read(row)
            right = when is not None and agrees(row, when)
            counts["right" if right else "missed"] += 1
            if right and name in MISSES:
                stale.append(name)
            if not right:
                got = (
                    "nothing" if when is None else f"{when.range.start:%F %T} .. {when.range.end:%F %T} ({when.grain})"
                )
                reason = MISSES.get(name, "UNEXPLAINED")
                line = f"  {name} {row['text']!r} at {short(row['reference'])}: want {short(row['start'])} .. {short(row['end'])}, got {got}: {reason}"
                table.append(line)
                if name not in MISSES:
                    unexplained.append(line)
        shares[source] = counts["right"] / (counts["right"] + counts["missed"])
        table.append(
            f"{source}: {counts['right']} right, {counts['missed']} missed, {counts['out of scope']} out of scope = {shares[source]:.1%}"
        )
    with capsys.disabled():
        print("\n" + "\n".join(table))
    assert unexplained == []
    assert stale == []
    assert min(shares.values()) >= REQUIRED_SHARE
