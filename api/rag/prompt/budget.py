"""What is left out when a prompt does not fit: the least valuable first, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from api.rag.types import HistoryMessage, RankedEvent


@dataclass(frozen=True, slots=True)
class Contents:
    """What a prompt may still hold. `described` is how many of `events`, from the first, keep their description."""

    events: tuple[RankedEvent, ...]
    described: int
    history: tuple[HistoryMessage, ...]


def fit(contents: Contents, fits: Callable[[Contents], bool]) -> Contents:
    """The richest contents that fit. Order of leaving: context events, old history, descriptions of additional events, additional
    events, the last exchange, descriptions, recommended events down to one."""
    if fits(contents):
        return contents
    ladder = list(_ladder(contents))
    low, high = 0, len(ladder) - 1
    while low < high:  # each rung holds less than the one above, so halving finds the first that fits
        middle = (low + high) // 2
        if fits(ladder[middle]):
            high = middle
        else:
            low = middle + 1
    return ladder[low]


def _ladder(contents: Contents) -> Iterator[Contents]:
    at = contents
    recommended = sum(e.tier == "recommended" for e in contents.events)
    offered = sum(e.tier != "context" for e in contents.events)
    while len(at.events) > max(offered, 1):
        at = replace(at, events=at.events[:-1], described=min(at.described, len(at.events) - 1))
        yield at
    while len(at.history) > 2:
        at = replace(at, history=at.history[1:])
        yield at
    while at.described > recommended:
        at = replace(at, described=at.described - 1)
        yield at
    while len(at.events) > max(recommended, 1):
        at = replace(at, events=at.events[:-1], described=min(at.described, len(at.events) - 1))
        yield at
    while at.history:
        at = replace(at, history=at.history[1:])
        yield at
    while at.described:
        at = replace(at, described=at.described - 1)
        yield at
    while len(at.events) > 1:
        at = replace(at, events=at.events[:-1])
        yield at
    yield replace(at, events=())
