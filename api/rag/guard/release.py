"""How much of an unfinished sentence may be shown: its start, up to the first word that may become part of a claim."""

from __future__ import annotations

import re

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
            word = m[0].rstrip()
            if not self._plain(word):
                self._held = True
                return
            self._read = m.end()
            self._words += 1
            self._cue = self._cue and (self._words > 1 or self._named or fold(word) in _CUES)
            if fold(word).strip(_EDGES) not in CONNECTORS and self._words >= self._held_words:
                self._safe = m.start() + len(word)

    def _plain(self, word: str) -> bool:
        folded = fold(word).strip(_EDGES)
        cue, self._cue = self._cue, self._cue or folded in _CUES
        named, self._named = self._named, folded in _DETERMINERS
        if singular(folded) in EVENT_NOUNS and folded not in _VERBS_TOO:
            return False
        if cue and named and not (folded in ORDINARY or folded in CONNECTORS or describes(folded)):
            return False  # it may be the name of something that nobody listed
        if not folded.isascii() or not (_PLAIN.fullmatch(folded)) or any(c in word for c in "“”«»"):
            return (
                not any(c.isalnum() or c in '$€£¥₹₩<>&[]{}|*_`#@/\\^~=+%\u200d"“”«»' for c in word) and self._words > 0
            )
        if folded in CLAIM_WORDS or folded in SHORT_DATE_WORDS or folded in self._openers:
            return False
        if "-" in folded and any(part in CLAIM_WORDS for part in folded.split("-")):
            return False
        if any(c.isupper() for c in word):
            return folded in _PRONOUNS or (self._words == 0 and folded in ORDINARY)
        return True
