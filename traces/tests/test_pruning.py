from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from traces.models import ChatDebugEvent, ChatDebugRun, DemandProgress
from traces.pruning import Limits, prune_runs
from traces.upkeep import Upkeep

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOTHING = Limits(None, None, None)


def run(age: timedelta, *, stages: int = 1, text: str = "x", **fields: Any) -> ChatDebugRun:
    now = timezone.now()
    row = ChatDebugRun.objects.create(message="jazz", as_of=now, status="success", **fields)
    ChatDebugRun.objects.filter(pk=row.pk).update(started_at=now - age)
    ChatDebugEvent.objects.bulk_create(
        ChatDebugEvent(run=row, sequence=n, stage="retrieval", payload={"text": text}, created_at=now)
        for n in range(stages)
    )
    return row


def left() -> set[Any]:
    return set(ChatDebugRun.objects.values_list("pk", flat=True))


def test_runs_go_by_age_with_their_stages() -> None:
    run(40 * DAY)
    young = run(2 * DAY)
    assert prune_runs(Limits(30 * DAY, None, None), timezone.now()) == 1
    assert left() == {young.pk}
    assert ChatDebugEvent.objects.count() == 1


def test_the_oldest_go_when_there_are_too_many() -> None:
    rows = [run(n * DAY) for n in range(5)]
    assert prune_runs(Limits(None, 2, None), timezone.now()) == 3
    assert left() == {rows[0].pk, rows[1].pk}
    assert prune_runs(Limits(None, 0, None), timezone.now()) == 2


def test_the_oldest_go_when_they_take_too_much_room() -> None:
    noise = "".join(chr(33 + (n * n + n // 7) % 90) for n in range(1900))
    rows = [run(n * DAY, stages=3, text=f"{n}{noise}") for n in range(5)]
    assert prune_runs(Limits(None, None, 14_000), timezone.now()) == 3
    assert left() == {rows[0].pk, rows[1].pk}


def test_without_limits_everything_stays() -> None:
    run(4000 * DAY)
    assert prune_runs(NOTHING, timezone.now()) == 0


def test_a_replay_outlives_its_original() -> None:
    old = run(40 * DAY)
    replay = run(DAY, replay_of=old)
    prune_runs(Limits(30 * DAY, None, None), timezone.now())
    replay.refresh_from_db()
    assert replay.replay_of_id is None


def test_pruning_takes_the_same_queries_for_few_and_many(django_assert_max_num_queries: Any) -> None:
    for _ in range(30):
        run(40 * DAY)
    with django_assert_max_num_queries(5):
        prune_runs(Limits(30 * DAY, None, None), timezone.now())


def test_the_command_says_what_would_go_and_what_went(capsys: Any) -> None:
    run(40 * DAY)
    run(DAY)
    call_command("prune_runs", dry_run=True)
    call_command("prune_runs")
    call_command("prune_runs", days=0.5)
    told = capsys.readouterr().out.splitlines()
    assert told == ["1 runs would go.", "1 runs and 0 old counts are gone.", "1 runs and 0 old counts are gone."]


@pytest.mark.parametrize(
    "limit", ["--days=-1", "--days=nan", "--days=inf", "--days=1e9", "--max-runs=-1", "--max-mb=inf", "--max-mb=x"]
)
def test_a_limit_that_is_none_is_refused_by_name(limit: str) -> None:
    run(40 * DAY)
    with pytest.raises(CommandError, match=limit.partition("=")[0]):
        call_command("prune_runs", limit)
    assert ChatDebugRun.objects.count() == 1


def test_the_worker_counts_and_prunes(settings: Any) -> None:
    settings.TRACE_KEEP_DAYS = 7
    run(8 * DAY)
    young = run(DAY)
    for task in Upkeep().tasks.values():
        task()
    assert left() == {young.pk}
    progress = DemandProgress.objects.get()
    assert progress.run_id == young.pk
    assert progress.counted_at is not None
    assert progress.counted_at <= datetime.now(UTC)
