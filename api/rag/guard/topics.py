"""Events that a sentence means by what they are: 'jazz on Friday', 'the panto starts at £14', 'there's comedy on Saturday'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.rag.guard.rows import Row
from api.rag.guard.view import View, Word
from api.rag.guard.vocabulary import EVENT_NOUNS, KINDS, describes, singular, stem, word_set
from api.rag.guard.words import CLAIM_WORDS, CONNECTORS, ORDINARY, STOPWORDS, SUBJECT_VERBS

# Said of so many events that one may be meant whose listing does not say so.
_BROAD = frozenset(
    map(
        stem,
        word_set(
            """
    adult art arts charity children class community concert country culture drive education entertainment event fall family fitness food fun game
    gig gathering health history holiday kid live local music nature night nightlife open outdoor party performance play reading science season senior
    series service session show social special sport spring story street summer talk theater theatre tour walk wellness winter workshop writing youth
    """
        ),
    )
)
_KINDS = frozenset(map(stem, KINDS | EVENT_NOUNS)) - _BROAD
_THE = frozenset(["the", "this", "that"])
# what follows one of these is wished for, ruled out or asked after, and not told to be on
_WISHED = frozenset(
    ["any", "enjoy", "fan", "if", "instead", "into", "like", "love", "loves", "mood", "no", "not", "of", "or", "prefer", "than", "unless", "want", "without"]
)  # fmt: skip
_WHEN = frozenset(["at", "costs", "from", "on", "this", "today", "tomorrow", "tonight"])
_AT = frozenset(["at", "in", "inside", "near", "outside"])
LOOK_BACK = 3
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """Words that stand together, and the rows of which one is meant."""

    start: int
    end: int
    rows: tuple[int, ...]


class Topics:
    """What the listed events are, by the words of their titles, tags and categories."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows: dict[str, list[int]] = {}
        for row in rows:
            for one in row.topics:
                self._rows.setdefault(one, []).append(row.n)
        self._tagged = frozenset(one for row in rows for one in row.tagged)

    def __contains__(self, one: str) -> bool:
        return one in self._rows

    def find(self, view: View, told: Sequence[int]) -> list[Topic]:
        """`told` are the rows spoken of before, the last one last: 'the market' is the one of them. Where one is found, what only a title says
        counts as well: 'run in the morning, fold dumplings at noon'."""
        found = list(self._find(view, told, loosely=False))
        return list(self._find(view, told, loosely=True)) if found else []

    def _find(self, view: View, told: Sequence[int], *, loosely: bool) -> Iterator[Topic]:
        i, words = 0, view.words
        while i < len(words):
            run = list(self._run(view, i))
            if not run:
                i += 1
                continue
            since = max(view.text.rfind(mark, 0, words[i].start) for mark in ",;:.")
            before = [w.text for w in words[max(0, i - LOOK_BACK) : i] if w.start > since]
            definite = any(w in _THE for w in before[-1:])
            rows = self._meant(
                [stem(w.text) for w in run],
                definite=definite or loosely or self._opens(view, i, words[i + len(run) : i + len(run) + 1]),
            )
            told_to_be = definite or _WISHED.isdisjoint(before)
            named = self._of_a_name(before[-1:]) or self._unlisted(words[i + len(run) : i + len(run) + 1])
            if rows and told_to_be and not named and not _place(before):
                yield Topic(run[0].start, run[-1].end, _of_told(rows, told) if definite else rows)
            i += len(run)

    def _run(self, view: View, i: int) -> Iterator[Word]:
        for word in view.words[i:]:
            if view.masked[word.start] == "\x01" or not self._may_be(word.text):
                return
            yield word

    def _may_be(self, word: str) -> bool:
        plain = (
            word in STOPWORDS
            or word in CLAIM_WORDS
            or (word in ORDINARY and word not in KINDS and word not in EVENT_NOUNS)
        )
        is_age = not any(c.isalpha() for c in word)  # of a tag: "21+"
        return len(word) >= SHORTEST and not plain and not is_age and stem(word) in self._rows

    def _meant(self, stems: Sequence[str], *, definite: bool) -> tuple[int, ...]:
        """Rows with all of the words. What no 'the' points at must be a kind of event, or a tag."""
        telling = [one for one in stems if one not in _BROAD]
        if not telling or not (definite or any(one in _KINDS or one in self._tagged for one in telling)):
            return ()
        return self.of(stems)

    def of(self, stems: Sequence[str]) -> tuple[int, ...]:
        return tuple(n for n in self._rows.get(stems[-1], ()) if all(n in self._rows[one] for one in stems))

    def _opens(self, view: View, i: int, after: Sequence[Word]) -> bool:
        """'Gingerbread on Friday': the first word of a clause, with when it is right behind."""
        opening = view.text[: view.words[i].start].rstrip(" *_-•").endswith(("", ",", ";", ":")[bool(i) :])
        return opening and any(w.text in _WHEN or w.text in SUBJECT_VERBS for w in after)

    def _unlisted(self, after: Sequence[Word]) -> bool:
        """'A poetry slam' is no poetry reading."""
        return any(singular(w.text) in EVENT_NOUNS and stem(w.text) not in _BROAD for w in after)

    def _of_a_name(self, before: Sequence[str]) -> bool:
        """'The galaxy gala' is no gala that is listed."""
        return any(
            not (w in STOPWORDS or w in CONNECTORS or w in ORDINARY or w in CLAIM_WORDS or w in KINDS or describes(w))
            for w in before
        )


def _place(before: Sequence[str]) -> bool:
    """'At the museum' is where, and not what."""
    return any(w in _AT for w in before[-1:]) or (before[-1:] == ["the"] and any(w in _AT for w in before[-2:-1]))


def _of_told(rows: tuple[int, ...], told: Sequence[int]) -> tuple[int, ...]:
    return next(((n,) for n in reversed(told) if n in rows), rows)
