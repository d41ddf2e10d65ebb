from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DIGITS = tuple("0123456789")  # `normalise` leaves no others


@dataclass(frozen=True, slots=True)
class Cued:
    """A pattern tried only where one of its stems stands in the text: `in` costs a hundredth of a search."""

    pattern: re.Pattern[str]
    stems: tuple[str, ...]

    def finditer(self, folded: str, since: int = 0) -> Iterable[re.Match[str]]:
        for stem in self.stems:
            if stem in folded:
                return self.pattern.finditer(folded, since)
        return ()


def cued(pattern: str, stems: str | Iterable[str]) -> Cued:
    """`stems` as words, or as 'a|b c' where a stem holds a space. Every match of the pattern must hold one of them."""
    told = stems.split("|") if isinstance(stems, str) else list(stems)
    return Cued(re.compile(pattern), tuple(dict.fromkeys(told)))


def stems_of(names: Iterable[str], length: int = 3) -> Iterator[str]:
    """The first letters of each name: twelve months are a dozen stems and not forty."""
    return iter(dict.fromkeys(name[:length] for name in names))
