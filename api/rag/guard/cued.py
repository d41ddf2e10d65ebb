from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

DIGITS = tuple("0123456789")  # `normalise` leaves no others


_stems: set[str] = set()  # of all patterns: many of them wait for the same


@lru_cache(maxsize=16)  # a sentence is read by one pattern after the other
def _standing(folded: str) -> frozenset[str]:
    """The stems that stand in the text."""
    return frozenset(stem for stem in _stems if stem in folded)


@dataclass(frozen=True, slots=True)
class Cued:
    """A pattern tried only where one of its stems stands in the text: `in` costs a hundredth of a search."""

    pattern: re.Pattern[str]
    stems: frozenset[str]

    def finditer(self, folded: str, since: int = 0) -> Iterable[re.Match[str]]:
        return self.pattern.finditer(folded, since) if self.possible(folded) else ()

    def possible(self, folded: str) -> bool:
        return not self.stems.isdisjoint(_standing(folded))


def cued(pattern: str, stems: str | Iterable[str]) -> Cued:
    """`stems` as words, or as 'a|b c' where a stem holds a space. Every match of the pattern must hold one of them."""
    told = frozenset(stems.split("|") if isinstance(stems, str) else stems)
    _stems.update(told)
    _standing.cache_clear()
    return Cued(re.compile(pattern), told)


def stems_of(names: Iterable[str], length: int = 3) -> Iterator[str]:
    """The first letters of each name: twelve months are a dozen stems and not forty."""
    return iter(dict.fromkeys(name[:length] for name in names))
