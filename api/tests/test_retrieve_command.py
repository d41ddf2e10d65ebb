from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "not JSON"),
        (b"[1]", "an object is needed"),
        (b'{"id": 1}', "message: must be there"),
        (b'{"message": ""}', "message: "),
        (b'{"message": "\\u0000"}', "message: must hold some words"),
        (b'{"message": "\\ud800 jazz"}', "message: "),
        (b'{"message": "jazz \xff"}', "not JSON: 'utf-8' codec can't decode byte 0xff"),
        (b'{"message": "jazz", "weights": {"semantic": NaN}}', "not JSON: NaN is no JSON number"),
        (b'{"message": "jazz", "weights": {"semantic": -1}}', "weights.semantic"),
        (b'{"message": "jazz", "weights": {"luck": 1}}', "unknown factor 'luck'"),
        (b'{"message": "jazz", "max_recommended": 1000}', "max_recommended"),
        (b'{"message": "jazz", "context": {"location_id": -1}}', "context.location_id"),
        (b'{"message": "jazz", "context": []}', "context: "),
        (b'{"message": "jazz", "now": "2026-11-21T10:00"}', "needs an offset"),
        (b'{"message": "jazz", "now": "9999-12-31T23:59:59+00:00"}', "is not between 1970 and 2200"),
        (b'{"message": "jazz", "now": "0001-01-01T00:00:00+00:00"}', "is not between 1970 and 2200"),
        (b'{"message": "' + b"jazz " * 1000 + b'"}', "message: String should have at most 4000 characters"),
        (b'{"message": ' + b"[" * 200_000, "not JSON"),
        (b'{"id": ' + b"9" * 5000 + b', "message": "jazz"}', "not JSON"),
        (b'{"id": "' + b"x" * 4_000_000 + b'", "message": "jazz"}', "longer than 4000000 bytes"),
    ],
)
def test_a_line_out_of_bounds_is_named_and_the_next_answered(tmp_path: Path, line: bytes, said: str) -> None:
    lines = tmp_path / "asked.jsonl"
    good = {"id": "next", "message": "anything", "now": NOW.isoformat()}
    lines.write_bytes(line + b"\n" + json.dumps(good).encode() + b"\n")
    out, errors = StringIO(), StringIO()
    with pytest.raises(CommandError, match="1 lines could not be answered"):
        call_command("retrieve", "--jsonl", str(lines), stdout=out, stderr=errors)
    assert errors.getvalue().startswith("line 1: ")
    assert said in errors.getvalue()
    assert [json.loads(told)["id"] for told in out.getvalue().splitlines()] == ["next"]


ODD: list[dict[str, Any]] = [
    {"id": "\ud800", "message": "jazz"},
    {"id": None, "message": "jazz\x00 tonight\x00"},
    {"id": 3, "message": "jazz", "context": {"location": "Nowhere-upon-Nothing"}},
    {"id": 4, "message": "jazz", "context": {"location": "Santa\x00 Rosa", "timezone": "Mars/Olympus"}},
    {"id": 5, "message": "jazz", "context": {"location_id": 2**62, "more_like_event_id": 2**62}},
    {"id": 6, "message": "jazz", "candidate_event_ids": [2**62], "max_recommended": 0},
    {"id": {"deep": [1]}, "message": "'; DROP TABLE events_event; -- & | ! :* <->"},
    {"id": 8, "message": "\u202e\U0001f3b7 \u5f88 \u0627\u0644" * 300, "now": "2199-12-31T23:59:59+14:00"},
]


def test_odd_lines_are_answered_each_with_its_id(tmp_path: Path) -> None:
    event("Jazz night", at=venue("Hall"))
    lines = tmp_path / "asked.jsonl"
    lines.write_text("\ufeff" + "\n\n".join(json.dumps({"now": NOW.isoformat()} | line) for line in ODD))
    answers = [json.loads(told) for told in run("--jsonl", str(lines)).splitlines()]
    assert [answer["id"] for answer in answers] == [line["id"] for line in ODD]
    notices = {str(answer["id"]): answer["notices"] for answer in answers}
    assert "unknown_place" in notices["3"]
    assert "unknown_ids" in notices["6"]


def test_the_terminal_says_what_keeps_an_event_out() -> None:
    row = event("Jazz night", status="cancelled")
    assert run("jazz", "--now", NOW.isoformat(), "--why-not", str(row.pk)) == "status: cancelled\n"
