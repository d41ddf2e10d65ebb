from __future__ import annotations

import pytest

from traces.charts import Series, ceiling, lines, stacked

DAYS = ["Nov 1", "Nov 2"]


def test_bars_stand_on_each_other_and_fill_the_box() -> None:
    chart = stacked("Answers", DAYS, [Series("good", "good", [3, 0]), Series("failed", "failed", [1, 2])])
    assert chart.top == "4"
    assert [(b.css, b.y, b.height) for b in chart.bars] == [
        ("good", 25.0, 75.0), ("failed", 0.0, 25.0), ("failed", 50.0, 50.0),
    ]  # fmt: skip
    assert [h.title for h in chart.hovers] == ["Nov 1: good 3, failed 1", "Nov 2: good 0, failed 2"]
    assert all(b.x >= 0 and b.x + b.width <= 100 for b in chart.bars)


def test_a_line_is_interrupted_where_there_is_no_value() -> None:
    chart = lines("Time", ["a", "b", "c", "d", "e"], [Series("p50", "good", [10, 5, None, 10, None])], " ms")
    assert chart.lines[0].path == "M10.0 0.0L30.0 50.0M65.0 0.0H75.0"
    assert chart.top == "10 ms"


def test_nothing_is_an_empty_chart() -> None:
    assert stacked("Answers", DAYS, [Series("good", "good", [0, None])]).empty
    assert lines("Time", [], []).empty


@pytest.mark.parametrize(("value", "top"), [(0, 1), (0.3, 0.3), (1, 1), (3.5, 4), (51, 60), (100, 100), (120, 150)])
def test_the_edge_is_a_round_number(value: float, top: float) -> None:
    assert ceiling(value) == pytest.approx(top)
