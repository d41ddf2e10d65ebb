"""Names in a sentence: those of the sources, and capitalised words that nobody vouches for."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from api.rag.guard.days import FEASTS
from api.rag.guard.rows import Row, tokens
from api.rag.guard.view import View, Word
from api.rag.guard.vocabulary import EVENT_NOUNS, KINDS, describes, singular
from api.rag.guard.words import (
    CLAIM_WORDS,
    CONNECTORS,
    GENERIC_PLACE_WORDS,
    MONTHS,
    ORDINARY,
    PLACE_CUES,
    STOPWORDS,
    SUBJECT_VERBS,
    WEEKDAYS,
)
from api.rag.types import ParsedQuery

REGIONS = {
    "al": "alabama", "ak": "alaska", "az": "arizona", "ar": "arkansas", "ca": "california", "co": "colorado", "ct": "connecticut",
    "de": "delaware", "dc": "district of columbia", "fl": "florida", "ga": "georgia", "hi": "hawaii", "id": "idaho", "il": "illinois",
    "in": "indiana", "ia": "iowa", "ks": "kansas", "ky": "kentucky", "la": "louisiana", "me": "maine", "md": "maryland",
    "ma": "massachusetts", "mi": "michigan", "mn": "minnesota", "ms": "mississippi", "mo": "missouri", "mt": "montana",
    "ne": "nebraska", "nv": "nevada", "nh": "new hampshire", "nj": "new jersey", "nm": "new mexico", "ny": "new york",
    "nc": "north carolina", "nd": "north dakota", "oh": "ohio", "ok": "oklahoma", "or": "oregon", "pa": "pennsylvania",
    "ri": "rhode island", "sc": "south carolina", "sd": "south dakota", "tn": "tennessee", "tx": "texas", "ut": "utah",
    "vt": "vermont", "va": "virginia", "wa": "washington", "wv": "west virginia", "wi": "wisconsin", "wy": "wyoming",
    "on": "ontario", "bc": "british columbia", "qc": "quebec", "ab": "alberta",
}  # fmt: skip
MAX_NOUN_WORDS = 3
ANY_EVENT = frozenset(["concert", "event", "gig", "performance", "show"])
_DAYS = frozenset([*WEEKDAYS, *MONTHS])
_WHEN = _DAYS | {
    "free",
    "today",
    "tonight",
    "tomorrow",
    "morning",
    "afternoon",
    "evening",
    "night",
    "noon",
    "midnight",
    "weekend",
}
_FEASTS = {
    tokens(name)[0]: tuple(w for other in FEASTS if (w := tokens(other))[0] == tokens(name)[0]) for name in FEASTS
}
PLACE_KINDS = ("venue", "city", "street", "room")
_NEAR = frozenset(["near", "around", "by", "outside", "from", "to"])
_SIDES = frozenset(["north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "outside", "out", "edge", "outskirts", "miles", "reach"])  # fmt: skip
_COMES_BY = frozenset(["stop", "swing", "drop", "come", "pass", "near"])  # 'taught by' names no place
_OPENS = re.compile(r"(?:^|[\n:;!?…“\"•>]|[.]\s|\d[.)]\s|^\s*-\s)[\s*_#>\"“'\-•]*$")
_LOWER_PLACE = re.compile(
    r"(?:\b(?:at|in|inside|to)|[^\w\s.;'-]) (?:the )?(?P<p>(?:[a-z']+ ){1,3}(?:hall|ballroom|theat(?:er|re)|library|park|museum|cent(?:er|re)|church|cafe"
    r"|gallery|arena|stadium|brewery|tavern|pub|lounge|amphitheat(?:er|re)|auditorium|pavilion|plaza|school|college|barn|lodge|farm|winery))\b"
    r"|\bon (?P<s>(?:[a-z']+ ){1,2}(?:street|avenue|road|boulevard|lane|drive))\b"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_BEFORE_NUMBER = re.compile(r"\b(?:the|an?|this)\s+(?:[a-z'-]+\s+){0,2}?(?P<noun>[a-z-]+)\s*$")
_NOUNS = "|".join(sorted(EVENT_NOUNS, key=len, reverse=True))
_AFTER_NUMBER = re.compile(rf"[\s:.–-]*(?:the|an?|this)\s+(?:[a-z'-]+\s+){{0,2}}?(?P<noun>{_NOUNS})\b(?! \[)")
_QUOTED = re.compile(r"[\"“]([^\"“”]{3,90})[\"”]")


@dataclass(frozen=True, slots=True)
class Mention:
    start: int
    end: int
    words: tuple[str, ...]
    titled: frozenset[int]  # rows whose title this is
    placed: frozenset[int]  # rows that own it as a venue, city, street or room
    kind: str  # venue or city, where it is a place
    near: bool = False
    part: bool = False  # some words of the title only: 'Captain Blue' of 'Captain Blue with the Night Owls'


@dataclass(frozen=True, slots=True)
class Stranger:
    """A name no source vouches for. `place` when it stands where a place would."""

    start: int
    end: int
    text: str
    place: str = ""


@dataclass(slots=True)
class _Entry:
    words: tuple[str, ...]
    titled: set[int] = field(default_factory=set)
    placed: set[int] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)


class Names:
    """Everything with a name in the sources and in the question, ready to be found."""

    def __init__(self, rows: Sequence[Row], query: ParsedQuery) -> None:
        self._entries: dict[tuple[str, ...], _Entry] = {}
        self._bound: dict[tuple[str, ...], set[int]] = {}
        for row in rows:
            for kind, words in row.names:
                if kind == "title" and not _telling(words):
                    # it would hide claims: it only counts right before its own number
                    self._bound.setdefault(words, set()).add(row.n)
                    continue
                self._add(words, kind, row.n)
                if kind == "venue" and words[0] == "the" and len(words) > 1:
                    self._add(words[1:], kind, row.n)
        self._place = tokens(query.place.label.split(",")[0]) if query.place else ()
        if self._place:
            entry = self._add(self._place, "city", None)
            entry.placed |= {row.n for row in rows if tokens(row.facts.city) == self._place}
        self._by_first: dict[str, list[_Entry]] = {}
        for entry in sorted(self._entries.values(), key=lambda e: -len(e.words)):
            self._by_first.setdefault(entry.words[0], []).append(entry)
        # a lower-case name is only looked for when it has two words or more
        self.openers = frozenset(e.words[0] for e in self._entries.values() if len(e.words) > 1) - STOPWORDS
        self._spoken = frozenset(form for word in _spoken(query) for form in (word, singular(word))) - STOPWORDS
        self._titled: dict[str, list[int]] = {}
        self._titles = {row.n: f" {' '.join(tokens(row.title))} " for row in rows}
        for row in rows:
            for word in dict.fromkeys(self._titles[row.n].split()):
                self._titled.setdefault(word, []).append(row.n)
        self._short = frozenset(w for row in rows for w in row.short_words)
        self._regions = {row.n: frozenset(tokens(REGIONS.get(row.facts.region.lower(), ""))) for row in rows}

    def _add(self, words: tuple[str, ...], kind: str, n: int | None) -> _Entry:
        entry = self._entries.setdefault(words, _Entry(words))
        entry.kinds.add(kind)
        if n is not None:
            (entry.titled if kind == "title" else entry.placed).add(n)
        return entry

    def find(self, view: View) -> list[Mention]:
        bound = (
            [m for owners in self._bound.items() for m in _bound_to_number(view, *owners)] if "[" in view.text else []
        )
        found = list(bound)
        words, i = view.words, 0
        while i < len(words):
            entry = self._match(view, i) if words[i].text in self._by_first else None
            if entry is None:
                i += 1
                continue
            end = i + len(entry.words)
            place = next((k for k in PLACE_KINDS if k in entry.kinds), "")
            near = entry.words == self._place and _stands_near(words, i)
            if any(m.start <= words[i].start < m.end for m in bound):
                i += 1
                continue
            found.append(
                Mention(
                    words[i].start,
                    words[end - 1].end,
                    entry.words,
                    frozenset(entry.titled),
                    frozenset(entry.placed),
                    "city" if place == "city" else "venue" if place else "",
                    near,
                )
            )
            i = end
        return sorted([*found, *self._parts(view, found)], key=lambda m: m.start)

    def _parts(self, view: View, found: Sequence[Mention]) -> Iterator[Mention]:
        """Two or more words in capitals that stand together in one title and in no other."""
        words, i = view.words, 0
        while i < len(words):
            word = words[i]
            free = word.upper and word.text in self._titled and not any(m.start <= word.start < m.end for m in found)
            # 'Sunday Jazz' stays a claim about Sunday
            free = free and word.text not in _WHEN and not _is_feast(words, i)
            run = self._run(view, i, found) if free else []
            owners = self._owners(run) if len(run) > 1 and _telling(run) else frozenset()
            if owners:
                yield Mention(word.start, words[i + len(run) - 1].end, tuple(run), owners, frozenset(), "", part=True)
            i += max(1, len(run)) if owners else 1

    def _run(self, view: View, i: int, found: Sequence[Mention]) -> list[str]:
        """The longest run of words from word `i` on that a title holds, up to its last one in capitals."""
        words, run, whole = view.words, [view.words[i].text], 1
        for before, word in itertools.pairwise(words[i:]):
            apart = view.text[before.end : word.start].strip(" '’s,-&")
            if (
                apart
                or any(m.start <= word.start < m.end for m in found)
                or not self._owners([*run, word.text], whole=False)
            ):
                break
            run.append(word.text)
            whole = len(run) if word.upper and word.text not in _DAYS else whole
        return run[:whole]

    def _owners(self, run: Sequence[str], *, whole: bool = True) -> frozenset[int]:
        """The rows whose title holds these words together; with `whole` none where their titles differ."""
        phrase = f" {' '.join(run)} "
        owners = [n for n in self._titled.get(run[0], ()) if phrase in self._titles[n]]
        if whole and len({self._titles[n] for n in owners}) != 1:
            return frozenset()
        return frozenset(owners)

    def _match(self, view: View, i: int) -> _Entry | None:
        words = view.words
        for entry in self._by_first[words[i].text]:
            n = len(entry.words)
            if tuple(w.text for w in words[i : i + n]) != entry.words:
                continue
            cased = any(w.upper for w in words[i : i + n])
            placed = n == 1 and "city" in entry.kinds and self._stands_for_place(view, i)
            if cased or placed or (n > 1 and not all(w in GENERIC_PLACE_WORDS or w in ORDINARY for w in entry.words)):
                return entry
        return None

    def _stands_for_place(self, view: View, i: int) -> bool:
        """A town in lower case, where only a place can stand: after 'in', a comma or a bracket."""
        word = view.words[i]
        before = view.text[: word.start].rstrip()
        return word.text not in ORDINARY and (
            before.endswith((",", "(", "|", ":")) or (i > 0 and view.words[i - 1].text in ("in", "near"))
        )

    def strangers(self, view: View, covered: Sequence[bool], rows: Sequence[Row], governed: bool) -> list[Stranger]:
        """Names that stand in none of `rows` (or, with no row, in nothing known)."""
        return [
            *self._capitalised(view, covered, rows, governed),
            *self._quoted(view, covered, rows, governed),
            *self._lower_places(view, covered, rows, governed),
        ]

    def _capitalised(
        self, view: View, covered: Sequence[bool], rows: Sequence[Row], governed: bool
    ) -> Iterator[Stranger]:
        words, i = view.words, 0
        while i < len(words):
            if not words[i].upper or not self._odd(view, covered, i):
                i += 1
                continue
            j = i
            while j + 1 < len(words) and (self._odd(view, covered, j + 1) or self._joins(view, covered, j + 1)):
                j += 1
            named = [w.text for w in words[i : j + 1]]
            known = [row for row in rows if not (_in_town(words, i, j) and row.only_in_places(named))]
            if not self._vouched(named, known, governed):
                start, end = words[i].start, words[j].end
                yield Stranger(start, end, view.text[start:end], _place_cued(view, i))
            i = j + 1

    def _quoted(self, view: View, covered: Sequence[bool], rows: Sequence[Row], governed: bool) -> Iterator[Stranger]:
        for m in _QUOTED.finditer(view.text):
            quoted = tokens(m[1])
            if len(quoted) > 1 and not covered[m.start(1)] and not self._vouched(list(quoted), rows, governed):
                yield Stranger(m.start(1), m.end(1), m[1])

    def _lower_places(
        self, view: View, covered: Sequence[bool], rows: Sequence[Row], governed: bool
    ) -> Iterator[Stranger]:
        for m in _LOWER_PLACE.finditer(view.text):
            group = "p" if m["p"] else "s"
            free = not any(covered[m.start(group) : m.end(group)])
            if free and self._unheard_of(m[group].split(), rows, governed):
                yield Stranger(m.start(group), m.end(group), m[group], "venue" if m["p"] else "street")

    def meant(self, view: View, spoken_of: Sequence[Row]) -> Mention | None:
        """The row that 'the market', 'the silent disco' or 'Superband plays' means: the only one with those words in its title, where
        none of `spoken_of` has them."""
        words = view.words
        for i, word in enumerate(words):
            follows = [w.text for w in words[i + 1 : i + 2 + MAX_NOUN_WORDS]]
            phrases = list(_nouns_after_the(follows)) if word.text in ("the", "this") else []
            if word.upper and follows and follows[0] in SUBJECT_VERBS and self._singular_name(word.text):
                phrases.append(([], [word.text]))
            for described, phrase in phrases:
                if spoken_of and phrase[-1] in ANY_EVENT and len(phrase) == 1:
                    continue  # 'the show' is the one just told, whatever another is called
                owners = self._owners(phrase)
                strange = any(w not in self._spoken and not describes(w) and w not in WEEKDAYS for w in described)
                if len(owners) == 1 and not strange and not any(row.says(phrase) for row in spoken_of):
                    return Mention(word.start, word.end, tuple(phrase), owners, frozenset(), "", part=True)
        return None

    def _singular_name(self, word: str) -> bool:
        return _telling([word]) and word not in EVENT_NOUNS and word not in KINDS and word not in self._spoken

    def another_kind(self, view: View, number: tuple[int, int], row: Row) -> tuple[int, int] | None:
        """'The author talk [4]' where 4 is a class and talks are others of the list: the words that say so."""
        start, end = number
        for m in (_BEFORE_NUMBER.search(view.folded, 0, start), _AFTER_NUMBER.match(view.folded, end)):
            noun = m["noun"] if m is not None else ""
            if m is None or noun not in EVENT_NOUNS or row.says((noun,)) or row.says((f"{noun}s",)):
                continue
            if any(n != row.n for n in self._titled.get(noun, ())):
                return m.span("noun")
        return None

    def knows(self, word: str, rows: Sequence[Row]) -> bool:
        """Said by the reader, standing in the short words of any source, or in the text of those spoken of."""
        one = singular(word)
        if word in self._spoken or one in self._spoken or word in self._short or one in self._short:
            return True
        return any(row.says((word,)) or row.says((one,)) for row in rows)

    def unreadable(self, view: View, rows: Sequence[Row]) -> str:
        """The first word in letters this guard cannot read, or in two alphabets at once, that nobody vouches for."""
        if view.text.isascii():
            return ""
        for m in _LETTERS.finditer(view.text):
            if m[0].isascii() or view.masked[m.start()] == "\x01" or all(_latin(c) for c in m[0]):
                continue
            if not self._vouched(list(tokens(m[0])), rows, governed=True):
                return m[0]
        return ""

    def _unheard_of(self, words: list[str], rows: Sequence[Row], governed: bool) -> bool:
        """A place in lower case is a claim when a word of it is more than a kind of place."""
        own = [
            w
            for w in words
            if w not in GENERIC_PLACE_WORDS and w not in ORDINARY and w not in CONNECTORS and not describes(w)
        ]
        return bool(own[:-1] if own and own[-1] == words[-1] else own) and not self._vouched(words, rows, governed)

    def _joins(self, view: View, covered: Sequence[bool], i: int) -> bool:
        """'of', 'the' between two odd words, as in 'Night of Lanterns', and ordinary words in capitals after an odd one."""
        words = view.words
        if covered[words[i].start] or view.text[words[i - 1].end : words[i].start].strip(" -&'"):
            return False
        if words[i].text in STOPWORDS:
            return i + 1 < len(words) and self._odd(view, covered, i + 1)
        return words[i].upper

    def _odd(self, view: View, covered: Sequence[bool], i: int) -> bool:
        word = view.words[i]
        if not word.upper or covered[word.start] or word.text in ORDINARY or word.text.isdigit():
            return False
        if not _OPENS.search(view.text, 0, word.start):
            return True
        # the first word of a sentence is capitalised anyway: it is a name if another follows, or if it is what something happens to
        following = view.words[i + 1] if i + 1 < len(view.words) else None
        if (following is None or _colon_after(view, word)) and (describes(word.text) or word.text in KINDS):
            return False  # 'Daytime:' over a list
        if following is None or view.text[word.end : following.start] not in (" ", "-", " & "):
            return True
        if following.upper and following.text not in ORDINARY and not covered[following.start]:
            return not view.text[word.end : following.start].strip(" -&")
        if following.text in ("and", "&") and i + 2 < len(view.words) and covered[view.words[i + 2].start]:
            return word.text not in self._spoken  # 'Zoolights and Davis Farmers Market [3]'
        return following.text in SUBJECT_VERBS and word.text not in self._spoken

    def _vouched(self, words: list[str], rows: Sequence[Row], governed: bool) -> bool:
        """A description vouches for names only where its own event is spoken of: strangers write descriptions."""
        content = [w for w in words if w not in STOPWORDS and w not in ORDINARY] or words
        if all(w in self._spoken for w in content):
            return True
        return any(
            (governed and (row.says(words) or row.says(content)))
            or all(w in row.short_words or singular(w) in row.short_words or w in self._regions[row.n] for w in content)
            for row in rows
        )


def _is_feast(words: Sequence[Word], i: int) -> bool:
    named = _FEASTS.get(words[i].text, ())
    return any(tuple(w.text for w in words[i : i + len(feast)]) == feast for feast in named)


def _stands_near(words: Sequence[Word], i: int) -> bool:
    """'Near Davis', 'just north of Davis', but not 'in the heart of Davis'."""
    before = words[i - 1].text if i else ""
    return before in _NEAR or (before == "of" and i > 1 and words[i - 2].text in _SIDES)


@lru_cache(maxsize=2048)
def _latin(char: str) -> bool:
    """Letters of the Latin alphabet, and the marks that go with them; small capitals only look like letters."""
    if char.isascii() or unicodedata.category(char) == "Lm":
        return True
    name = unicodedata.name(char, "")
    return (name.startswith("LATIN") and "SMALL CAPITAL" not in name) or "ORDINAL INDICATOR" in name


def _in_town(words: Sequence[Word], first: int, last: int) -> bool:
    """'In Petaluma': one word that must be a town, whatever street or hall is called after it."""
    return first == last and first > 0 and words[first - 1].text == "in"


def _colon_after(view: View, word: Word) -> bool:
    return view.text[word.end : word.end + 1] == ":" and not view.text[word.end + 1 :].strip()


def _place_cued(view: View, i: int) -> str:
    """The kind of place that the word before word `i` announces: 'at Elm Hall', 'in the Springfield area'; empty for none."""
    words = view.words
    cue = words[i - 1].text if i else ""
    if cue == "the" and i > 1:
        cue = words[i - 2].text
    if cue not in PLACE_CUES or (cue == "by" and not any(w.text in _COMES_BY for w in words[max(0, i - 3) : i])):
        return ""
    return "city" if cue in ("in", "near", "around") else "venue"


def _nouns_after_the(words: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """'silent disco' of 'the big silent disco is', and what describes it: two words together, or the word for what an event is."""
    phrase = list(itertools.takewhile(lambda w: w not in SUBJECT_VERBS and w not in STOPWORDS, words))[:MAX_NOUN_WORDS]
    yield from ((phrase[:i], phrase[i : i + 2]) for i in range(len(phrase) - 1))
    yield from ((phrase[:i], [word]) for i, word in enumerate(phrase) if word in EVENT_NOUNS)


def _bound_to_number(view: View, title: tuple[str, ...], rows: set[int]) -> Iterator[Mention]:
    words, n = view.words, len(title)
    for i in range(len(words) - n):
        number = words[i + n]
        between = view.text[words[i + n - 1].end : number.start]
        if (
            not number.text.isdigit()
            or int(number.text) not in rows
            or between.removeprefix("'s").strip(" .!?'\")”’…") != "["
        ):
            continue
        if tuple(w.text for w in words[i : i + n]) == title:
            yield Mention(words[i].start, words[i + n - 1].end, title, frozenset({int(number.text)}), frozenset(), "")


def _telling(words: Iterable[str]) -> bool:
    """A title made only of claims ('Saturday 7 PM') would hide them."""
    return any(
        w not in CLAIM_WORDS and w not in STOPWORDS and w not in ORDINARY and not w.isdigit() and len(w) > 2
        for w in words
    )


def _spoken(query: ParsedQuery) -> Iterable[str]:
    texts = [query.message, query.original, *query.interests, *query.excluded, *query.quoted]
    texts += [said for c in query.constraints for said in (c.label, c.words)] + [n.message for n in query.notices]
    if query.place is not None:
        texts += [query.place.label, *(o.label for o in query.place.alternatives)]
        texts += [
            REGIONS.get(w, "")
            for o in (query.place.label, *(o.label for o in query.place.alternatives))
            for w in tokens(o)
        ]
    for part in (query.when, query.audience, query.price):
        texts.append(part.label if part is not None else "")
    return (w for text in texts for w in tokens(text))
