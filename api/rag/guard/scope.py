"""What one sentence leaves for the next, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from api.rag.guard.values import Claim


@dataclass(slots=True)
class Scope:
    """What the sentences before have set: the rows last spoken of, and what a heading says of all that follows."""

    rows: tuple[int, ...] = ()
    last: tuple[int, ...] = ()  # the same, kept across paragraphs for 'it' and 'When:'
    told: list[int] = field(default_factory=list)  # rows in the order in which they were last spoken of
    item: bool = False  # the line is a list item
    heading: dict[str, Claim] = field(default_factory=dict)
    cited: list[int] = field(default_factory=list)  # row numbers, in order of first mention
    named: set[int] = field(default_factory=set)  # those told by number or by their whole title
    rewritten: set[int] = field(default_factory=set)

    def speak_of(self, rows: tuple[int, ...]) -> None:
        self.last = rows or self.last
        self.told = [n for n in self.told if n not in rows] + list(rows)


@dataclass(slots=True)
class Verdict:
    text: str
    rows: tuple[int, ...] = ()  # rows this sentence speaks of, for the next one
    echo: bool = False  # it names them in the reader's own words alone, so a heading below speaks of others
    findings: list[dict[str, Any]] = field(default_factory=list)
    checked: int = 0
    corrected: int = 0
    withheld: int = 0
