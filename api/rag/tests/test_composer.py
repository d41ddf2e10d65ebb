"""The writer without a model: every fact from the record, every word past the guard untouched."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.rag.guard import Guard
from api.rag.llm.composer import compose, follow_ups
from api.rag.tests.answer_rows import (
    CHOIR,
    DAVIS,
    FESTIVAL,
    JAZZ,
    LANTERN,
    MARKET,
    NOW,
    STORY,
    TZ,
    WEEKEND,
    facts,
    result,
)
from api.rag.types import EventFacts, Notice, Place, PlaceOption, RAGResult, Relaxation, Source

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "events"
WAYS = (Relaxation("7 tomorrow", 7, {"when": {}}), Relaxation("3 within 25 miles", 3, {"radius_miles": 25}))
TRICKY = (
    "Wow! Science for Kids",
    "Dr. Seuss's Birthday vs. The Cat",
    "Saturday Night Free for All",
    "Midnight Sun",
    "7 PM",
    "G3",
    "St. Patrick's Day 5K (Ages 6-10)",
    "50% Off Books, Free Pizza & $2 Coffee",
    "Is This Thing On?",
    "Hamlet (Exh.)",
    "“I am fine!”",
    "Men's Soccer at Duke",
    "Untitled <b>Dinner</b> [2] http://evil.example",
    "R&B | Soul * Funk",
    "Café Müller 東京",
    "all lower case poetry",
    "BABYTIME (Tickets Required)",
)


def guarded(found: RAGResult, text: str) -> str:
    guard = Guard(
        [Source(n, e.facts) for n, e in enumerate(found.events, 1)], query=found.query, relaxations=found.relaxations
    )
    return guard.feed(text) + guard.finish()


def composed(found: RAGResult) -> str:
    return "".join(compose(found))


def test_an_answer_groups_by_day_and_states_the_facts() -> None:
    text = composed(result())
    assert text.split("\n")[1:] == [
        "",
        "Saturday, November 21",
        "- Toddler Story Time [1]: 10:30 AM to 11:30 AM, at Stephens Library, Davis. Free. For ages 1-4, so right for your 4-year-old.",
        "",
        "Sunday, November 22",
        "- Davis Farmers Market [2]: 8:00 AM to 1:00 PM, at Central Park, Davis. Free.",
        "",
        "Also worth a look: Lantern Workshop [3] (Sunday, November 22).",
    ]
    assert "your 4-year-old" in text.split("\n")[0]
    assert "this weekend" in text.split("\n")[0]


def test_the_same_question_gets_the_same_words_and_another_gets_others() -> None:
    assert composed(result()) == composed(result())
    openings = {composed(result(message=f"question {i}")).split("\n")[0] for i in range(40)}
    assert len(openings) == 5


@pytest.mark.parametrize("message", [f"question {i}" for i in range(12)])
@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"additional": ()},
        {"recommended": (STORY, JAZZ, MARKET, LANTERN, FESTIVAL, CHOIR), "additional": ()},
        {"recommended": (), "relaxations": WAYS},
        {"recommended": (), "additional": (), "relaxations": WAYS},
        {"recommended": (), "additional": ()},
        {"when": None, "place": None, "audience": None, "price": None},
        {"intent": "smalltalk"},
        {"interests": ("live music", "farmers market"), "audience": None},
    ],
    ids=["usual", "alone", "many", "near", "empty", "nothing", "open", "smalltalk", "topics"],
)
def test_the_guard_leaves_every_composed_answer_as_it_is(message: str, shape: dict[str, Any]) -> None:
    found = result(message=message, **shape)
    text = composed(found)
    assert text
    assert guarded(found, text) == text


@pytest.mark.parametrize("title", TRICKY)
def test_no_title_is_too_strange_for_the_guard(title: str) -> None:
    found = result(
        recommended=(replace(STORY, title=title), MARKET), additional=(replace(LANTERN, title=title[::-1] + " Day"),)
    )
    assert guarded(found, composed(found)) == composed(found)


def test_facts_that_are_not_known_are_not_stated() -> None:
    bare = facts(1, "Open House", NOW + timedelta(days=1), None, venue="", city="Davis")
    text = composed(result(recommended=(bare,), additional=(), price=None))
    assert "- Open House [1]: 9:30 AM, in Davis.\n" in text
    assert "ree" not in text.split("\n\n")[1]


def test_a_missing_price_is_named_when_the_price_was_asked_for() -> None:
    bare = facts(1, "Open House", NOW + timedelta(days=1), None)
    assert "Price not listed." in composed(result(recommended=(bare,), additional=()))


def test_a_run_of_days_a_postponement_and_a_foreign_currency_are_said() -> None:
    abroad = replace(JAZZ, currency="CAD", price_max=Decimal(20))
    text = composed(result(recommended=(FESTIVAL, CHOIR, abroad), additional=()))
    assert (
        "Valley Film Festival [1]: Friday, November 27 to Sunday, November 29, all day, at Varsity Theatre, Davis. From $10."
        in text
    )
    assert "Please note: postponed." in text
    assert "CA$15-20." in text


def test_what_began_before_the_asked_days_stands_under_the_first_asked_day() -> None:
    running = replace(FESTIVAL, start=datetime(2026, 11, 18, tzinfo=TZ))
    text = composed(result(recommended=(running,), additional=()))
    assert text.split("\n")[2] == "Friday, November 20"
    assert WEEKEND.range.start.date().isoformat() == "2026-11-20"


def test_an_empty_answer_offers_counted_ways_out() -> None:
    text = composed(result(recommended=(), additional=(), relaxations=WAYS))
    assert text.endswith("If you can bend a little, there are: 7 tomorrow; 3 within 25 miles.")
    assert follow_ups(result(recommended=(), additional=(), relaxations=WAYS)) == (
        "Show me 7 tomorrow",
        "Show me 3 within 25 miles",
    )


def test_an_ambiguous_place_is_asked_back() -> None:
    options = (PlaceOption(1, "Springfield, IL", 0, 0), PlaceOption(2, "Springfield, MO", 0, 0))
    place = Place(
        **{**{f: getattr(DAVIS, f) for f in DAVIS.__slots__}, "label": "Springfield, IL", "alternatives": options}
    )
    found = result(recommended=(), additional=(), intent="clarify", place=place)
    assert composed(found) == "Which place do you mean: Springfield, IL; Springfield, MO?"
    assert guarded(found, composed(found)) == composed(found)


def test_an_unknown_place_is_said_first() -> None:
    notice = Notice("unknown_place", "I do not know a place called Quibbleton.")
    found = result(notices=(notice,))
    assert composed(found).startswith("I do not know a place called Quibbleton.\n\n")
    assert guarded(found, composed(found)) == composed(found)


def test_follow_ups_ask_only_what_is_still_open() -> None:
    asked = follow_ups(result())
    assert 2 <= len(asked) <= 3
    assert not any("free" in q or "kids" in q for q in asked)
    assert len(follow_ups(result(price=None, audience=None, when=None))) == 3


def test_deltas_are_words() -> None:
    assert max(len(d.split()) for d in compose(result())) <= 2


@pytest.mark.shared_data
def test_real_listings_pass_the_guard_as_they_are_composed() -> None:
    if not SHARED.exists():
        pytest.skip("../shared/data is not beside this checkout")
    touched = [text for found in _real_results(150) if guarded(found, text := composed(found)) != text]
    assert len(touched) <= 1, touched


def _real_results(count: int) -> Iterator[RAGResult]:
    with gzip.open(SHARED / "us_local_community_calendar.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    random.Random(6).shuffle(rows)
    for i in range(count):
        found = [_real(n, row) for n, row in enumerate(rows[i * 7 : i * 7 + 7], 1)]
        yield result(recommended=tuple(found[:5]), additional=tuple(found[5:]))


def _real(n: int, row: dict[str, Any]) -> EventFacts:
    zone, place, price = (
        ZoneInfo(row.get("timezone") or "America/New_York"),
        row.get("venue") or {},
        row.get("price") or {},
    )
    amounts = {k: Decimal(str(price[k])) if price.get(k) is not None else None for k in ("min", "max")}
    return EventFacts(
        event_id=n,
        occurrence_id=n,
        title=row["title"],
        start=datetime.fromisoformat(row["start"]).astimezone(zone),
        end=datetime.fromisoformat(row["end"]).astimezone(zone) if row.get("end") else None,
        all_day=bool(row.get("all_day")),
        zone=str(zone),
        venue=place.get("name") or "",
        street=place.get("street") or "",
        city=place.get("city") or "",
        region=place.get("state") or "",
        country_code=place.get("country") or "",
        price_min=amounts["min"],
        price_max=amounts["max"],
        currency=price.get("currency") or "USD",
        is_free=price.get("is_free"),
        age_min=None,
        age_max=None,
        status="scheduled",
        attendance="offline",
        url=row.get("url") or "",
        description=row.get("description") or "",
        lat=place.get("lat"),
        lng=place.get("lng"),
    )
