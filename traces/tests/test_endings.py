"""However a turn ends, its run ends: success, error or cancelled, at whatever stage it was left, broken or killed."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.db import DataError, connection
from django.utils import timezone

from api.rag.errors import RetrievalFailed
from conftest import ROOT
from conversations.models import ChatMessage, ChatSession, ChatTurn
from events.models import Event
from traces.asking import Asked
from traces.live import told_live
from traces.models import ChatDebugRun
from traces.recorder import Subject, TurnRecorder
from traces.replay import Order
from traces.sweep import SILENT_RUN, sweep_runs
from traces.tests.runner_world import QUESTION, asked, payload, run, told

STAGES = (
    "input", "understanding", "location_resolution", "embedding", "retrieval", "rerank", "context_block", "prompt_final",
    "llm_request", "llm_chunk", "llm_response", "guard",
)  # fmt: skip
MODEL = "There is something [1]. " + "Enjoy it. " * 60


@pytest.fixture
def model(settings: Any, tmp_path: Path) -> None:
    script = tmp_path / "answer.txt"
    script.write_text(MODEL)
    settings.LLM_SCRIPT = str(script)
    settings.LLM_SCRIPT_DELAY_S = 0.001


def test_every_stage_is_recorded_in_order(town: list[Event], model: None) -> None:
    found = run()
    stages = list(dict.fromkeys(found.events.order_by("sequence").values_list("stage", flat=True)))
    assert stages == list(STAGES)
    assert found.status == "success"
    chunks = found.events.filter(stage="llm_chunk")
    assert (
        "".join(c.payload["text"] for c in chunks.order_by("sequence"))
        == MODEL
        == payload(found, "llm_response")["text"]
    )
    assert chunks.count() < sum(c.payload["deltas"] for c in chunks)


# A connection that was cut while it was being opened is left to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_reader_who_leaves_at_any_stage_leaves_a_finished_run(town: list[Event], model: None) -> None:
    ended = {stage: left_at(stage).status for stage in STAGES}
    assert set(ended.values()) <= {"cancelled", "success"}
    assert (ended["input"], ended["guard"]) == ("cancelled", "success")
    assert not ChatDebugRun.objects.filter(status="running").exists()
    gc.collect()


def test_a_reader_who_leaves_in_mid_answer_cancels_it(town: list[Event], model: None, settings: Any) -> None:
    settings.LLM_SCRIPT_DELAY_S = 0.02
    found = left_at("llm_request")
    assert (found.status, found.summary["answer_status"]) == ("cancelled", "cancelled")
    assert not found.events.exclude(error_type="").exists()


def left_at(stage: str) -> ChatDebugRun:
    async def read() -> str:
        lines = told_live(Order(asked(), None))
        run_id = ""
        async for line in lines:
            item = json.loads(line)
            run_id = item["id"] if item["type"] == "run" else run_id
            if item.get("stage") == stage:
                break
        await lines.aclose()  # type: ignore[attr-defined]
        return run_id

    return ChatDebugRun.objects.get(pk=asyncio.run(read()))


@contextmanager
def altered(there: str, back: str) -> Iterator[None]:
    def execute(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    execute(there)
    try:
        yield
    finally:
        execute(back)


def only_error(found: ChatDebugRun) -> tuple[str, str, str]:
    event = found.events.exclude(error_type="").get()
    assert event.payload["stack"]
    return event.stage, event.error_type, event.error_severity


def test_a_failed_search_is_one_error_of_its_type(town: list[Event]) -> None:
    table = "events_occurrence"
    with altered(f"ALTER TABLE {table} RENAME TO away", f"ALTER TABLE away RENAME TO {table}"):
        found = run()
    assert (found.status, only_error(found)) == ("error", ("error", "rag_error", "error"))
    assert payload(found, "error")["stage"] == "retrieval"


def test_what_no_rule_knows_is_critical(town: list[Event]) -> None:
    Event.objects.update(timezone="Mars/Olympus")
    found = run()
    assert (found.status, only_error(found)) == ("error", ("error", "unknown", "critical"))


def test_a_silent_embedding_service_is_a_warning_and_the_turn_goes_on(town: list[Event], settings: Any) -> None:
    settings.EMBEDDING_URL = "http://127.0.0.1:9"
    found = run()
    assert (found.status, only_error(found)) == ("success", ("embedding", "rag_error", "warning"))


def test_a_model_that_is_away_is_a_warning_and_the_composer_answers(town: list[Event], settings: Any) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    found = run()
    assert found.status == "success"
    assert found.summary["answer"]
    assert {(e.stage, e.error_type, e.error_severity) for e in found.events.exclude(error_type="")} == {
        ("llm_request", "llm_error", "warning")
    }


def test_an_unknown_place_marks_the_trace_and_not_the_turn(town: list[Event]) -> None:
    found = run(Order(asked("concerts in Qwertyville", location_id=None), None))
    assert (found.status, only_error(found)) == ("success", ("location_resolution", "location_error", "warning"))


def test_a_model_that_is_not_offered_is_refused(town: list[Event]) -> None:
    found = run(Order(Asked(asked().ask, model="gpt-99"), None))
    assert (found.status, only_error(found)) == ("error", ("error", "validation_error", "error"))


# -- processes that die -----------------------------------------------------------------------------------------------

CHILD = """
import asyncio, django, json, sys
django.setup()
from traces.live import told_live
from traces.replay import Order
from traces.tests.runner_world import asked
async def go():
    async for line in told_live(Order(asked(), None)):
        print(line.decode().strip()[:200], flush=True)
asyncio.run(go())
"""


def killed_at(stage: str, settings: Any, tmp_path: Path) -> ChatDebugRun:
    """The run of a process that was killed when it had told this stage."""
    database = settings.DATABASES["default"]
    user, password, host, port = (database[k] for k in ("USER", "PASSWORD", "HOST", "PORT"))
    from urllib.parse import quote

    url = f"postgresql://{user}:{quote(str(password))}@{quote(str(host), safe='')}:{port}/{database['NAME']}"
    script = tmp_path / "answer.txt"
    script.write_text(MODEL)
    environment = {
        **os.environ, "DATABASE_URL": url, "EMBEDDING_URL": settings.EMBEDDING_URL, "LLM_SCRIPT": str(script),
        "LLM_SCRIPT_DELAY_S": "0.2", "DJANGO_SETTINGS_MODULE": "config.settings", "ENV": "local",
    }  # fmt: skip
    command = [sys.executable, "-c", CHILD]
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    run_id = ""
    for line in child.stdout:
        run_id = run_id or line.partition('"id": "')[2][:36]
        if f'"stage": "{stage}"' in line:
            break
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    return ChatDebugRun.objects.get(pk=run_id)


def test_the_run_of_a_killed_process_is_closed(
    town: list[Event], settings: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    stages = STAGES[:-2] if request.config.getoption("--slow") else ("retrieval",)
    for stage in stages:
        found = killed_at(stage, settings, tmp_path)
        assert found.status == "running"
        assert sweep_runs(timezone.now()) == 0  # it may still be at work
        assert sweep_runs(timezone.now() + SILENT_RUN + timedelta(seconds=1)) == 1
        found.refresh_from_db()
        assert (found.status, found.events.get().error_severity) == ("error", "critical")


@pytest.mark.django_db
def test_a_turn_lost_with_its_worker_gets_its_run() -> None:
    user = User.objects.create_user("alice")
    session = ChatSession.objects.create(user=user)
    turn = ChatTurn.objects.create(
        user=user,
        session=session,
        question_digest="x",
        heartbeat_at=timezone.now(),
        lost=True,
        finished_at=timezone.now(),
    )
    ChatMessage.objects.create(session=session, turn_id=turn.pk, role="user", content="Live music?")
    assert (sweep_runs(timezone.now()), sweep_runs(timezone.now())) == (1, 0)
    found = ChatDebugRun.objects.get(turn_id=turn.pk)
    assert (found.message, found.status, found.user, found.session) == ("Live music?", "error", user, session)
    assert found.events.get().error_type == "unknown"


@pytest.mark.django_db
def test_a_run_that_was_swept_stays_so() -> None:
    recorder = TurnRecorder(Subject("q", {}, datetime.now(UTC)), full=True)
    recorder.begin()
    assert sweep_runs(timezone.now() + 2 * SILENT_RUN) == 1
    recorder.finalize(status="complete", finished_at=datetime.now(UTC))
    assert ChatDebugRun.objects.get(pk=recorder.id).status == "error"


# -- the recorder -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_run_is_written_once(django_assert_num_queries: Callable[..., Any]) -> None:
    recorder = TurnRecorder(Subject("q", {}, datetime.now(UTC), turn_id=uuid.uuid4()), full=True)
    for n in range(50):
        recorder.event("retrieval", {"candidates": n})
    with django_assert_num_queries(1):
        recorder.finalize(status="complete", finished_at=datetime.now(UTC))
    recorder.finalize(status="failed", finished_at=datetime.now(UTC))
    found = ChatDebugRun.objects.get()
    assert (found.status, found.events.count(), found.summary["candidates"]) == ("success", 51, 49)


@pytest.mark.django_db
def test_a_light_record_keeps_numbers_and_no_texts() -> None:
    recorder = TurnRecorder(Subject("q", {}, datetime.now(UTC)))
    recorder.event("prompt_final", {"version": "x", "tokens": 5, "system": "secret", "messages": [], "texts": {}})
    recorder.event("llm_response", {"model": "m", "text": "said"})
    recorder.event("llm_chunk", {"text": "said"})
    recorder.finalize(status="complete", finished_at=datetime.now(UTC))
    stages = dict(ChatDebugRun.objects.get().events.values_list("stage", "payload"))
    assert stages == {"prompt_final": {"version": "x", "tokens": 5}, "llm_response": {"model": "m"}}


@pytest.mark.django_db
def test_what_a_database_cannot_hold_is_recorded_as_text() -> None:
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"in": deep}
    asked = {"big": 2**70, "half": "\ud800", "nul\x00": "\x00", "none": float("nan"), "deep": deep}
    recorder = TurnRecorder(Subject("q\x00", asked, datetime.now(UTC)), full=True)
    recorder.finalize(status="complete", finished_at=datetime.now(UTC))
    found = ChatDebugRun.objects.get()
    told = {name: value for name, value in found.request.items() if name != "deep"}
    assert (found.message, told) == ("q", {"big": str(2**70), "half": "?", "nul": "", "none": "nan"})


@pytest.mark.django_db
def test_an_error_met_by_a_stage_and_by_the_turn_is_one_error() -> None:
    recorder = TurnRecorder(Subject("q", {}, datetime.now(UTC)))
    failure = RetrievalFailed("away")
    recorder.event("retrieval", {}, error=failure)
    recorder.failed(failure)
    recorder.finalize(status="failed", finished_at=datetime.now(UTC))
    found = ChatDebugRun.objects.get()
    assert list(found.events.exclude(error_type="").values_list("stage", "error_type")) == [("error", "rag_error")]
    assert found.summary["errors"] == ["rag_error"]


@pytest.mark.django_db
def test_what_postgresql_cannot_keep_is_made_plain() -> None:
    recorder = TurnRecorder(Subject("a\x00b", {"x": float("nan")}, datetime.now(UTC)), full=True)
    recorder.event("guard", {"at": datetime(2026, 1, 1, tzinfo=UTC), "text": "\x00", "set": {1}, "inf": float("inf")})
    recorder.finalize(status="complete", finished_at=datetime.now(UTC))
    found = ChatDebugRun.objects.get()
    assert (found.message, found.request) == ("ab", {"x": "nan"})
    assert payload(found, "guard") == {"at": "2026-01-01T00:00:00+00:00", "text": "", "set": [1], "inf": "inf"}


def test_the_lines_of_a_live_run_begin_and_end(town: list[Event]) -> None:
    lines = told(Order(asked(QUESTION), None))
    assert (lines[0]["type"], lines[-1]["type"], lines[-1]["status"]) == ("run", "finished", "complete")
    assert [line["sequence"] for line in lines if line["type"] == "stage"] == list(
        range(1, 1 + sum(line["type"] == "stage" for line in lines))
    )


@pytest.mark.parametrize("failure", [TypeError("no JSON"), DataError("overflow")])
def test_a_run_that_cannot_be_stored_keeps_nobody_waiting(
    town: list[Event], monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    monkeypatch.setattr(TurnRecorder, "finalize", Mock(side_effect=failure))

    async def last_line() -> dict[str, Any]:
        async with asyncio.timeout(20):
            return [json.loads(line) async for line in told_live(Order(asked(QUESTION), None))][-1]

    assert asyncio.run(last_line())["type"] == "finished"
