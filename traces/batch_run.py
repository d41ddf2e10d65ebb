"""Runs a batch: each question through the product's own pipeline, under the one setting and under the other."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from api.rag.bootstrap import rag_service
from api.rag.errors import InvalidRequest, RagError
from api.rag.query.clock import within_years
from api.rag.query.text import storable
from api.rag_service import Ask, EventRAGService, trace_row
from traces.asking import Asked, context_from
from traces.batch import Outcome, Totals, judge, ranked_of
from traces.batch_models import BatchRow, BatchRun, QuestionSet
from traces.live import run_to_end
from traces.models import ChatDebugEvent, ChatDebugRun
from traces.ordering import asked_with
from traces.recorder import plain
from traces.replay import Order

log = logging.getLogger(__name__)
MAX_QUESTIONS = 2000
MAX_GRADE = 3
_LOCK = 7_302_300  # first key of the advisory lock; the second is the batch's id
SETTING_FIELDS = frozenset({"weights", "sizes", "max_distance_miles", "model", "temperature"})
Answering = Callable[[Asked, int | None], Outcome]


def checked_questions(questions: object) -> list[dict[str, Any]]:
    """Raises InvalidRequest with the number of the question that cannot be asked."""
    if not isinstance(questions, list) or not questions or len(questions) > MAX_QUESTIONS:
        raise InvalidRequest("questions", f"must be a list of 1 to {MAX_QUESTIONS} questions")
    found = []
    for n, row in enumerate(questions, start=1):
        row = {"message": row} if isinstance(row, str) else row
        if not isinstance(row, dict) or not isinstance(row.get("message"), str):
            raise InvalidRequest(f"questions[{n}]", 'must be a text or {"message", "context"?, "grades"?}')
        grades = row.get("grades") or {}
        if not isinstance(row.get("context") or {}, dict) or not isinstance(grades, dict):
            raise InvalidRequest(f"questions[{n}]", "context and grades must be objects")
        if not all(str(k).isdecimal() and _is_grade(v) for k, v in grades.items()):
            raise InvalidRequest(f"questions[{n}].grades", f"must be numbers up to {MAX_GRADE} by event id")
        _check_storable(f"questions[{n}]", row)
        try:
            _asked(row, timezone.now(), "UTC")
        except InvalidRequest as error:
            raise InvalidRequest(f"questions[{n}]", str(error)) from error
        found.append(row)
    return found


def _is_grade(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_GRADE


def _check_storable(name: str, value: object) -> None:
    if value != plain(value):
        raise InvalidRequest(name, "holds what cannot be stored: NUL, half a character, NaN or a number beyond 64 bits")


def _asked(question: Mapping[str, Any], now: datetime, zone: str) -> Asked:
    context = context_from(question.get("context") or {})
    return asked_with(Asked(Ask("", now=now, zone=zone, context=context)), {"message": question["message"]})


def checked_setting(name: str, setting: object) -> dict[str, Any]:
    """Raises InvalidRequest with the field that cannot be used."""
    if not isinstance(setting, dict) or set(setting) - SETTING_FIELDS:
        raise InvalidRequest(name, f"must be an object with some of {', '.join(sorted(SETTING_FIELDS))}")
    asked_with(Asked(Ask("checked", now=timezone.now(), zone="UTC")), setting)
    _check_storable(name, setting)
    return setting


def checked_zone(zone: str) -> str:
    """Raises InvalidRequest."""
    return asked_with(Asked(Ask("checked", now=timezone.now(), zone="UTC")), {"zone": zone}).ask.zone


def checked_clock(as_of: datetime) -> datetime:
    """Raises InvalidRequest."""
    try:
        return within_years(as_of)
    except ValueError as error:
        raise InvalidRequest("as_of", str(error)) from error


def order_batch(
    questions: QuestionSet,
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    *,
    as_of: datetime,
    zone: str,
    **fields: Any,
) -> BatchRun:
    """Stored and waiting. Raises InvalidRequest."""
    checked_questions(questions.questions)
    sides = {"left": checked_setting("left", dict(left)), "right": checked_setting("right", dict(right))}
    return BatchRun.objects.create(
        questions=questions, as_of=checked_clock(as_of), zone=checked_zone(zone), **sides, **fields
    )


def run_batch(batch: BatchRun) -> Iterator[BatchRow]:
    """Yields each row once it is stored, and goes on where an earlier process stopped. The totals are stored at the end."""
    mine = unfinished().filter(pk=batch.pk)
    mine.update(status=BatchRun.Status.RUNNING)
    answering = _answered if batch.answers else _found_by(rag_service())
    try:
        questions = checked_questions(batch.questions.questions)
        done = set(batch.rows.values_list("number", flat=True))
        for number, question in enumerate(questions, start=1):
            if number in done:
                continue
            if not mine.exists():  # somebody stopped it
                return
            yield _row(batch, number, question, answering)
    except InvalidRequest as error:
        _close(batch, BatchRun.Status.FAILED, str(error))
        return
    _close(batch, BatchRun.Status.DONE, "")


def _row(batch: BatchRun, number: int, question: Mapping[str, Any], answering: Answering) -> BatchRow:
    """The settings take turns at going first: what the first one warms, the second one finds warm."""
    base = _asked(question, batch.as_of, batch.zone)
    sides = [("left", batch.left), ("right", batch.right)]
    outcomes = {
        name: answering(asked_with(base, setting), batch.created_by_id)
        for name, setting in (sides if number % 2 else reversed(sides))
    }
    left, right = outcomes["left"], outcomes["right"]
    grades = {int(k): float(v) for k, v in (question.get("grades") or {}).items()}
    verdict = judge(left, right, grades)
    row = BatchRow(
        batch=batch,
        number=number,
        message=base.ask.message,
        left=left.json(),
        right=right.json(),
        winner=verdict.winner,
        by=verdict.by,
    )
    row.save(force_insert=True)
    return row


def stop_batch(batch: BatchRun, *, by: str) -> None:
    """Whoever runs it ends before the next question. What is answered is kept and counted."""
    _close(batch, BatchRun.Status.STOPPED, f"Stopped by {by}.")


@transaction.atomic
def _close(batch: BatchRun, status: str, error: str) -> None:
    totals = Totals()
    for winner, by, left, right in batch.rows.values_list("winner", "by", "left", "right"):
        totals.add(winner, by, left, right)
    batch.status, batch.error, batch.totals, batch.finished_at = status, error, totals.json(), timezone.now()
    unfinished().filter(pk=batch.pk).update(  # no save(): somebody may have deleted or stopped it
        status=status, error=error, totals=batch.totals, finished_at=batch.finished_at
    )


def _found_by(rag: EventRAGService) -> Answering:
    def find(asked: Asked, user_id: int | None) -> Outcome:
        began = time.perf_counter()
        try:
            result = rag.get_context_events_tiered(asked.ask)
        except RagError as error:
            return Outcome(error=str(error), total_ms=_since(began))
        shown = (*result.recommended, *result.additional)
        return Outcome(
            events=[ranked_of(trace_row(e)) for e in shown],
            candidates=result.candidate_count,
            retrieve_ms=round(sum(result.timings_ms.values()), 2),
            total_ms=_since(began),
        )

    return find


def _answered(asked: Asked, user_id: int | None) -> Outcome:
    """The whole turn, kept as a run that can be opened and compared."""
    run_id = asyncio.run(run_to_end(Order(asked, user_id, origin=ChatDebugRun.Origin.BATCH)))
    return outcome_of_run(ChatDebugRun.objects.get(pk=uuid.UUID(run_id)))


def outcome_of_run(run: ChatDebugRun) -> Outcome:
    stages = ChatDebugEvent.objects.filter(run=run, stage__in=("retrieval", "rerank"))
    payloads = {stage: (payload, ms) for stage, payload, ms in stages.values_list("stage", "payload", "latency_ms")}
    events = payloads.get("rerank", ({}, None))[0].get("events") or ()
    failed = run.status == ChatDebugRun.Status.ERROR
    return Outcome(
        events=[ranked_of(e) for e in events if e.get("tier") in ("recommended", "additional")],
        candidates=run.summary.get("candidates") or 0,
        retrieve_ms=round(sum(ms or 0 for _, ms in payloads.values()), 2),
        total_ms=round(run.total_ms or 0, 2),
        first_token_ms=run.summary.get("first_token_ms"),
        checked=run.summary.get("checked") or 0,
        corrected=run.summary.get("corrected") or 0,
        withheld=run.summary.get("withheld") or 0,
        error=", ".join(run.summary.get("errors") or ["failed"]) if failed else "",
        run_id=str(run.pk),
    )


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)


def unfinished() -> QuerySet[BatchRun]:
    return BatchRun.objects.filter(status__in=[BatchRun.Status.WAITING, BatchRun.Status.RUNNING])


def advance_waiting(seconds: float) -> int:
    """Answer questions of a batch in the background for about so long; how many. Two workers never take the same one.

    The one with the fewest answers goes first: a small one does not wait for all of a large one.
    """
    ours = unfinished().filter(in_background=True).annotate(answered=Count("rows")).order_by("answered", "pk")
    for batch_id in list(ours.values_list("pk", flat=True)):
        with _held(batch_id) as held:
            batch = ours.filter(pk=batch_id).first() if held else None
            if batch is not None:
                return _advance(batch, seconds)
    return 0


def _advance(batch: BatchRun, seconds: float) -> int:
    until, done = time.monotonic() + seconds, 0
    try:
        for _ in run_batch(batch):
            done += 1
            if time.monotonic() >= until:
                break
    except (OperationalError, InterfaceError):  # it goes on when the database is back
        raise
    except Exception as error:  # it would break at every look
        if not BatchRun.objects.filter(pk=batch.pk).exists():
            log.info("batch %d was deleted while it ran", batch.pk)
            return done
        log.exception("batch %d broke", batch.pk)
        _close(batch, BatchRun.Status.FAILED, storable(f"{type(error).__name__}: {error}"))
    return done


@contextmanager
def _held(batch_id: int) -> Iterator[bool]:
    """A lock of the connection: to answer a question takes a model's whole turn, too long for a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, batch_id])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, batch_id])
