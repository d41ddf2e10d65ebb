"""The candidate statement against the naive way - candidates through the ORM, scores in Python - in one run.

python -m bench.retrieval [--events 10000 100000]
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bench.database import bench_database

DAY = timedelta(days=1)


def backend_cpu_s(pid: int) -> float:
    """User and system CPU seconds of one PostgreSQL backend."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(work: Callable[[], Any], pid: int, rounds: int) -> dict[str, float]:
    for _ in range(3):
        work()
    times = []
    cpu, database = time.process_time(), backend_cpu_s(pid)
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return {
        "p50": statistics.median(times),
        "p95": times[int(len(times) * 0.95) - 1],
        "python": (time.process_time() - cpu) * 1000 / rounds,
        "database": (backend_cpu_s(pid) - database) * 1000 / rounds,
    }


def classes(now: datetime) -> dict[str, Any]:
    from api.rag.candidate_sql import CandidateFilter
    from bench.corpus import cities

    lat, lng = cities()[3][:2]
    weekend = now + timedelta(days=(4 - now.weekday()) % 7)
    return {
        "town + week": CandidateFilter(now=now, ranges=((now, now + 7 * DAY),), lat=lat, lng=lng, radius_miles=10),
        "metro + month": CandidateFilter(now=now, ranges=((now, now + 30 * DAY),), lat=lat, lng=lng, radius_miles=30),
        "no place + weekend": CandidateFilter(now=now, ranges=((weekend, weekend + 3 * DAY),)),
        "500 ids": CandidateFilter(now=now, ranges=((now, now + 120 * DAY),), ids=tuple(range(1, 4001, 8))),
        "no filter": CandidateFilter(now=now, ranges=((now, now + 120 * DAY),)),
    }


def naive(f: Any, vector: Any) -> list[Any]:
    """Fetch the candidates as ORM objects, score in Python."""
    import numpy as np

    from api.rag.scoring import location_factor, time_factor
    from events.models import Occurrence

    rows = Occurrence.objects.filter(start__gte=f.start, start__lt=f.end, event__status="scheduled").select_related(
        "event", "event__venue", "event__index_row"
    )
    if f.ids is not None:
        rows = rows.filter(event_id__in=f.ids)
    if f.lat is not None:
        box = f.radius_miles / 50
        rows = rows.filter(lat__range=(f.lat - box, f.lat + box), lng__range=(f.lng - box, f.lng + box))
    scored = []
    for o in rows:
        similarity = float(np.dot(np.asarray(o.event.index_row.embedding, dtype=np.float32), vector))
        miles = None
        if f.lat is not None:
            a = (
                math.sin(math.radians(o.lat - f.lat) / 2) ** 2
                + math.cos(math.radians(f.lat))
                * math.cos(math.radians(o.lat))
                * math.sin(math.radians(o.lng - f.lng) / 2) ** 2
            )
            miles = 2 * 3958.76 * math.asin(min(1, math.sqrt(a)))
            if miles > f.radius_miles:
                continue
        days = (o.start - f.now).total_seconds() / 86400
        score = 0.4 * similarity + 0.25 * (location_factor(miles) if miles is not None else 0) + 0.2 * time_factor(days)
        scored.append((score, o))
    scored.sort(key=lambda pair: -pair[0])
    return scored[:75]


def _ours(f: Any, signals: Any, params: Any) -> list[Any]:
    from api.rag import retrieval
    from api.rag.candidate_sql import build
    from api.rag.params import ScoringWeights

    return retrieval.run(build(f, signals, ScoringWeights(), params, limit=params.fetch_limit), params)


def run(sizes: list[int]) -> None:
    from django.db import connection

    from api.rag import retrieval
    from api.rag.candidate_sql import Signals, build
    from api.rag.params import RetrievalParams, ScoringWeights
    from bench import corpus

    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    params = RetrievalParams()
    print(f"{'events':>8}  {'class':20}{'':6}{'p50 ms':>9}{'p95 ms':>9}{'python':>9}{'database':>9}  CPU ms per query")
    for size in sizes:
        began = time.perf_counter()
        corpus.build(size, now)
        print(f"{size:>8}  built in {time.perf_counter() - began:.0f} s")
        query = next(corpus.vectors(1, 11))[0]
        signals = Signals(
            vector=retrieval.vector_literal(query), text="music or concert", terms=("music", "concert"), wants_time=True
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        for name, f in classes(now).items():
            ours = partial(_ours, f, signals, params)
            rows = retrieval.run(build(f, signals, ScoringWeights(), params, limit=1), params)
            candidates = rows[0][-1] if rows else 0
            found = measure(ours, pid, 200 if candidates < 2000 else 20)
            _row(size, name, "ours", found, f"{candidates} candidates")
            if candidates <= 20_000:
                _row(size, name, "naive", measure(partial(naive, f, query), pid, 3), "")


def _row(size: int, name: str, who: str, m: dict[str, float], note: str) -> None:
    print(f"{size:>8}  {name:20}{who:6}{m['p50']:9.2f}{m['p95']:9.2f}{m['python']:9.2f}{m['database']:9.2f}  {note}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[10_000, 100_000])
    arguments = parser.parse_args()
    with bench_database():
        run(arguments.events)


if __name__ == "__main__":
    main()
