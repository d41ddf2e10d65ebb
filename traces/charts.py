"""Numbers by day to the shapes of a chart, in a box of 100 x 100 that the page stretches. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

GAP = 0.25  # of a bar's place


@dataclass(frozen=True, slots=True)
class Series:
    """`css` names the colour."""

    label: str
    css: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    css: str
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    path: str
    css: str


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    top: str  # what the upper edge stands for
    first: str
    last: str
    legend: Sequence[Series]
    bars: Sequence[Bar] = ()
    lines: Sequence[Line] = ()
    hovers: Sequence[Bar] = ()  # one a day, as high as the chart: they carry the numbers
    empty: bool = False


def stacked(title: str, days: Sequence[str], series: Sequence[Series]) -> Chart:
    """One bar a day, the series on top of each other in their order."""
    sums = [sum(s.values[n] or 0 for s in series) for n in range(len(days))]
    top = ceiling(max(sums, default=0))
    bars = []
    for n in range(len(days)):
        below = 0.0
        for s in series:
            value = s.values[n] or 0
            if value:
                x, width = _place(n, len(days))
                bars.append(Bar(x, _y(below + value, top), width, round(100 * value / top, 3), s.css, ""))
                below += value
    return _chart(title, days, series, top, bars=bars)


def lines(title: str, days: Sequence[str], series: Sequence[Series], unit: str = "") -> Chart:
    """A day without a value interrupts its line."""
    top = ceiling(max((v for s in series for v in s.values if v is not None), default=0))
    return _chart(title, days, series, top, unit, lines=[Line(_path(s.values, top), s.css) for s in series])


def ceiling(value: float) -> float:
    """The next round number; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value)


def _chart(
    title: str, days: Sequence[str], series: Sequence[Series], top: float, unit: str = "", **shapes: object
) -> Chart:
    hovers = []
    for n, day in enumerate(days):
        told = [f"{s.label} {s.values[n]:,.0f}{unit}" for s in series if s.values[n] is not None]
        hovers.append(
            Bar(
                round(100 * n / len(days), 3), 0, round(100 / len(days), 3), 100, "", f"{day}: {', '.join(told) or '-'}"
            )
        )
    empty = not any(v for s in series for v in s.values)
    first, last = (days[0], days[-1]) if days else ("", "")
    return Chart(title, f"{top:,.0f}{unit}", first, last, series, hovers=hovers, empty=empty, **shapes)  # type: ignore[arg-type]


def _place(n: int, days: int) -> tuple[float, float]:
    each = 100 / days
    return round(each * (n + GAP / 2), 3), round(each * (1 - GAP), 3)


def _y(value: float, top: float) -> float:
    return round(100 - 100 * value / top, 3)


def _path(values: Sequence[float | None], top: float) -> str:
    """A single day between gaps becomes a dash as wide as its place."""
    parts: list[str] = []
    each, pen = 100 / max(1, len(values)), False
    for n, value in enumerate(values):
        if value is None:
            pen = False
            continue
        x, y = round(each * (n + 0.5), 3), _y(value, top)
        alone = not pen and (n + 1 == len(values) or values[n + 1] is None)
        parts.append(
            f"M{round(x - each / 4, 3)} {y}H{round(x + each / 4, 3)}" if alone else f"{'L' if pen else 'M'}{x} {y}"
        )
        pen = True
    return "".join(parts)
