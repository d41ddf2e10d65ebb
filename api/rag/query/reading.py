"""One message read on its own: every word table in one pass, then numbers."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from api.rag.params import UnderstandingParams
from api.rag.query import audience, cues, kind, price, topics
from api.rag.query.greeting import find_greeting
from api.rag.query.pointing import Pointer, find_pointer
from api.rag.query.text import (
    NUMBER,
    PhraseHit,
    PhraseTable,
    Span,
    Text,
    blank,
    bounded,
    overlaps,
    plain,
    same_length_lower,
    words_of,
)

LedgerField = Literal[
    "when", "place", "radius", "audience", "price", "access", "attendance", "setting", "topics", "excluded"
]


class Entry(NamedTuple):
    kind: Literal["topic", "group", "price", "access", "attendance", "setting", "cue", "trap"]
    value: Any


Hit = PhraseHit[Entry]


@dataclass(slots=True)
class Said:
    """What one message says, before time and place. Spans are offsets into the message."""

    text: str  # plain, same length as the message
    lower: Text
    whole: cues.Whole
    pointer: Pointer | None = None  # at what was told last, where anything was
    flags: frozenset[str] = frozenset()  # edit, add, more, reset, broad, closer, further
    drops: dict[LedgerField, str] = field(default_factory=dict)  # field -> the words that take it back
    forget_at: list[Span] = field(default_factory=list)  # (where the forgotten thing starts, where the cue starts)
    refused_at: list[int] = field(
        default_factory=list
    )  # where something refused starts: a place there is not the place
    audience: audience.AudienceFound = audience.NOBODY
    price: price.PriceFound = price.NO_PRICE
    access: dict[str, str] = field(default_factory=dict)  # need -> words
    attendance: tuple[kind.Attendance, str] | None = None
    setting: tuple[kind.Setting, str] | None = None
    setting_at: Span | None = None  # where it stands: "outside" may turn out to belong to a place
    topics: dict[str, tuple[str, Span]] = field(default_factory=dict)  # topic -> words, span
    dropped_topics: tuple[str, ...] = ()
    excluded: dict[str, str] = field(default_factory=dict)  # topic -> words
    excluded_at: dict[str, Span] = field(default_factory=dict)  # where they stand: it may turn out to be a place
    quoted: tuple[str, ...] = ()
    meaning_spans: list[Span] = field(
        default_factory=list
    )  # access and setting: carried as fields, said again to the search
    distance: tuple[float, str] | None = None
    taken: tuple[Span, ...] = ()  # neither a time nor a place
    removed: list[Span] = field(default_factory=list)  # no help to the semantic search


# Says how many come, which no listing is found by: "we are a group of 12 coworkers".
_PARTY = bounded(
    rf"\b(?:a |an |our )?(?:small |large |big )?(?:group|party|team|family) of (?:about |around )?{NUMBER}"
    r"(?: (?:people|friends|adults|coworkers|colleagues|women|men|guys|girls|ladies|of us))?\b"
)
# "While the kids are at school" they do not come along; "before school lets out for break" says nothing of what is on.
_AT_SCHOOL = bounded(
    r"\b(?:while|when(?! (?:is|are|does|do|will|can)\b)) (?:[\w']{1,20} ){1,6}(?:at|in) (?:school|preschool|kindergarten|daycare)\b"
)
_SCHOOL_IS_OUT = bounded(
    r"\b(?:before|until|till|when|once) school (?:lets?|gets|is) out(?: for (?:the )?(?:break|summer|holidays|vacation|year)\b)?"
)
_ENDS_SENTENCE = re.compile(r"[.!?;]")
_FORGETTABLE: tuple[tuple[LedgerField, str], ...] = (
    ("audience", "kids kid children child family age ages toddler teens teen audience boys girls son daughter seniors"),
    ("price", "price prices budget cost costs money free limit cheap paid"),
    (
        "when",
        "date dates day days time times when weekend tonight tomorrow today schedule evening morning afternoon week month",
    ),
    ("place", "place city town location where area"),
    ("radius", "distance radius miles"),
    ("access", "access accessibility wheelchair stroller"),
    ("setting", "indoor outdoor indoors outdoors inside outside weather rain"),
    ("attendance", "online virtual"),
    ("topics", "topic type kind genre category"),
)
_FORGOTTEN = {word: name for name, words in _FORGETTABLE for word in words.split()}
_EXCEPTING = (("but",), ("except",), ("besides",))
_SKIPPED = frozenset(words_of("the my our that this a an about any anything all those these to be for it in on by of"))
_AFTER_NOT = frozenset(
    words_of(
        "any the a an more another too much kind of do like to go see really anything for my that is in at with really on"
    )
)
_REFUSES_A_WORD = frozenset((
    "no", "except", "except for", "without", "avoid", "avoiding", "hate", "hates", "exclude", "excluding", "but not", "minus",
    "dislike", "don't like", "doesn't like", "do not like", "can't stand", "not into", "not interested in", "not a fan of",
))  # fmt: skip
_QUALITIES = frozenset(
    words_of("loud noisy big huge crowded long boring cheesy old fancy hard violent scary expensive")
)
_NOT_WORDS = frozenset(
    words_of(
        "thanks problem idea rush need later earlier longer matter sure that this them those these it one ones time than more less just only good too"
        " what who where when please what's there fee fees charge cost doubt thing things event events stuff way place places else kids worries"
        " sure here have been over under after before until monday tuesday wednesday thursday friday saturday sunday"
        " mondays tuesdays wednesdays thursdays fridays saturdays sundays weekends weekdays weekend weekday wait today tonight tomorrow"
        " morning mornings afternoon afternoons evening evenings night nights noon christmas thanksgiving downtown"
    )
)
# Cues that only steer from the front of a message: 'but no jazz' inside a full question is not a follow-up.
_FRONT_ONLY = frozenset((
    "actually", "rather", "try", "but", "only", "also", "plus", "add", "and also", "and my", "and our", "and her", "and his",
    "and their", "what if",
))  # fmt: skip
_FRONT_WORDS = frozenset(
    words_of("and or oh ok okay yes no nope then now just maybe hmm well so thanks cool great sorry oops whoops wait")
)
# 'now something for teens' opens a sentence, 'now in Davis?' is a time.
_AFTER_OPENING_NOW = frozenset(
    words_of("something what how show find i we let's for can with without only just the a any anything give tell")
)
_FOLLOW_UP_STARTS = frozenset(
    words_of("and or then on for in near after before under around with within just between until")
)


@functools.cache
def lexicon() -> PhraseTable[Entry]:
    """Every table in one; where two own a phrase the later one wins. Built once per process."""
    entries: dict[str, Entry] = {}
    for phrase, topic in topics.topic_phrases().items():
        entries[phrase] = Entry("topic", topic)
    for phrase, group in audience.group_phrases().items():
        entries[phrase] = Entry("group", group)
    for phrase, word in price.PRICE_PHRASES.items():
        entries[phrase] = Entry("trap", "loose") if word == "trap" else Entry("price", word)
    for table, name in (
        (kind.ACCESS_PHRASES, "access"),
        (kind.ATTENDANCE_PHRASES, "attendance"),
        (kind.SETTING_PHRASES, "setting"),
        (cues.cue_phrases(), "cue"),
    ):
        entries.update({phrase: Entry(name, value) for phrase, value in table.items()})  # type: ignore[arg-type]
    entries.update(dict.fromkeys(cues.CUE_TRAPS, Entry("trap", "loose")))
    entries.update(dict.fromkeys((*topics.TRAPS, *audience.TRAPS, *kind.KIND_TRAPS), Entry("trap", "fast")))
    return PhraseTable(entries)


def read(message: str, params: UnderstandingParams) -> Said:
    """Cost is linear in the length of the message."""
    text = plain(message)
    quoted = kind.find_quoted(text)
    lower = same_length_lower(text)
    if quoted:
        lower = blank(lower, [span for span, _ in quoted])
    greeting = find_greeting(lower)
    if greeting is not None:
        lower = blank(lower, [greeting])
    words = Text.read(lower)
    away = [match.span() for match in _AT_SCHOOL.finditer(lower)]
    hits = [hit for hit in lexicon().find(words) if not overlaps((hit.start, hit.end), away)]
    whole = cues.whole_message(words, [(h.first, h.last, h.value.value) for h in hits if h.value.kind == "cue"])
    pointer = find_pointer(lower)
    if greeting is not None and not words.words:
        whole = "chat"
    said = Said(text, words, whole if not quoted else "", pointer, quoted=tuple(title for _, title in quoted))
    if said.whole in ("chat", "yes", "no", "about"):
        return said
    distance, distance_span = kind.find_distance(lower, params)
    if distance is not None and distance_span is not None:
        said.distance = (distance, lower[distance_span[0] : distance_span[1]].strip())
    consumed = _read_cues(said, words, hits)
    _read_hits(said, words, [h for h in hits if h.first not in consumed])
    _read_numbers(said, words, [h for h in hits if h.first not in consumed], distance_span, params)
    spans = [*(span for span, _ in quoted), *([greeting] if greeting is not None else [])]
    spans += [(h.start, h.end) for h in hits if _holds_no_time(h, words)]
    if words.words[:1] == ("now",) and words.words[1:2] and words.words[1] in _AFTER_OPENING_NOW:
        spans.append((words.starts[0], words.ends[0]))
    said.removed += [match.span() for match in _SCHOOL_IS_OUT.finditer(lower)]
    counted = [match.span() for match in _PARTY.finditer(lower)]
    for span in (*counted, *([distance_span] if distance_span is not None else [])):
        spans.append(span)
        said.removed.append(span)
    said.taken = tuple(sorted([*spans, *said.audience.age_spans, *said.price.spans]))
    return said


def _holds_no_time(hit: Hit, words: Text) -> bool:
    """'movie night' names no night and 'any day' no day; 'free after 6', 'but not Friday' and 'any day but Monday' still do."""
    if hit.value.kind == "trap":
        return bool(hit.value.value == "fast")
    if hit.value.kind == "cue" and (hit.value.value == "not" or words.words[hit.last : hit.last + 1] in _EXCEPTING):
        return False
    if words.words[hit.first] == "county" or words.words[hit.last - 1] in ("mean", "meant"):
        return False  # 'Sonoma County fair', 'Friday, I mean Saturday'
    return hit.last - hit.first > 1 and hit.value.kind in ("topic", "cue")


def _read_cues(said: Said, words: Text, hits: list[Hit]) -> set[int]:
    """Flags, things forgotten and things refused; gives the first words of the hits that are used up."""
    flags: set[str] = set()
    consumed: set[int] = set()
    by_first = {h.first: h for h in hits}
    front = _front(words)
    if words.words and words.words[0] in _FOLLOW_UP_STARTS:
        flags |= {"edit", "add", "same"} if words.words[0] == "or" else {"edit"}
    for hit in hits:
        if hit.value.kind != "cue" or hit.first in consumed:
            continue
        cue: cues.Cue = hit.value.value
        span = (hit.start, hit.end)
        if cue in ("edit", "same", "add"):
            if hit.first <= front or " ".join(words.words[hit.first : hit.last]) not in _FRONT_ONLY:
                flags |= {"edit", cue} if cue == "same" else {cue}
                said.removed.append(span)
        elif cue == "sorry" and (hit.first <= front or hit.last - hit.first > 1):
            flags |= {"edit", "same"}
            said.removed.append(span)
        elif cue == "forget":
            consumed |= _forget(said, words, hit, by_first)
        elif cue == "not":
            consumed |= _refuse(said, words, hit, by_first)
        elif cue.startswith("any_"):
            name: Any = {
                "any_when": "when",
                "any_place": "place",
                "any_audience": "audience",
                "any_attendance": "attendance",
            }.get(cue, "topics")
            said.drops[name] = words.lower[hit.start : hit.end]
            said.removed.append(span)
        elif cue in ("more", "reset", "broad", "closer", "further"):
            flags.add(cue)
            said.removed.append(span)
    said.flags = frozenset(flags)
    return consumed


def _front(words: Text) -> int:
    """Index of the first word that is more than throat-clearing."""
    i = 0
    while i < len(words.words) and words.words[i] in _FRONT_WORDS:
        i += 1
    return i


def _forget(said: Said, words: Text, cue: Hit, by_first: dict[int, Hit]) -> set[int]:
    """'forget the kids': the field behind the word, or whatever time or place turns out to start there."""
    i = cue.last
    while i < len(words.words) and words.words[i] in _SKIPPED and i not in by_first:
        i += 1
    if i >= len(words.words) or _ENDS_SENTENCE.search(words.lower[cue.end : words.starts[i]]):
        return set()
    target = by_first.get(i)
    said_words = words.lower[cue.start : words.ends[i]]
    name: LedgerField | None = None
    if target is not None and target.value.kind in ("group", "price", "access", "setting", "attendance"):
        name = "audience" if target.value.kind == "group" else target.value.kind
        said_words = words.lower[cue.start : target.end]
    elif target is not None and target.value.kind == "topic":
        said.dropped_topics += (target.value.value,)
        said.removed.append((cue.start, target.end))
        return {i}
    if name is None:
        name = _FORGOTTEN.get(words.words[i])
    if name is None:
        said.forget_at.append((words.starts[i], cue.start))
        return set()
    if name == "when":
        said.forget_at.append((words.starts[i], cue.start))
    said.drops[name] = said_words
    said.removed.append((cue.start, target.end if target is not None else words.ends[i]))
    return {i}


def _refuse(said: Said, words: Text, cue: Hit, by_first: dict[int, Hit]) -> set[int]:
    """'no sports or politics': the topics after a refusal, joined by or, nor and commas that lead to an or."""
    i = cue.last
    while i < len(words.words) and words.words[i] in _AFTER_NOT and i not in by_first:
        i += 1
    if i >= len(words.words) or _ENDS_SENTENCE.search(words.lower[cue.end : words.starts[i]]):
        return set()
    if words.words[cue.first] == "no" and "," in words.lower[cue.end : words.starts[i]]:
        return set()  # 'no, Sacramento' corrects, 'no Sacramento' refuses
    if words.words[i] == "too" and i + 1 < len(words.words):  # "nothing too loud": a wish that no event's text answers
        said.removed.append((cue.start, words.ends[i + 1]))
        return set()
    said.refused_at.append(words.starts[i])
    target = by_first.get(i)
    beyond = by_first.get(i + 1)
    if target is None and words.words[i] in _QUALITIES and beyond is not None and beyond.value.kind == "topic":
        said.removed.append(
            (cue.start, beyond.end)
        )  # 'nothing with loud music' asks for no music, and refuses not all of it
        return {i + 1}
    if target is None:
        _refuse_word(said, words, cue, i)
        return set()
    if target.value.kind == "setting":
        said.setting = ("indoor" if target.value.value == "outdoor" else "outdoor", words.lower[cue.start : target.end])
    elif target.value.kind == "attendance":
        said.attendance = (
            "in_person" if target.value.value == "online" else "online",
            words.lower[cue.start : target.end],
        )
    elif target.value.kind == "price" and target.value.value in ("free", "cheap"):
        said.drops["price"] = words.lower[cue.start : target.end]
    elif target.value.kind != "topic":
        return set()
    said.removed.append((cue.start, target.end))
    if target.value.kind != "topic":
        return {i}
    return _refuse_topics(said, words, cue, target, by_first)


def _refuse_topics(said: Said, words: Text, cue: Hit, target: Hit, by_first: dict[int, Hit]) -> set[int]:
    chain, last_or = [target], 0
    while True:
        end = chain[-1].last
        joiner = words.words[end] if end < len(words.words) else ""
        step = 1 if joiner in ("or", "nor", "and") else 0
        following = by_first.get(end + step)
        gap = words.lower[chain[-1].end : following.start] if following is not None else ""
        if following is None or following.value.kind != "topic" or not (step or gap.strip() == ","):
            break
        chain.append(following)
        if joiner in ("or", "nor"):
            last_or = len(chain) - 1
    refused = chain[: last_or + 1]
    for hit in refused:
        kind = words.words[hit.first]  # 'country music' is one kind of live music
        name = kind if kind in topics.KINDS_OF else hit.value.value
        said.excluded[name] = words.lower[cue.start : hit.end]
        said.excluded_at[name] = (hit.start, hit.end)
    said.removed.append((cue.start, refused[-1].end))
    return {hit.first for hit in refused}


def _refuse_word(said: Said, words: Text, cue: Hit, i: int) -> None:
    """'no bingo nights' without a topic of that name: the word itself is refused."""
    word = words.words[i]
    if (
        (word in topics.KINDS_OF or " ".join(words.words[cue.first : cue.last]) in _REFUSES_A_WORD)
        and i - cue.last <= 1
        and len(word) >= 4
        and word.isalpha()
        and word not in _NOT_WORDS | _QUALITIES
    ):
        said.excluded[word] = words.lower[cue.start : words.ends[i]]
        said.excluded_at[word] = (words.starts[i], words.ends[i])
        said.removed.append((cue.start, words.ends[i]))


def _read_hits(said: Said, words: Text, hits: list[Hit]) -> None:
    for hit in hits:
        span, said_words = (hit.start, hit.end), words.lower[hit.start : hit.end]
        match hit.value.kind:
            case "topic":
                said.topics.setdefault(hit.value.value, (said_words, span))
            case "access":
                said.access.setdefault(hit.value.value, said_words)
                said.meaning_spans.append(span)
            case "attendance":
                said.attendance = said.attendance or (hit.value.value, said_words)
                said.removed.append(span)
            case "setting":
                said.setting = said.setting or (hit.value.value, said_words)
                said.setting_at = said.setting_at or span
                said.meaning_spans.append(span)


def _read_numbers(said: Said, words: Text, hits: list[Hit], distance: Span | None, params: UnderstandingParams) -> None:
    price_words = [((h.start, h.end), h.value.value) for h in hits if h.value.kind == "price"]
    groups = [((h.start, h.end), h.value.value) for h in hits if h.value.kind == "group"]
    distances = () if distance is None else (distance,)
    refused = {*said.refused_at, *(start for start, _ in said.forget_at)}
    said.audience = audience.find_audience(words, groups, distances, refused)
    said.removed += [(cue, end) for at, cue in said.forget_at for start, end in said.audience.age_spans if at == start]
    # 'kids under 5' is no price: ages are read first.
    said.price = price.find_price(blank(words.lower, [*distances, *said.audience.age_spans]), price_words, params)
    said.removed += [*said.price.spans, *said.audience.age_spans]
    said.removed += [span for span, group in groups if group is audience.ADULTS]
