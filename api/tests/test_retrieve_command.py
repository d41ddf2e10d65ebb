from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from api.rag.bootstrap import rag_service
from api.rag.tests.records import NOW, event, venue
from events.models import Occurrence

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def service(settings: object, embedding_process: str) -> Iterator[None]:
    settings.EMBEDDING_URL = embedding_process  # type: ignore[attr-defined]
    rag_service.cache_clear()
    yield
    rag_service().embedder.close()  # type: ignore[attr-defined]
    rag_service.cache_clear()


def run(*args: str) -> str:
    out = StringIO()
    call_command("retrieve", *args, stdout=out, stderr=out)
    return out.getvalue()


def test_a_line_is_answered_by_tiers_with_ids_scores_factors_plan_and_time(tmp_path: Path) -> None:
    row = event("Jazz night", at=venue("Hall"), starts=timedelta(hours=3), popularity=0.5)
    Occurrence.objects.filter(event=row).update(external_id="feed-1")
    asked = {
        "id": "q1",
        "message": "jazz today",
        "now": NOW.isoformat(),
        "context": {"user_location": {"lat": 38.44, "lng": -122.71}, "timezone": "America/Los_Angeles"},
    }
    lines = tmp_path / "asked.jsonl"
    lines.write_text(json.dumps(asked) + "\n")
    (answer,) = [json.loads(line) for line in run("--jsonl", str(lines)).splitlines()]
    (found,) = [e for tier in ("recommended", "additional", "context") for e in answer[tier]]
    assert (answer["id"], answer["plan"], answer["recall"], answer["candidate_count"]) == (
        "q1",
        "exact:cells",
        "exact",
        1,
    )
    assert (found["event_id"], found["external_id"]) == (row.pk, "feed-1")
    assert found["series_external_id"] == row.external_id
    assert found["factors"].keys() == {"semantic", "location", "time", "category", "popularity"}
    assert answer["ms"] > 0


def test_lines_that_cannot_be_read_are_named_and_the_others_answered(tmp_path: Path) -> None:
    lines = tmp_path / "asked.jsonl"
    good = {"id": 2, "message": "anything", "now": NOW.isoformat()}
    lines.write_text("\n".join(["{", '{"message": ""}', json.dumps(good | {"now": "noon"}), json.dumps(good)]))
    out = StringIO()
    with pytest.raises(CommandError, match="3 lines could not be answered"):
        call_command("retrieve", "--jsonl", str(lines), stdout=out, stderr=StringIO())
    assert [json.loads(line)["id"] for line in out.getvalue().splitlines()] == [2]


def test_the_terminal_says_what_keeps_an_event_out() -> None:
    row = event("Jazz night", status="cancelled")
    assert run("jazz", "--now", NOW.isoformat(), "--why-not", str(row.pk)) == "status: cancelled\n"
