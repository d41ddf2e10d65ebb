"""The golden set of the time contract: what event searchers say, by hand-made expectation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from api.rag.query.dates import DailyMask, DateRange, When, understand_when

GOLDEN = Path(__file__).with_name("when.yaml")
MINIMUM_CASES = 300
Pair = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Case:
    text: str
    want: str
    now: datetime
    zone: ZoneInfo
    country: str
    more: dict[str, Any]

    @property
    def after(self) -> When | None:
        before = self.more.get("after")
        return understand_when(before, now=self.now, zone=self.zone, country=self.country) if before else None

    def read(self) -> When | None:
        return understand_when(self.text, now=self.now, zone=self.zone, country=self.country, context=self.after)


def cases() -> Iterator[Case]:
    for group in yaml.load(GOLDEN.read_text(encoding="utf-8"), yaml.CSafeLoader):
        clock = group["clock"]
        zone = ZoneInfo(clock["zone"])
        now = datetime.fromisoformat(clock["now"])
        now = now.astimezone(zone) if now.tzinfo else now.replace(tzinfo=zone)
        for entry in group["cases"]:
            if isinstance(entry, list):
                text, want = entry
                more = want if isinstance(want, dict) else {"want": want}
            else:
                text, more = entry["say"], entry
            yield Case(text, more["want"], now, zone, clock["country"], more)


CASES = list(cases())


def day_of(text: str, now: datetime) -> datetime:
    return datetime.fromisoformat(text if text.count("-") == 2 else f"{now.year}-{text}")


def moment(day: datetime, clock: str, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    wall = day + timedelta(hours=hour, minutes=minute)
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def one_interval(text: str, case: Case) -> Pair:
    now, zone = case.now, case.zone
    if text.startswith("now..+"):
        return now.astimezone(UTC), now.astimezone(UTC) + timedelta(hours=int(text[6:-1]))
    if text.startswith("now.."):
        return now.astimezone(UTC), moment(day_of(text[5:], now), "00:00", zone)
    if " " not in text:
        first, _, last = text.partition("..")
        end = day_of(last or first, now) + timedelta(days=1)
        return moment(day_of(first, now), "00:00", zone), moment(end, "00:00", zone)
    if ".." in text:
        (first, opens), (last, closes) = (side.split(" ") for side in text.split(".."))
        return moment(day_of(first, now), opens, zone), moment(day_of(last, now), closes, zone)
    date, window = text.split(" ")
    opens, closes = window.split("-")
    day = day_of(date, now)
    end = day if closes > opens else day + timedelta(days=1)
    return moment(day, opens, zone), moment(end, closes, zone, fold=0 if closes == "24:00" else 1)


def intervals(text: str, case: Case) -> list[Pair]:
    return [one_interval(part, case) for part in text.split(" + ")]


def as_utc(ranges: tuple[DateRange, ...]) -> list[Pair]:
    return [(one.start.astimezone(UTC), one.end.astimezone(UTC)) for one in ranges]


def mask_of(text: str) -> DailyMask:
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)(?: (\d+))?", text)
    assert found is not None
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return DailyMask(frozenset(int(day) for day in found[5]) if found[5] else None, start, end)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.now:%Y-%m-%dT%H%M} {case.text}")
def test_phrase_means_these_intervals(case: Case) -> None:
    when = case.read()
    if case.want == "-":
        assert when is None
        return
    assert when is not None
    assert as_utc(when.ranges) == intervals(case.want, case)
    assert when.time_only == case.more.get("time_only", False)
    if "also" in case.more:
        assert [as_utc(other.ranges) for other in when.alternatives] == [
            intervals(other, case) for other in case.more["also"]
        ]
        assert when.ambiguous == bool(case.more["also"])
    if "hours" in case.more:
        assert when.range.end.astimezone(UTC) - when.range.start.astimezone(UTC) == timedelta(hours=case.more["hours"])
    if "words" in case.more:
        assert list(when.words) == case.more["words"]
    if "mask" in case.more:
        assert when.mask == mask_of(case.more["mask"])
    if "grain" in case.more:
        assert when.grain == case.more["grain"]


def test_the_golden_set_is_large_enough() -> None:
    assert len(CASES) >= MINIMUM_CASES


@pytest.mark.parametrize("case", [case for case in CASES if case.want != "-"], ids=lambda case: case.text)
def test_an_answer_is_well_formed(case: Case) -> None:
    when = case.read()
    assert when is not None
    pairs = as_utc(when.ranges)
    assert all(start < end for start, end in pairs)
    assert all(left[1] < right[0] for left, right in pairwise(pairs))
    assert (pairs[0][0], pairs[-1][1]) == as_utc((when.range,))[0]
    assert {one.start.tzinfo for one in when.ranges} == {case.zone}
    assert tuple(case.text[start:end] for start, end in when.spans) == when.words
    assert when.ambiguous == bool(when.alternatives)
    assert when.label
