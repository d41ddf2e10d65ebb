"""Which rows a sentence speaks of that it does not name in full: "it", "both", "the latter", "all of these", "the market"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.rag.guard.attribution import Anchor
from api.rag.guard.names import Names
from api.rag.guard.rows import Row
from api.rag.guard.scope import Scope
from api.rag.guard.terms import offers
from api.rag.guard.topics import Topic, Topics
from api.rag.guard.view import View
from api.rag.guard.words import NUMBERS

_REFERS_BACK = re.compile(
    r"\W*(?:it|it's|its|this|that|they|they're|these|those|both|each|he|she|doors?|tickets?|admission|entry|parking|starts?|runs|begins|opens"
    r"|ends|lasts|happens|takes place|costs?|price|when|where|date|time|day|location|venue|place|address|city|ages?|cover"
    r"|the (?:event|show|concert|workshop|class|market|festival|performance|venue|price|cost|date|time|doors?|tickets?))\b"
)
_MANY_VERBS = r"(?:are|were|aren't|will|would|can|could|start|begin|open|close|end|last|run|cost|charge|take|happen|fall|welcome|require|have|offer|share|feature|go)\b"
_SEVERAL = re.compile(
    rf"\W*(?:(?:note|remember) that |and |but )?(?:both|(?:the|these|those|all) (?P<count>two|three|four|five))"
    rf"(?: of (?:them|these|those)| events?| shows?| options?| picks?| ones?)? {_MANY_VERBS}"
)
_OTHERS = re.compile(r"\W*(?:and |but )?the (?:others?|rest|remaining)\b")
_ONE_OF_TWO = re.compile(
    r"\bthe (?P<n>first|former|second|latter)(?: (?:one|event|show|option))? (?:is|isn't|starts|begins|opens|ends|lasts|runs|costs|charges|takes|has|mixes|plays|features|welcomes|falls)\b"
)
_SPLITS = re.compile(r"[,;:]|\b(?:and|while|but|unlike|whereas|then)\b")
_SOME_OF_THEM = re.compile(
    rf"\b(?:{'|'.join(NUMBERS)}|\d{{1,2}}|some|most|several|a few|a couple) of (?:them|these|those)\b"
)
_JOINS = re.compile(r"[,;]|\b(?:and|but|while|with)\b")
_EACH = re.compile(r"\b(?:both|all|every|each)(?: (?:the|of the|those|these))? $")
_PRONOUNS = frozenset(["it", "it's", "they", "they're", "this", "that", "that's", "these", "those", "both", "each", "he", "she"])  # fmt: skip
# said of every event told so far, not of the last one
_OF_ALL = re.compile(
    r"\b(?:(?:all|each|every one|both|none|any) of (?:these|them|the)\b|(?:they|these|those)(?: are|'re) all\b|everything (?:here|above|below|listed|is|takes|happens|costs)\b"
    r"|(?:all|every) (?:the |these |those |my |listed )?(?:events?|options?|picks?|suggestions?|ideas?|choices?|listings?)\b|all (?:are|take place|happen|start|cost)\b)"
)


def heads(line: str) -> bool:
    """It stands over a list."""
    text = line.strip()
    return text.rstrip("*_").endswith(":") or text.startswith("#") or (text.startswith("**") and text.endswith("**"))


def one_of(either: dict[int, tuple[int, ...]], some: tuple[int, ...], rows: Mapping[int, Row]) -> int:
    """The number, of none of `rows`, under which `either` now keeps those of which one is meant."""
    number = min(rows) - 1 - len(either)
    either[number] = some
    return number


@dataclass(frozen=True, slots=True)
class Reference:
    """Resolves what one sentence refers to by what the sentences before it have told."""

    text: str
    view: View
    scope: Scope
    rows: Mapping[int, Row]
    names: Names
    topics: Topics
    topical: list[Topic] = field(default_factory=list)
    # a number of no row -> the rows of which one is meant
    either: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def resolve(self, anchors: list[Anchor]) -> bool:
        """Adds to the anchors, or moves the scope, where the sentence says of whom it speaks. True where it speaks of all."""
        self._refer_back(anchors)
        self._of_several(anchors)
        of_all = self._of_all(anchors)
        self._by_topic(anchors)
        self._meant(anchors)
        if not of_all:
            self._of_them(anchors)
        return of_all

    def _refer_back(self, anchors: list[Anchor]) -> None:
        """'It costs $15, unlike A [1]': what stands before A is said of the row before. 'When: Sunday' too, a paragraph later."""
        back = _REFERS_BACK.match(self.view.folded) is not None
        if (
            not self.scope.rows
            and not anchors
            and (back or (self.scope.item and not self.text.rstrip(" *_").endswith(":")))
        ):
            self.scope.rows = self.scope.last
        if back and anchors and not set(self.scope.rows or self.scope.last) & {a.row for a in anchors}:
            first = min(a.start for a in anchors)
            if _SPLITS.search(self.view.folded, 0, first):
                anchors[:0] = [Anchor(0, 0, n) for n in self.scope.rows or self.scope.last]

    def _of_several(self, anchors: list[Anchor]) -> None:
        """'Both start at 7', 'the other two are free', 'the latter costs $5': said of events told before, by how many or which."""
        if anchors:
            named = list(dict.fromkeys(a.row for a in anchors))
            anchors += self._one_of_two(named, max(a.end for a in anchors))
            return
        if several := _SEVERAL.match(self.view.folded):
            number = NUMBERS[several["count"] or "two"]
            if len(self.scope.told) >= number:
                self.scope.rows = tuple(self.scope.told[-number:])
        elif _OTHERS.match(self.view.folded):
            others = [n for n in self.scope.told or self.rows if n not in self.scope.last]
            self.scope.rows = tuple(others or (n for n in self.rows if n not in self.scope.last))
        elif len(self.scope.told) > 1:
            anchors += self._one_of_two(self.scope.last if len(self.scope.last) == 2 else self.scope.told[-2:])

    def _one_of_two(self, two: Sequence[int], since: int = 0) -> list[Anchor]:
        """Where 'the first' and 'the latter' name one of these."""
        said = _ONE_OF_TWO.finditer(self.view.folded, since) if len(two) == 2 else ()
        return [Anchor(m.start(), m.end(), two[m["n"] in ("second", "latter")]) for m in said]

    def _of_all(self, anchors: list[Anchor]) -> bool:
        """'All of these are free' is said of everything told so far; of everything listed where nothing is told yet."""
        of_all = not any(a.end for a in anchors) and _OF_ALL.search(self.view.folded) is not None
        if of_all:
            anchors[:] = [Anchor(0, 0, n) for n in self.scope.cited or self.rows]
        return of_all

    def _by_topic(self, anchors: list[Anchor]) -> None:
        """'Jazz on Friday, comedy tomorrow': what is said of each must be true of one that is listed."""
        if anchors or heads(self.text) or (self.scope.rows and self._begins_with_a_pronoun()):
            return
        found = self.topics.find(self.view, (*self.scope.told, *self.scope.rows))
        if not found or offers(self.view.folded):
            return
        if len(found) == 1 and set(self.scope.rows) & set(found[0].rows):
            return
        for topic in found:
            self.topical.append(topic)
            numbers = topic.rows
            if len(numbers) > 1 and not _EACH.search(self.view.folded, 0, topic.start):
                numbers = (one_of(self.either, topic.rows, self.rows),)
            anchors += [Anchor(topic.start, topic.end, n, part=True) for n in numbers]
            self.view.mask(topic.start, topic.end)

    def _of_them(self, anchors: list[Anchor]) -> None:
        """'Two of them are free, and one is by donation [7]': what stands before the comma is said of the list."""
        m = _SOME_OF_THEM.search(self.view.folded) if " of the" in self.view.folded else None
        first = min((a.start for a in anchors), default=len(self.text))
        if (
            m is None
            or not self.rows
            or m.start() > first
            or (anchors and not _JOINS.search(self.view.folded, m.end(), first))
        ):
            return
        number = one_of(self.either, tuple(self.rows), self.rows)
        anchors.insert(0, Anchor(m.start(), m.end(), number, part=True))

    def _begins_with_a_pronoun(self) -> bool:
        return bool(self.view.words) and self.view.words[0].text in _PRONOUNS

    def _meant(self, anchors: list[Anchor]) -> None:
        """'The market is free' where nothing is cited and one market is listed."""
        if anchors:
            return
        meant = self.names.meant(self.view, [self.rows[n] for n in self.scope.rows])
        if meant is not None:
            anchors.append(Anchor(meant.start, meant.end, min(meant.titled), part=True))
