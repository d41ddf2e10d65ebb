"""Characters as a reader sees them: no invisible ones, no look-alikes of digits, no control codes.

`normalise` maps one character at a time, so a stream may be cut anywhere. `fold` maps each character to exactly one, so offsets hold.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

_LINE_ENDS = frozenset({0x0B, 0x0C, 0x85, 0x2028, 0x2029})
_ZWJ = 0x200D
_VARIATION = frozenset({0xFE0E, 0xFE0F})
_CLOCKS = range(0x1F550, 0x1F568)
_DOLLAR_SIGN = 0x1F4B2  # drawn as it was written, read as a sign
_WATCH = "\u23f0"
_SPECIAL = {
    0x1F193: "free",
    0x23F1: _WATCH,
    0x20E3: "",
    0x2B06: "\u2b06",
    0x2024: ".",
    0x3002: ".",
    0xFF61: ".",
}
_COMPAT = (
    (0xFF01, 0xFF5E),  # full width
    (0xFFE0, 0xFFE6),
    (0x1D400, 0x1D7FF),  # mathematical letters and digits
    (0x2460, 0x24FF),  # circled
    (0x1F100, 0x1F1E5),  # enclosed letters; flags begin after
    (0x2070, 0x209C),  # super- and subscripts
    (0x2100, 0x214F),
    (0xFE50, 0xFE6B),
)
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһӏАВЕКМНОРСТУХІЈЅοαερτυνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧøØłŁđĐßæœıгтнмпиꜱ",
    "aeopcyxijsdhlabekmhopctyxijsoaeptuvikabezhikmnoptyxoollddsaoirthmnus",
)
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]{1,30});?")
_INSIDE_WORD = re.compile(r"(?<=[\w$#*])[\u200d\ufe0e\ufe0f]+|[\u200d]+(?=\w)")
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
_STRAY_MARK = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]+")
MAX_ENTITY_ROUNDS = 3


class _Normal(dict[int, str]):
    def __missing__(self, point: int) -> str:
        self[point] = value = _normal(point)
        return value


def _normal(point: int) -> str:
    char = chr(point)
    if point in (0x0A, _ZWJ) or point in _VARIATION:
        return char
    if point in _LINE_ENDS:
        return "\n"
    if point in _CLOCKS:
        return _WATCH  # its hands would tell a time that nobody checked
    if point in _SPECIAL:
        return _SPECIAL[point]
    category = unicodedata.category(char)
    if category == "Zs" or point == 0x09:
        return " "
    if category in ("Cc", "Cf", "Cs", "Co", "Cn") or 0x20D0 <= point <= 0x20FF or 0x335 <= point <= 0x338:
        return ""
    if category == "Nd":
        return str(unicodedata.digit(char))
    if any(low <= point <= high for low, high in _COMPAT):
        return "".join(c for c in unicodedata.normalize("NFKC", char) if c.isprintable())
    if category == "No":
        return _fraction(char)
    return char


def _fraction(char: str) -> str:
    value = unicodedata.numeric(char)
    return str(int(value)) if value == int(value) else unicodedata.normalize("NFKC", char).replace("\u2044", "/")


class _Fold(dict[int, str]):
    def __missing__(self, point: int) -> str:
        char = chr(point).translate(_LOOKALIKES)
        base = unicodedata.normalize("NFKD", char)[:1].lower()
        if point == _DOLLAR_SIGN:
            base = "$"
        elif char in "’‘`´ʼ":
            base = "'"
        elif unicodedata.category(char) == "Pd":
            base = "-"
        elif char in "“”„«»":
            base = '"'
        self[point] = value = base if len(base) == 1 else char
        return value


_NORMAL = _Normal()
_FOLD = _Fold()


def normalise(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text  # each of these characters stands for itself
    return text.translate(_NORMAL)


def fold(text: str) -> str:
    if text.isascii():
        return text.lower().replace("`", "'")
    return text.translate(_FOLD)


def clean(text: str, datamark: str) -> str:
    """One whole sentence without entities, tags, joiners inside words or the mark of the prompt's fenced data."""
    for _ in range(MAX_ENTITY_ROUNDS):
        if "&" not in text or (plain := _ENTITY.sub(lambda m: unescape(m[0]), text)) == text:
            break
        text = normalise(plain).replace("\n", " ")
    text = unicodedata.normalize("NFC", text) if not text.isascii() else text
    text = _STRAY_MARK.sub("", _INSIDE_WORD.sub("", text)) if not text.isascii() else text
    if "<" in text:
        text = _TAG.sub("", text).replace("<", "‹")
    if datamark not in text:
        return text
    return re.sub(rf"(?<=\w){re.escape(datamark)}+(?=\w)", " ", text).replace(datamark, "")
