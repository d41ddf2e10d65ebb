"""The candidate statement against the naive way - candidates through the ORM, scores in Python - in one run.

python -m bench.retrieval [--sizes 10000 100000]     # 1000000 takes a quarter of an hour, most of it building

p50 and p95 of one client and of 16 at once; CPU milliseconds per query in Python and in the database, of one client.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from api.rag.errors import RetrievalFailed
from bench.database import bench_database

CLIENTS = 16
ROUNDS, SECONDS = 200, 6.0  # per measurement, whichever comes first
NAIVE_ROUNDS, NAIVE_CANDIDATES = 3, 20_000
TOP, RECALL_QUESTIONS = 20, 20
DAY = timedelta(days=1)


def backend_cpu_s(pid: int) -> float:
    """User and system CPU seconds of one PostgreSQL backend."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentiles(times: list[float]) -> dict[str, float]:
    times = sorted(times)
    return {"p50": statistics.median(times), "p95": times[max(0, math.ceil(len(times) * 0.95) - 1)]}


def timed(work: Callable[[], Any], rounds: int, seconds: float = SECONDS) -> list[float]:
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < rounds and (time.perf_counter() < end or len(times) < 3):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return times


def measure(work: Callable[[], Any], pid: int, rounds: int) -> dict[str, float]:
    """Of one client, with the CPU it costs in both processes. Clock ticks are 10 ms: few rounds of a short query tell little."""
    for _ in range(2):
        work()
    cpu, database = time.process_time(), backend_cpu_s(pid)
    times = timed(work, rounds)
    return {
        **percentiles(times),
        "python": (time.process_time() - cpu) * 1000 / len(times),
        "database": (backend_cpu_s(pid) - database) * 1000 / len(times),
    }


def measure_together(work: Callable[[], Any]) -> dict[str, float]:
    """Of `CLIENTS` threads, each with a connection of its own. A query that passes its deadline ends the measurement."""
    from django.db import connection

    found: list[list[float]] = []
    failed: list[Exception] = []
    start = threading.Barrier(CLIENTS)

    def client() -> None:
        try:
            work()
            start.wait()
            found.append(timed(work, ROUNDS))
        except RetrievalFailed as error:
            failed.append(error)
            start.abort()  # or the others would wait for this one
        except threading.BrokenBarrierError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return percentiles([ms for times in found for ms in times]) if not failed else {"p50": math.inf, "p95": math.inf}


def classes(now: datetime) -> dict[str, Any]:
    from api.rag.candidate_sql import CandidateFilter
    from bench.corpus import cities

    lat, lng = cities()[3][:2]
    midnight = now.replace(hour=0)
    weekend = midnight + timedelta(days=(5 - now.weekday()) % 7 or 7)  # the next one that has not begun
    return {
        "town + week": CandidateFilter(now=now, ranges=((now, now + 7 * DAY),), lat=lat, lng=lng, radius_miles=10),
        "metro + month": CandidateFilter(now=now, ranges=((now, now + 30 * DAY),), lat=lat, lng=lng, radius_miles=30),
        "no place + weekend": CandidateFilter(now=now, ranges=((weekend, weekend + 2 * DAY),)),
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
    from api.rag.params import ScoringWeights

    statement, _ = retrieval.chosen(f, signals, ScoringWeights(), params)
    return retrieval.run(statement, params)


def run(sizes: list[int]) -> None:
    from django.core.management import call_command

    from api.rag.params import RetrievalParams
    from bench import corpus

    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    print(
        f"{'events':>8}  {'class':19}{'who':6}{'p50 ms':>9}{'p95 ms':>9}{f'{CLIENTS}: p50':>9}{f'{CLIENTS}: p95':>9}"
        f"{'python':>9}{'database':>9}  CPU ms a query"
    )
    for size in sizes:
        began = time.perf_counter()
        corpus.build(size, now)
        print(f"{size:>8}  built in {time.perf_counter() - began:.0f} s")
        if size >= RetrievalParams().ann_min_events:
            began = time.perf_counter()
            call_command("build_ann_index", workers=1)
            print(f"{size:>8}  ANN index built in {time.perf_counter() - began:.0f} s")
        measure_classes(size, now)
        call_command("build_ann_index", drop=True)


def measure_classes(size: int, now: datetime) -> None:
    from django.db import connection

    from api.rag import retrieval
    from api.rag.candidate_sql import Signals
    from api.rag.params import RetrievalParams, ScoringWeights
    from bench import corpus

    params = RetrievalParams()
    query = next(corpus.vectors(1, 11))[0]
    signals = Signals(
        vector=retrieval.vector_literal(query), text="music or concert", terms=("music", "concert"), wants_time=True
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    for name, f in classes(now).items():
        ours = partial(_ours, f, signals, params)
        statement, recall = retrieval.chosen(f, signals, ScoringWeights(), params)
        rows = retrieval.run(statement, params)
        candidates = rows[0][-1] if rows else 0
        alone, together = measure(ours, pid, ROUNDS), measure_together(ours)
        _row(size, name, "ours", alone, together, f"{candidates} candidates, {statement.plan}, {recall}")
        if recall == "exact":
            counted = measure(partial(retrieval.count, f, params), pid, ROUNDS)
            _row(size, name, "count", counted, None, "as the ways out ask")
        else:
            print(f"{size:>8}  {name:19}recall@{TOP} {recall_of(f, signals):.3f} against the exact statement")
        if candidates <= NAIVE_CANDIDATES:
            other = measure(partial(naive, f, query), pid, NAIVE_ROUNDS)
            times = (other["python"] + other["database"]) / (alone["python"] + alone["database"])
            _row(size, name, "naive", other, None, f"{times:.0f} times the CPU")


def recall_of(f: Any, signals: Any) -> float:
    """Of the best `TOP` by the exact statement, the mean share that the approximate one puts there, by meaning alone."""
    from dataclasses import replace

    from api.rag import retrieval
    from api.rag.candidate_sql import build
    from api.rag.params import RetrievalParams, ScoringWeights
    from bench import corpus

    params, weights, shares = replace(RetrievalParams(), statement_timeout_ms=60_000), ScoringWeights(1, 0, 0, 0, 0), []
    for vector in next(corpus.vectors(RECALL_QUESTIONS, 13)):
        asked = replace(signals, vector=retrieval.vector_literal(vector))
        exact = retrieval.run(build(f, asked, weights, params, limit=TOP), params)
        found = retrieval.run(retrieval.chosen(f, asked, weights, params)[0], params)[:TOP]
        shares.append(len({row[0] for row in exact} & {row[0] for row in found}) / TOP)
    return statistics.mean(shares)


def _row(size: int, name: str, who: str, one: dict[str, float], many: dict[str, float] | None, note: str) -> None:
    together = f"{many['p50']:9.2f}{many['p95']:9.2f}" if many else " " * 18
    print(
        f"{size:>8}  {name:19}{who:6}{one['p50']:9.2f}{one['p95']:9.2f}{together}{one['python']:9.2f}{one['database']:9.2f}  {note}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], metavar="EVENTS")
    arguments = parser.parse_args()
    os.environ.setdefault("DATABASE_POOL_SIZE", str(CLIENTS + 4))
    with bench_database():
        run(arguments.sizes)


if __name__ == "__main__":
    main()
