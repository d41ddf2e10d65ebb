"""The bodies that the emulated server cannot run, against the documented query language; and what is pure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from api.rag.candidate_sql import CandidateFilter
from api.rag.params import RetrievalParams
from api.search.elasticsearch_backend import _ranked
from api.search.elasticsearch_mapping import mappings_of, settings_of
from api.search.elasticsearch_query import candidates, fused, knn_body, words
from api.search.facets import price_band
from api.search.tests.town import DAY, NOW, ask

PARAMS = RetrievalParams()
TODAY = CandidateFilter(now=NOW, ranges=((NOW, NOW + DAY),))
VECTOR = np.linspace(0, 1, 384, dtype=np.float32).tolist()


def test_elasticsearch_filters_inside_the_vector_search() -> None:
    assert knn_body("elasticsearch", VECTOR, TODAY, PARAMS, k=50, looked_at=500) == {
        "size": 50,
        "_source": False,
        "knn": {
            "field": "embedding",
            "query_vector": VECTOR,
            "k": 50,
            "num_candidates": 500,
            "filter": {"bool": {"filter": candidates(TODAY, PARAMS)}},
        },
    }


def test_opensearch_filters_inside_the_vector_search() -> None:
    inside = {"bool": {"filter": candidates(TODAY, PARAMS)}}
    assert knn_body("opensearch", VECTOR, TODAY, PARAMS, k=50, looked_at=500) == {
        "size": 50,
        "_source": False,
        "query": {"knn": {"embedding": {"vector": VECTOR, "k": 50, "filter": inside}}},
    }


@pytest.mark.parametrize(
    ("engine", "mapping"),
    [
        (
            "elasticsearch",
            {
                "type": "dense_vector",
                "dims": 384,
                "index": True,
                "similarity": "cosine",
                "index_options": {"type": "hnsw"},
            },
        ),
        (
            "opensearch",
            {
                "type": "knn_vector",
                "dimension": 384,
                "method": {"name": "hnsw", "space_type": "cosinesimil", "engine": "lucene"},
            },
        ),
    ],
)
def test_vectors_are_mapped_as_the_engine_names_them(engine: Any, mapping: dict[str, Any]) -> None:
    assert mappings_of(engine)["properties"]["embedding"] == mapping
    assert ("knn" in settings_of(engine, shards=1, replicas=0)) == (engine == "opensearch")


def test_one_occurrence_must_fulfil_everything_that_is_about_a_time_and_a_place() -> None:
    near = CandidateFilter(now=NOW, ranges=((NOW, NOW + DAY),), lat=40.0, lng=-74.0, radius_miles=10)
    live, where = candidates(near, PARAMS)
    assert live == {"term": {"live": True}}
    assert where["nested"]["path"] == "occurrences"
    assert where["nested"]["query"]["bool"]["filter"] == [
        {"terms": {"occurrences.status": ["scheduled", "rescheduled"]}},
        {"range": {"occurrences.effective_end": {"gt": "2026-11-21T12:00:00+00:00"}}},
        {
            "bool": {
                "should": [
                    {
                        "range": {
                            "occurrences.start": {
                                "gte": "2026-11-21T12:00:00+00:00",
                                "lt": "2026-11-22T12:00:00+00:00",
                            }
                        }
                    },
                    {
                        "bool": {
                            "filter": [
                                {"range": {"occurrences.start": {"lt": "2026-11-21T12:00:00+00:00"}}},
                                {"range": {"occurrences.effective_end": {"gte": "2026-11-21T12:30:00+00:00"}}},
                                {"term": {"occurrences.long": True}},
                            ]
                        }
                    },
                ],
                "minimum_should_match": 1,
            }
        },
        {"geo_distance": {"distance": "16093.440m", "occurrences.point": {"lat": 40.0, "lon": -74.0}}},
    ]


def test_words_match_many_fields_and_names_as_phrases() -> None:
    said, named = words(ask("live jazz", quoted=("Blue Note",)))
    assert (said["multi_match"]["query"], said["multi_match"]["type"]) == ("live jazz", "most_fields")
    assert (named["multi_match"]["query"], named["multi_match"]["type"]) == ("Blue Note", "phrase")
    assert words(ask("")) == []


def test_fusion_adds_the_reciprocal_ranks() -> None:
    scores = fused([((7, 8), 1.0), ((8, 9), 2.0)], constant=60)
    assert scores == {7: 1 / 61, 8: 1 / 62 + 2 / 61, 9: 2 / 62}


def test_what_matches_words_or_meaning_goes_before_the_rest_in_its_order() -> None:
    assert _ranked([1, 2, 3, 4, 5], 2, [4, 2]) == [2, 1, 4, 3, 5]
    assert _ranked([1, 2, 3], 0, []) == [1, 2, 3]


@pytest.mark.parametrize(
    ("is_free", "price", "band"),
    [
        (True, None, "free"),
        (None, None, None),
        (False, None, None),
        (None, 0.0, "under_10"),
        (False, 9.99, "under_10"),
        (None, 10.0, "10_to_25"),
        (None, 49.9, "25_to_50"),
        (None, 50.0, "50_and_over"),
    ],
)
def test_price_bands(is_free: bool | None, price: float | None, band: str | None) -> None:
    assert price_band(is_free, price) == band
