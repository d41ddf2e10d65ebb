"""Search by Elasticsearch or OpenSearch: the filters, totals and facets of the database search, ranked by BM25 and vectors."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from elastic_transport import ConnectionTimeout
from elasticsearch import ApiError, Elasticsearch

from api.embedding_core import Breaker
from api.rag.candidate_sql import CandidateFilter
from api.rag.params import RetrievalParams
from api.rag.types import Notice
from api.search.backend import EventSearchBackend
from api.search.elasticsearch_client import FAILURES, Engine, connect, server_of
from api.search.elasticsearch_query import facets, fused, knn_body, search_body
from api.search.errors import SearchUnavailable
from api.search.params import FUSION_CONSTANT, FUSION_LEXICAL, FUSION_VECTOR, KNN_CANDIDATES, KNN_RESULTS
from api.search.types import SearchQuery, SearchResult

log = logging.getLogger(__name__)
TOO_MANY = 429
NO_VECTORS = Notice(
    "degraded_retrieval", "Matching by meaning is unavailable right now; these results match your words."
)


class ElasticsearchBackend(EventSearchBackend):
    """Thread-safe. `client` replaces the connection to `url`, for tests."""

    name = "elasticsearch"

    def __init__(
        self,
        url: str,
        *,
        index: str,
        client: Elasticsearch | None = None,
    ) -> None:
        self._client = client or connect(url, timeout_s=settings.ELASTICSEARCH_TIMEOUT_S)
        self._index = index
        self._params = RetrievalParams()
        self._engine: Engine | None = None
        self._breaker = Breaker()
        self._lock = threading.Lock()

    def search(self, query: SearchQuery, filters: CandidateFilter, limit: int) -> SearchResult:
        began = time.perf_counter()
        answers = self._ask(self._bodies(query, filters, limit))
        lexical = answers[0]
        hits = [int(hit["_id"]) for hit in lexical["hits"]["hits"]]
        scored = sum(hit["sort"][0] > 0 for hit in lexical["hits"]["hits"]) if query.sort == "relevance" else 0
        near, notices = self._near(query, answers)
        if near:
            hits = _ranked(hits, scored, near)[:limit]
        return SearchResult(
            candidate_ids=tuple(hits),
            search_handle="",
            total_hits=lexical["hits"]["total"]["value"],
            facets=facets(lexical["aggregations"]),
            search_time_ms=(time.perf_counter() - began) * 1000,
            recall="approximate" if near else "exact",
            backend=self.name,
            notices=notices,
            detail={"plan": "rrf(bm25,knn)" if near else "bm25" if scored else query.sort, "took_ms": lexical["took"]},
        )

    def _bodies(self, query: SearchQuery, f: CandidateFilter, limit: int) -> list[dict[str, Any]]:
        bodies = [search_body(query, f, self._params, limit=limit)]
        if query.vector is not None and query.sort == "relevance":
            vector, k = query.vector.tolist(), min(limit, KNN_RESULTS)
            bodies.append(knn_body(self._server(), vector, f, self._params, k=k, looked_at=KNN_CANDIDATES))
        return bodies

    def _near(self, query: SearchQuery, answers: Sequence[dict[str, Any]]) -> tuple[list[int], tuple[Notice, ...]]:
        """Ids nearest in meaning. A server without vectors ranks by words, and the answer says so."""
        if len(answers) < 2:
            return [], ()
        if "error" in answers[1]:
            log.warning("the search server refused the vector query: %s", answers[1]["error"])
            return [], (NO_VECTORS,)
        return [int(hit["_id"]) for hit in answers[1]["hits"]["hits"]], ()

    def _server(self) -> Engine:
        with self._lock:
            if self._engine is None:
                try:
                    self._engine = server_of(self._client).engine
                except FAILURES as error:
                    raise self._failed(error) from error
            return self._engine

    def _ask(self, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """One round trip. Raises SearchUnavailable when the first fails; the answer to a later one may be its error."""
        if not self._breaker.allow():
            raise SearchUnavailable("the search server failed several times in a row; waiting before the next try")
        searches = [part for body in bodies for part in ({"index": self._index}, body)]
        try:
            answers = list(self._client.msearch(searches=searches)["responses"])
        except FAILURES as error:
            raise self._failed(error) from error
        if "error" in answers[0]:
            self._breaker.record(success=True)
            raise SearchUnavailable(f"the search server refused: {_reason(answers[0]['error'])}")
        if answers[0]["timed_out"] or answers[0]["_shards"]["failed"]:
            self._breaker.record(success=False)
            raise SearchUnavailable("the search server answered for a part of its shards only")
        self._breaker.record(success=True)
        return answers

    def _failed(self, error: Exception) -> SearchUnavailable:
        refused = isinstance(error, ApiError) and error.status_code < 500 and error.status_code != TOO_MANY
        self._breaker.record(success=refused)
        if refused:
            return SearchUnavailable(f"the search server refused: {error}")
        what = "was too slow" if isinstance(error, ConnectionTimeout) else "does not answer"
        return SearchUnavailable(f"the search server {what}: {error}")


def _ranked(hits: Sequence[int], scored: int, near: Sequence[int]) -> list[int]:
    """Hits that match words and those near in meaning, fused; then the other candidates in their order."""
    scores = fused([(hits[:scored], FUSION_LEXICAL), (near, FUSION_VECTOR)], constant=FUSION_CONSTANT)
    place = {event_id: n for n, event_id in enumerate(hits)}
    best = sorted(scores, key=lambda event_id: (-scores[event_id], place.get(event_id, len(place)), event_id))
    return [*best, *(event_id for event_id in hits if event_id not in scores)]


def _reason(error: Any) -> str:
    cause = (error.get("root_cause") or [error])[0] if isinstance(error, dict) else error
    return f"{cause.get('type')}: {cause.get('reason')}" if isinstance(cause, dict) else str(cause)
