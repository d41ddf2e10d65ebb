"""The embedding consumer against the real embedding service (hash backend) and a real queue."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections, transaction

from api.consumers import EmbeddingConsumer, embedding_consumer, search_consumer
from api.embedding_client import EmbeddingClient
from api.search.index_consumer import SearchIndexConsumer
from conftest import free_port
from events.changes import ConsumerMisconfigured, ConsumerUnavailable
from events.curation import mark_for_embedding
from events.models import DeadLetter, Event, EventIndex, EventSource, OutboxMessage
from events.outbox import subscribe
from events.relay import Carried, carry_batch
from events.relay_params import RelayParams

PARAMS = RelayParams()


@pytest.fixture
def client(embedding_process: str) -> Any:
    client = EmbeddingClient(embedding_process, timeout_s=20)
    yield client
    client.close()


@pytest.fixture
def source(db: None) -> EventSource:
    subscribe("embedding", EmbeddingConsumer.kinds)
    OutboxMessage.objects.all().delete()
    return EventSource.objects.create(name="Town", slug="town", kind="manual")


def make(source: EventSource, n: int, **values: Any) -> Event:
    return Event.objects.create(source=source, external_id=f"e{n}", title=f"Night {n}", document_hash=f"h{n}", **values)


def embedded() -> set[str]:
    return set(EventIndex.objects.exclude(embedding=None).values_list("document_hash", flat=True))


def test_changed_events_are_embedded_once(client: EmbeddingClient, source: EventSource) -> None:
    consumer = EmbeddingConsumer(client)
    events = [make(source, n) for n in range(3)]
    events[2].delete()
    assert carry_batch(consumer, PARAMS) == Carried(4, 4, 0, 0)
    assert embedded() == {"h0", "h1"}
    before = set(EventIndex.objects.values_list("event_id", "embedded_at"))
    Event.objects.filter(pk=events[0].pk).update(popularity=0.5)
    assert carry_batch(consumer, PARAMS).delivered == 1
    assert set(EventIndex.objects.values_list("event_id", "embedded_at")) == before


def test_a_stored_vector_is_announced_to_who_follows_vectors(client: EmbeddingClient, source: EventSource) -> None:
    subscribe("search", SearchIndexConsumer.kinds)
    event = make(source, 1)
    carry_batch(EmbeddingConsumer(client), PARAMS)
    told = OutboxMessage.objects.order_by("id").values_list("consumer", "event_id", "kind", "payload__cause")
    assert list(told) == [
        ("search", event.pk, "event.saved", "event.inserted"),
        ("search", event.pk, "event.embedded", "embedding.stored"),
    ]


def test_an_operator_may_ask_for_an_event_to_be_embedded_again(client: EmbeddingClient, source: EventSource) -> None:
    consumer, event = EmbeddingConsumer(client), make(source, 1)
    carry_batch(consumer, PARAMS)
    before = EventIndex.objects.get().embedded_at
    assert mark_for_embedding([event.pk]) == 1
    assert carry_batch(consumer, PARAMS).delivered == 1
    assert EventIndex.objects.get().embedded_at != before


def test_what_is_stale_without_a_message_is_found_when_idle(client: EmbeddingClient, source: EventSource) -> None:
    make(source, 1)
    OutboxMessage.objects.all().delete()
    consumer = EmbeddingConsumer(client)
    assert (consumer.idle(), consumer.idle(), embedded()) == (True, False, {"h1"})


def test_without_the_service_messages_wait_uncounted(source: EventSource) -> None:
    make(source, 1)
    client = EmbeddingClient(f"http://127.0.0.1:{free_port()}", timeout_s=1)
    with pytest.raises(ConsumerUnavailable, match="no answer from the embedding service"):
        carry_batch(EmbeddingConsumer(client), PARAMS)
    client.close()
    assert OutboxMessage.objects.get().attempts == 0


def test_vectors_of_another_model_need_an_operator(client: EmbeddingClient, source: EventSource) -> None:
    event = make(source, 1)
    EventIndex.objects.filter(pk=event.pk).update(model="another", embedding=[0.5] * 384)
    with pytest.raises(ConsumerMisconfigured, match="update_embeddings --replace"):
        carry_batch(EmbeddingConsumer(client), PARAMS)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_writer_holds_is_passed_over_and_not_waited_for(client: EmbeddingClient) -> None:
    subscribe("embedding", EmbeddingConsumer.kinds)
    source = EventSource.objects.create(name="Town", slug="town", kind="manual")
    held, free = make(source, 1), make(source, 2)
    writer = connections["default"].copy("default")
    try:
        writer.set_autocommit(False)
        with writer.cursor() as cursor:
            cursor.execute("UPDATE events_event SET popularity = 0.7 WHERE id = %s", [held.pk])
        with transaction.atomic():
            assert carry_batch(EmbeddingConsumer(client), PARAMS).delivered == 2
        assert embedded() == {free.document_hash}
        writer.commit()
        assert carry_batch(EmbeddingConsumer(client), PARAMS).delivered == 1
        assert embedded() == {held.document_hash, free.document_hash}
    finally:
        writer.close()
    assert DeadLetter.objects.count() == 0


def test_the_search_index_follows_only_where_it_is_configured(settings: Any) -> None:
    settings.SEARCH_BACKEND = "pgvector"
    assert search_consumer() is None
    settings.SEARCH_BACKEND = "elasticsearch"
    found = search_consumer()
    assert isinstance(found, SearchIndexConsumer)
    found.close()
    own = embedding_consumer()
    assert own is not None
    own.close()
