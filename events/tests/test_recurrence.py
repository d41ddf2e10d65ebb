from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from events.importers.recurrence import RuleError, Window, expand
from events.importers.shift import Shift, moved

NY = ZoneInfo("America/New_York")
WINDOW = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


def test_weekly_keeps_the_clock_over_a_change_of_clocks() -> None:
    starts = list(expand("FREQ=WEEKLY;BYDAY=SA", datetime(2024, 1, 1, 9), WINDOW, zone=NY))
    assert [s.isoformat() for s in starts] == [
        "2026-03-07T09:00:00-05:00", "2026-03-14T09:00:00-04:00", "2026-03-21T09:00:00-04:00", "2026-03-28T09:00:00-04:00",
    ]  # fmt: skip


def test_a_skipped_hour_moves_on_by_the_gap() -> None:
    starts = list(expand("FREQ=DAILY", datetime(2026, 3, 8, 2, 30), WINDOW, zone=NY, count=1))
    assert [s.isoformat() for s in starts] == ["2026-03-08T03:30:00-04:00"]


def test_exceptions_until_and_count() -> None:
    days = list(expand("FREQ=WEEKLY;BYDAY=SA", datetime(2024, 1, 1, 9), WINDOW, zone=NY, exclude=[date(2026, 3, 14)]))
    assert [s.day for s in days] == [7, 21, 28]
    assert [s.day for s in expand("FREQ=WEEKLY;BYDAY=SA;UNTIL=20260314", datetime(2024, 1, 1, 9), WINDOW, zone=NY)] == [
        7,
        14,
    ]
    assert [s.day for s in expand("FREQ=DAILY;COUNT=2", datetime(2026, 3, 5, 9), WINDOW, zone=NY)] == [5, 6]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=5",
        "FREQ=HOURLY;BYMINUTE=" + ",".join(map(str, range(60))) + ";BYSECOND=" + ",".join(map(str, range(60))),
        "FREQ=HOURLY;COUNT=3;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SOMETIMES",
        "FREQ=DAILY;BYDAY=XX",
        "FREQ=DAILY;UNTIL=tomorrow",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "nonsense",
    ],
)
def test_rules_that_are_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        list(expand(rule, datetime(2000, 1, 1, 9), WINDOW, zone=NY))


def test_a_rule_that_never_matches_ends() -> None:
    assert list(expand("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", datetime(2024, 1, 1), WINDOW, zone=NY)) == []


def test_shift_lands_the_snapshot_on_today_or_within_six_days() -> None:
    assert Shift(date(2026, 11, 21), None).weeks_for(date(2026, 8, 22)) == 13
    for day in range(1, 29):
        weeks = Shift(date(2026, 11, 21), None).weeks_for(date(2026, 2, day))
        assert 0 <= (date(2026, 2, day).toordinal() + 7 * weeks) - date(2026, 11, 21).toordinal() <= 6
    assert Shift(date(2026, 11, 21), None).weeks_for(date(2027, 1, 1)) == 0
    assert Shift(date(2026, 11, 21), 3).weeks_for(None) == 3


def test_shift_keeps_the_wall_clock() -> None:
    summer = datetime(2026, 8, 22, 19, 30, tzinfo=NY)
    assert moved(summer, 13, NY).isoformat() == "2026-11-21T19:30:00-05:00"
    assert moved(datetime(2026, 8, 22, 23, 30, tzinfo=UTC), 13, NY).isoformat() == "2026-11-21T19:30:00-05:00"
