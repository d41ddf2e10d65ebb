"""Answers as models write them, true and with one lie each: tests/golden/guard.yaml through the guard, cut into small pieces."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from api.rag.guard import Guard
from api.rag.query.dates.types import DateRange
from api.rag.tests.answer_cases import broken
from api.rag.tests.answer_rows import DAVIS, WEEKEND, facts
from api.rag.types import EventFacts, ParsedQuery, Source, When

CASES: dict[str, Any] = yaml.load((Path(__file__).parent / "guard.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
Week = tuple[tuple[Source, ...], ParsedQuery]


def week(told: dict[str, Any]) -> Week:
    zone = ZoneInfo(told["zone"])
    place = told["place"]
    sources = tuple(
        Source(n, event(n, row, ZoneInfo(row["zone"]) if "zone" in row else zone, place))
        for n, row in enumerate(told["events"], 1)
    )
    query = ParsedQuery(
        message=told["message"],
        now=moment(told["now"], zone),
        zone=zone.key,
        search_text="",
        when=window(told["when"], zone) if "when" in told else None,
        place=replace(
            DAVIS,
            label=f"{place['city']}, {place['region']}",
            words=place["city"],
            lat=place["lat"],
            lng=place["lng"],
            country_code=place["country"],
            zone=zone.key,
        ),
    )
    return sources, query


def event(n: int, row: dict[str, Any], zone: ZoneInfo, place: dict[str, Any]) -> EventFacts:
    lat, lng = (row["at"] or (None, None)) if "at" in row else (place["lat"], place["lng"])
    made = facts(
        n,
        row["title"],
        moment(row["start"], zone),
        moment(row["end"], zone) if "end" in row else None,
        all_day=row.get("all_day", False),
        venue=row.get("venue", ""),
        street=row.get("street", ""),
        city=row.get("city", place["city"]),
        region=place["region"],
        country_code=place["country"],
        currency={"CA": "CAD", "GB": "GBP"}.get(place["country"], "USD"),
        status=row.get("status", "scheduled"),
        attendance=row.get("attendance", "offline"),
        description=row.get("description", ""),
        tags=tuple(row.get("tags", ())),
        category=row.get("category", ""),
        lat=lat,
        lng=lng,
        **price(row.get("price", "")),
        **ages(row.get("ages", "")),
    )
    return replace(made, zone=zone.key)


def moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def window(told: dict[str, str], zone: ZoneInfo) -> When:
    span = DateRange(moment(told["start"], zone), moment(told["end"], zone))
    return replace(WEEKEND, range=span, ranges=(span,), label=told["label"], words=(told["label"],), zone=zone.key)


def price(text: str) -> dict[str, Any]:
    if text in ("", "free"):
        return {"is_free": True} if text else {}
    low, _, high = text.removesuffix("+").partition("-")
    return {"price_min": Decimal(low), "price_max": None if text.endswith("+") else Decimal(high or low)}


def ages(text: str) -> dict[str, Any]:
    if text in ("", "all"):
        return {"age_min": 0} if text else {}
    low, _, high = text.removesuffix("+").partition("-")
    return {"age_min": int(low), "age_max": int(high) if high else None}


WEEKS = {name: week(told) for name, told in CASES["weeks"].items()}
ANSWERS = {case["id"]: case for case in CASES["truths"] if "id" in case}


def shown(of: str, text: str) -> str:
    sources, query = WEEKS[of]
    guard, rng = Guard(sources, query=query), random.Random(text)
    return "".join(guard.feed(delta) for delta in broken(text, rng)) + guard.finish()


def whole(of: str, text: str) -> str:
    sources, query = WEEKS[of]
    guard = Guard(sources, query=query)
    return guard.feed(text) + guard.finish()


def lie(case: dict[str, Any]) -> tuple[str, str]:
    """Of which week, and the text."""
    if "in" not in case:
        return case["of"], case["text"]
    answer = ANSWERS[case["in"]]
    assert case["for"] in answer["text"], case
    return answer["of"], answer["text"].replace(case["for"], case["say"], 1)


def test_what_is_true_passes_as_it_stands() -> None:
    wrong = {
        case["text"]: told for case in CASES["truths"] if (told := shown(case["of"], case["text"])) != case["text"]
    }
    assert wrong == {}


def test_no_lie_is_shown_however_the_stream_is_cut() -> None:
    leaked, uneven = [], []
    for case in CASES["lies"]:
        of, text = lie(case)
        told = shown(of, text)
        if re.search(case["never"], told, re.M):
            leaked.append((case, told))
        if told != whole(of, text):
            uneven.append(text)
    assert leaked == []
    assert uneven == []
