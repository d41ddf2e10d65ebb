"""STORY: from a message to tiers of events. Understand -> embed -> retrieve -> score -> tier.

Scores come with the candidates (the database computes the factors); everything else is a module of api/rag named by its verb.
The service runs in two faces over the same steps: blocking, and async where the caller brings its bridge to the ORM.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

import numpy as np

from api.embedding_client import EmbeddingInfo
from api.rag.errors import EmbeddingUnavailable
from api.rag.explain import Ranking, WhyNot, why_not
from api.rag.hydrate import load_facts
from api.rag.params import PipelineParams, ScoringWeights, TierSizes
from api.rag.query.places import Gazetteer
from api.rag.query.understand import understand
from api.rag.query.wire import understood_json
from api.rag.relax import ways_out
from api.rag.retrieval import candidate_filter, count, retrieve
from api.rag.tiering import assign, looked_at
from api.rag.tracing import span
from api.rag.types import Notice, ParsedQuery, QueryContext, RAGResult, RankedEvent, Relaxation, Retrieved
from api.rag.why import why

T = TypeVar("T")
Vector = np.ndarray[Any, np.dtype[np.float32]]
OrmBridge = Callable[[Callable[[], T]], Awaitable[T]]

DEGRADED = Notice("degraded_retrieval", "Matching by meaning is unavailable right now; these results match your words.")


class Embedder(Protocol):
    async def embed_query(self, text: str) -> Vector: ...
    def embed_query_sync(self, text: str) -> Vector: ...
    async def info(self) -> EmbeddingInfo: ...
    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """One question with everything that shapes its retrieval."""

    message: str
    now: datetime
    zone: str
    context: QueryContext = field(default_factory=QueryContext)
    weights: ScoringWeights | None = None
    tiers: TierSizes | None = None


class EventRAGService:
    def __init__(
        self, *, embedder: Embedder, gazetteer: Callable[[], Gazetteer], params: PipelineParams | None = None
    ) -> None:
        self.embedder = embedder
        self._gazetteer = gazetteer
        self.params = params or PipelineParams()

    def get_context_events_tiered(self, ask: Ask) -> RAGResult:
        """Blocking face. Raises RetrievalFailed; an empty result means that nothing fits and says what would."""
        query = self.understand(ask)
        vector, notices = self._embed(query)
        return self.find(ask, query, vector, notices)

    async def get_context_events_tiered_async(self, ask: Ask, orm: OrmBridge[RAGResult]) -> RAGResult:
        query = self.understand(ask)
        return await self.find_async(ask, query, orm)

    async def find_async(self, ask: Ask, query: ParsedQuery, orm: OrmBridge[RAGResult]) -> RAGResult:
        vector, notices = await self._embed_async(query)
        return await orm(lambda: self.find(ask, query, vector, notices))

    def why_not(self, ask: Ask, event_id: int) -> WhyNot:
        """The stage and the number that keep an event out of the answer. Raises RetrievalFailed."""
        query = self.understand(ask)
        vector, _ = self._embed(query)
        weights, sizes = (ask.weights or self.params.weights).normalised(), ask.tiers or self.params.tiers
        return why_not(event_id, query, Ranking(vector, weights, sizes, self.params.retrieval))

    # -- the steps ---------------------------------------------------------------------------------------------------

    def understand(self, ask: Ask) -> ParsedQuery:
        with span("understanding") as s:
            query = understand(
                ask.message, context=ask.context, now=ask.now, zone=ask.zone, gazetteer=self._gazetteer()
            )
            s.set(understood=understood_json(query))
        return query

    def find(self, ask: Ask, query: ParsedQuery, vector: Vector | None, notices: tuple[Notice, ...]) -> RAGResult:
        weights = (ask.weights or self.params.weights).normalised()
        sizes = ask.tiers or self.params.tiers
        began = time.perf_counter()
        retrieved = self._retrieve(query, vector, weights)
        scored = time.perf_counter()
        events = self._tier(query, retrieved, sizes)
        result = RAGResult(
            query=query,
            recommended=tuple(e for e in events if e.tier == "recommended"),
            additional=tuple(e for e in events if e.tier == "additional"),
            context=tuple(e for e in events if e.tier == "context"),
            candidate_count=retrieved.total,
            recall=retrieved.recall,
            plan=retrieved.plan,
            weights=weights,
            tiers=sizes,
            notices=(*query.notices, *notices),
            timings_ms={"retrieve": (scored - began) * 1000, "tier": (time.perf_counter() - scored) * 1000},
        )
        return result if result.recommended else self._with_ways_out(result)

    def _retrieve(self, query: ParsedQuery, vector: Vector | None, weights: ScoringWeights) -> Retrieved:
        with span("retrieval") as s:
            if query.intent in ("clarify", "smalltalk"):
                retrieved = Retrieved((), total=0, recall="exact", plan="none")
            else:
                retrieved = retrieve(query, vector, weights=weights, params=self.params.retrieval)
            s.set(
                candidates=retrieved.total,
                plan=retrieved.plan,
                recall=retrieved.recall,
                fetched=len(retrieved.candidates),
            )
        return retrieved

    def _tier(self, query: ParsedQuery, retrieved: Retrieved, sizes: TierSizes) -> list[RankedEvent]:
        with span("rerank") as s:
            wanted = retrieved.candidates[: looked_at(sizes)]
            known = load_facts([c.occurrence_id for c in wanted]) if wanted else {}
            facts = {occurrence_id: pair[0] for occurrence_id, pair in known.items()}
            placed = assign(wanted, facts, sizes, self.params.retrieval)
            events = [
                RankedEvent(
                    facts=facts[p.candidate.occurrence_id],
                    tier=p.tier,
                    rank=rank,
                    score=p.candidate.score,
                    factors=p.candidate.factors,
                    why=why(p.candidate, facts[p.candidate.occurrence_id], query),
                    source_ids=known[p.candidate.occurrence_id][1],
                )
                for rank, p in enumerate(placed, start=1)
            ]
            s.set(events=[trace_row(e) for e in events])
        return events

    def _with_ways_out(self, result: RAGResult) -> RAGResult:
        query, params = result.query, self.params.retrieval
        if query.intent in ("clarify", "smalltalk"):
            return result
        with span("relaxation") as s:
            asked = candidate_filter(query, params)
            found = [
                Relaxation(f"{n} {way.label}", n, way.change)
                for way in ways_out(query, asked, params)
                if (n := count(way.filter, params)) > result.candidate_count
            ]
            s.set(ways=[{"label": r.label, "count": r.count} for r in found])
        return replace(result, relaxations=tuple(found))

    def _embed(self, query: ParsedQuery) -> tuple[Vector | None, tuple[Notice, ...]]:
        if not query.search_text:
            return None, ()
        with span("embedding", text=query.search_text) as s:
            try:
                return self.embedder.embed_query_sync(query.search_text), ()
            except EmbeddingUnavailable as error:
                s.set(fallback="lexical", reason=str(error))
                return None, (DEGRADED,)

    async def _embed_async(self, query: ParsedQuery) -> tuple[Vector | None, tuple[Notice, ...]]:
        if not query.search_text:
            return None, ()
        with span("embedding", text=query.search_text) as s:
            try:
                return await self.embedder.embed_query(query.search_text), ()
            except EmbeddingUnavailable as error:
                s.set(fallback="lexical", reason=str(error))
                return None, (DEGRADED,)


def trace_row(event: RankedEvent) -> dict[str, Any]:
    f = event.factors
    return {
        "event_id": event.facts.event_id,
        "occurrence_id": event.facts.occurrence_id,
        "title": event.facts.title,
        "status": event.facts.status,
        "tier": event.tier,
        "rank": event.rank,
        "score": round(event.score, 6),
        "semantic": f.semantic,
        "location": f.location,
        "time": f.time,
        "category": f.category,
        "popularity": f.popularity,
        "distance_miles": f.distance_miles,
        "days_until_event": f.days_until_event,
        "unknown": list(f.unknown),
        "why": list(event.why),
    }
