"""STORY: from a message to tiers of events. Understand -> embed -> retrieve -> score -> tier.

Public names: EventRAGService with get_context_events_tiered() and warmup(), warmup_rag_service(), and the values RAGResult,
RankedEvent, RankingFactors and ScoringWeights.

Scores come with the candidates (the database computes the factors); everything else is a module of api/rag named by its verb.
The service runs in two faces over the same steps: blocking, and async where the caller brings its bridge to the ORM.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import numpy as np

from api.embedding_client import EmbeddingInfo
from api.rag.called_off import called_off
from api.rag.errors import EmbeddingUnavailable
from api.rag.explain import Explanation, Ranking, WhyNot, explain
from api.rag.hydrate import load_facts
from api.rag.likeness import anchor
from api.rag.params import PipelineParams, RetrievalParams, ScoringWeights, TierSizes
from api.rag.query.dates import warm_dates
from api.rag.query.places import Gazetteer
from api.rag.query.understand import understand
from api.rag.query.wire import understood_json
from api.rag.relaxations import relaxations
from api.rag.retrieval import retrieve
from api.rag.stored_models import check_model
from api.rag.tiering import Placed, assign, looked_at
from api.rag.trace_rows import TRACED_EVENTS, trace_candidates, trace_place, trace_row
from api.rag.tracing import detailed, span
from api.rag.types import (
    Notice,
    ParsedQuery,
    QueryContext,
    RAGResult,
    RankedEvent,
    RankingFactors,
    Retrieved,
)
from api.rag.why import why

__all__ = [
    "Ask",
    "EventRAGService",
    "RAGResult",
    "RankedEvent",
    "RankingFactors",
    "ScoringWeights",
    "TierSizes",
    "trace_row",
    "warmup_rag_service",
]

log = logging.getLogger(__name__)
T = TypeVar("T")
Vector = np.ndarray[Any, np.dtype[np.float32]]
OrmBridge = Callable[[Callable[[], T]], Awaitable[T]]

WARM_COUNTRIES = ("US", "CA", "GB")  # holidays of another country are read at its first question, 0.2 s
WARM_UP_QUESTION = "live music this weekend"
DEGRADED = Notice("degraded_retrieval", "Matching by meaning is unavailable right now; these results match your words.")


class Embedder(Protocol):
    async def embed_query(self, text: str) -> Vector: ...
    def embed_query_sync(self, text: str) -> Vector: ...
    async def info(self) -> EmbeddingInfo: ...
    def info_sync(self) -> EmbeddingInfo: ...
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


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation with how the question was read and weighed; `weights` are normalised, as the flips are."""

    query: ParsedQuery
    explanation: Explanation
    weights: ScoringWeights
    weights_sum: float
    notices: tuple[Notice, ...]


class EventRAGService:
    def __init__(
        self,
        *,
        embedder: Embedder,
        gazetteer: Callable[[], Gazetteer],
        params: PipelineParams | None = None,
        weights: Callable[[], ScoringWeights | None] | None = None,
    ) -> None:
        """`weights` gives those an operator chose, before those of `params`; a question's own come before both."""
        self.embedder = embedder
        self._weights = weights
        self._gazetteer = gazetteer
        self.params = params or PipelineParams()
        self._model_checked = False

    def warmup(self) -> None:
        """Load the gazetteer, check the stored vectors' model and run one question, so that the first user's is as fast as the tenth.

        Raises ModelMismatch, and RetrievalFailed when the database does not answer. A silent embedding service is no error:
        until it answers matching is by words, and its model is checked before its first vector is used.
        """
        self._gazetteer()
        warm_dates(WARM_COUNTRIES)
        with _silence_is_told():
            self._check_model(self.embedder.info_sync())
        self.get_context_events_tiered(_warm_up())

    async def warmup_async(self, orm: OrmBridge[Any]) -> None:
        """As `warmup`."""
        await orm(self._gazetteer)
        warm_dates(WARM_COUNTRIES)
        with _silence_is_told():
            info = await self.embedder.info()
            await orm(lambda: self._check_model(info))
        await self.get_context_events_tiered_async(_warm_up(), orm)

    def get_context_events_tiered(self, ask: Ask) -> RAGResult:
        """Blocking face. Raises RetrievalFailed; an empty result means that nothing fits and says what would."""
        query = self.understand(ask)
        vector, notices = self.embed(query)
        return self.find(ask, query, vector, notices)

    async def get_context_events_tiered_async(self, ask: Ask, orm: OrmBridge[RAGResult]) -> RAGResult:
        query = self.understand(ask)
        return await self.find_async(ask, query, orm)

    async def find_async(self, ask: Ask, query: ParsedQuery, orm: OrmBridge[RAGResult]) -> RAGResult:
        vector, notices = await self._embed_async(query)
        return await orm(lambda: self.find(ask, query, vector, notices))

    def why_not(self, ask: Ask, event_id: int) -> WhyNot:
        """The stage and the number that keep an event out of the answer. Raises RetrievalFailed."""
        return self.explain(ask, event_id).explanation.outcome

    def explain(self, ask: Ask, event_id: int) -> Explained:
        """Where an event stands in the answer to a question, and why. Raises RetrievalFailed."""
        query = self.understand(ask)
        vector, notices = self.embed(query)
        self._check_model_behind(vector)
        anchored = anchor(query, vector, self.params.retrieval)
        given, sizes = self.weights_for(ask), ask.tiers or self.params.tiers
        ranking = Ranking(anchored.vector, given.normalised(), sizes, self.params.retrieval)
        return Explained(
            anchored.query,
            explain(event_id, anchored.query, ranking),
            ranking.weights,
            given.total,
            (*query.notices, *notices, *anchored.notices),
        )

    def weights_for(self, ask: Ask) -> ScoringWeights:
        """May read the database."""
        return ask.weights or (self._weights() if self._weights else None) or self.params.weights

    def _check_model(self, info: EmbeddingInfo) -> None:
        check_model(info.model, info.dimension)
        self._model_checked = True

    def _check_model_behind(self, vector: Vector | None) -> None:
        """At the first vector, where the embedding service was silent when this process started."""
        if vector is not None and not self._model_checked:
            with _silence_is_told():
                self._check_model(self.embedder.info_sync())

    # -- the steps ---------------------------------------------------------------------------------------------------

    def understand(self, ask: Ask) -> ParsedQuery:
        with span("understanding") as s:
            query = understand(
                ask.message, context=ask.context, now=ask.now, zone=ask.zone, gazetteer=self._gazetteer()
            )
            s.set(understood=understood_json(query))
        trace_place(query)
        return query

    def find(self, ask: Ask, query: ParsedQuery, vector: Vector | None, notices: tuple[Notice, ...]) -> RAGResult:
        self._check_model_behind(vector)
        given = self.weights_for(ask)
        weights, sizes = given.normalised(), ask.tiers or self.params.tiers
        began = time.perf_counter()
        anchored = anchor(query, vector, self.params.retrieval)
        query, vector = anchored.query, anchored.vector
        retrieved = self._retrieve(query, vector, weights, sizes)
        scored = time.perf_counter()
        events = self._tier(query, retrieved, sizes, weights)
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
            weights_sum=given.total,
            notices=(*query.notices, *notices, *anchored.notices),
            timings_ms={"retrieve": (scored - began) * 1000, "tier": (time.perf_counter() - scored) * 1000},
        )
        result = replace(result, called_off=called_off(query, result.recommended, self.params.retrieval))
        return result if result.recommended or query.about_event_ids else self._with_ways_out(result, vector)

    def _retrieve(
        self, query: ParsedQuery, vector: Vector | None, weights: ScoringWeights, sizes: TierSizes
    ) -> Retrieved:
        with span("retrieval") as s:
            if query.intent in ("clarify", "smalltalk"):
                retrieved = Retrieved((), total=0, recall="exact", plan="none")
            else:
                retrieved = retrieve(query, vector, weights=weights, params=self._fetching(sizes))
            s.set(
                candidates=retrieved.total,
                plan=retrieved.plan,
                recall=retrieved.recall,
                fetched=len(retrieved.candidates),
            )
        return retrieved

    def _fetching(self, sizes: TierSizes) -> RetrievalParams:
        """Rows that no tier looks at are of use to a full record alone."""
        params = self.params.retrieval
        return params if detailed() else replace(params, fetch_limit=min(params.fetch_limit, max(1, looked_at(sizes))))

    def _tier(
        self, query: ParsedQuery, retrieved: Retrieved, sizes: TierSizes, weights: ScoringWeights
    ) -> list[RankedEvent]:
        with span("rerank", weights=weights.as_dict(), sizes=asdict(sizes)) as s:
            wanted = retrieved.candidates[: looked_at(sizes)]
            known = load_facts([c.occurrence_id for c in wanted]) if wanted else {}
            facts = {occurrence_id: pair[0] for occurrence_id, pair in known.items()}
            merged = {told.event_id: source_ids for told, source_ids in known.values()}
            placed = assign(
                wanted, facts, sizes, self.params.retrieval, asked=query.search_text, chosen=bool(query.about_event_ids)
            )
            events = [
                RankedEvent(
                    facts=facts[p.candidate.occurrence_id],
                    tier=p.tier,
                    rank=rank,
                    score=p.candidate.score,
                    factors=p.candidate.factors,
                    why=why(p.candidate, facts[p.candidate.occurrence_id], query),
                    source_ids=_also_listed_as(p, merged),
                )
                for rank, p in enumerate(placed, start=1)
            ]
            s.set(events=[trace_row(e) for e in (events if detailed() else events[:TRACED_EVENTS])])
            if detailed():  # other weights may lift what is too far down to be judged by these
                below = [c.occurrence_id for c in retrieved.candidates[len(wanted) :]]
                facts |= {id_: pair[0] for id_, pair in load_facts(below).items()} if below else {}
                s.set(**trace_candidates(retrieved.candidates, facts, query.search_text))
        return events

    def _with_ways_out(self, result: RAGResult, vector: Vector | None) -> RAGResult:
        query, found = result.query, result.candidate_count
        if query.intent in ("clarify", "smalltalk"):
            return result
        with span("relaxation") as s:
            ways = relaxations(query, vector, more_than=found, weights=result.weights, params=self.params.retrieval)
            s.set(ways=[{"label": r.label, "count": r.count} for r in ways])
        return replace(result, relaxations=ways)

    def embed(self, query: ParsedQuery) -> tuple[Vector | None, tuple[Notice, ...]]:
        if not query.search_text:
            return None, ()
        with _embedding(query.search_text) as found:
            found.vector = self.embedder.embed_query_sync(query.search_text)
        return found.vector, found.notices

    async def _embed_async(self, query: ParsedQuery) -> tuple[Vector | None, tuple[Notice, ...]]:
        if not query.search_text:
            return None, ()
        with _embedding(query.search_text) as found:
            found.vector = await self.embedder.embed_query(query.search_text)
        return found.vector, found.notices


@dataclass(slots=True)
class _Embedded:
    vector: Vector | None = None
    notices: tuple[Notice, ...] = ()


@contextmanager
def _embedding(text: str) -> Iterator[_Embedded]:
    """The step on record. Where the service is away there is no vector: words alone rank, and a notice says so."""
    found = _Embedded()
    with span("embedding", text=text) as s:
        try:
            yield found
        except EmbeddingUnavailable as error:
            s.set(fallback="lexical", reason=str(error))
            s.recovered(error)
            found.notices = (DEGRADED,)


@contextmanager
def _silence_is_told() -> Iterator[None]:
    try:
        yield
    except EmbeddingUnavailable as error:
        log.warning("the embedding service does not answer yet (%s); until it does, matching is by words", error)


def _also_listed_as(p: Placed, merged: Mapping[int, tuple[int, ...]]) -> tuple[int, ...]:
    if not p.also:
        return merged[p.candidate.event_id]
    return tuple(sorted({i for e in (p.candidate.event_id, *p.also) for i in merged[e]} | {*p.also}))


def _warm_up() -> Ask:
    return Ask(WARM_UP_QUESTION, now=datetime.now(UTC), zone="UTC")  # nobody reads the answer, so the clock is ours


def warmup_rag_service() -> None:
    """`warmup` of the one retrieval of this process, for blocking callers."""
    from api.rag.bootstrap import rag_service  # the composition root builds this module's service

    rag_service().warmup()
