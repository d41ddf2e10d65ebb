"""Weekdays in short: "sat?", "tue wed thu", "M-F". Some of them are words too: "sun hats", "sat down"."""

from __future__ import annotations

from .lexicon import (
    ANSWERING,
    CORRECTING,
    EXCLUDE_WORDS,
    FILLERS,
    MONTHS,
    NO_DAY_AFTER,
    PARTS,
    PLURAL_WEEKDAYS,
    PREPOSITIONS,
    UNION_WORDS,
    WEAK_WEEKDAYS,
    WEEKDAYS,
)
from .numbers import MAX_ANSWER_TOKENS
from .reader import Reader

MONTH_STEMS = frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
_BESIDE_DAYS = (
    ANSWERING
    | EXCLUDE_WORDS
    | FILLERS
    | MONTHS.keys()
    | PARTS.keys()
    | PLURAL_WEEKDAYS.keys()
    | UNION_WORDS
    | WEEKDAYS.keys()
    | {"/", ":", ";", "too", "also"}
)
_LETTERS = {"m": 0, "t": 1, "tu": 1, "w": 2, "th": 3, "f": 4}
_RUNS = {"mwf": (0, 2, 4), "tth": (1, 3), "tuth": (1, 3), "mtwth": (0, 1, 2, 3), "mtwthf": (0, 1, 2, 3, 4)}
LETTER_WORDS = frozenset({"m", "t", "tu", *_RUNS})


def day_is_meant(r: Reader, i: int) -> bool:
    """ "sun", "sat", "wed" and such are words too: they need a date, a time or a preposition beside them."""
    token = r.at(i)
    if token.text not in WEAK_WEEKDAYS or len(r.tokens) == 1:
        return True
    before, after = r.word(i - 1), r.at(i + 1)
    if before in WEEKDAYS or r.word(i + 1) in WEEKDAYS or _says_only_days(r, i):
        return True
    if r.at(i - 1).kind in ("ord", "md", "clock") or (r.at(i - 1).kind == "num" and r.word(i - 2) in MONTHS):
        return r.safe_after(i + 1)  # "Nov 28th sat", "7pm sat"
    if before in ("noon", "midnight"):
        return r.safe_after(i + 1)
    if before in PREPOSITIONS and before not in ("the", "in", "into", "around", "under"):
        return True
    if before in ("and", "or", "&", "/", ",") and r.word(i - 2) in WEEKDAYS:
        return True
    if after.kind in ("ord", "clock", "ymd", "dmy", "md") or (after.kind == "num" and after.number_or(99) <= 31):
        return True
    text = r.word(i + 1)
    if text in PARTS or text in ("at", "@", "after", "before", "am", "pm"):
        return token.text != "sun" or before != "the"
    if text in ("from", "between", "until", "till", "til") and r.at(i + 2).kind in ("num", "clock"):  # "sat from 1-4"
        return before != "the"
    if text[:3] in MONTH_STEMS and r.at(i + 2).kind in ("num", "ord"):
        return True
    if text == "the" and r.at(i + 2).kind == "ord":
        return True
    if text in CORRECTING:  # "sat no wait sunday"
        j = i + 1
        while r.word(j) in CORRECTING or r.word(j) in (",", "-"):
            j += 1
        if r.word(j) in WEEKDAYS:
            return True
    beyond = (
        r.word(r.skip(i + 2, "the"))
        if text in ("-", "–", "/", "&", "and", "or", "to", "through", "thru", ",", ".")
        else ""
    )
    if beyond in WEEKDAYS or (text in (",", ".") and (beyond[:3] in MONTH_STEMS)):
        return True
    if token.text in ("mon", "fri") and before not in ("stir", "the") and r.safe_after(i + 1):
        return True
    if after.kind == "end" and len(r.tokens) <= MAX_ANSWER_TOKENS and before and before not in NO_DAY_AFTER:
        return r.at(i - 1).kind == "word"  # "brunch sun", "farmers market wed"
    return token.text in ("sat", "wed") and token.capital and i > 0 and r.word(i - 1) not in (".", "!", "?")


def _says_only_days(r: Reader, i: int) -> bool:
    """ "And sat?", "how about wed": a whole message of days and what stands beside them. "The sun" is none."""
    if len(r.tokens) > MAX_ANSWER_TOKENS or r.word(i - 1) == "the":
        return False
    return all(token.kind in ("num", "ord", "clock", "md") or token.text in _BESIDE_DAYS for token in r.tokens)


def weekdays_in_letters(r: Reader, i: int) -> tuple[frozenset[int], int] | None:
    """ "M-F", "M/W/F", "MWF", "T-Th"; two letters with a dash are a run, but Tuesday and Thursday never mean Wednesday."""
    if r.word(i) in _RUNS:
        return frozenset(_RUNS[r.word(i)]), i + 1
    found, j = [_LETTERS[r.word(i)]], i + 1
    signs = set()
    while r.word(j) in ("-", "–", "/") and r.word(j + 1) in _LETTERS and len(found) < len(_LETTERS):
        signs.add(r.word(j))
        found.append(_LETTERS[r.word(j + 1)])
        j += 2
    if found != sorted(set(found)) or r.at(i - 1).kind == "num" or not r.safe_after(j):
        return None
    if len(found) == 2 and found[0] == 0 and "/" not in signs:
        return frozenset(range(found[1] + 1)), j
    return (frozenset(found), j) if len(found) > 2 or found == [1, 3] else None
