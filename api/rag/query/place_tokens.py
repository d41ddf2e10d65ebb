"""A message as words with what place names need of them: folded key, capital, what stands between."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from locations.normalize import fold_word

# "D.C." is one word; so are "O'Fallon" and "Coeur d'Alene"'s second half.
_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?|[^\W_]+(?:['\u2019\u02bc][^\W_]+)*")
_BREAK = re.compile(r"[.!?;:\n\r()\[\]\"\u201c\u201d]")
# What may stand inside a name: "Winston-Salem", "St. Louis".
_INSIDE = re.compile(r"\s?(?:[-\u2010-\u2015/]|\.)?\s?")
_POSSESSIVE = ("'s", "\u2019s")
_CAPITALS_SAY_NOTHING = 0.6  # share of capitalised words from which on a message is in title case
_SHORT_WORD = 4


@dataclass(slots=True)
class Token:
    text: str
    start: int
    end: int
    key: str  # folded
    base: str  # folded, without a possessive 's
    capital: bool  # and capitals mean something in this message
    gap: str  # what stands between it and the token before
    first: bool  # of a sentence
    free: bool  # nothing else understood took it

    @property
    def possessive(self) -> bool:
        return self.base != self.key

    @property
    def inside(self) -> bool:
        """May continue a name that began before it."""
        return self.gap == " " or _INSIDE.fullmatch(self.gap) is not None


def tokenise(message: str, taken_spans: Sequence[tuple[int, int]] = ()) -> list[Token]:
    found = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(message)]
    telling = _capitals_tell(found)
    taken = sorted(taken_spans)
    tokens: list[Token] = []
    at = last = 0
    for text, start, end in found:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        gap = message[last:start]
        plain = text.isascii() and text.isalpha()
        key = text.lower() if plain else fold_word(text.replace(".", ""))
        base = fold_word(text[:-2]) if text.endswith(_POSSESSIVE) else key
        tokens.append(
            Token(
                text=text,
                start=start,
                end=end,
                key=key,
                base=base,
                capital=telling and text[0].isupper(),
                gap=gap,
                first=not tokens or (gap != " " and _BREAK.search(gap) is not None),
                free=not (at < len(taken) and taken[at][0] < end),
            )
        )
        last = end
    return tokens


def _capitals_tell(found: Sequence[tuple[str, int, int]]) -> bool:
    """False in all capitals and in title case: there a capital is no sign of a name."""
    long_words = [text for text, _, _ in found if len(text) >= _SHORT_WORD and text[0].isalpha()]
    if found and found[0][0][0].islower():
        return True  # title case begins with a capital
    if len(long_words) < 3:
        return not all(text.isupper() for text, _, _ in found if len(text) > 2) or len(found) <= 2
    return sum(text[0].isupper() for text in long_words) / len(long_words) < _CAPITALS_SAY_NOTHING
