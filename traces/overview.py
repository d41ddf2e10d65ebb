"""The first page of the admin: how the answers do, and what needs a hand. Counts are for all staff; lists for who may open their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from events.models import EventSource
from traces.charts import Chart, Series, lines, stacked
from traces.demand_models import AnswerDay, DemandProgress
from traces.demand_selectors import unmet_demand
from traces.models import ChatDebugRun
from traces.unmet_demand import percentile

DAYS = 30
WEEK = 7
WANTS_SHOWN = 8
SOURCES_SHOWN = 8
ERRORS_SHOWN = 6
SOURCE_STALE = timedelta(days=2)
BACKLOG_SHOWN = 10_000
_LISTS = {"wants": ("traces", "demandcell"), "sources": ("events", "eventsource"), "errors": ("traces", "chatdebugrun")}


@dataclass(frozen=True, slots=True)
class Tile:
    label: str
    value: str
    note: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class SourceHealth:
    name: str
    address: str
    state: str  # failing, stale, never fetched, waits for approval
    detail: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """A constant number of queries, each over an index or a small table."""
    now = timezone.now()
    days = [now.date() - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    rows = {row.day: row for row in AnswerDay.objects.filter(day__gte=days[0] - timedelta(days=WEEK))}
    progress = DemandProgress.objects.first()
    sources = _source_states(now)
    may = {name: request.user.has_perm(f"{app}.view_{model}") for name, (app, model) in _LISTS.items()}
    return context | {
        "title": "Overview",
        "tiles": [*_answer_tiles(rows, now.date()), _source_tile(sources), _backlog_tile()],
        "charts": charts(rows, days),
        "may": may,
        "wants": unmet_demand(today=now.date(), days=DAYS, limit=WANTS_SHOWN) if may["wants"] else [],
        "sources": [s for s in sources if s.state][:SOURCES_SHOWN] if may["sources"] else [],
        "errors": _errors(now) if may["errors"] else [],
        "counted": timesince(progress.counted_at, now) if progress and progress.counted_at else "",
    }


def charts(rows: dict[date, AnswerDay], days: list[date]) -> list[Chart]:
    labels = [f"{d:%b} {d.day}" for d in days]
    found = [rows.get(d) for d in days]

    def of(name: str) -> list[float | None]:
        return [getattr(r, name) if r else 0 for r in found]

    def share(part: str) -> list[float | None]:
        return [100 * getattr(r, part) / r.answers if r and r.answers else None for r in found]

    def time_of(name: str, at: float) -> list[float | None]:
        return [percentile(getattr(r, name), at) if r else None for r in found]

    good: list[float | None] = [r.answers - r.weak - r.empty - r.failed - r.cancelled if r else 0 for r in found]
    return [
        stacked(
            "Answers per day",
            labels,
            [
                Series("good", "good", good), Series("weak", "weak", of("weak")), Series("nothing found", "empty", of("empty")),
                Series("cancelled", "left", of("cancelled")), Series("failed", "failed", of("failed")),
            ],
        ),
        lines("Nothing or nothing good", labels, [Series("nothing found", "empty", share("empty")), Series("weak", "weak", share("weak"))], " %"),
        stacked("Claims put right by the guard", labels, [Series("corrected", "weak", of("corrected")), Series("withheld", "failed", of("withheld"))]),
        lines(
            "Whole answer",
            labels,
            [Series("p50", "good", time_of("total_times", 0.5)), Series("p95", "empty", time_of("total_times", 0.95))],
            " ms",
        ),
        lines(
            "First word",
            labels,
            [Series("p50", "good", time_of("first_token_times", 0.5)), Series("p95", "empty", time_of("first_token_times", 0.95))],
            " ms",
        ),
    ]  # fmt: skip


def _answer_tiles(rows: dict[date, AnswerDay], today: date) -> list[Tile]:
    week = [rows[d] for n in range(WEEK) if (d := today - timedelta(days=n)) in rows]
    before = [rows[d] for n in range(WEEK, 2 * WEEK) if (d := today - timedelta(days=n)) in rows]
    answers, earlier = (sum(r.answers for r in part) for part in (week, before))
    vain = sum(r.empty + r.weak for r in week)
    failed, lexical = (sum(getattr(r, name) for r in week) for name in ("failed", "lexical"))
    checked, touched = sum(r.checked for r in week), sum(r.corrected + r.withheld for r in week)
    times = [sum(column) for column in zip(*(r.total_times for r in week if r.total_times), strict=True)]
    p95 = percentile(times, 0.95)
    change = f"{100 * (answers - earlier) / earlier:+.0f} % on the week before" if earlier else "none the week before"
    return [
        Tile("Answers", f"{answers:,}", f"7 days, {change}"),
        Tile("In vain", _percent(vain, answers), "nothing found, or nothing good"),
        Tile("Failed", _percent(failed, answers), f"{lexical:,} by words alone", bad=failed * 50 > answers),
        Tile("Corrected", _percent(touched, checked), f"of {checked:,} claims"),
        Tile("Speed", "-" if p95 is None else f"{p95 / 1000:.1f} s", "95 of 100 answers within"),
    ]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _source_states(now: datetime) -> list[SourceHealth]:
    """The sick first: failing, never fetched, stale, waiting for approval; then the sound."""
    fetched = EventSource.objects.exclude(kind=EventSource.Kind.MANUAL)
    states = [(_state(s, now), s) for s in fetched.filter(Q(active=True) | Q(approved=False)).order_by("name")]
    order = ("failing", "never fetched", "stale", "waits for approval", "")
    return [
        SourceHealth(s.name, reverse("admin:events_eventsource_change", args=[s.pk]), state, detail)
        for (state, detail), s in sorted(states, key=lambda pair: order.index(pair[0][0]))
    ]


def _state(source: EventSource, now: datetime) -> tuple[str, str]:
    if not source.approved:
        return "waits for approval", source.url[:120]
    if source.last_error:
        return "failing", source.last_error[:160]
    if source.last_imported_at is None:
        return "never fetched", source.url[:120]
    if now - source.last_imported_at > SOURCE_STALE:
        return "stale", f"last fetched {timesince(source.last_imported_at, now)} ago"
    return "", ""


def _source_tile(sources: list[SourceHealth]) -> Tile:
    failing = sum(s.state == "failing" for s in sources)
    sick = sum(bool(s.state) for s in sources)
    return Tile("Sick sources", f"{sick:,}", f"of {len(sources):,}; {failing:,} failing", bad=failing > 0)


def _backlog_tile() -> Tile:
    """Changes on their way to the indexes, counted to a limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT 1 FROM events_outboxmessage LIMIT %s) waiting", [BACKLOG_SHOWN])
        waiting = int(cursor.fetchone()[0])
    more = "+" if waiting == BACKLOG_SHOWN else ""
    return Tile("To index", f"{waiting:,}{more}", "changes wait for the worker", bad=bool(more))


def _errors(now: datetime) -> QuerySet[ChatDebugRun]:
    """Of people's questions, as the counts above; what an operator tried is in the list of runs."""
    recent = ChatDebugRun.objects.filter(
        status=ChatDebugRun.Status.ERROR, origin=ChatDebugRun.Origin.CHAT, started_at__gte=now - timedelta(days=WEEK)
    )
    return recent.only("message", "started_at", "summary").order_by("-started_at")[:ERRORS_SHOWN]
