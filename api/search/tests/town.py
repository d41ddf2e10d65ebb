"""A small random town: events of every kind that filters and facets can tell apart, and random questions about it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from api.rag.candidate_sql import CandidateFilter
from api.rag.types import ParsedQuery
from api.search.types import SearchQuery, Sort
from events.models import Event, EventSource, Occurrence, Venue

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ZONE = "America/New_York"
DAY = timedelta(days=1)
CENTRE = (40.70, -74.00)
WORDS = ("jazz", "market", "storytime", "comedy", "hike", "chess", "opera", "yoga")


def build_town(size: int) -> None:
    rng = random.Random(5)
    source = EventSource.objects.create(name="Town", slug="town", kind="manual")
    venues = [_venue(n, rng) for n in range(12)]
    for n in range(size):
        event = Event.objects.create(source=source, external_id=f"t{n}", **_facts(n, rng, venues))
        for start in sorted({_start(rng) for _ in range(rng.choice((1, 1, 1, 2, 5)))}):
            Occurrence.objects.create(event=event, start=start, **_occurrence(start, rng, venues))


def _venue(n: int, rng: random.Random) -> Venue:
    spot = {"latitude": CENTRE[0] + rng.uniform(-0.6, 0.6), "longitude": CENTRE[1] + rng.uniform(-0.6, 0.6)}
    city, state = rng.choice((("New York", "NY"), ("Hoboken", "NJ"), ("", ""), ("Newark", "")))
    return Venue.objects.create(
        name=rng.choice((f"Hall {n}", "Newark", "Newark Library", "")),
        city=city,
        state=state,
        country_code="US",
        key=f"v{n}",
        **(spot if n else {}),
    )


def _facts(n: int, rng: random.Random, venues: list[Venue]) -> dict[str, Any]:
    free = rng.choice((True, False, None, None))
    price = None if free else rng.choice((None, 0, 5, 10, 12.5, 25, 49, 50, 80))
    ages = sorted(rng.sample(range(1, 80), 2))
    words = rng.sample(WORDS, 2)
    return {
        "title": f"{words[0].title()} no. {n}",
        "description": f"An evening of {words[1]}.",
        "category": rng.choice(("Music", "music", "Family", "", "Outdoors")),
        "tags": words[:1],
        "audience": rng.choice(([], ["kids"], ["kids", "families"], ["adults"])),
        "age_min": rng.choice((None, ages[0])),
        "age_max": rng.choice((None, ages[1])),
        "is_free": free,
        "price_min": price,
        "price_max": price,
        "attendance_mode": rng.choice(("offline", "offline", "online", "mixed")),
        "status": rng.choice(("scheduled",) * 8 + ("cancelled", "postponed", "rescheduled")),
        "popularity": rng.random(),
        "venue": rng.choice((*venues, None)),
    }


def _start(rng: random.Random) -> datetime:
    return NOW + timedelta(hours=rng.randrange(-24 * 20, 24 * 40), minutes=rng.choice((0, 30)))


def _occurrence(start: datetime, rng: random.Random, venues: list[Venue]) -> dict[str, Any]:
    length = rng.choice((None, None, timedelta(hours=1), timedelta(hours=3), timedelta(days=4), timedelta(days=30)))
    return {
        "end": start + length if length else None,
        "all_day": length is None and rng.random() < 0.2,
        "status": rng.choice(("scheduled",) * 6 + ("cancelled",)),
        "venue": rng.choice((None, None, None, *venues[:3])),
        "effective_end": start,  # the trigger fills it
    }


def random_filter(rng: random.Random, ids: list[int]) -> CandidateFilter:
    begin = NOW + DAY * rng.choice((-2, 0, 0, 1, 5))
    f = CandidateFilter(now=NOW, ranges=((begin, begin + DAY * rng.choice((1, 3, 7, 60, 4000))),))
    if rng.random() < 0.3:
        evenings = [(begin + DAY * n + timedelta(hours=6), begin + DAY * n + timedelta(hours=11)) for n in (0, 2, 3)]
        f = replace(f, ranges=tuple(evenings), hours=True, must_end=begin > NOW)
    changes: dict[str, Any] = {
        "place": {"lat": CENTRE[0], "lng": CENTRE[1], "radius_miles": rng.choice((3.0, 10.0, 30.0))},
        "region": {"region": rng.choice(("US-", "US-NY", "US-NJ"))},
        "ids": {"ids": tuple(rng.sample(ids, len(ids) // 2))},
        "exclude": {"exclude_ids": tuple(rng.sample(ids, len(ids) // 3))},
        "online": {"online": rng.random() < 0.5, "online_here": rng.random() < 0.5},
        "ages": {"age_min": rng.choice((None, 4, 30)), "age_max": rng.choice((None, 12, 50))},
        "price": rng.choice(
            ({"free_only": True}, {"max_price": 10.0}, {"max_price": 25.0}, {"max_price": 10.0, "unpriced_too": True})
        ),
        "refused": {"excluded_terms": ("jazz", "hike"), "excluded_places": ("libraries", "library")},
        "category": {"categories": rng.choice((("music",), ("music", "family")))},
    }
    for name in rng.sample(list(changes), rng.choice((0, 1, 1, 2, 3))):
        f = replace(f, **changes[name])
    return f


def ask(text: str = "", *, sort: Sort = "date", vector: Any = None, quoted: tuple[str, ...] = ()) -> SearchQuery:
    return SearchQuery(ParsedQuery(text, NOW, ZONE, text, quoted=quoted), vector, sort)


def store_vectors(vectors: dict[int, str]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE events_eventindex SET embedding = %s::halfvec(384), model = 'test' WHERE event_id = %s",
            [(literal, pk) for pk, literal in vectors.items()],
        )
