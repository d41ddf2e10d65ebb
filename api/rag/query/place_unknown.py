"""A place is named but no gazetteer has it: a misspelling to correct, or a name to own up to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from api.rag.query import place_words as words
from api.rag.query.place_mentions import Finder
from api.rag.query.place_params import PlaceParams
from api.rag.query.place_tokens import Token
from api.rag.query.place_values import Gazetteer, Mention, Point, Reading
from locations.geo import miles_between

# Of the United Kingdom in capitals, of Canada in any case. "SW1A 1AA", "m5v 2t6": no hour, no age and no topic.
_POSTCODE = re.compile(
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}|(?i:[A-Z]\d[A-Z][ -]?\d[A-Z]\d))\b",
    re.ASCII,
)
_PREPOSITIONS = ("in", "near", "around", "outside")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST_GAP = 2  # more stands where a distance was understood and blanked out
_MIN_CORRECTED = 5
_MIN_CORRECTED_LOWER = 6
_MAX_CORRECTED = 20


@dataclass(frozen=True, slots=True)
class Unknown:
    words: str
    span: tuple[int, int]  # with the preposition
    corrected: Mention | None = None
    beside: bool = False  # "near SRJC": there is such a thing in the town that is known
    landmark: bool = False  # by its words no town: "near Howarth Park", "near the airport"


def postcodes(message: str) -> list[tuple[int, int]]:
    return [found.span() for found in _POSTCODE.finditer(message)]


def find_unknown(
    message: str,
    tokens: Sequence[Token],
    gazetteer: Gazetteer,
    hint: Point | None,
    params: PlaceParams,
    known: Sequence[tuple[int, int]] = (),
) -> Unknown | None:
    """The first name after "in", "near" or "around" that looks like a place and is none of the `known`. Corrected, if one letter away from a place of
    some size; told, if it is capitalised or carries a state; else passed over: most words after "in" are no places."""
    for at in range(len(tokens)):
        beside = is_beside(tokens, at)
        if not (beside or tokens[at].key in _PREPOSITIONS) or at + 1 >= len(tokens):
            continue
        if beside and (facility := _facility(message, tokens, at)) is not None:
            return facility
        led = tokens[at - (tokens[at].key == "to")].start  # "close to"
        first = _name_start(tokens, at + 1) if beside else at + 1
        last = _run(tokens, first)
        if last == first or any(start <= tokens[first].start < end for start, end in known):
            continue
        for end in _ends(tokens, first, last, gazetteer):
            corrected = _corrected(message, tokens, first, end, gazetteer, hint, params)
            if corrected is not None:
                return Unknown(corrected.words, corrected.spans[0], corrected)
        start = tokens[first].start
        if _looks_like_place(tokens, first, last, gazetteer):
            end = tokens[last - 1].end
            stated = last < len(tokens) and "," in tokens[last].gap and bool(gazetteer.regions(tokens[last].key))
            return Unknown(message[start:end], (led, end), beside=beside and not stated)
        if beside and (end := _landmark_end(tokens, first, last)):
            return Unknown(message[start:end], (led, end), beside=True, landmark=True)
    if len(tokens) <= 3 and tokens and tokens[0].free and tokens[0].capital:
        for end in _ends(tokens, 0, _run(tokens, 0), gazetteer):
            corrected = _corrected(message, tokens, 0, end, gazetteer, hint, params)
            if corrected is not None and corrected.spans[0][1] >= tokens[-1].end:
                return Unknown(corrected.words, corrected.spans[0], corrected)
    return None


def is_beside(tokens: Sequence[Token], at: int) -> bool:
    key, before = tokens[at].key, tokens[at - 1].key if at > 0 else ""
    if key in ("near", "around", "nearby", "beside") or (key == "to" and before in ("close", "next")):
        return True
    if key == "at" and at > 0 and tokens[at - 1].text.lower() in words.STAYING:  # "we're staying at the Flamingo"
        return True
    return key in ("from", "of") and len(tokens[at].gap) > _MOST_GAP  # "walking distance from Railroad Square"


def _name_start(tokens: Sequence[Token], at: int) -> int:
    """After the article: "near the Barlow", and not "around the corner"."""
    return at + 1 if at + 1 < len(tokens) and tokens[at].key == "the" and tokens[at + 1].capital else at


def _landmark_end(tokens: Sequence[Token], first: int, last: int) -> int:
    """Where a name of several capitalised words ends: "Howarth Park", "Point Reyes"; 0 if there is none."""
    if last < len(tokens) and tokens[last].capital and tokens[last].key in _LANDMARKS:
        last += 1
    named = tokens[first].capital and last - first > 1
    return tokens[last - 1].end if named and any(t.key not in words.COMMON_WORDS for t in tokens[first:last]) else 0


def _facility(message: str, tokens: Sequence[Token], at: int) -> Unknown | None:
    """ "Near the airport", "close to a hospital"."""
    if at + 2 >= len(tokens) or tokens[at + 1].key not in ("the", "a", "an", "my", "our") or not tokens[at + 2].free:
        return None
    if tokens[at + 2].key not in words.FACILITIES or tokens[at + 2].capital:
        return None
    span = tokens[at - (tokens[at].key == "to")].start, tokens[at + 2].end  # "close to"
    return Unknown(message[tokens[at + 1].start : span[1]], span, beside=True, landmark=True)


def _ends(tokens: Sequence[Token], first: int, last: int, gazetteer: Gazetteer) -> Iterator[int]:
    """Where the name may end: with the capitalised words, or before a state among them ("Bloomngton Indiana"); of two words in lower
    case with either ("sanat rosa")."""
    if not tokens[first].capital and last < len(tokens) and tokens[last].free and tokens[last].inside:
        yield last + 1
    yield last
    for end in range(last - 1, first, -1):
        if gazetteer.regions(" ".join(t.key for t in tokens[end:last])):
            yield end


def _run(tokens: Sequence[Token], first: int) -> int:
    """The end of the name that may begin here: capitalised words, or one lower-case word."""
    last = first
    while last < len(tokens) and tokens[last].free and (last == first or tokens[last].inside) and last - first < 4:
        token = tokens[last]
        if token.key in words.NEVER_PLACES or token.key in words.FILLERS or not token.key.isalpha():
            break
        if last > first and not token.capital:
            break
        last += 1
        if not tokens[first].capital:
            break
    return last


_LANDMARKS = words.VENUE_WORDS | words.STREET_WORDS | words.LANDMARKS


def _looks_like_place(tokens: Sequence[Token], first: int, last: int, gazetteer: Gazetteer) -> bool:
    following = tokens[last] if last < len(tokens) else None
    if following is not None and "," in following.gap and gazetteer.regions(following.key):
        return True  # "zzyzx, ca"
    if not tokens[first].capital:
        return False
    run = [t.key for t in tokens[first:last]] + (
        [following.key] if following is not None and not following.gap.strip() else []
    )
    landmark = not _LANDMARKS.isdisjoint(run)
    return not landmark and not any(key in words.COMMON_WORDS or key in words.LOOKALIKES for key in run[: last - first])


def _corrected(
    message: str,
    tokens: Sequence[Token],
    first: int,
    last: int,
    gazetteer: Gazetteer,
    hint: Point | None,
    params: PlaceParams,
) -> Mention | None:
    if last == first:
        return None
    token = tokens[first]
    if token.capital and token.text.isupper():
        return None  # "near SMART": initials are no misspelling
    text = " ".join(t.key for t in tokens[first:last])
    shortest = _MIN_CORRECTED if token.capital else _MIN_CORRECTED_LOWER
    if not shortest <= len(text) <= _MAX_CORRECTED or not text.isascii():
        return None
    if not token.capital and (text in words.COMMON_WORDS or text in words.LOOKALIKES):
        return None
    best: Mention | None = None
    # Two words in lower case are seldom a name: only what costs little is tried.
    spellings = _reordered if not token.capital and last - first > 1 else _one_letter_away
    for spelling in spellings(text):
        if not gazetteer.may_hold(spelling):
            continue
        mention = _as_if(message, tokens, first, last, spelling, gazetteer, hint, params)
        if mention is not None and (best is None or mention.readings[0].score > best.readings[0].score):
            best = mention
    return best


def _as_if(
    message: str,
    tokens: Sequence[Token],
    first: int,
    last: int,
    spelling: str,
    gazetteer: Gazetteer,
    hint: Point | None,
    params: PlaceParams,
) -> Mention | None:
    """The mention there would be, had the name been spelt so."""
    one = replace(tokens[first], key=spelling, base=spelling, end=tokens[last - 1].end)
    spelt = [*tokens[:first], one, *tokens[last:]]
    for mention in Finder(message, spelt, gazetteer, hint, params).mentions():
        if mention.start == one.start:
            sure = [r for r in mention.readings if r.own_name and r.weight >= _least(r, gazetteer, hint, params)]
            return replace(mention, readings=tuple(sure)) if sure else None
    return None


def _least(reading: Reading, gazetteer: Gazetteer, hint: Point | None, params: PlaceParams) -> int:
    if hint is None:
        return params.weights.corrected
    miles = miles_between(*hint, *gazetteer.point(reading.row))
    if miles <= params.near_user_miles:
        return params.weights.near_user
    return params.weights.far_corrected if miles > params.far_miles else params.weights.corrected


def _reordered(text: str) -> Iterator[str]:
    """Two letters swapped, or one too many."""
    for i in range(1, len(text)):
        yield text[:i] + text[i + 1 :]
        yield text[:i] + text[i + 1 : i + 2] + text[i] + text[i + 2 :]


def _one_letter_away(text: str) -> Iterator[str]:
    """One letter left out, added, changed or swapped with its neighbour; the first letter stands (people get it right)."""
    for i in range(1, len(text)):
        yield text[:i] + text[i + 1 :]
        if i + 1 < len(text):
            yield text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        for letter in _LETTERS:
            yield text[:i] + letter + text[i + 1 :]
            yield text[:i] + letter + text[i:]
        yield text[:i] + " " + text[i:]  # "santarosa"
    for letter in _LETTERS:
        yield text + letter
