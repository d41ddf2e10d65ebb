"""What stands around a name in a message: the words that lead to it, those that follow, and whether it is a common word itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from api.rag.query import place_words as words
from api.rag.query.place_tokens import Token
from api.rag.query.place_values import Cue

AREA_WORDS = ("area", "metro", "region", "county", "valley")
_BLANKED = " " * 4  # so much nobody types between two words
_LOOK_BACK = 30  # characters before a name in which its cue stands
_HOME = re.compile(
    r"\b(?:(?:i|we) )?(?:(?:used to )?live|lived|living|lives|reside|based|grew up|born|staying home) in(?: the)? *$|\b(?:i'm|im|am|we're|are) from *$",
    re.I,
)
# "Visiting from Texas", "my friend from Chicago": where somebody comes from, never where to look.
_COMING_FROM = re.compile(
    r"\b(?:(?:visiting|moved|moving|coming|comes|come|came|flying|flew|driving|drove|travell?ing|arriving|back|in town|up|down|over|here"
    r"|friends?|family|parents|folks|guests?|relatives|in-laws|cousins?|sisters?|brothers?|aunts?|uncles?|niece|nephew|grandparents|visitors?|tourists?|people|couple|originally)"
    r"(?: (?:here|in|over|down|up|all the way|to town))*) from(?: the)? *$",
    re.I,
)
_LIVES = re.compile(r"\b(?:lives|lived|used to live|grew up|born) in(?: the)? *$", re.I)  # "my mom lives in Fresno"
_REFUSED = re.compile(
    r"\b(?:not|isn't|aren't|isnt|arent|except|anywhere but|anything but|other than|besides|without|out of|away from|leaving)"
    r"(?: for| in| near| around)?(?: the)? *$",
    re.I,
)
_FOLLOW_UP = re.compile(
    r"(?:^|[.,;!?]\s*|\b)(?:what about|how about|how bout|same (?:but |thing |for )?(?:in |for )?|try|make it|switch to|change (?:it |that )?to"
    r"|let'?s (?:do|try)|i meant?|meant|instead|rather|or|but|then) *(?:in |for )?(?:the )?$",
    re.I,
)

_FOLLOW_UP_ENDS = frozenset(
    {"about", "bout", "same", "but", "thing", "for", "in", "the", "try", "it", "to", "that", "do", "mean", "meant"}
    | {"instead", "rather", "or", "then"}
)


@dataclass(slots=True)
class Surroundings:
    message: str
    tokens: Sequence[Token]
    cues: dict[int, Cue] = field(default_factory=dict, init=False)

    @property
    def _is_cut(self) -> bool:
        """Some of the message was understood and blanked out: "Barlow street fair"."""
        return _BLANKED in self.message

    def _cue(self, first: int) -> Cue:
        if first not in self.cues:
            self.cues[first] = self._find_cue(first)
        return self.cues[first]

    def _find_cue(self, first: int) -> Cue:
        tokens, at = self.tokens, first
        fillers: list[str] = []
        while at > 0 and first - at < 3 and not tokens[at].first and tokens[at - 1].key in words.FILLERS:
            at -= 1
            fillers.append(tokens[at].key)
        downtown = bool({"downtown", "uptown", "midtown", "central"} & set(fillers))
        greater = bool({"greater", "metro", "metropolitan"} & set(fillers))
        if at > 0 and not (tokens[at].first and tokens[at].gap.strip()):
            before = tokens[at - 1].key
            kind = self._preposition(at - 1)
            of = before == "of" and at > 1
            if tokens[at - 2 if of else at - 1].key == "outside" and not tokens[at].gap.strip():
                # "Outside of Boston": in the towns around it.
                return Cue("strong", at - (2 if of else 1), before, downtown, True)
            if kind:
                return Cue(kind, at - 1, before, downtown or before == "downtown", greater)
        follows = at > 0 and tokens[at - 1].key in _FOLLOW_UP_ENDS
        if follows and _FOLLOW_UP.search(self.message[max(0, tokens[at].start - _LOOK_BACK) : tokens[at].start]):
            return Cue("strong", at, "", downtown, greater)
        return Cue("strong" if downtown else "bare", at if fillers else first, "", downtown, greater)

    def _preposition(self, at: int) -> str:
        tokens, key = self.tokens, self.tokens[at].key
        before = tokens[at - 1].key if at > 0 else ""
        if key == "in" and before in words.INTO_TOPICS:
            return "weak"
        if key in words.STRONG_PREPOSITIONS:
            return "strong"
        if key == "to" and before in words.GOING:
            return "strong"
        if key in ("of", "from") and (before in words.MEASURES or len(tokens[at].gap) > 2):
            return "strong"  # "miles of", also where the miles were understood and blanked out
        return "weak" if key in words.WEAK_PREPOSITIONS else ""

    def _refuses(self, first: int, cue: Cue) -> bool:
        start = self.tokens[cue.at].start if cue.at < first else self.tokens[first].start
        before = self.message[max(0, start - _LOOK_BACK) : self.tokens[first].start]
        return _REFUSED.search(before) is not None

    def _home_from(self, first: int, cue: Cue) -> int | None:
        """ "I live in Petaluma": where the user is, not where to look. Gives where those words begin."""
        back = max(0, self.tokens[cue.at].start - _LOOK_BACK)
        before = self.message[back : self.tokens[first].start]
        found = _COMING_FROM.search(before) or _HOME.search(before)
        return back + found.start() if found else None

    def _comes_from(self, first: int) -> bool:
        start = self.tokens[first].start
        before = self.message[max(0, start - _LOOK_BACK) : start]
        return _COMING_FROM.search(before) is not None or _LIVES.search(before) is not None

    def _followed_by(self, end: int, keys: Iterable[str]) -> bool:
        return end < len(self.tokens) and not self.tokens[end].gap.strip() and self.tokens[end].key in keys

    def _ends_with_area(self, first: int, last: int) -> bool:
        return last - first > 1 and self.tokens[last - 1].key == "area"

    def _is_plain_word(self, first: int, last: int, cue: Cue) -> bool:
        """A common word in lower case with no preposition and no comma: most words are settled here."""
        if (
            cue.kind == "strong"
            or self.tokens[first].capital
            or not self._is_common(first, last)
            or self._whole(first, last)
        ):
            return False
        return last >= len(self.tokens) or "," not in self.tokens[last].gap

    def _is_common(self, first: int, last: int) -> bool:
        if last - first > 1:
            return self.tokens[first].key in ("the", "a", "an", "to", "at", "in", "on") or all(
                t.key in words.NEVER_PLACES for t in self.tokens[first:last]
            )
        key = self.tokens[first].base
        tables = (words.COMMON_WORDS, words.NEVER_PLACES, words.LOOKALIKES, words.TOPIC_WORDS)
        return any(key in table for table in tables)

    def _begins_venue(self, last: int) -> bool:
        """ "Rincon Valley Library": capitalised words after the name lead to what makes it a venue's."""
        for token in self.tokens[last : last + 3]:
            if not token.capital or not token.inside:
                return False
            if token.key in words.VENUE_WORDS:
                return True
        return False

    def _runs_on(self, last: int) -> bool:
        """ "Rincon" of "Rincon Valley", "Luther" of "Luther Burbank Center"."""
        if last >= len(self.tokens) or not self.tokens[last].inside:
            return False
        token = self.tokens[last]
        return token.key in words.LOCAL_ENDS or (token.capital and token.free)

    def _is_town_venue(self, last: int) -> bool:
        return " ".join(token.key for token in self.tokens[last : last + 2]) in words.TOWN_VENUES

    def _whole(self, first: int, end: int) -> bool:
        """Nothing but the name was said, the answer to "where?": "Woodland", "only Woodland", "or Woodland then"."""
        around = (k for k in range(len(self.tokens)) if not first <= k < end)
        return all(self.tokens[k].key in words.BESIDE_AN_ANSWER for k in around)

    def _ends_at(self, last: int) -> bool:
        """No noun follows."""
        return self._boundary(last) and not self._followed_by(last, ("area", "for"))

    def _boundary(self, last: int) -> bool:
        if last >= len(self.tokens):
            return True
        following = self.tokens[last]
        return (
            bool(following.gap.strip())
            or not following.free
            or following.key in words.BOUNDARY_WORDS
            or len(following.gap) > 2
        )
