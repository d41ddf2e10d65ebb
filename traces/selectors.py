"""Reads of the runs, as the runner's page shows them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from conversations.models import ChatMessage
from events.models import Event, Occurrence
from traces.diff import Record, diff
from traces.models import ChatDebugEvent, ChatDebugRun
from traces.run_diagnostics import diagnose_run

RELATED = 12
RECENT = 30
FOUND = 12


def run_json(run: ChatDebugRun) -> dict[str, Any]:
    """Everything about a run. A constant number of queries."""
    stages = [_stage_json(e) for e in ChatDebugEvent.objects.filter(run=run).order_by("sequence")]
    return {
        "run": run_row(run) | {"request": run.request, "summary": run.summary, "answer": answer_of(run)},
        "stages": stages,
        "findings": [asdict(f) for f in diagnose_run(run)],
        "events": event_links(_event_ids(stages)),
        "links": _links(run, stages),
        "related": [run_row(r) for r in related(run)],
    }


def run_row(run: ChatDebugRun) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "message": run.message,
        "status": run.status,
        "origin": run.origin,
        "full": run.full,
        "as_of": run.as_of.isoformat(),
        "started_at": run.started_at.isoformat(),
        "total_ms": run.total_ms,
        "replay_of": str(run.replay_of_id) if run.replay_of_id else None,
    }


def _stage_json(e: ChatDebugEvent) -> dict[str, Any]:
    return {
        "sequence": e.sequence,
        "stage": e.stage,
        "latency_ms": e.latency_ms,
        "created_at": e.created_at.isoformat(),
        "payload": e.payload,
        "error_type": e.error_type,
        "error_severity": e.error_severity,
    }


def answer_of(run: ChatDebugRun) -> str | None:
    """A light record leaves the answer where the conversation keeps it."""
    if "answer" in run.summary:
        return str(run.summary["answer"])
    if run.turn_id is None:
        return None
    found = ChatMessage.objects.filter(turn_id=run.turn_id, role="assistant", model_slot="A").values_list("content")
    return next((str(row[0]) for row in found), None)


def _event_ids(stages: list[dict[str, Any]]) -> set[int]:
    rerank: dict[str, Any] = next((s["payload"] for s in stages if s["stage"] == "rerank"), {})
    return {r["event_id"] for name in ("events", "candidates") for r in rerank.get(name) or ()}


def event_links(ids: Iterable[int]) -> dict[str, dict[str, Any]]:
    """By event id as text: title, venue and their pages in the admin. One query."""
    rows = Event.objects.filter(pk__in=list(ids)).values_list("pk", "title", "venue_id", "venue__name", "url")
    return {
        str(pk): {
            "title": title,
            "admin": reverse("admin:events_event_change", args=[pk]),
            "venue": venue or "",
            "venue_admin": reverse("admin:events_venue_change", args=[venue_id]) if venue_id else None,
            "url": url,
        }
        for pk, title, venue_id, venue, url in rows
    }


def _links(run: ChatDebugRun, stages: list[dict[str, Any]]) -> dict[str, str]:
    place: dict[str, Any] = next((s["payload"] for s in stages if s["stage"] == "location_resolution"), {})
    found = {"run": reverse("admin:traces_chatdebugrun_change", args=[run.pk])}
    if place.get("location_id"):
        found["location"] = reverse("admin:locations_location_change", args=[place["location_id"]])
    if run.session_id:
        found["session"] = reverse("admin:conversations_chatsession_change", args=[run.session_id])
    return found


def related(run: ChatDebugRun) -> list[ChatDebugRun]:
    """Replays of it, what it replays, and the other turns of its session; newest first."""
    near = Q(replay_of=run.pk)
    if run.replay_of_id:
        near |= Q(pk=run.replay_of_id) | Q(replay_of=run.replay_of_id)
    if run.session_id:
        near |= Q(session=run.session_id)
    return list(ChatDebugRun.objects.filter(near).exclude(pk=run.pk).defer("request").order_by("-started_at")[:RELATED])


def recent_runs(query: str = "") -> list[ChatDebugRun]:
    runs = ChatDebugRun.objects.defer("request").order_by("-started_at")
    if query:
        runs = runs.filter(message__icontains=query)
    return list(runs[:RECENT])


def find_events(query: str, now: datetime) -> list[dict[str, Any]]:
    """By id, or by words of the title and the venue. Each with when it is next, or was last: a series repeats its title."""
    words = query.strip()
    times = Occurrence.objects.filter(event=OuterRef("pk")).values("start")
    coming, last = times.filter(start__gte=now).order_by("start")[:1], times.order_by("-start")[:1]
    events = Event.objects.select_related("venue").annotate(at=Coalesce(Subquery(coming), Subquery(last)))
    if words.isdecimal() and len(words) < 19:
        found = events.filter(pk=int(words))
    else:
        found = events.filter(index_row__name_key__contains=words.lower())[:FOUND]
    return [
        {
            "id": e.pk,
            "title": e.title,
            "venue": str(e.venue or ""),
            "start": e.at and e.at.isoformat(),
            "zone": e.timezone,
            "admin": reverse("admin:events_event_change", args=[e.pk]),
        }
        for e in found
    ]


def diff_json(a: ChatDebugRun, b: ChatDebugRun) -> dict[str, Any]:
    one, other = record_of(a), record_of(b)
    moved = diff(one, other)
    links = event_links(m["event_id"] for m in moved["ranking"])
    return {"a": run_row(a), "b": run_row(b), "answers": [one.answer, other.answer], "diff": moved, "events": links}


def record_of(run: ChatDebugRun) -> Record:
    wanted = ("understanding", "retrieval", "rerank", "prompt_final", "llm_response", "guard")
    stages = ChatDebugEvent.objects.filter(run=run, stage__in=wanted).order_by("sequence")
    return Record({e.stage: e.payload for e in stages}, answer_of(run), run.status)


def get_run(run_id: uuid.UUID) -> ChatDebugRun:
    """Raises ChatDebugRun.DoesNotExist."""
    return ChatDebugRun.objects.get(pk=run_id)
