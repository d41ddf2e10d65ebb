"""One sentence as it is read: folded, without emphasis marks, with the way back to the characters that stand there."""

from __future__ import annotations

import re
from typing import NamedTuple

from api.rag.guard.normal import fold
from api.rag.guard.rows import WORD

_EMPHASIS = frozenset("*_`~")


class Word(NamedTuple):
    text: str
    start: int
    end: int
    upper: bool  # starts with a capital, or has one inside


class View:
    """`text` is the plain reading, `folded` the same in lower case, `at[i]` where character i stands in the sentence."""

    __slots__ = ("at", "folded", "masked", "source", "text", "words")

    def __init__(self, source: str) -> None:
        self.source = source
        if not _EMPHASIS.isdisjoint(source):
            self.at = [i for i, c in enumerate(source) if c not in _EMPHASIS]
            self.text = "".join(source[i] for i in self.at)
        else:
            self.at = list(range(len(source)))
            self.text = source
        self.folded = fold(self.text)
        self.masked = self.folded
        self.words = [_word(m, self.text) for m in WORD.finditer(self.folded)]

    def mask(self, start: int, end: int) -> None:
        self.masked = f"{self.masked[:start]}{chr(1) * (end - start)}{self.masked[end:]}"

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The same stretch in the sentence itself."""
        first = self.at[start] if start < len(self.at) else len(self.source)
        return first, self.at[end - 1] + 1 if end > start else first


def _word(found: re.Match[str], said: str) -> Word:
    text = found[0]
    start, end = found.span()
    if text.endswith("'s"):
        text, end = text[:-2], end - 2
    word = said[start:end]
    return Word(text, start, end, word != text and not word.islower() and any(c.isupper() for c in word))
