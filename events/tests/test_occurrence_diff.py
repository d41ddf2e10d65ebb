from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from events.occurrence_diff import OccurrenceRow, plan, stay_in_order

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def row(hours: int, *, pk: int | None = None, rid: str = "", status: str = "scheduled") -> OccurrenceRow:
    start = NOW + timedelta(hours=hours)
    return OccurrenceRow(start, start + timedelta(hours=1), False, status, rid, "", "", None, "", "", pk)


def test_the_same_again_is_nothing() -> None:
    result = plan([row(1, pk=1), row(2, pk=2, rid="b")], [row(1), row(2, rid="b")], now=NOW)
    assert (result.added, result.changed, result.vanished, result.replaced) == ([], [], [], [])


def test_a_moved_occurrence_keeps_its_row() -> None:
    result = plan([row(1, pk=7, rid="a")], [row(5, rid="a")], now=NOW)
    assert [(c.stored.id, [f[0] for f in c.facts]) for c in result.changed] == [(7, ["start", "end"])]
    assert (result.added, result.vanished) == ([], [])


def test_only_the_future_vanishes() -> None:
    result = plan([row(-5, pk=1), row(5, pk=2), row(6, pk=3, status="cancelled")], [], now=NOW)
    assert [r.id for r in result.vanished] == [2]


def test_one_in_the_way_of_a_moved_one_is_replaced() -> None:
    result = plan([row(1, pk=1, rid="a"), row(5, pk=2, rid="b")], [row(5, rid="a")], now=NOW)
    assert [c.stored.id for c in result.changed] == [1]
    assert [r.id for r in result.replaced] == [2]


def test_of_two_at_one_time_the_one_that_takes_place_counts() -> None:
    result = plan([], [row(1, rid="a", status="cancelled"), row(1, rid="b")], now=NOW)
    assert [r.recurrence_id for r in result.added] == ["b"]


def test_swapped_starts_need_a_detour() -> None:
    result = plan([row(1, pk=1, rid="a"), row(2, pk=2, rid="b")], [row(2, rid="a"), row(1, rid="b")], now=NOW)
    direct, blocked = stay_in_order(result.changed)
    assert (len(direct), len(blocked)) == (0, 2)


rows = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["", "a", "b", "c", "d"])), max_size=8)


@given(rows, rows, st.booleans())
def test_after_the_plan_the_starts_are_those_wanted(
    before: list[tuple[int, str]], after: list[tuple[int, str]], whole: bool
) -> None:
    seen_starts: set[int] = set()
    seen_ids: set[str] = set()
    stored = []
    for n, (hours, rid) in enumerate(before, 1):
        if hours in seen_starts or (rid and rid in seen_ids):
            continue
        seen_starts.add(hours)
        seen_ids.add(rid)
        stored.append(row(hours, pk=n, rid=rid))
    wanted = [row(h, rid=r) for h, r in after]
    result = plan(stored, wanted, now=NOW, whole=whole)
    gone = {r.id for r in (*result.vanished, *result.replaced)}
    starts = {s.id: s.start for s in stored if s.id not in gone and s.start >= NOW}
    starts |= {c.stored.id: c.wanted.start for c in result.changed}
    final = [*starts.values(), *(r.start for r in result.added)]
    assert sorted(final) == sorted({w.start for w in wanted})


def test_a_zone_learnt_moves_times_by_their_wall_clock() -> None:
    zones = (ZoneInfo("UTC"), ZoneInfo("America/New_York"))
    misread, kept = row(7, pk=1), row(8, pk=2)
    wanted = row(12)  # five hours on: 19:00 there
    result = plan([misread, kept], [wanted, row(8)], now=NOW, zones=zones)
    assert [(c.stored.id, [f[0] for f in c.facts]) for c in result.changed] == [(1, ["start", "end"])]
    assert (result.added, result.vanished) == ([], [])
    assert plan([misread], [wanted], now=NOW).added == [wanted]
