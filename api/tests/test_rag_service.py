"""The public names of retrieval, and what is checked before the first question."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from api.embedding_client import EmbeddingInfo
from api.rag.answer_wire import events_json
from api.rag.errors import EmbeddingUnavailable
from api.rag.params import FACTORS, TierSizes
from api.rag.stored_models import ModelMismatch, check_model, stored_models
from api.rag.tests.records import NOW, SANTA_ROSA, event, unit, venue
from api.rag.types import QueryContext
from api.rag_service import Ask, EventRAGService, RAGResult, RankedEvent, RankingFactors, ScoringWeights
from events.models import EventIndex, EventSource
from locations.memory import gazetteer

pytestmark = pytest.mark.django_db
ZONE = "America/Los_Angeles"
MODEL = "test"  # the model of the vectors in `records`


class Embedder:
    """Answers as the service would; silent until `info` is set."""

    def __init__(self, info: EmbeddingInfo | None) -> None:
        self.described = info

    def info_sync(self) -> EmbeddingInfo:
        if self.described is None:
            raise EmbeddingUnavailable("still loading")
        return self.described

    def embed_query_sync(self, text: str) -> Any:
        return unit(0)

    async def embed_query(self, text: str) -> Any:
        return unit(0)

    async def info(self) -> EmbeddingInfo:
        return self.info_sync()

    async def aclose(self) -> None: ...


def speaking(model: str = MODEL, dimension: int = 384) -> Embedder:
    return Embedder(EmbeddingInfo(model, "1", dimension, 256, "hash", "cpu", "float32"))


def service(embedder: Embedder) -> EventRAGService:
    return EventRAGService(embedder=embedder, gazetteer=gazetteer)


async def in_thread(work: Any) -> Any:
    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def ask(message: str = "jazz", **fields: Any) -> Ask:
    return Ask(message, NOW, ZONE, **fields)


def test_a_question_becomes_tiers_of_ranked_events() -> None:
    row = event("Jazz Night", vector=unit(0))
    result = service(speaking()).get_context_events_tiered(ask())
    assert isinstance(result, RAGResult)
    (found,) = result.recommended
    assert isinstance(found, RankedEvent)
    assert isinstance(found.factors, RankingFactors)
    assert (found.facts.event_id, found.rank, found.tier) == (row.pk, 1, "recommended")


def test_weights_are_told_back_normalised_with_the_sum_they_had() -> None:
    event("Jazz Night", vector=unit(0))
    given = ScoringWeights(semantic=2, location=1, time=1, category=0, popularity=0)
    told = events_json(service(speaking()).get_context_events_tiered(ask(weights=given)))
    assert told["weights"] == dict(zip(FACTORS, (0.5, 0.25, 0.25, 0.0, 0.0), strict=True))
    assert told["weights_sum"] == 4.0


def test_stored_models_are_listed_each_once() -> None:
    for n in range(5):
        event(f"event {n}", vector=unit(0))
    EventIndex.objects.filter(event__title__in=["event 1", "event 2"]).update(model="a model")
    event("not embedded")
    assert stored_models() == {"a model", MODEL}


@pytest.mark.parametrize(
    ("model", "dimension", "said"),
    [
        ("another", 384, "stored vectors are of test, the embedding service speaks another: run `manage.py update_emb"),
        (
            MODEL,
            768,
            "the embedding service speaks test of 768 dimensions, the database stores 384: point EMBEDDING_URL",
        ),
    ],
)
def test_another_model_is_an_error_that_names_the_command(model: str, dimension: int, said: str) -> None:
    event("Jazz Night", vector=unit(0))
    with pytest.raises(ModelMismatch, match=re.escape(said)):
        check_model(model, dimension)
    with pytest.raises(ModelMismatch, match="update_embeddings --replace"):
        service(speaking(model, dimension)).warmup()


def test_a_silent_embedding_service_is_checked_before_its_first_vector_counts() -> None:
    event("Jazz Night", vector=unit(0))
    embedder = Embedder(None)
    patient = service(embedder)
    patient.warmup()
    embedder.described = speaking("another").described
    with pytest.raises(ModelMismatch):
        patient.get_context_events_tiered(ask())


def test_embedding_ends_with_the_command_that_helps(embedding_process: str, settings: Any) -> None:
    settings.EMBEDDING_URL = embedding_process
    event("Jazz Night", vector=unit(0))
    with pytest.raises(CommandError, match="update_embeddings --replace"):
        call_command("update_embeddings")


def test_warm_with_its_own_model() -> None:
    event("Jazz Night", starts=timedelta(days=1), vector=np.ones(384) / 384**0.5)
    service(speaking()).warmup()


@pytest.mark.django_db(transaction=True)
def test_the_chat_service_does_not_start_with_another_model() -> None:
    event("Jazz Night", vector=unit(0))
    with pytest.raises(ModelMismatch, match="update_embeddings --replace"):
        asyncio.run(service(speaking("another")).warmup_async(in_thread))


def test_listings_of_one_happening_are_one_row_with_all_its_sources() -> None:
    first = event("Jazz Night with the Elm Trio", starts=[timedelta(days=1), timedelta(days=9)], vector=unit(0))
    again = event("Jazz Night with the Elm Trio", starts=[timedelta(days=1), timedelta(days=16)], vector=unit(0))
    merged = event("Jazz Night with the Elm Trio", starts=timedelta(days=1), duplicate_of=again)
    for row, slug in ((again, "second"), (merged, "third")):
        row.source = EventSource.objects.create(slug=slug, name=slug, kind="manual")
        row.save()
    result = service(speaking()).get_context_events_tiered(ask())
    assert [(e.facts.event_id, e.source_ids) for e in result.events] == [(first.pk, (again.pk, merged.pk))]
    why_not = service(speaking()).why_not(ask(), again.pk)
    assert (why_not.stage, why_not.reason) == ("duplicate", f"shown as #{first.pk}, the same happening")


def test_what_is_asked_about_is_told_whatever_else_is_in_force() -> None:
    """At its time on the day spoken of; what is not on that day at its next one. What is over is not told again."""
    hall = venue("Grange Hall", (38.2324, -122.6367))  # Petaluma, 15 miles away
    weekly = event("Barn Dance", starts=[timedelta(days=d, hours=3) for d in (0, 7, 14)], at=hall, price_min=30)
    later = event("Harvest Supper", starts=timedelta(days=20), at=hall)
    over = event("Seed Swap", starts=timedelta(days=-3))
    asked = (NOW + timedelta(days=7)).astimezone(ZoneInfo(ZONE)).date()
    ledger = {
        "told": [[1, weekly.pk], [2, later.pk], [3, over.pk]],
        "when": {"start": f"{asked}T00:00:00", "end": f"{asked}T23:59:00", "zone": ZONE},
        "price": "free",
        "topics": ["jazz"],
        "place": {"label": "Santa Rosa", "lat": SANTA_ROSA[0], "lng": SANTA_ROSA[1], "zone": ZONE, "radius_miles": 2},
    }
    context = QueryContext(ledger=ledger)

    def found(message: str) -> list[tuple[int, timedelta]]:
        result = service(speaking()).get_context_events_tiered(ask(message, context=context))
        assert result.relaxations == ()
        assert result.events == result.recommended
        assert all(e.factors.distance_miles == pytest.approx(15, abs=1) for e in result.events)
        return [(e.facts.event_id, e.facts.start - NOW) for e in result.events]

    assert found("when is the first one?") == [(weekly.pk, timedelta(days=7, hours=3))]
    assert found("is the second one free?") == [(later.pk, timedelta(days=20))]
    assert found("is the third one free?") == []
    assert len(found("are they free?")) == 2
    few = service(speaking()).get_context_events_tiered(
        ask("are they free?", context=context, tiers=TierSizes(max_recommended=1, max_additional=0, max_context=0))
    )
    assert (len(few.events), few.candidate_count) == (1, 2)


def test_more_like_one_of_them_and_all_but_one_of_them() -> None:
    jazz, folk = event("Jazz Night", vector=unit(0)), event("Folk Night", vector=unit(0, 1))
    far = event("Chess Club", vector=unit(5))
    context = QueryContext(ledger={"told": [[1, jazz.pk], [2, far.pk]]})

    def found(message: str) -> list[int]:
        return [
            e.facts.event_id
            for e in service(speaking()).get_context_events_tiered(ask(message, context=context)).events
        ]

    assert found("anything like the first one?")[0] == folk.pk
    assert jazz.pk not in found("anything like the first one?")
    assert sorted(found("anything but the second one")) == [jazz.pk, folk.pk]
