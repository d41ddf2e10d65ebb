"""One message read on its own: every word table in one pass, then numbers."""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass, replace
from typing import Any

from api.rag.params import UnderstandingParams
from api.rag.query import appointments, audience, cues, kind, price, topics
from api.rag.query.absent import Absent, find_absent, find_only_us
from api.rag.query.distance import find_distance, find_lengths
from api.rag.query.greeting import find_greeting
from api.rag.query.pointing import Pointer, find_pointer
from api.rag.query.refusals import forget, leaves_the_dog, refuse
from api.rag.query.remarks import Remark, Remarks, find_remarks
from api.rag.query.said import Entry, Hit, Said
from api.rag.query.small_talk import Talk, find_talk
from api.rag.query.text import (
    NUMBER,
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
from api.rag.query.told_questions import find_told_question

__all__ = ["Said", "lexicon", "read"]

# Says how many come, which no listing is found by: "we are a group of 12 coworkers".
_PARTY = bounded(
    rf"\b(?:a |an |our )?(?:small |large |big )?(?:groups?|party|parties|teams?|table|family) of (?:about |around )?{NUMBER}"
    r"(?: (?:people|friends|adults|coworkers|colleagues|women|men|guys|girls|ladies|of us))?\b"
    rf"|\b(?:(?:for|there(?:'s|s|\s+is|\s+are|'re)?|all|the|just)\s+){{0,3}}{NUMBER} of us\b|\b(?:both|all) of us\b"
    rf"|\bwe(?:'re|\s+are)\s+{NUMBER}\s+(?:\w+\s+)?couples\b|\bfor (?:about |around )?{NUMBER} (?:people|friends|girls|guys|women|men|ladies|couples|coworkers)\b"
)
_DROPPED_APOSTROPHE = re.compile(r"n't|\b(?:it|that|what)'s|\bi'm\b|\b(?:we|they)'re\b")
_EXCEPTING = (("but",), ("except",), ("besides",))
# "While the kids are at school", "once they are asleep" they do not come along; "before school lets out for break" says nothing of what is on.
_AT_SCHOOL = bounded(
    r"\b(?:while|when(?! (?:is|are|does|do|will|can)\b)) (?:[\w']{1,20} ){1,6}(?:at|in) (?:school|preschool|kindergarten|daycare)\b"
    r"|\b(?:after|once|when) (?:[\w']{1,20} ){1,6}(?:asleep|(?:in|to) bed)\b|\bafter (?:[\w']{1,20} ){0,3}bedtime\b"
)
_SCHOOL_IS_OUT = bounded(
    r"\b(?:before|until|till|when|once) school (?:lets?|gets|is) out(?: for (?:the )?(?:break|summer|holidays|vacation|year)\b)?"
)
# "Nothing too far, she gets carsick": the reason of a wish, and nothing that is on.
_HOW_THEY_GET = bounded(
    r"\b(?:(?:because|since|as|cause|cuz) )?(?:i|we|he|she|they|(?:my|our|his|her|their|the) [\w']{1,20}(?: [\w']{1,20})?)"
    r" (?:(?:can|will|may|might|always|often|usually|sometimes|just|really|tends? to) ){0,2}(?:get|gets|feel|feels|become|becomes)"
    r" (?:(?:really|very|so|too|pretty|super|easily|a bit|a little) ){0,2}"
    r"(?:(?:car|sea|air|motion) ?sick|sick|tired|cranky|fussy|grumpy|bored|restless|antsy|anxious|nervous|scared|overwhelmed|overstimulated|claustrophobic"
    r"|sleepy|h[au]ngry|cold|hot|dizzy|lonely|worn out|headaches?|migraines?)"
    r"(?: (?:easily|quickly|fast|a lot|otherwise|in (?:cars|crowds|the car)))?\b"
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
_CHANGING = frozenset(words_of("without no forget skip drop make change switch"))
_ANEW = frozenset(words_of("different else new other another instead"))
_WISH_STARTS = frozenset(words_of("so and but something anything want wanna looking show find let's what"))
_REMARKS: tuple[Remark, ...] = ("complaint", "thanks", "done", "no", "praise", "open")
_WHOLE_OF: dict[Remark, cues.Whole] = {"praise": "yes", "no": "no"}
_TALK_OF: dict[Remark, Talk] = {"complaint": "rude", "thanks": "done", "done": "done"}
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
        (kind.REFUSING_PHRASES, "refusal"),
        (cues.cue_phrases(), "cue"),
    ):
        entries.update({phrase: Entry(name, value) for phrase, value in table.items()})  # type: ignore[arg-type]
    entries.update(dict.fromkeys(cues.CUE_TRAPS, Entry("trap", "loose")))
    entries.update(dict.fromkeys((*topics.TRAPS, *audience.TRAPS, *kind.KIND_TRAPS), Entry("trap", "fast")))
    entries.update(dict.fromkeys((*cues.ASIDES, *kind.HOME_TRAPS), Entry("aside", None)))
    for phrase in [p for p in entries if _DROPPED_APOSTROPHE.search(p)]:  # "its raining", "that isnt lame", "im free"
        entries.setdefault(phrase.replace("'", ""), entries[phrase])
    return PhraseTable(entries)


def read(message: str, params: UnderstandingParams, *, through: bool = False) -> Said:
    """Cost is linear in the length of the message. `through`: what a question about what was told names is read too."""
    text = appointments.as_hours(plain(message))
    quoted = kind.find_quoted(text)
    lower = same_length_lower(text)
    if quoted:
        lower = blank(lower, [span for span, _ in quoted])
    greeting = find_greeting(lower)
    if greeting is not None:
        lower = blank(lower, [greeting])
    heard = _Heard.of(lower, quoted=bool(quoted))
    remarked: tuple[Span, ...] = ()
    if not quoted and heard.is_open and (remarks := find_remarks(heard.words)) is not None:
        if remarks.are_all:
            heard = replace(heard, whole=_whole_of(remarks), talk=_TALK_OF.get(_chief(remarks)))
        else:
            remarked = remarks.spans
            lower = blank(lower, remarked)
            heard = _Heard.of(lower, quoted=False)
    if heard.is_open and not quoted and (asked := find_told_question(heard.words)) is not None:
        pointer = Pointer("about", (0, len(lower)), scope="focus", kind=asked.kind)
        heard = replace(heard, pointer=pointer)
    words, hits, away = heard.words, heard.hits, heard.away
    whole = "chat" if greeting is not None and not words.words else heard.whole
    titles = tuple(title for _, title in quoted)
    said = Said(text, words, whole if not quoted else "", heard.talk, heard.pointer, quoted=titles)
    if said.whole in ("chat", "yes", "no", "about") and not through:
        return said
    lengths = find_lengths(lower)
    distance = find_distance(blank(lower, lengths), params)
    distance_span = distance[1] if distance is not None else None
    if distance is not None:
        said.distance = (distance[0], lower[slice(*distance[1])].strip())
    if distance_span is not None:  # "within biking distance" asks for no rides
        hits = [h for h in hits if h.value.kind != "topic" or not overlaps((h.start, h.end), [distance_span])]
    absent = [a for a in find_absent(lower) if not overlaps(a.span, away)]  # school has its hours
    if (only_us := find_only_us(lower)) is not None:
        said.drops["audience"] = lower[only_us[0] : only_us[1]]
    consumed = _read_cues(said, words, hits) | _read_absent(said, words, hits, absent)
    _read_hits(said, words, [h for h in hits if h.first not in consumed])
    _read_numbers(said, words, [h for h in hits if h.first not in consumed], distance_span, params)
    spans = [*(span for span, _ in quoted), *([greeting] if greeting is not None else []), *remarked]
    spans += [(h.start, h.end) for h in hits if _holds_no_time(h, words)]
    if words.words[:1] == ("now",) and words.words[1:2] and words.words[1] in _AFTER_OPENING_NOW:
        spans.append((words.starts[0], words.ends[0]))
    if words.words[-1:] == ("now",) and words.words[0] in _CHANGING:  # "without the kids now"
        spans.append((words.starts[-1], words.ends[-1]))
    said.removed += [match.span() for aside in (_SCHOOL_IS_OUT, _HOW_THEY_GET) for match in aside.finditer(lower)]
    counted = [match.span() for match in _PARTY.finditer(lower)]
    for span in (
        *counted,
        *lengths,
        *said.past,
        *(a.span for a in absent),
        *(s for s in (distance_span, only_us) if s is not None),
    ):
        spans.append(span)
        said.removed.append(span)
    said.taken = tuple(sorted([*spans, *said.audience.age_spans, *said.price.spans]))
    return said


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the words of a message do as a whole, and what of them the tables know."""

    words: Text
    away: list[Span]
    hits: list[Hit]
    whole: cues.Whole
    talk: Talk | None
    pointer: Pointer | None

    @classmethod
    def of(cls, lower: str, *, quoted: bool) -> _Heard:
        words = Text.read(lower)
        away = [match.span() for match in _AT_SCHOOL.finditer(lower)]
        hits = [hit for hit in lexicon().find(words) if not overlaps((hit.start, hit.end), away)]
        whole = cues.whole_message(words, [(h.first, h.last, h.value.value) for h in hits if h.value.kind == "cue"])
        talk = find_talk(words) if not quoted else None
        # "What time is it?" may be asked of what was told.
        pointer = find_pointer(lower) if talk in (None, "clock") else None
        if talk is not None:
            whole = "about" if talk == "undo" else "chat"
        return cls(words, away, hits, whole, talk, pointer)

    @property
    def is_open(self) -> bool:
        """Nothing was recognised that is all of the message."""
        return not self.whole and self.talk is None and self.pointer is None


def _chief(remarks: Remarks) -> Remark:
    """Of several the one that is answered."""
    return next(kind for kind in _REMARKS if kind in remarks.kinds)


def _whole_of(remarks: Remarks) -> cues.Whole:
    """ "Sounds good to me" takes an offer, "not right now" refuses it."""
    return _WHOLE_OF.get(_chief(remarks), "chat")


def _holds_no_time(hit: Hit, words: Text) -> bool:
    """'movie night' names no night and 'any day' no day; 'free after 6', 'but not Friday' and 'any day but Monday' still do."""
    if hit.value.kind == "trap":
        return bool(hit.value.value == "fast")
    if hit.value.kind == "cue" and (
        hit.value.value in ("not", "been") or words.words[hit.last : hit.last + 1] in _EXCEPTING
    ):
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
            consumed |= forget(said, words, hit, by_first)
        elif cue == "not" or (cue == "been" and not _ANEW.isdisjoint(words.words)):
            consumed |= refuse(said, words, hit, by_first)
            if cue == "been":
                said.past.append((hit.start, _clause_end(words, hit.last)))
        elif cue == "been" and hit.first <= front and _clause_end(words, hit.last) == words.ends[-1]:
            past = (hit.start, words.ends[-1])  # "we saw Hamilton" is all that is said
            said.past.append(past)
            consumed |= {h.first for h in hits if overlaps((h.start, h.end), [past])}
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


def _read_absent(said: Said, words: Text, hits: list[Hit], absent: list[Absent]) -> set[int]:
    """Who is elsewhere does not come, and where they are is not what is asked for."""
    for who, _ in absent:
        if leaves_the_dog(words.lower[who[0] : who[1]]):
            said.dropped_topics[topics.DOG_FRIENDLY] = who
        said.refused_at.append(who[0])
        if "sitter" in words.lower[who[0] : who[1]]:
            said.absent_groups.append(audience.FAMILY)
        said.absent_groups += [
            h.value.value for h in hits if h.value.kind == "group" and overlaps((h.start, h.end), [who])
        ]
    spans = [a.span for a in absent]
    return {h.first for h in hits if overlaps((h.start, h.end), spans)} if spans else set()


def _clause_end(words: Text, i: int) -> int:
    """Where what was done ends and the wish begins: "we did the zoo last weekend, something new today"."""
    while i < len(words.words) and words.words[i] not in _WISH_STARTS:
        if words.lower[words.ends[i - 1] : words.starts[i]].strip(" -'"):
            break
        i += 1
    return words.ends[i - 1]


def _front(words: Text) -> int:
    """Index of the first word that is more than throat-clearing."""
    i = 0
    while i < len(words.words) and words.words[i] in _FRONT_WORDS:
        i += 1
    return i


def _read_hits(said: Said, words: Text, hits: list[Hit]) -> None:
    matches = {after.first for sport, after in itertools.pairwise(hits) if _is_a_match(sport, after)}
    for hit in hits:
        span, said_words = (hit.start, hit.end), words.lower[hit.start : hit.end]
        match hit.value.kind:
            case "topic" if hit.first in matches:
                continue
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
            case "refusal":
                said.excluded[hit.value.value] = said_words
                said.removed.append(span)
            case "aside":
                said.removed.append(span)
    settings = [h for h in hits if h.value.kind == "setting"]
    for one, other in itertools.pairwise(settings):
        if one.value != other.value and words.lower[one.end : other.start].strip() in ("or", "and", "and/or", "/", "&"):
            said.setting, said.setting_at = None, None  # "indoors or outdoors"
            said.drops["setting"] = words.lower[one.start : other.end]
            said.removed.append((one.start, other.end))


def _is_a_match(sport: Hit, after: Hit) -> bool:
    """ "Baseball games" are played in a stadium, "games" at a table."""
    return after.first == sport.last and (sport.value, after.value) == (
        Entry("topic", "sports"),
        Entry("topic", "games"),
    )


def _read_numbers(said: Said, words: Text, hits: list[Hit], distance: Span | None, params: UnderstandingParams) -> None:
    # "Nut-free" is not free of charge.
    priced = [h for h in hits if h.value.kind == "price" and words.lower[h.start - 1 : h.start] != "-"]
    price_words = [((h.start, h.end), h.value.value) for h in priced]
    groups = [((h.start, h.end), h.value.value) for h in hits if h.value.kind == "group"]
    # Who wants nothing for kids comes without them.
    if not groups:  # "teens but no little kids" names who comes
        groups = [(at, audience.ADULTS) for at, group in said.refused_groups if group.generic]
    groups.sort(key=lambda found: found[0])
    distances = () if distance is None else (distance,)
    refused = {*said.refused_at, *(start for start, _ in said.forget_at)}
    said.audience = audience.find_audience(words, groups, distances, refused)
    said.removed += [(cue, end) for at, cue in said.forget_at for start, end in said.audience.age_spans if at == start]
    # 'kids under 5' is no price: ages are read first.
    said.price = price.find_price(blank(words.lower, [*distances, *said.audience.age_spans]), price_words, params)
    said.bare_sum = price.find_bare_sum(words.lower)
    said.removed += [*said.price.spans, *said.audience.age_spans]
    said.removed += [span for span, group in groups if group is audience.ADULTS]
