"""Stale events -> embed in batches -> store. Work is found by the document's hash, so it can stop anywhere and go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone
from pgvector import HalfVector

from api.embedding_client import EmbeddingClient
from api.rag.errors import RagError
from events.event_rows import document_of_event
from events.models import Event, EventIndex

BATCH = 128


class ModelMismatch(RagError):
    """The stored vectors are of another model than the service speaks; comparing them would rank at random."""

    code = "model_mismatch"


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
    """Embed those of `ids` whose document changed. Raises EmbeddingUnavailable; safe to repeat."""
    events = list(Event.objects.filter(pk__in=ids).select_related("venue", "index_row"))
    todo = [e for e in events if e.index_row.embedding is None or e.index_row.document_hash != e.document_hash]
    if todo:
        vectors = client.embed_sync([document_of_event(e) for e in todo])
        model, now = client.info_sync().model, timezone.now()
        rows = [
            EventIndex(
                event_id=e.pk, embedding=HalfVector(v), model=model, document_hash=e.document_hash, embedded_at=now
            )
            for e, v in zip(todo, vectors, strict=True)
        ]
        EventIndex.objects.bulk_update(rows, ["embedding", "model", "document_hash", "embedded_at"])
    return Indexed(len(todo), len(events) - len(todo))


def embed_all_stale(client: EmbeddingClient, *, batch: int = BATCH) -> Iterator[int]:
    """Yields how many were embedded, batch by batch, until nothing is stale."""
    while ids := stale_ids(limit=batch):
        yield embed_events(ids, client).embedded


def stored_models() -> set[str]:
    """Names of the models whose vectors are stored."""
    return set(EventIndex.objects.exclude(model="").values_list("model", flat=True).distinct())


def forget_other_models(model: str) -> int:
    """Mark every vector of another model stale; how many."""
    return EventIndex.objects.exclude(model__in=["", model]).update(document_hash="", embedding=None, model="")


def check_model(model: str) -> None:
    """Raises ModelMismatch with the command that fixes it."""
    other = stored_models() - {model}
    if other:
        raise ModelMismatch(
            f"stored vectors are of {', '.join(sorted(other))}, the embedding service speaks {model}:"
            " run `manage.py update_embeddings --replace`"
        )
