from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from api.rag.bootstrap import rag_service
from api.rag.errors import RagError
from api.rag.evaluation import mean_with_interval, ndcg, recall, reciprocal_rank
from api.rag.params import RetrievalParams, ScoringWeights
from api.rag.retrieval import retrieve
from api.rag.types import Candidate, ParsedQuery
from api.rag_service import Ask
from events.models import Event, Occurrence

WEAK_LABELS = Path(settings.BASE_DIR).parent / "shared" / "data" / "retrieval" / "events_weak_qrels.jsonl"
MEANING_ALONE = ScoringWeights(1, 0, 0, 0, 0)
TOP = 20


@dataclass(frozen=True, slots=True)
class Labelled:
    query: ParsedQuery
    vector: np.ndarray[Any, np.dtype[np.float32]]
    grades: Mapping[int, float]  # by event id
    month: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Ranker:
    name: str
    weights: ScoringWeights
    lexical_share: float | None  # None: words alone


RANKERS = (
    Ranker("semantic only", MEANING_ALONE, 0.0),
    Ranker("lexical only", MEANING_ALONE, None),
    *(Ranker(f"fusion, lexical share {share:g}", MEANING_ALONE, share) for share in (0.25, 0.5, 0.75, 1.0)),
    *(Ranker(f"full scoring, lexical share {share:g}", ScoringWeights(), share) for share in (0.25, 0.5, 0.75)),
    Ranker("full scoring", ScoringWeights(), RetrievalParams().lexical_share),
)


class Command(BaseCommand):
    help = (
        "Measure the ranking against labelled queries: nDCG@10, recall@20, MRR and the share of constraint violations, by ranker."
        " The labelled events must be stored with their own dates (import_events FILE --shift-weeks 0) and embedded."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--labels", type=Path, default=WEAK_LABELS, metavar="FILE")
        parser.add_argument("--limit", type=int, default=0, help="only so many queries")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lines = options["labels"].read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise CommandError(f"{options['labels']}: {error}") from error
        rows = [json.loads(line) for line in lines if line.strip()][: options["limit"] or None]
        labelled, skipped = self._labelled(rows)
        self.stdout.write(
            f"{len(labelled)} queries, {skipped} left out: nothing relevant to them is stored, or no place is understood"
        )
        if not labelled:
            raise CommandError("None of the labelled events is stored; import them first.")
        try:
            self._table(labelled)
        except RagError as error:
            raise CommandError(str(error)) from error

    def _labelled(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Labelled], int]:
        events = _event_ids({external for row in rows for external in row["relevant"]})
        found: list[Labelled] = []
        for row in tqdm(rows, desc="Understanding", disable=None):
            start, end = _month(row["filters"]["month"])
            now = start - timedelta(days=1)
            service = rag_service()
            query = service.understand(Ask(row["query"], now=now, zone=settings.DEFAULT_USER_ZONE))
            grades = {events[external]: 1.0 for external in row["relevant"] if external in events}
            if grades and query.place is not None and query.search_text:
                zone = ZoneInfo(query.zone)
                month = (start.replace(tzinfo=zone), end.replace(tzinfo=zone))
                vector = service.embedder.embed_query_sync(query.search_text)
                found.append(Labelled(query, vector, grades, month))
        return found, len(rows) - len(found)

    def _table(self, labelled: Sequence[Labelled]) -> None:
        self.stdout.write("| ranker | nDCG@10 | recall@20 | MRR | violations |\n|---|---|---|---|---|")
        gains: dict[str, list[float]] = {}
        for ranker in RANKERS:
            ranked = [_ranked(ranker, one) for one in labelled]
            ids = [[c.event_id for c in candidates] for candidates in ranked]
            pairs = list(zip(ids, (one.grades for one in labelled), strict=True))
            gains[ranker.name] = [ndcg(r, g, at=10) for r, g in pairs]
            told = [
                gains[ranker.name],
                [recall(r, g, at=TOP) for r, g in pairs],
                [reciprocal_rank(r, g) for r, g in pairs],
            ]
            cells = (mean_with_interval(values) for values in told)
            numbers = " | ".join(f"{c.mean:.3f} [{c.low:.3f}, {c.high:.3f}]" for c in cells)
            broken = sum(violates(c, one) for one, found in zip(labelled, ranked, strict=True) for c in found[:TOP])
            shown = sum(len(found[:TOP]) for found in ranked)
            self.stdout.write(f"| {ranker.name} | {numbers} | {broken} of {shown} |")
        full = np.asarray(gains["full scoring"])
        for name in ("semantic only", "lexical only"):
            gap = mean_with_interval(list(full - np.asarray(gains[name])))
            self.stdout.write(
                f"full scoring - {name}: nDCG@10 {gap.mean:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}], paired"
            )


def _ranked(ranker: Ranker, one: Labelled) -> tuple[Candidate, ...]:
    params = replace(rag_service().params.retrieval, lexical_share=ranker.lexical_share or 0.0)
    vector = one.vector if ranker.lexical_share is not None else None
    return retrieve(one.query, vector, weights=ranker.weights.normalised(), params=params).candidates


def violates(c: Candidate, one: Labelled) -> bool:
    """Judged by the labels' own month and the distance told back, not by the query that filtered."""
    start, end = one.month
    place = one.query.place
    too_far = place is not None and (c.factors.distance_miles is None or c.factors.distance_miles > place.radius_miles)
    return c.start >= end or (c.start < start and not _runs_into(c, start)) or too_far


def _runs_into(c: Candidate, start: datetime) -> bool:
    return Occurrence.objects.filter(pk=c.occurrence_id, effective_end__gt=start).exists()


def _event_ids(external: set[str]) -> dict[str, int]:
    """Event by the external id of its row, or of one of its occurrences; a merged duplicate counts as what it was merged into."""
    by_row = Event.objects.filter(external_id__in=external).values_list("external_id", "pk", "duplicate_of_id")
    by_occurrence = Occurrence.objects.filter(external_id__in=external).values_list(
        "external_id", "event_id", "event__duplicate_of_id"
    )
    return {name: other or own for name, own, other in (*by_row, *by_occurrence)}


def _month(text: str) -> tuple[datetime, datetime]:
    year, month = (int(part) for part in text.split("-"))
    return datetime(year, month, 1, tzinfo=UTC), datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
