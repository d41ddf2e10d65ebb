"""Is there an ANN index, and does a question get it? Decided here, for the planner takes it where exact is ten times faster."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from django.db import connection

from api.rag.ann_sql import ANN_INDEX, crossover, is_broad
from api.rag.candidate_counts import build_estimated
from api.rag.candidate_sql import CandidateFilter, Signals
from api.rag.params import RetrievalParams

LOOK_AGAIN_S = 60.0
_INDEX = """
SELECT c.reltuples FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
WHERE c.oid = 'events_eventindex'::regclass AND i.relname = %s AND x.indisvalid AND x.indisready
"""


@dataclass(slots=True)
class _Seen:
    """What was last seen of the index: the events it holds, 0 without one."""

    events: float = 0.0
    until: float = 0.0


_seen = _Seen()


def indexed_events() -> float:
    """Events in the ANN index by the planner's statistics, 0 without a valid index; looked up once a minute."""
    now = time.monotonic()
    if now >= _seen.until:
        with connection.cursor() as cursor:
            cursor.execute(_INDEX, [ANN_INDEX])
            row = cursor.fetchone()
        _seen.events, _seen.until = (max(0.0, row[0]) if row else 0.0), now + LOOK_AGAIN_S
    return _seen.events


def forget_index() -> None:
    """The index was built or dropped by this process."""
    _seen.until = 0.0


def estimated(f: CandidateFilter, p: RetrievalParams) -> int:
    """How many events fit, as the planner estimates it."""
    fitting = build_estimated(f, p)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {fitting.sql}", fitting.params)
        (found,) = cursor.fetchone()
    plan = json.loads(found) if isinstance(found, str) else found
    return int(plan[0]["Plan"]["Plan Rows"])


def approximate_total(f: CandidateFilter, s: Signals, p: RetrievalParams) -> int | None:
    """The estimated number of candidates where the index shall be used, else None."""
    if not is_broad(f, s, p) or not (events := indexed_events()):
        return None
    candidates = estimated(f, p)
    return candidates if candidates > crossover(events) else None
