"""What a message takes back ("forget the kids") and what it does not want ("no sports or politics")."""

from __future__ import annotations

import re

from api.rag.query import topics
from api.rag.query.said import Hit, LedgerField, Said
from api.rag.query.text import Text, words_of

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
_SKIPPED = frozenset(words_of("the my our that this a an about any anything all those these to be for it in on by of"))
_AFTER_NOT = frozenset(
    words_of(
        "any the a an more another too much kind of do like to go see really anything for my that is in at with really on"
    )
)
_REFUSES_A_WORD = frozenset(
    (
        *(
            "no",
            "except",
            "except for",
            "without",
            "avoid",
            "avoiding",
            "hate",
            "hates",
            "exclude",
            "excluding",
            "but not",
            "minus",
        ),
        *(
            "dislike",
            "don't like",
            "doesn't like",
            "do not like",
            "can't stand",
            "not into",
            "not interested in",
            "not a fan of",
        ),
    )
)
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


def forget(said: Said, words: Text, cue: Hit, by_first: dict[int, Hit]) -> set[int]:
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


def refuse(said: Said, words: Text, cue: Hit, by_first: dict[int, Hit]) -> set[int]:
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
