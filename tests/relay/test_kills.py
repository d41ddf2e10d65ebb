"""kill -9 of relay, worker and database at random points while events change: every consumer ends with the exact final state."""

from __future__ import annotations

import time
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.relay.house import CONSUMERS, PATIENCE_S, House, house

VICTIMS = ("relay", "worker", "database")
POISON = 3
FRESH_S = 5.0
_LOG = """
CREATE TABLE written (id bigint PRIMARY KEY, event_id bigint, xid bigint, others_since bigint);
CREATE FUNCTION note_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO written VALUES (NEW.id, NEW.event_id, txid_current(), txid_snapshot_xmin(txid_current_snapshot()));
  RETURN NULL;
END $$;
CREATE TRIGGER note_written AFTER INSERT ON events_outboxmessage FOR EACH ROW WHEN (NEW.consumer = 'journal' AND NEW.version = 1)
EXECUTE FUNCTION note_written();
INSERT INTO events_eventsource (id, name, slug, url, kind, quality, license, active, approved, created_at, etag, last_error)
VALUES (1, 'Town', 'town', '', 'manual', 0.5, '', true, true, now(), '', '');
INSERT INTO events_venue (id, name, street_address, city, state, postal_code, country_code, precision, timezone, kind, telephone, url,
  key, created_at, updated_at)
SELECT n, 'Hall ' || n, '', 'Town', '', '', 'US', 'unknown', 'UTC', 'place', '', '', 'v' || n, now(), now() FROM generate_series(1, 5) n;
"""


@pytest.mark.timeout(1200)
def test_nothing_is_lost_by_kills(embedding_process: str, request: pytest.FixtureRequest) -> None:
    kills, changes = (60, 5000) if request.config.getoption("--slow") else (3, 150)
    with house(embedding_process, seed=kills) as home:
        home.prepare()
        home.start("relay")
        home.start("worker")
        _until(lambda: len(home.sql("SELECT name FROM events_outboxconsumer")) == len(CONSUMERS))
        home.sql(_LOG)
        poison = _through_kills(home, kills, changes)
        _until(lambda: home.waiting() == 0)
        assert sum(home.kills.values()) == kills
        _check_dead_letters(home, poison)
        duplicates = _check_journal(home, home.folder / "journal")
        _check_vectors(home, embedding_process)
        assert "as the database" in home.manage("search_index", "verify")
        delivered = home.sql("SELECT count(*) FROM written")[0][0]
        seconds = _seconds_until_searchable(home)
        print(
            f"{changes} changes, {delivered} messages a consumer, kills {dict(home.kills)}, {duplicates} duplicates absorbed,"
            f" a saved event found with its new vector after {seconds:.1f} s"
        )
        assert seconds < FRESH_S or not request.config.getoption("--slow")  # a busy machine may take longer


def _seconds_until_searchable(home: House) -> float:
    """From a commit to a search that finds the event by its new words and with its new vector."""
    [[event_id, before]] = home.sql("SELECT event_id, embedding::text FROM events_eventindex ORDER BY event_id LIMIT 1")
    old = [float(x) for x in before.strip("[]").split(",")]
    words = {"bool": {"filter": [{"term": {"event_id": event_id}}, {"match": {"title": "fresh"}}]}}
    began = time.monotonic()
    home.sql("UPDATE events_event SET title = 'Fresh', document_hash = 'fresh' WHERE id = %s", event_id)

    def found() -> bool:
        answer = httpx.post(f"{home.environment['ELASTICSEARCH_URL']}/kills/_search", json={"query": words}, timeout=20)
        return [hit["_source"]["embedding"] != old for hit in answer.json()["hits"]["hits"]] == [True]

    _until(found)
    return time.monotonic() - began


def _through_kills(home: House, kills: int, changes: int) -> set[int]:
    poison: set[int] = set()
    for n in range(changes):
        home.change(n)
        if n == changes // 2:
            poison = home.seed_poison(POISON)
        if (n + 1) % (changes // kills) == 0 and sum(home.kills.values()) < kills:
            # In the middle of a batch, or while who was killed last is still starting, or waits.
            time.sleep(home.rng.choice((0.0, home.rng.uniform(0, 3))))
            home.kill(VICTIMS[sum(home.kills.values()) % len(VICTIMS)])
    return poison


def _until(true: object) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, "did not come about"
        time.sleep(0.1)


def _check_dead_letters(home: House, poison: set[int]) -> None:
    letters = home.sql("SELECT id, consumer FROM events_deadletter")
    assert {pk for pk, _ in letters} == poison
    assert sorted(consumer for _, consumer in letters) == sorted(CONSUMERS * POISON)


def _check_journal(home: House, path: Path) -> int:
    """Each change arrived, and none before all earlier ones of its event had; how many came more than once."""
    lines = [int(line.split()[1]) for line in path.read_text().splitlines()]
    first = {pk: n for n, pk in reversed(list(enumerate(lines)))}
    of_event: dict[int, list[Any]] = defaultdict(list)
    for pk, event_id, xid, others_since in home.sql("SELECT id, event_id, xid, others_since FROM written ORDER BY id"):
        of_event[event_id].append((pk, xid, others_since))
    assert first.keys() == {pk for rows in of_event.values() for pk, *_ in rows}
    for rows in of_event.values():
        for (one, its_xid, _), (later, xid, others_since) in combinations(rows, 2):
            # The worker writes too: of two transactions side by side neither is earlier.
            if its_xid == xid or its_xid < others_since:
                assert first[one] < first[later], (one, later)
    return len(lines) - len(first)


def _check_vectors(home: House, url: str) -> None:
    """The stored vector of every event is that of its present text."""
    rows = home.sql(
        "SELECT e.title, e.category, v.name, v.city, i.embedding::text, i.document_hash = e.document_hash"
        " FROM events_event e JOIN events_eventindex i ON i.event_id = e.id JOIN events_venue v ON v.id = e.venue_id"
    )
    assert len(rows) == home.sql("SELECT count(*) FROM events_event")[0][0] > 0
    assert all(row[5] for row in rows)
    texts = [f"{title}. {category}. {venue} in {city}" for title, category, venue, city, *_ in rows]
    wanted = []
    for start in range(0, len(texts), 32):
        answer = httpx.post(f"{url}/embed", json={"texts": texts[start : start + 32]}, timeout=20)
        wanted += answer.raise_for_status().json()["embeddings"]
    stored = np.array([[float(x) for x in row[4].strip("[]").split(",")] for row in rows])
    assert np.abs(stored - np.array(wanted)).max() < 0.01
