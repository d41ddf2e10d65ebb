"""Stale events -> embed in batches -> store. Work is found by the document's hash, so it can stop anywhere and go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from pgvector import HalfVector

from api.embedding_client import EmbeddingClient
from events.changes import EMBEDDED
from events.event_rows import document_of_event
from events.models import Event, EventIndex
from events.outbox import announce

BATCH = 128


@dataclass(frozen=True, slots=True)
class Indexed:
    embedded: int
    unchanged: int


def count_stale() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_STALE}")
        return int(cursor.fetchone()[0])


_STALE = """
FROM events_eventindex i JOIN events_event e ON e.id = i.event_id
WHERE (i.embedding IS NULL OR i.document_hash <> e.document_hash)
"""


def stale_ids(*, limit: int = BATCH) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT i.event_id {_STALE} ORDER BY i.event_id LIMIT %s", [limit])
        return [row[0] for row in cursor.fetchall()]


def embed_events(ids: Sequence[int], client: EmbeddingClient) -> Indexed:
    """Embed those of `ids` whose document changed. Raises EmbeddingUnavailable; safe to repeat.

    Rows that another transaction holds are passed over: waiting for a writer could deadlock with it. They stay stale.
    """
    events = list(Event.objects.filter(pk__in=ids).select_related("venue", "index_row"))
    todo = [e for e in events if e.index_row.embedding is None or e.index_row.document_hash != e.document_hash]
    stored = _store(todo, client) if todo else []
    return Indexed(len(stored), len(events) - len(todo))


def _store(events: Sequence[Event], client: EmbeddingClient) -> list[int]:
    vectors = client.embed_sync([document_of_event(e) for e in events])
    values: dict[str, Any] = {
        "ids": [e.pk for e in events],
        "vectors": [HalfVector(v).to_text() for v in vectors],
        "hashes": [e.document_hash for e in events],
        "model": client.info_sync().model,
        "now": timezone.now(),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STORE, values)
        stored = [row[0] for row in cursor.fetchall()]
        announce(stored, kind=EMBEDDED, cause="embedding.stored")
    return stored


_STORE = """
WITH free AS MATERIALIZED (
  SELECT event_id FROM events_eventindex WHERE event_id = ANY (%(ids)s) FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE events_eventindex i SET embedding = v.vector::halfvec(384), document_hash = v.hash, model = %(model)s, embedded_at = %(now)s
FROM free JOIN unnest(%(ids)s::bigint[], %(vectors)s::text[], %(hashes)s::text[]) AS v (id, vector, hash) ON v.id = free.event_id
WHERE i.event_id = free.event_id
RETURNING i.event_id
"""


def embed_all_stale(client: EmbeddingClient, *, batch: int = BATCH) -> Iterator[int]:
    """Yields how many were embedded, batch by batch, until nothing is stale."""
    while ids := stale_ids(limit=batch):
        yield embed_events(ids, client).embedded


def forget_other_models(model: str) -> int:
    """Mark every vector of another model stale; how many."""
    return EventIndex.objects.exclude(model__in=["", model]).update(document_hash="", embedding=None, model="")
