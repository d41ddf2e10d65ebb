"""Events that nobody listed, named without a capital: 'the zephyr kite derby', 'there's also a parade', 'coachella is on'."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from api.rag.guard.view import View
from api.rag.guard.vocabulary import EVENT_NOUNS, KINDS, SIGHTS, TELLING_NOUNS, describes, singular
from api.rag.guard.words import CLAIM_WORDS, CONNECTORS, ORDINARY, STOPWORDS

Known = Callable[[str], bool]

MAX_NAME_WORDS = 4
# What stands before a phrase that only wishes: no event is claimed by it.
_WISHES = frozenset(
    [
        "no",
        "any",
        "if",
        "want",
        "wants",
        "wanted",
        "looking",
        "look",
        "searching",
        "hoping",
        "prefer",
        "rather",
        "mood",
        "into",
        "without",
        "instead",
        "other",
        "more",
        "another",
        "what",
        "which",
        "find",
        "found",
        "host",
        "plan",
        "your",
        "like",
        "kind",
        "sort",
        "type",
    ]
)
_EXISTS = re.compile(
    r"\b(?:there(?:'s| is| are| will be)|you(?:'ll| will)? (?:can |could |might )?(?:also )?(?:find|catch|see|visit|attend|enjoy)|check out|don't miss|head (?:over )?to"
    r"|stop by|swing by|don't forget|followed by|also (?:a|an|the)|(?:features?|hosts?|holds|throws|presents|puts on|offers|has|(?:is|are) (?:hosting|holding|throwing|presenting|putting on|offering)) (?:a|an|its))\b"
)
_NOT_THERE = re.compile(
    r"\b(?:no|not|isn't|aren't|couldn't|could not|can't|don't (?:see|have|know)|didn't|nothing|none|if|any|sorry|unfortunately)\b|\?\s*$"
)
_HAPPENS = re.compile(
    r"^\W*(?:the |a |an )?(?P<name>(?:[a-z'&-]+ ){1,4}?)(?:is (?:on|happening|at|back|this|tonight|tomorrow|coming)|are (?:on|at|back)|happens|takes place|kicks off|starts"
    r"|begins|returns|runs|opens|comes to|plays)\b"
)
_ITEM = re.compile(
    r"^\s*(?:[-*•+–]|\d{1,2}[.)])\s+[*_\"“']*(?P<name>[a-z'&-]+(?: [a-z'&-]+){0,4})[*_\"”']*\s*(?::|,|\s[-–—]\s|\(|$)"
)


def unlisted(
    view: View, covered: Sequence[bool], known: Known, own: Known, *, governed: bool, dated: bool
) -> tuple[int, int] | None:
    """Where the sentence names an event that no row is, or None. `known` tells what any source or the reader said, `own` what the rows spoken of say."""
    for i, word in enumerate(view.words):
        noun = singular(word.text)
        if noun not in EVENT_NOUNS or covered[word.start]:
            continue
        start = _modifiers(view, covered, i)
        before = [w.text for w in view.words[max(0, start - 3) : start]]
        if any(w in _WISHES for w in before):
            continue
        stated = _there_is(view, word.start)
        strange = _strange([w.text for w in view.words[start:i]], noun, known, kinds_too=stated and not governed)
        new = strange and not (governed and (own(noun) or _says_of_it(before)))
        telling = stated and noun in (SIGHTS if governed else TELLING_NOUNS) and not known(noun)
        alone = dated and not governed and i == 0 and word.text in EVENT_NOUNS and not known(noun)
        if new or telling or alone:
            return view.words[start].start, word.end
    return None if governed or not dated else _happening(view, covered, known)


def _strange(modifiers: Sequence[str], noun: str, known: Known, *, kinds_too: bool) -> bool:
    """Before an unknown noun, and with `kinds_too`, an unknown kind is strange as well: 'there is a jazz parade'."""
    if any(not _plain(w) and not known(w) for w in modifiers):
        return True
    return kinds_too and not known(noun) and any(w in KINDS and not known(w) for w in modifiers)


def _there_is(view: View, end: int) -> bool:
    """The sentence says, before `end`, that something takes place."""
    return _EXISTS.search(view.folded, 0, end) is not None and not _NOT_THERE.search(view.folded)


def _modifiers(view: View, covered: Sequence[bool], i: int) -> int:
    """The first word of the run before the noun that may be part of its name."""
    start = i
    words = view.words
    while start and i - start < MAX_NAME_WORDS - 1:
        word = words[start - 1]
        gap = view.text[word.end : words[start].start]
        if gap not in (" ", "-", "'s ", "’s ") or covered[word.start] or _ends_run(word.text):
            break
        start -= 1
    return start


def _ends_run(word: str) -> bool:
    return (
        word in STOPWORDS
        or word in _WISHES
        or (word in ORDINARY and word not in KINDS)
        or word in CLAIM_WORDS
        or word in CONNECTORS
    )


def _plain(word: str) -> bool:
    return word in KINDS or word in ORDINARY or describes(word) or word.isdigit()


def _says_of_it(before: Sequence[str]) -> bool:
    """'[1] is a puppet show' says what kind of thing the row is; 'followed by a puppet show' brings in another."""
    return bool({"is", "it's", "it", "was", "as", "this"} & set(before[-2:]))


def _happening(view: View, covered: Sequence[bool], known: Known) -> tuple[int, int] | None:
    """A sentence of no row, with a day or a time, whose subject is made of words nobody said."""
    for pattern in (_HAPPENS, _ITEM):
        m = pattern.match(view.folded)
        if m is None or any(covered[m.start("name") : m.end("name")]):
            continue
        telling = [w for w in m["name"].split() if w not in STOPWORDS]
        if telling and not any(_ends_run(w) or _plain(w) or known(w) for w in telling):
            return m.start("name"), m.end("name")
    return None
