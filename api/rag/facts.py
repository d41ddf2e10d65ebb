"""How a fact is spelled, once, for the composer, the prompt and the guard. Times are written in the venue's own zone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from api.rag.query.audience import ADULT_AGE
from api.rag.query.dates.numbers import DAY
from api.rag.types import EventFacts

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
CURRENCY_SIGNS = {
    "USD": "$",
    "CAD": "CA$",
    "AUD": "A$",
    "NZD": "NZ$",
    "MXN": "MX$",
    "SGD": "S$",
    "HKD": "HK$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
}
PRICE_UNKNOWN = "price not listed"
MILE_COUNTRIES = ("", "US", "GB")
KM_PER_MILE = 1.609344
TITLE_MAX_CHARS = 140
NAME_MAX_CHARS = 100
ALL_DAY = "all day"
TIME_UNKNOWN = "time not listed"
NIGHT_ENDS = 6  # an end before six in the morning is of the night
VARIATIONS = "\ufe0e\ufe0f"  # they choose how a sign is drawn and confuse whoever compares text

_TAG = re.compile(r"<[^<>]{0,2000}>")
_TLD = r"(?:com|org|net|info|io|co|edu|gov|xyz|ru|cn|biz|me|app|dev|ly|gg|tv|us|ca|uk|link|click|site|online|top|shop)"
URL = re.compile(
    rf"(?:https?|ftp|file)://\S*|www\.\S+|\b(?:javascript|data|vbscript|mailto|tel):\S+"
    rf"|(?<![\w.+-])[\w.+-]{{1,64}}+@[\w-]{{1,64}}+(?:\.[\w-]{{1,64}}+){{1,4}}"  # possessive: a shorter word never ends it
    rf"|(?<![\w.-])[\w-]{{1,64}}+(?:\.[\w-]{{1,64}}+){{0,4}}\.{_TLD}\b(?:[/:?]\S*)?",
    re.I,
)
_LINK = re.compile(r"https?://[^\s<>\"'\[\](){}|\\^`]{3,400}", re.I)
_CITATION = re.compile(r"[\[【]\s*\^?\s*(?:source\s*:?\s*)?\d+(?:\s*[,;–-]\s*\d+)*\s*[\]】]", re.I)
_MARKUP = re.compile(r"[`*_~#|^\\<>{}\[\]【】]+")
_SPACE = re.compile(r"\s+")


class _Printable(dict[int, str]):
    """What stands for a character in one plain line; worked out once for each."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        hidden = unicodedata.category(char) in ("Cf", "Cs", "Co") or char in VARIATIONS
        self[point] = value = "" if hidden else char if char.isprintable() else " "
        return value


_PRINTABLE = _Printable()


@lru_cache(maxsize=4096)  # the same events are told again and again, each several times an answer
def plain(text: str, limit: int) -> str:
    """One line of text with nothing a reader or a parser could take for markup, a link or a citation; cut at a word before `limit` characters."""
    text = unicodedata.normalize("NFKC", text[: limit * 8]).translate(_PRINTABLE)
    text = _CITATION.sub(" ", URL.sub(" ", _TAG.sub(" ", text)))
    text = _SPACE.sub(" ", _MARKUP.sub(" ", text)).strip()
    if len(text) <= limit:
        return text
    return (text[:limit].rsplit(" ", 1)[0] or text[:limit]).rstrip(" ,;:-") + "…"


def title(facts: EventFacts) -> str:
    return plain(facts.title, TITLE_MAX_CHARS) or "Untitled event"


def venue(facts: EventFacts) -> str:
    return plain(facts.venue, NAME_MAX_CHARS)


def city(facts: EventFacts) -> str:
    return plain(facts.city, NAME_MAX_CHARS)


def last_day(facts: EventFacts) -> date:
    """The last local day it can be attended. An end in the small hours belongs to the night before; an all-day end at midnight is exclusive."""
    if facts.end is None or facts.end <= facts.start:
        return facts.start.date()
    end = facts.end
    if end.hour == 0 and end.minute == 0 and end.date() > facts.start.date():
        return end.date() - timedelta(days=1)
    if not facts.all_day and end.hour < NIGHT_ENDS and end.date() > facts.start.date():
        return end.date() - timedelta(days=1)
    return end.date()


def format_day(day: date, now: datetime) -> str:
    """'Saturday, November 22'; the year is added when it is not this one."""
    text = f"{WEEKDAYS[day.weekday()]}, {MONTHS[day.month - 1]} {day.day}"
    return text if day.year == now.year else f"{text}, {day.year}"


def format_days(facts: EventFacts, now: datetime) -> str:
    first, last = facts.start.date(), last_day(facts)
    return format_day(first, now) if first == last else f"{format_day(first, now)} to {format_day(last, now)}"


def format_clock(moment: datetime) -> str:
    return f"{moment.hour % 12 or 12}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"


def is_all_day(facts: EventFacts) -> bool:
    """Said to be, or from midnight to midnight: what some calendars write for a day without hours."""
    if facts.all_day or facts.end is None or facts.end <= facts.start:
        return facts.all_day
    return not (facts.start.hour or facts.start.minute or facts.end.hour or facts.end.minute)


def hour_known(facts: EventFacts) -> bool:
    """A start at midnight without an end is what calendars write for an hour that is still open."""
    if is_all_day(facts):
        return False
    return bool(facts.start.hour or facts.start.minute) or (facts.end is not None and facts.end > facts.start)


def hours_of(rows: Iterable[EventFacts]) -> tuple[int, int] | None:
    """When by the clock the first and the last of them begin, in minutes after midnight; the small hours belong to the night before.
    None where no hour is known."""
    starts = [f.start.hour * 60 + f.start.minute for f in rows if hour_known(f)]
    late = [m + DAY if m < NIGHT_ENDS * 60 else m for m in starts]
    return (min(late), max(late)) if late else None


def format_time(facts: EventFacts) -> str:
    """'7:00 PM', '7:00 PM to 9:00 PM', 'all day' or 'time not listed'."""
    if is_all_day(facts):
        return ALL_DAY
    if not hour_known(facts):
        return TIME_UNKNOWN
    if facts.end is None or facts.end <= facts.start:
        return format_clock(facts.start)
    return f"{format_clock(facts.start)} to {format_clock(facts.end)}"


def format_when(facts: EventFacts, now: datetime) -> str:
    return f"{format_days(facts, now)}, {format_time(facts)}"


def format_where(facts: EventFacts) -> str:
    """'Central Library, Santa Rosa'; 'online' for an online event; empty when nothing is known."""
    if facts.attendance == "online":
        return "online"
    here, town = venue(facts), city(facts)
    if here and town and town.casefold() not in here.casefold():
        return f"{here}, {town}"
    return here or town


def local_distance(miles: float, country_code: str) -> tuple[float, bool]:
    """(how far, is it in miles): kilometres where people do not count in miles."""
    in_miles = country_code in MILE_COUNTRIES
    return (miles if in_miles else miles * KM_PER_MILE), in_miles


def is_free(facts: EventFacts) -> bool:
    if facts.is_free is not None:
        return facts.is_free
    return facts.price_max == 0 or (facts.price_min == 0 and facts.price_max is None)


def price_known(facts: EventFacts) -> bool:
    return facts.is_free is True or facts.price_min is not None or facts.price_max is not None


def format_amount(amount: Decimal) -> str:
    return str(int(amount)) if amount == amount.to_integral_value() else f"{amount:.2f}"


def format_money(amount: Decimal, currency: str) -> str:
    sign = CURRENCY_SIGNS.get(currency.upper() or "USD")
    return f"{sign}{format_amount(amount)}" if sign else f"{currency.upper()} {format_amount(amount)}"


def format_price(facts: EventFacts) -> str:
    """'Free', '$5', 'CA$15-20', 'from $5', 'up to $20', 'price not listed'. A missing price is never a free one."""
    if is_free(facts):
        return "Free"
    low, high = facts.price_min, facts.price_max
    if low is not None and high is not None and low != high:
        if low == 0:
            return f"free to {format_money(high, facts.currency)}"
        return f"{format_money(low, facts.currency)}-{format_amount(high)}"
    if low is not None and high is None:
        return f"from {format_money(low, facts.currency)}"
    if high is not None and low is None:
        return f"up to {format_money(high, facts.currency)}"
    return format_money(low, facts.currency) if low is not None else PRICE_UNKNOWN


def welcomes(facts: EventFacts, age: int) -> bool:
    """By the ages of the listing; one that names none welcomes everybody."""
    return (facts.age_min is None or age >= facts.age_min) and (facts.age_max is None or age <= facts.age_max)


def ages_known(facts: EventFacts) -> bool:
    return facts.age_min is not None or facts.age_max is not None


def people_of(ages: Sequence[int]) -> str:
    """'your 4-year-old', 'a 28-year-old': a grown-up may be the reader."""
    young, grown = [a for a in ages if a < ADULT_AGE], [a for a in ages if a >= ADULT_AGE]
    article = "an" if grown and str(grown[0]).startswith(("8", "18")) else "a"
    said = [f"your {_years_old(young)}"] if young else []
    return " and ".join([*said, *([f"{article} {_years_old(grown)}"] if grown else [])])


def _years_old(ages: Sequence[int]) -> str:
    """'4-year-old', '5- and 9-year-old', 'baby and 9-year-old'."""
    if 0 in ages:
        return " and ".join(["baby", *([_years_old(older)] if (older := [age for age in ages if age]) else [])])
    *first, last = [str(age) for age in ages]
    return f"{', '.join(f'{a}-' for a in first)} and {last}-year-old" if first else f"{last}-year-old"


def format_ages(facts: EventFacts) -> str:
    """'ages 3-5', 'ages 18+', 'ages up to 5', 'all ages'; empty when unknown."""
    low, high = facts.age_min, facts.age_max
    if low is None and high is None:
        return ""
    if high is None or high >= 99:
        return "all ages" if not low else f"ages {low}+"
    if not low:
        return f"ages up to {high}"
    return f"age {low}" if low == high else f"ages {low}-{high}"


def as_planned(facts: EventFacts) -> bool:
    return facts.status in ("", "scheduled")


def link(facts: EventFacts) -> str:
    """The address of the listing where it is a plain web address, else ''."""
    return facts.url if _LINK.fullmatch(facts.url) else ""


def format_line(facts: EventFacts, n: int, now: datetime) -> str:
    """The whole truth about one source in one line; what the guard writes where a model's sentence cannot be saved."""
    parts = [format_when(facts, now), format_where(facts)]
    if price_known(facts):
        parts.append(format_price(facts))
    if not as_planned(facts):
        parts.append(facts.status)
    return f"{title(facts)} [{n}]: {', '.join(p for p in parts if p)}."
