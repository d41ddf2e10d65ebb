"""Times that somebody cannot make: "I can't do Friday", "Tuesday doesn't work", "I'm busy until 3"."""

from __future__ import annotations

from itertools import pairwise

from .lexicon import (
    ARRIVING,
    ATTENDING,
    BAD,
    BEFORE_A_TIME,
    BESIDE_BUSY,
    BUSY,
    CLAUSE_STARTS,
    DENIALS,
    DUTIES,
    ENGAGED,
    FINE,
    GOOD,
    HAVING,
    NAPPING,
    THEY_ARE_BUSY,
    TOO,
    WHO_IS_BUSY,
)
from .reader import Reader

_MAX_WORDS = 8
_OF_EVENTS = frozenset({"that", "which", "it", "events", "shows", "why"})  # "events that aren't free on Friday"
_VAGUE = frozenset({"something", "stuff"})  # "got something on Friday?"


def refused_before(r: Reader, first: int, *, until: bool = False) -> int:
    """The token where the words begin that refuse the time at token `first`, -1 for none. With `until` that time is an end."""
    k = first - 1
    while first - k < _MAX_WORDS and r.word(k) in BEFORE_A_TIME:
        k -= 1
    if r.word(k) in NAPPING:
        return k
    if r.word(k) == "nothing":
        return k if _is_wish(r, k, first) else -1
    found = _cannot(r, k, until=until)
    return found if found >= 0 else _is_busy(r, k, until=until)


def _is_wish(r: Reader, k: int, first: int) -> bool:
    """ "Nothing on Sunday, please"; "is there nothing on Sunday" and "nothing on Sunday?" ask."""
    opens = r.word(k - 1) in CLAUSE_STARTS | {"want", "prefer", "please", "with"}
    # "bored, nothing on tonight"
    if r.word(k + 1) == "on" and r.word(first) in (
        "today",
        "tonight",
        "tomorrow",
        "this",
    ):
        return False
    return opens and all(r.word(n) != "?" for n in range(first + 1, first + 3))


def _cannot(r: Reader, k: int, *, until: bool) -> int:
    """ "I can't do", "we won't be able to make it", "I don't want to go out"."""
    last = k
    while last - k < _MAX_WORDS and _is_attending(r, k, until=until):
        k -= 1
    if k == last or r.word(k) not in DENIALS or r.word(k - 1) in _OF_EVENTS:
        return -1
    between = [r.word(n) for n in range(k + 1, last + 1)]
    free = ("have", "to") in pairwise(between) or ("leave" in between and not r.word(k).startswith("can"))
    return -1 if free else k  # "we don't have to be home until 6", "we don't leave until Sunday"


def _is_attending(r: Reader, k: int, *, until: bool) -> bool:
    if r.word(k) == "anything":  # "can't do anything", where "don't have anything on Friday" is free
        return r.word(k - 1) in ("do", "want")
    if r.word(k) == "work":
        return until and r.word(k - 1) in ("off", "from")
    return r.word(k) in ATTENDING or (until and r.word(k) in ARRIVING)


def _is_busy(r: Reader, k: int, *, until: bool) -> int:
    """ "I'm busy", "we already have plans", "I work weekends"; "at work until 6", "the kids have practice until 4"."""
    word, at = r.word(k), k
    duty = until and word in DUTIES
    if not (word in BUSY or word in ENGAGED or duty or (word == "town" and r.word(k - 2) == "out")):
        return -1
    k -= 3 if word == "town" else 1
    had = False
    while at - k < _MAX_WORDS and (r.word(k) in BESIDE_BUSY or r.word(k) in HAVING or (duty and r.word(k) == "in")):
        had = had or r.word(k) in HAVING
        k -= 1
    if word in ENGAGED and word != "work" and not had:
        return -1
    who = WHO_IS_BUSY | THEY_ARE_BUSY if until else WHO_IS_BUSY  # of the others, only that they come later
    if r.word(k) in who and r.word(k - 1) not in ("do", "did", "when", "if"):
        return k
    return k + 1 if (word in BUSY or (had and word not in _VAGUE)) and r.word(k) in CLAUSE_STARTS else -1


def refused_after(r: Reader, last: int) -> int:
    """Where the words end that refuse the time before token `last`, -1 for none: "Tuesday doesn't work", "Friday I can't"."""
    k = last
    if r.word(k) in ("i", "we") and r.word(k + 1) in DENIALS:
        k += 2
        while k - last < _MAX_WORDS and r.word(k) in ATTENDING:
            k += 1
        return k if _ends(r, k) else -1
    if r.word(k) in ("i'm", "we're", "i", "we"):
        return _busy_after(r, k)
    if r.word(k) in ("is", "are") and r.word(k + 1) in BAD:
        return k + 2 if _ends(r, k + 2, "for") else -1
    if r.word(k) in ("is", "are") and r.word(k + 1) == "too" and r.word(k + 2) in TOO:  # "Wednesday is too soon"
        return k + 3 if _ends(r, k + 3, "for") else -1
    if r.word(k) in ("is", "are", "does", "do", "will"):
        k += 1
    if r.word(k) not in DENIALS and r.word(k) != "no":  # "Friday's no good"
        return -1
    if k == last and r.word(k) != "no" and r.word(k) != "not" and _ends(r, k + 1):  # "Saturday doesn't"
        return k + 1
    k = r.skip(k + 1, "a", "really", "very", "so")
    return k + 1 if r.word(k) in GOOD and _ends(r, k + 1, "for") else -1


def accepted(r: Reader, first: int, last: int) -> bool:
    """ "Saturday works", "Saturday is fine", "Saturday instead", "only Saturday"."""
    if "only" in (r.word(first - 1), r.word(last)):
        return True
    if r.word(first - 1) == "nor":  # "neither Friday nor Saturday works"
        return False
    if r.word(last) in ("works", "instead", "does") or (r.word(last) in ("i", "we") and r.word(last + 1) == "can"):
        return True
    return r.word(last) in ("is", "are", "would", "i'm", "we're") and (
        r.word(last + 1) in FINE or r.word(last + 1) == "work"
    )


def _busy_after(r: Reader, k: int) -> int:
    """ "Saturday we have plans", "Friday I'm not free"."""
    for j in range(k + 1, k + _MAX_WORDS):
        if r.word(j) in BUSY or r.word(j) in ENGAGED or r.word(j) in ("free", "available", "around"):
            free = r.word(j) in ("free", "available", "around")
            denied = any(r.word(n) in DENIALS for n in range(k, j))
            return j + 1 if free == denied and _ends(r, j + 1) else -1
        if r.word(j) not in BESIDE_BUSY and r.word(j) not in HAVING and r.word(j) not in DENIALS:
            return -1
    return -1


def _ends(r: Reader, k: int, *more: str) -> bool:
    return r.word(k) in ("so", "either", "anymore", "though", *more) or (
        r.word(k) in CLAUSE_STARTS and (r.word(k) != "" or r.at(k).kind == "end")
    )
