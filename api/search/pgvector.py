"""Search in the database itself: the candidate query, its ranking and its facets in one statement."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from api.rag.candidate_sql import CandidateFilter
from api.rag.params import PipelineParams
from api.rag.retrieval import run, signals
from api.search.backend import EventSearchBackend
from api.search.pgvector_sql import build_search
from api.search.types import FACETS, PRICE_LABELS, Bucket, Facet, SearchQuery, SearchResult


class PgVectorSearchBackend(EventSearchBackend):
    name = "pgvector"

    def __init__(self, params: PipelineParams | None = None) -> None:
        self._params = params or PipelineParams()

    def search(self, query: SearchQuery, filters: CandidateFilter, limit: int) -> SearchResult:
        began = time.perf_counter()
        params = self._params.retrieval
        statement = build_search(
            filters,
            signals(query.parsed, query.vector, params),
            self._params.weights.normalised(),
            params,
            sort=query.sort,
            zone=query.parsed.zone,
            limit=limit,
        )
        ((total, ids, facets),) = run(statement, params)
        return SearchResult(
            candidate_ids=tuple(np.frombuffer(ids or b"", dtype=">i8").tolist()),
            search_handle="",
            total_hits=total,
            facets={name: _facet(name, facets[name]) for name in FACETS},
            search_time_ms=(time.perf_counter() - began) * 1000,
            recall="exact",
            backend=self.name,
            detail={"plan": statement.plan},
        )


def _facet(name: str, found: Any) -> Facet:
    more, buckets = found
    return Facet(tuple(Bucket(value, _label(name, value, label), n) for value, label, n in buckets or ()), more)


def _label(name: str, value: Any, label: str | None) -> str:
    if value is None:
        return "Not said"
    return PRICE_LABELS[value] if name == "price" else label or "Unnamed"
