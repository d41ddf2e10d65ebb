"""Old runs go, and the oldest go when they take too much room. The counts of demand outlive them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from traces.models import ChatDebugRun

CHUNK = 2000  # runs a transaction


@dataclass(frozen=True, slots=True)
class Limits:
    """How long runs stay, how many, and how many bytes of stages; None: no such limit."""

    keep: timedelta | None = timedelta(days=30)
    max_runs: int | None = 500_000
    max_bytes: int | None = 4_000_000_000


def prune_runs(limits: Limits, now: datetime, *, dry_run: bool = False) -> int:
    """How many runs went, or would go."""
    edge = _edge(limits, now)
    if edge is None:
        return 0
    old = ChatDebugRun.objects.filter(started_at__lt=edge)
    if dry_run:
        return old.count()
    gone = 0
    while ids := list(old.order_by("started_at").values_list("pk", flat=True)[:CHUNK]):
        gone += _delete(ids)
    return gone


def _delete(ids: list[uuid.UUID]) -> int:
    """Rows by id: Django's own cascade would read every payload first."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE traces_chatdebugrun SET replay_of_id = NULL WHERE replay_of_id = ANY(%s)", [ids])
        cursor.execute("DELETE FROM traces_chatdebugevent WHERE run_id = ANY(%s)", [ids])
        cursor.execute("DELETE FROM traces_chatdebugrun WHERE id = ANY(%s)", [ids])
        return int(cursor.rowcount)


def _edge(limits: Limits, now: datetime) -> datetime | None:
    """Runs before it go."""
    edges = [now - limits.keep] if limits.keep is not None else []
    newest = ChatDebugRun.objects.order_by("-started_at")
    if limits.max_runs is not None:
        edges += _started(newest, limits.max_runs - 1) if limits.max_runs else [now]
    if limits.max_bytes is not None and stored_bytes() > limits.max_bytes:
        edges += _edge_by_size(limits.max_bytes)
    return max(edges, default=None)


def _started(newest: QuerySet[ChatDebugRun], place: int) -> list[datetime]:
    return list(newest.values_list("started_at", flat=True)[place : place + 1])


def stored_bytes() -> int:
    """Of the stages on disk, freed room included: an upper bound that costs nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('traces_chatdebugevent')")
        return int(cursor.fetchone()[0])


_BY_SIZE = """
SELECT started_at FROM (
  SELECT r.started_at, sum(s.bytes) OVER (ORDER BY r.started_at DESC, r.id) AS upto
  FROM traces_chatdebugrun r
  JOIN (SELECT run_id, sum(pg_column_size(payload) + 120) AS bytes FROM traces_chatdebugevent GROUP BY run_id) s ON s.run_id = r.id
) sized WHERE upto <= %s ORDER BY started_at LIMIT 1
"""


def _edge_by_size(max_bytes: int) -> list[datetime]:
    """The start of the oldest run that still fits. Deleted rows leave room that is used again, so rows are measured, not files."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_SIZE, [max_bytes])
        return [row[0] for row in cursor.fetchall()]
