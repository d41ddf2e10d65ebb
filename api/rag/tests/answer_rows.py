"""Rows of our own for the tests of prompt, guard and composer. Saturday, 21 November 2026 in Davis, California."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from api.rag.params import ScoringWeights, TierSizes
from api.rag.query.dates.types import DateRange, When
from api.rag.types import (
    Audience,
    Constraint,
    EventFacts,
    ParsedQuery,
    Place,
    PriceLimit,
    RAGResult,
    RankedEvent,
    RankingFactors,
    Relaxation,
    Source,
    Tier,
)

ZONE = "America/Los_Angeles"
TZ = ZoneInfo(ZONE)
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=TZ)  # a Friday


def at(day: int, hour: int = 0, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=TZ)


def facts(event_id: int, title: str, start: datetime, end: datetime | None = None, **more: Any) -> EventFacts:
    values: dict[str, Any] = {
        "all_day": False,
        "venue": "",
        "street": "",
        "city": "Davis",
        "region": "CA",
        "country_code": "US",
        "price_min": None,
        "price_max": None,
        "currency": "USD",
        "is_free": None,
        "age_min": None,
        "age_max": None,
        "status": "scheduled",
        "attendance": "offline",
        "url": f"https://events.example.org/e/{event_id}",
        "lat": 38.545,
        "lng": -121.74,
    }
    return EventFacts(
        event_id=event_id,
        occurrence_id=event_id * 10,
        title=title,
        start=start,
        end=end,
        zone=ZONE,
        **{**values, **more},
    )


STORY = facts(
    101,
    "Toddler Story Time",
    at(21, 10, 30),
    at(21, 11, 30),
    venue="Stephens Library",
    street="315 E 14th Street",
    is_free=True,
    age_min=1,
    age_max=4,
    description="Songs, rhymes and picture books with Miss Paula. Bring a blanket.",
    tags=("kids", "books"),
)
JAZZ = facts(
    102,
    "Blue Door Jazz Quartet",
    at(21, 19, 0),
    at(21, 21, 30),
    venue="The Palms Playhouse",
    street="13 Main Street",
    city="Winters",
    price_min=Decimal(15),
    price_max=Decimal(15),
    age_min=18,
    description="An evening of standards led by Marla Quint. Seats 220.",
    tags=("music", "jazz"),
    lat=38.525,
    lng=-121.97,
)
MARKET = facts(
    103,
    "Davis Farmers Market",
    at(22, 8, 0),
    at(22, 13, 0),
    venue="Central Park",
    street="301 C Street",
    is_free=True,
    description="Forty growers, live bluegrass and hot cider.",
    tags=("market", "food"),
)
LANTERN = facts(
    104,
    "Lantern Workshop",
    at(22, 14, 0),
    None,
    venue="Pence Gallery",
    price_min=Decimal(5),
    price_max=Decimal(12),
    age_min=6,
    description="Fold and paint a paper lantern with Ito Hanae.",
    tags=("art",),
)
FESTIVAL = facts(
    105,
    "Valley Film Festival",
    at(27),
    at(30),
    all_day=True,
    venue="Varsity Theatre",
    price_min=Decimal(10),
    description="Thirty short films from the Central Valley.",
    tags=("film",),
)
CHOIR = facts(
    106,
    "Winter Choir Gala",
    at(5, 19, 30, month=12),
    at(5, 21, 0, month=12),
    venue="Mondavi Center",
    price_min=Decimal(20),
    price_max=Decimal(45),
    status="postponed",
    tags=("music",),
)
ROWS = (STORY, JAZZ, MARKET, LANTERN, FESTIVAL, CHOIR)
SOURCES = tuple(Source(n, row) for n, row in enumerate(ROWS, 1))

WEEKEND = When(
    range=DateRange(at(20, 17), at(23)),
    ranges=(DateRange(at(20, 17), at(23)),),
    mask=None,
    grain="weekend",
    label="this weekend",
    words=("this weekend",),
    spans=((0, 12),),
    ambiguous=False,
    alternatives=(),
    time_only=False,
    zone=ZONE,
)
DAVIS = Place(
    location_id=1,
    label="Davis, CA",
    lat=38.5449,
    lng=-121.7405,
    radius_miles=10.0,
    zone=ZONE,
    country_code="US",
    kind="city",
    confidence=1.0,
    why="named",
    words="Davis",
)


def query(**more: Any) -> ParsedQuery:
    values: dict[str, Any] = {
        "message": "what can we do with a 4-year-old in Davis this weekend under $20?",
        "now": NOW,
        "zone": ZONE,
        "search_text": "",
        "when": WEEKEND,
        "place": DAVIS,
        "audience": Audience(age_min=4, age_max=4, ages=(4,), label="4-year-old"),
        "price": PriceLimit(max_price=Decimal(20), label="under $20"),
        "constraints": (
            Constraint("when", "this weekend", hard=True, words="this weekend"),
            Constraint("place", "near Davis, CA", hard=True, words="Davis"),
        ),
    }
    return ParsedQuery(**{**values, **more})


def ranked(row: EventFacts, rank: int, tier: Tier = "recommended", **more: Any) -> RankedEvent:
    factors = RankingFactors(
        semantic=0.5,
        location=0.5,
        time=0.5,
        category=None,
        popularity=None,
        distance_miles=more.pop("miles", 0.4),
        days_until_event=1.0,
    )
    return RankedEvent(facts=row, tier=tier, rank=rank, score=1.0 - rank / 100, factors=factors, **more)


def result(
    recommended: tuple[EventFacts, ...] = (STORY, MARKET),
    additional: tuple[EventFacts, ...] = (LANTERN,),
    context: tuple[EventFacts, ...] = (),
    relaxations: tuple[Relaxation, ...] = (),
    **more: Any,
) -> RAGResult:
    rank = iter(range(1, 1000))
    return RAGResult(
        query=query(**more),
        recommended=tuple(ranked(r, next(rank)) for r in recommended),
        additional=tuple(ranked(r, next(rank), "additional") for r in additional),
        context=tuple(ranked(r, next(rank), "context") for r in context),
        candidate_count=len(recommended) + len(additional) + len(context),
        recall="exact",
        plan="exact",
        weights=ScoringWeights(),
        tiers=TierSizes(),
        relaxations=relaxations,
    )
