"""The short label of a time as a sentence takes it: 'on Sunday, November 29' of 'Sun, Nov 29', 'today' where it is."""

from __future__ import annotations

import re
from datetime import date

from api.rag import facts as spell

_WEEKDAYS = {name[:3]: name for name in spell.WEEKDAYS}
_MONTHS = {name[:3]: name for name in spell.MONTHS}
_SHORT_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)})(?=, )")
_SHORT_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})(?= \d)")
_DAY = rf"(?:today|tomorrow|(?:{'|'.join(spell.WEEKDAYS)}), (?:{'|'.join(spell.MONTHS)}) \d{{1,2}}(?:, \d{{4}})?)"
_DAYS = re.compile(rf"({_DAY}) – ({_DAY})(?![\w–])")
_ONE_DAY = re.compile(rf"{_DAY}(?!\d| –)")
_A_MONTH = re.compile(rf"({'|'.join(spell.MONTHS)}) (\d{{4}})$")
_FEASTS = ("christmas", "thanksgiving", "halloween", "hanukkah", "chanukah", "kwanzaa", "diwali", "easter", "santa")
_CAPITAL = "|".join(name for name in (*spell.WEEKDAYS, *spell.MONTHS, *_FEASTS) if name != "May")
_NAMES = re.compile(rf"\b(?:{_CAPITAL}|(?:(?<=in )|(?<=of )|^)may)(?=s?\b)", re.I)


def in_full(label: str, today: date | None = None) -> str:
    """'Sunday, November 29, noon – 5 PM'; 'today' for the day itself."""
    text = _SHORT_WEEKDAY.sub(lambda m: _WEEKDAYS[m[1]], label)
    text = _SHORT_MONTH.sub(lambda m: _MONTHS[m[1]], text)
    if today is None:
        return text
    here = f"{spell.WEEKDAYS[today.weekday()]}, {spell.MONTHS[today.month - 1]} {today.day}"
    return re.sub(rf"^{here}(?!\d)", "today", text)


def in_a_sentence(label: str, today: date) -> str:
    """With the preposition that it takes; empty for days that make no phrase."""
    text = in_full(label, today)
    if days := _DAYS.match(text):
        return f"from {days[1]} to {days[2]}{text[days.end() :]}"
    if month := _A_MONTH.match(text):
        return f"in {month[1]}" if month[2] == str(today.year) else f"in {text}"
    if _ONE_DAY.match(text):
        return text if text.startswith("today") else f"on {text}"
    return ""


def with_capitals(words: str) -> str:
    """'In December' for 'in december': names of days and months, as a reader may have typed them."""
    return _NAMES.sub(lambda m: m[0].capitalize(), words)
