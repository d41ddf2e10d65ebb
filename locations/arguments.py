"""Numbers on command lines, within bounds. For every app's commands."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable


def whole(low: int, high: int) -> Callable[[str], int]:
    """For `add_argument(type=...)`, which says what is wrong with the argument."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ArgumentTypeError(f"{text[:40]!r} is not a whole number") from None
        if not low <= number <= high:
            raise ArgumentTypeError(f"{text[:40]} is not from {low} to {high}")
        return number

    return read


def number(low: float, high: float) -> Callable[[str], float]:
    """As `whole`, with fractions."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isnan(value):
            raise ArgumentTypeError(f"{text[:40]!r} is not a number")
        if not low <= value <= high:
            raise ArgumentTypeError(f"{text[:40]} is not from {low:g} to {high:g}")
        return value

    return read
