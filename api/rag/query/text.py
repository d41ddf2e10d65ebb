"""A message as words with positions, and a phrase table that reads them in one pass.

Every position is an offset into the original message: normalising never changes the length, so the spans of one module can be taken
out before another one reads the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Span = tuple[int, int]
V = TypeVar("V")

# Curly quotes, odd spaces and dashes become their plain twins, one character for one.
_PLAIN = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "ʼ": "'",
        "`": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\t": " ",
        "\n": " ",
        "\r": " ",
        "\x00": " ",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "−": "-",
    }
)


def storable(text: str) -> str:
    """Without what PostgreSQL and JSON cannot keep: NUL goes, half of a character becomes a question mark."""
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else str(text)
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def words_of(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_KEPT_CONTRACTIONS = frozenset(
    [
        "what's",
        "who's",
        "where's",
        "how's",
        "when's",
        "it's",
        "that's",
        "there's",
        "here's",
        "let's",
        "he's",
        "she's",
        "everything's",
        "anything's",
    ]
)
NUMBER_WORDS = {
    word: n
    for n, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}
NUMBER = r"(?:\d{1,4}|" + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True)) + ")"


def plain(message: str) -> str:
    """The message with typographic characters made plain; same length."""
    return message.translate(_PLAIN)


def same_length_lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def bounded(source: str) -> re.Pattern[str]:
    """A compiled pattern whose gaps are at most three characters: on a message of nothing but spaces an open gap costs its square."""
    for gap in (r"\s", r"[\s-]", r"[\s.-]"):
        source = source.replace(gap + "*", gap + "{0,3}").replace(gap + "+", gap + "{1,3}")
    return re.compile(source)


def number(word: str) -> int:
    return NUMBER_WORDS[word] if word in NUMBER_WORDS else int(word)


@dataclass(frozen=True, slots=True)
class Gated:
    """A pattern and the plain words without one of which it cannot match: looking for those costs a hundredth of the pattern."""

    pattern: re.Pattern[str]
    needs: tuple[str, ...]

    def finditer(self, low: str) -> Iterable[re.Match[str]]:
        for word in self.needs:
            if word in low:
                return self.pattern.finditer(low)
        return ()


@dataclass(frozen=True, slots=True)
class Text:
    """`words[i]` lies at `starts[i]:ends[i]`; `joined[i]` when only a space or a hyphen parts it from the word before."""

    lower: str
    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    joined: tuple[bool, ...]

    @classmethod
    def read(cls, lower: str) -> Text:
        words, starts, ends, joined = [], [], [], []
        last = 0
        for match in _WORD.finditer(lower):
            word, start = match.group(), match.start()
            if word.endswith("'s") and word not in _KEPT_CONTRACTIONS:
                word = word[:-2]
            words.append(word)
            starts.append(start)
            ends.append(match.end())
            gap = lower[last:start]
            joined.append(last > 0 and (gap == " " or gap == "-" or not gap.strip(" -/'\"")))
            last = match.end()
        return cls(lower, tuple(words), tuple(starts), tuple(ends), tuple(joined))


@dataclass(frozen=True, slots=True)
class PhraseHit(Generic[V]):
    first: int  # index of the first word
    last: int  # index after the last word
    start: int
    end: int
    value: V


class PhraseTable(Generic[V]):
    """Longest phrase first, left to right, never overlapping. Cost follows the words of the text, not the size of the table."""

    def __init__(self, phrases: Mapping[str, V]) -> None:
        self._alone: dict[str, V] = {}
        self._longer: dict[str, dict[str, list[tuple[tuple[str, ...], V]]]] = {}
        for phrase, value in phrases.items():
            first, *rest = Text.read(phrase.lower()).words
            if rest:
                self._longer.setdefault(first, {}).setdefault(rest[0], []).append((tuple(rest), value))
            else:
                self._alone[first] = value
        for following in self._longer.values():
            for candidates in following.values():
                candidates.sort(key=lambda item: len(item[0]), reverse=True)

    def find(self, text: Text) -> list[PhraseHit[V]]:
        hits: list[PhraseHit[V]] = []
        words, alone, longer = text.words, self._alone, self._longer
        i, count = 0, len(words)
        while i < count:
            word = words[i]
            following = longer.get(word)
            hit = None
            if following is not None and i + 1 < count and words[i + 1] in following:
                hit = _longest(text, i, following[words[i + 1]])
            if hit is None and word in alone:
                hit = PhraseHit(i, i + 1, text.starts[i], text.ends[i], alone[word])
            if hit is not None:
                hits.append(hit)
                i = hit.last
            else:
                i += 1
        return hits


def _longest(text: Text, i: int, candidates: list[tuple[tuple[str, ...], V]]) -> PhraseHit[V] | None:
    for rest, value in candidates:
        last = i + 1 + len(rest)
        if text.words[i + 1 : last] == rest and all(text.joined[i + 1 : last]):
            return PhraseHit(i, last, text.starts[i], text.ends[last - 1], value)
    return None


def plural_forms(phrase: str) -> tuple[str, str]:
    """The phrase, and the same with its last word in the plural."""
    if phrase.endswith(("s", "x", "ch", "sh")):
        return phrase, phrase + "es" if phrase.endswith(("ss", "x", "ch", "sh")) else phrase
    if phrase.endswith("y") and phrase[-2:-1] not in "aeiou":
        return phrase, phrase[:-1] + "ies"
    return phrase, phrase + "s"


def word_forms(word: str) -> frozenset[str]:
    """The word in the singular and the plural, as listings may have it; some of them are no words."""
    endings = (("s", ""), ("es", ""), ("ies", "y"))
    singulars = (word.removesuffix(end) + rest for end, rest in endings if word.endswith(end))
    return frozenset((*plural_forms(word), *singulars))


def blank(text: str, spans: Iterable[Span]) -> str:
    """The text with the spans overwritten; same length."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        start = max(start, at)
        if end > start:
            pieces += (text[at:start], " " * (end - start))
            at = end
    pieces.append(text[at:])
    return "".join(pieces)


def overlaps(span: Span, spans: Iterable[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in spans)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Sorted, overlapping ones joined."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
