"""How events lie in the search index. One document an event; its occurrences are nested, so that a place and a time fit together."""

from __future__ import annotations

from typing import Any

from api.rag.params import EMBEDDING_DIMENSION
from api.search.elasticsearch_client import Engine
from api.search.params import RANKED_MAX

MAPPING_VERSION = 1
ENGLISH = "event_text"
OCCURRENCES = "occurrences"
VECTOR = "embedding"


def settings_of(engine: Engine, *, shards: int, replicas: int) -> dict[str, Any]:
    """One shard counts every facet exactly; with more, the smallest buckets of a long facet may be off."""
    settings: dict[str, Any] = {
        "number_of_shards": shards,
        "number_of_replicas": replicas,
        "refresh_interval": "1s",
        "max_result_window": RANKED_MAX,
        "analysis": {
            "filter": {
                "english_stop": {"type": "stop", "stopwords": "_english_"},
                "english_stemmer": {"type": "stemmer", "language": "english"},
            },
            "char_filter": {"possessive": {"type": "pattern_replace", "pattern": "['’][sS]\\b", "replacement": ""}},
            "analyzer": {
                ENGLISH: {
                    "type": "custom",
                    "tokenizer": "standard",
                    "char_filter": ["possessive"],
                    "filter": ["lowercase", "asciifolding", "english_stop", "english_stemmer"],
                }
            },
        },
    }
    return settings | {"knn": True} if engine == "opensearch" else settings


def mappings_of(engine: Engine) -> dict[str, Any]:
    text = {"type": "text", "analyzer": ENGLISH}
    keyword = {"type": "keyword"}
    return {
        "dynamic": "strict",  # a field that is not here is a defect, not a new field
        "properties": {
            "event_id": {"type": "long"},
            "digest": {"type": "keyword", "index": False},
            "live": {"type": "boolean"},
            "title": text,
            "description": text,
            "tags": text,
            "venue_name": text,
            "organizer": text,
            "terms": keyword,  # stemmed as PostgreSQL does it, for refused topics
            "category": keyword | {"fields": {"text": text}},
            "category_key": keyword,  # in lower case
            "audience": keyword,
            "attendance": keyword,
            "price_band": keyword,
            "price_min": {"type": "double"},
            "is_free": {"type": "boolean"},
            "age_min": {"type": "short"},
            "age_max": {"type": "short"},
            "popularity": {"type": "double"},
            VECTOR: _vector(engine),
            OCCURRENCES: {
                "type": "nested",
                "properties": {
                    "id": {"type": "long"},
                    "start": {"type": "date", "format": "strict_date_optional_time"},
                    "effective_end": {"type": "date", "format": "strict_date_optional_time"},
                    "long": {"type": "boolean"},
                    "status": keyword,
                    "region": keyword,
                    "point": {"type": "geo_point"},
                    "venue": keyword,  # "12<tab>Hall, Durham": one field that both groups and names
                    "city": keyword,
                },
            },
        },
    }


def _vector(engine: Engine) -> dict[str, Any]:
    if engine == "opensearch":
        method = {"name": "hnsw", "space_type": "cosinesimil", "engine": "lucene"}
        return {"type": "knn_vector", "dimension": EMBEDDING_DIMENSION, "method": method}
    # Whole numbers: from Elasticsearch 9.1 on the default for 384 dimensions is one bit each.
    options = {"type": "hnsw"}
    return {
        "type": "dense_vector",
        "dims": EMBEDDING_DIMENSION,
        "index": True,
        "similarity": "cosine",
        "index_options": options,
    }


def template_of(engine: Engine, pattern: str, *, shards: int, replicas: int) -> dict[str, Any]:
    """Of every index whose name fits `pattern`, whoever makes it."""
    return {
        "index_patterns": [pattern],
        "priority": 200,
        "version": MAPPING_VERSION,
        "template": {
            "settings": settings_of(engine, shards=shards, replicas=replicas),
            "mappings": mappings_of(engine),
        },
    }
