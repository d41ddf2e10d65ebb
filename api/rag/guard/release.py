"""How much of an unfinished sentence may be shown: its start, up to the first word that may become part of a claim."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from api.rag.guard.compared import ORDER_WORDS
from api.rag.guard.normal import fold
from api.rag.guard.vocabulary import EVENT_NOUNS, describes, singular
from api.rag.guard.words import CLAIM_WORDS, CONNECTORS, ORDINARY, SHORT_DATE_WORDS

_WORD = re.compile(r"\S+\s+")
_PLAIN = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_EDGES = ".,;:!?'()…-–—"
_CUES = frozenset(
    ["also", "attend", "catch", "check", "enjoy", "followed", "head", "miss", "see", "there's", "there", "try", "visit"]
)
_VERBS_TOO = frozenset(
    ["camp", "drive", "play", "plays", "show", "shows", "sing", "talk", "talks", "tour", "walk", "walks"]
)
_DETERMINERS = frozenset(["a", "an", "another", "our", "some", "the", "this"])
_PRONOUNS = frozenset(["i", "i'm", "i'll", "i've", "i'd"])


class Release:
    """Remembers, for the sentence being written, how far it was read and shown."""

    def __init__(self, openers: frozenset[str], held_words: int) -> None:
        self._openers = openers  # first words of known names
        self._held_words = held_words
        self._reset()

    def _reset(self) -> None:
        self._read = self._safe = self._words = self._shown = 0
        self._held = self._named = False
        self._cue = True  # a sentence may begin with the name

    def more(self, unfinished: str) -> str:
        """The part of the sentence that has become safe since the last call."""
        self._advance(unfinished)
        shown, self._shown = self._shown, self._safe
        return unfinished[shown : self._safe]

    def take(self, sentence: str) -> tuple[str, str]:
        """For a whole sentence: the start that is free whatever follows, and the part of it that was shown."""
        self._advance(sentence)
        free, shown = sentence[: self._safe], sentence[: self._shown]
        self._reset()
        return free, shown

    def _advance(self, text: str) -> None:
        while not self._held and (m := _WORD.match(text, self._read)):
            said = m[0].rstrip()
            word = _read(said)
            if not self._plain(word):
                self._held = True
                return
            self._read = m.end()
            self._words += 1
            self._cue = self._cue and (self._words > 1 or self._named or word.is_cue)
            if not word.connects and self._words >= self._held_words:
                self._safe = m.start() + len(said)

    def _plain(self, word: _Word) -> bool:
        cue, self._cue = self._cue, self._cue or word.cues
        named, self._named = self._named, word.determines
        if cue and named and not word.listed:
            return False  # it may be the name of something that nobody listed
        return (word.free if self._words else word.free_first) and word.folded not in self._openers


@dataclass(frozen=True, slots=True)
class _Word:
    """What is known of a word wherever it stands, its punctuation included."""

    folded: str  # without its punctuation
    free: bool  # nothing that follows makes it part of a claim
    free_first: bool  # the same, at the start of a sentence
    cues: bool
    is_cue: bool  # and nothing is written around it
    determines: bool
    listed: bool  # no name
    connects: bool


@lru_cache(maxsize=8192)  # answers are written with few words
def _read(word: str) -> _Word:
    whole = fold(word)
    folded = whole.strip(_EDGES)
    free, free_first = _free(word, folded)
    connects = folded in CONNECTORS
    return _Word(
        folded=folded,
        free=free,
        free_first=free_first,
        cues=folded in _CUES,
        is_cue=whole in _CUES,
        determines=folded in _DETERMINERS,
        listed=connects or folded in ORDINARY or describes(folded),
        connects=connects,
    )


def _free(word: str, folded: str) -> tuple[bool, bool]:
    """In the middle of a sentence, and at its start."""
    if singular(folded) in EVENT_NOUNS and folded not in _VERBS_TOO:
        return False, False
    if not folded.isascii() or not _PLAIN.fullmatch(folded) or any(c in word for c in "“”«»"):
        signs = not any(c.isalnum() or c in '$€£¥₹₩<>&[]{}|*_`#@/\\^~=+%\u200d"“”«»' for c in word)
        return signs, False
    if folded in CLAIM_WORDS or folded in SHORT_DATE_WORDS or folded in ORDER_WORDS:
        return False, False
    if "-" in folded and any(part in CLAIM_WORDS for part in folded.split("-")):
        return False, False
    if any(c.isupper() for c in word):
        pronoun = folded in _PRONOUNS
        return pronoun, pronoun or folded in ORDINARY
    return True, True
