"""A whole record keeps what other weights would need: the facts of every candidate, and which of them are one happening."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from api.embedding_client import EmbeddingClient
from api.rag.indexing import embed_all_stale
from api.rag.params import TierSizes
from api.rag.tiering import looked_at
from events.models import Event, EventSource, Occurrence
from events.services import save_event
from traces.replay import Order
from traces.tests.runner_world import asked, data, payload, run, venue

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_candidates_below_the_judged_ones_are_told_too(town: list[Event], embedding_process: str) -> None:
    jazz = town[1]
    doors = Occurrence.objects.get(event=jazz).start - timedelta(minutes=30)
    other = EventSource.objects.create(name="Paper", slug="paper", kind="manual")
    save_event(data(70, jazz.title, doors, venue=venue("Hall 1", 38.4505)), source=other, changed_by="paper")
    client = EmbeddingClient(embedding_process)
    list(embed_all_stale(client))
    client.close()
    twin = Event.objects.get(source=other)
    sizes = TierSizes(1, 0, 0)
    order = asked()
    ranking = payload(run(Order(replace(order, ask=replace(order.ask, tiers=sizes)), None)), "rerank")
    assert len(ranking["candidates"]) == len(town) + 1 > looked_at(sizes)
    assert {(c["title"], c["venue_asked"]) for c in ranking["candidates"]} == {(e.title, False) for e in town}
    assert [sorted(pair) for pair in ranking["same"]] == [sorted((jazz.pk, twin.pk))]
