from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from math import log2
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from api.management.commands.evaluate import _event_ids, _month
from api.rag.evaluation import mean_with_interval, ndcg, recall, reciprocal_rank
from api.rag.tests.records import event
from events.models import Occurrence


def test_ndcg_of_a_worked_example() -> None:
    grades = {1: 2.0, 2: 1.0, 3: 1.0}
    best = 3 + 1 / log2(3) + 1 / 2
    assert ndcg([2, 9, 1], grades, at=10) == pytest.approx((1 + 3 / 2) / best)
    assert ndcg([1, 2, 3, 9], grades, at=10) == 1
    assert ndcg([9, 8], grades, at=10) == 0
    assert ndcg([1], {}, at=10) == 0


def test_recall_counts_what_the_places_can_hold() -> None:
    grades = dict.fromkeys(range(40), 1.0) | {99: 0.0}
    assert recall(list(range(20)), grades, at=20) == 1
    assert recall([*range(5), 99], grades, at=20) == 0.25
    assert recall([1], {99: 0.0}, at=20) == 0


def test_reciprocal_rank_is_of_the_first_relevant_event() -> None:
    assert reciprocal_rank([8, 9, 1, 2], {1: 1.0, 2: 1.0}) == pytest.approx(1 / 3)
    assert reciprocal_rank([8], {1: 1.0}) == 0


def test_the_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    values = [0.0, 0.5, 1.0, 0.7, 0.3] * 20
    found = mean_with_interval(values)
    assert found.mean == pytest.approx(0.5)
    assert found.low < found.mean < found.high
    assert found == mean_with_interval(values)
    assert found.high - found.low == pytest.approx(0.134, abs=0.02)  # 2 * 1.96 * sd / sqrt(100)


def test_months_are_half_open() -> None:
    assert _month("2026-12") == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert _month("2026-03")[1] == datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.django_db
def test_labels_find_rows_occurrences_and_what_duplicates_were_merged_into() -> None:
    series = event("weekly", starts=[timedelta(days=1), timedelta(days=8)])
    Occurrence.objects.filter(event=series).update(external_id="")
    Occurrence.objects.filter(pk=series.occurrences.first().pk).update(external_id="row-1")
    again = event("again", duplicate_of=series)
    names = {"row-1", again.external_id, series.external_id, "elsewhere"}
    assert _event_ids(names) == {"row-1": series.pk, again.external_id: series.pk, series.external_id: series.pk}


@pytest.mark.django_db
def test_without_the_labelled_events_it_says_what_to_do(tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    row = {"query": "music in March 2026", "filters": {"month": "2026-03"}, "relevant": ["nowhere"]}
    labels.write_text(json.dumps(row))
    with pytest.raises(CommandError, match="import them first"):
        call_command("evaluate", "--labels", str(labels), stdout=StringIO())
