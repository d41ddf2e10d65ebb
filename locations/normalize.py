"""Place names to search keys. The same folding is applied to stored names and to what people type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

KEY_MAX_CHARS = 100

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ə": "a", "ß": "ss",
    }
)  # fmt: skip
_APOSTROPHES = re.compile(r"['\u2019\u2018`\u02bc\u02bb]")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.[ ]?)+[^\W\d_]\b\.?|\b(?:[^\W\d_]\.){2,}")  # "D.C.", "U. S. A"
_PLAIN = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*", re.IGNORECASE | re.ASCII)
_NOT_WORD = re.compile(r"[^\w]+|_+")

# Either form may be stored or typed; both get a row.
ABBREVIATIONS = {"saint": "st", "sainte": "ste", "mount": "mt", "fort": "ft"}
_EXPANSIONS = {short: long for long, short in ABBREVIATIONS.items()}


def fold_word(word: str) -> str:
    """Lower case without accents or apostrophes; other scripts keep their letters."""
    if word.isascii():
        return word.lower().replace("'", "").replace("`", "")
    if min(word) > "\u2e80":  # CJK and Hangul have no accents to fold
        return word
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", word).casefold().translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c))).translate(
        _LETTERS
    )


def place_key(name: str) -> str:
    """The search key: folded words joined by one space, initials joined ("Washington, D.C." -> "washington dc"), at most 100 characters."""
    if len(name) <= KEY_MAX_CHARS and _PLAIN.fullmatch(name):
        return name.lower()
    text = _INITIALS.sub(lambda m: m.group().replace(".", "").replace(" ", "") + " ", name[: 4 * KEY_MAX_CHARS])
    text = fold_word(text.replace("&", " and "))
    return " ".join(_NOT_WORD.sub(" ", text).split())[:KEY_MAX_CHARS].rstrip()


def key_variants(key: str) -> Iterator[str]:
    """Other spellings of a key that people type: "saint louis" for "st louis" and the reverse."""
    words = key.split(" ")
    for table in (ABBREVIATIONS, _EXPANSIONS):
        if table.keys().isdisjoint(words):
            continue
        swapped = [table.get(w, w) for w in words]
        yield " ".join(swapped)


def is_latin(key: str) -> bool:
    """True when the folded key is written with a-z and digits alone."""
    return key.isascii()
