"""The golden questions are well-formed, and no answer to a part of them breaks a constraint. The figures: `make evaluate`."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.embedding_client import EmbeddingClient
from api.evaluation.golden import GoldenQuery, read_golden
from api.evaluation.judged import broken_rules, judged, rankings
from api.evaluation.rankers import FULL, ranked, shown
from api.evaluation.table import GOLDEN, worse
from api.rag_service import EventRAGService
from events.importers.formats import Reading
from events.importers.runner import ImportJob, run_import
from events.models import Event
from locations.index import GazetteerIndex

HERE = Path(__file__).parent
CALENDAR = "us_local_community_calendar.jsonl.gz"
ASKED = ("Ephrata", "Davis, CA", "Palmer")  # the questions of the small test, and the towns whose events it imports
TOWNS = ("Ephrata", "Davis", "Palmer", "Woodland", "Wasilla", "Lititz")


@pytest.fixture(scope="module")
def golden() -> list[GoldenQuery]:
    return read_golden(HERE / "retrieval_queries.jsonl", HERE / "retrieval_judgements.jsonl")


def test_there_are_enough_questions_and_none_twice(golden: list[GoldenQuery]) -> None:
    assert len(golden) >= 120
    assert [name for name, n in Counter(one.id for one in golden).items() if n > 1] == []
    assert [
        asked for asked, n in Counter((one.case["message"], one.case["now"]) for one in golden).items() if n > 1
    ] == []


def test_both_halves_are_of_one_size(golden: list[GoldenQuery]) -> None:
    halves = Counter(one.split for one in golden)
    assert abs(halves["tune"] - halves["report"]) <= 1


def test_every_question_is_judged_and_has_something_to_find(golden: list[GoldenQuery]) -> None:
    assert [one.id for one in golden if not any(one.grades.values())] == []
    assert [one.id for one in golden if not one.note] == []


def test_judgements_hold_ids_and_grades_and_no_text_of_events(golden: list[GoldenQuery]) -> None:
    ids = {external for one in golden for external in one.grades}
    assert [external for external in ids if " " in external or len(external) > 40] == []


def test_clocks_and_limits_are_in_order(golden: list[GoldenQuery]) -> None:
    for one in golden:
        now, must = datetime.fromisoformat(one.case["now"]), one.must
        assert now.tzinfo is not None
        assert must.end is None or must.end > now, one.id
        assert must.start is None or must.end is None or must.start < must.end, one.id


def test_the_committed_table_holds_what_it_is_compared_by() -> None:
    table = json.loads((HERE / "evaluation_table.json").read_text(encoding="utf-8"))
    assert set(table) == {GOLDEN, "weak"}
    assert worse(table, table) == []


@pytest.fixture
def towns(db: None, shared_data: Path, tmp_path: Path) -> int:
    """The real events of a few towns at their own dates; no vectors, words rank them."""
    path = tmp_path / "towns.jsonl"
    with gzip.open(shared_data / "events" / CALENDAR, "rt", encoding="utf-8") as lines, path.open("w") as out:
        out.writelines(line for line in lines if (json.loads(line)["venue"] or {}).get("city") in TOWNS)
    run_import(ImportJob(str(path), Reading(datetime(2026, 9, 1, tzinfo=UTC), 0), "jsonl"))
    return Event.objects.count()


@pytest.fixture
def embedder(embedding_process: str) -> Iterator[EmbeddingClient]:
    client = EmbeddingClient(embedding_process)
    yield client
    client.close()


@pytest.mark.shared_data
def test_no_answer_breaks_a_constraint(
    towns: int, golden: list[GoldenQuery], whole_gazetteer: GazetteerIndex, embedder: EmbeddingClient
) -> None:
    assert towns > 300
    some = [one for one in golden if any(town in one.case["message"] for town in ASKED)]
    assert len(some) >= 10
    service = EventRAGService(embedder=embedder, gazetteer=lambda: whole_gazetteer)
    found = judged(some, service)
    broken = {
        (one.golden.id, rule)
        for one in found
        for s in shown(ranked(service, FULL, one.question))
        for rule in broken_rules(one, s)
    }
    assert broken == set()
    told = rankings(found, service)[FULL.name]
    assert [r.broken for r in told] == [0] * len(found)
    assert sum(len(r.ids) for r in told) > 100
