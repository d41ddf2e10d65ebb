"""Labels that another project's classifier made: a category in a town in a month, relevant or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from tqdm import tqdm

from api.evaluation.rankers import RANKERS, TOP, Question, Shown, event_ids, ranked, shown
from api.evaluation.table import Ranking
from api.rag_service import Ask, EventRAGService


@dataclass(frozen=True, slots=True)
class Labelled:
    question: Question
    grades: Mapping[int, float]  # by event id
    month: tuple[datetime, datetime]


def labelled(rows: Sequence[Mapping[str, Any]], service: EventRAGService) -> list[Labelled]:
    """The questions that have a stored relevant event and a place that is understood. Raises EmbeddingUnavailable."""
    events = event_ids({external for row in rows for external in row["relevant"]})
    found: list[Labelled] = []
    for row in tqdm(rows, desc="Understanding", disable=None):
        start, end = month_of(row["filters"]["month"])
        query = service.understand(Ask(row["query"], now=start - timedelta(days=1), zone=settings.DEFAULT_USER_ZONE))
        grades = {events[external]: 1.0 for external in row["relevant"] if external in events}
        if grades and query.place is not None and query.search_text:
            zone = ZoneInfo(query.zone)
            month = (start.replace(tzinfo=zone), end.replace(tzinfo=zone))
            vector = service.embedder.embed_query_sync(query.search_text)
            found.append(Labelled(Question(query, vector), grades, month))
    return found


def rankings(found: Sequence[Labelled], service: EventRAGService) -> dict[str, list[Ranking]]:
    told: dict[str, list[Ranking]] = {ranker.name: [] for ranker in RANKERS}
    for ranker in tqdm(RANKERS, desc="Weak labels", disable=None):
        for one in found:
            candidates = ranked(service, ranker, one.question)
            broken = sum(_violates(s, one) for s in shown(candidates[:TOP]))
            told[ranker.name].append(Ranking([c.event_id for c in candidates], one.grades, broken))
    return told


def _violates(s: Shown, one: Labelled) -> bool:
    """Judged by the labels' own month and the distance told back, not by the query that filtered."""
    start, end = one.month
    place, miles = one.question.query.place, s.candidate.factors.distance_miles
    too_far = place is not None and (miles is None or miles > place.radius_miles)
    return s.candidate.start >= end or s.ends <= start or too_far


def month_of(text: str) -> tuple[datetime, datetime]:
    year, month = (int(part) for part in text.split("-"))
    return datetime(year, month, 1, tzinfo=UTC), datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
