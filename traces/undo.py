"""Revisions, newest first, taken back: the values of then by row. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Revision(Protocol):
    @property
    def event_id(self) -> int: ...
    @property
    def occurrence_id(self) -> int | None: ...
    @property
    def field(self) -> str: ...
    @property
    def old(self) -> Any: ...
    @property
    def new(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class RemovedOccurrence:
    event_id: int
    facts: Mapping[str, Any]


@dataclass(slots=True)
class Undone:
    """Columns to lay over the rows of now, by id; occurrences that were not yet there, and those that still were."""

    events: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    venues: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    occurrences: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    added: set[int] = field(default_factory=set)
    removed: list[RemovedOccurrence] = field(default_factory=list)


def undo(revisions: Iterable[Revision], venue_now: Mapping[int, int | None]) -> Undone:
    """`revisions` newest first; `venue_now` the venue of each event: a venue's change is noted at its events of that time."""
    found = Undone()
    venue = dict(venue_now)
    for r in revisions:
        if r.field.startswith("occurrence."):
            _undo_occurrence(found, r)
        elif r.field.startswith("venue."):
            at = venue.get(r.event_id)
            if at is not None:
                found.venues[at][r.field.removeprefix("venue.")] = r.old
        else:
            found.events[r.event_id][r.field] = r.old
            if r.field == "venue_id":
                venue[r.event_id] = r.old
    return found


def _undo_occurrence(found: Undone, r: Revision) -> None:
    name = r.field.removeprefix("occurrence.")
    if name == "removed":
        found.removed.append(RemovedOccurrence(r.event_id, r.old))
    elif name == "added":
        if r.occurrence_id is not None:
            found.added.add(r.occurrence_id)
        else:  # added, and removed again since
            found.removed = [
                o
                for o in found.removed
                if (o.event_id, o.facts.get("start")) != (r.event_id, (r.new or {}).get("start"))
            ]
    elif r.occurrence_id is not None:
        found.occurrences[r.occurrence_id][name] = r.old
