"""Vectors and fusion: only a real server can run them. Named by ELASTICSEARCH_TEST_URL."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator

import numpy as np
import pytest

from api.rag.candidate_sql import CandidateFilter
from api.search.elasticsearch_backend import ElasticsearchBackend
from api.search.elasticsearch_index import SearchIndex
from api.search.tests.town import DAY, NOW, ask, build_town, random_filter, store_vectors
from events.models import Event, EventIndex

pytestmark = pytest.mark.live
EVERYTHING = CandidateFilter(now=NOW, ranges=((NOW, NOW + 4000 * DAY),))


@pytest.fixture
def index(live_url: str, db: None) -> Iterator[SearchIndex]:
    build_town(120)
    rng = np.random.default_rng(3)
    store_vectors(
        {pk: str(rng.normal(size=384).round(3).tolist()) for pk in Event.objects.values_list("pk", flat=True)}
    )
    index = SearchIndex.at(live_url, f"test-{uuid.uuid4().hex[:12]}")
    building = index.begin(now=NOW, shards=1, replicas=0)
    assert sum(index.fill(building)) == 120
    index.swap()
    yield index
    for name in index.written_to():
        index.drop(name)
    index.client.close()


def by_meaning(vector: np.ndarray, ids: set[int]) -> list[int]:
    rows = EventIndex.objects.filter(event_id__in=ids, embedding__isnull=False).values_list("event_id", "embedding")
    vectors = {pk: np.asarray(v.to_list(), dtype=np.float32) for pk, v in rows}
    return sorted(ids, key=lambda pk: -float(vectors[pk] @ vector / np.linalg.norm(vectors[pk])))


def test_the_nearest_in_meaning_come_first_inside_every_filter(index: SearchIndex) -> None:
    backend = ElasticsearchBackend("http://unused", index=index.name, client=index.client)
    rng, numbers = random.Random(11), np.random.default_rng(4)
    ids = list(Event.objects.values_list("pk", flat=True))
    for _ in range(10):
        f = random_filter(rng, ids)
        vector = numbers.normal(size=384).astype(np.float32)
        found = backend.search(ask("zzz", sort="relevance", vector=vector), f, 1000)
        inside = set(found.candidate_ids)
        assert (len(inside), found.notices) == (found.total_hits, ())
        assert list(found.candidate_ids)[:10] == by_meaning(vector, inside)[:10]


def test_words_and_meaning_are_fused(index: SearchIndex) -> None:
    backend = ElasticsearchBackend("http://unused", index=index.name, client=index.client)
    vector = np.random.default_rng(5).normal(size=384).astype(np.float32)
    words = backend.search(ask("jazz", sort="relevance"), EVERYTHING, 1000).candidate_ids
    both = backend.search(ask("jazz", sort="relevance", vector=vector), EVERYTHING, 1000)
    nearest = by_meaning(vector, set(both.candidate_ids))[0]
    assert (both.recall, both.detail["plan"]) == ("approximate", "rrf(bm25,knn)")
    assert {words[0], nearest} <= set(both.candidate_ids[:5])
