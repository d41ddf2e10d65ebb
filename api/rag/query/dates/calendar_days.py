"""Dates by the calendar: months, days of the month, numeric dates, years, seasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from .lexicon import MONTHS, ORDINAL_WORDS, PREPOSITIONS, SEASONS, SOUTHERN, WEAK_MONTHS
from .nodes import ONE_DAY, Days, Span, intersect, one_day
from .numbers import EARLY_MONTH, FIRST_YEAR, LAST_YEAR, LATE_MONTH, MID_MONTH
from .reader import BOTH_ORDERS, MONTH_FIRST, Reader, full_year

Found = tuple[Days, int]


def add_months(day: date, months: int) -> date:
    """The same day of the month, clamped to its last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first = date(year, month + 1, 1)
    return min(first.replace(day=1) + timedelta(days=day.day - 1), last_of_month(first))


def first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def last_of_month(day: date) -> date:
    return first_of_next_month(day) - ONE_DAY


def month_span(year: int, month: int) -> Span:
    first = date(year, month, 1)
    return first, first_of_next_month(first)


def safe_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def yearly(read: Callable[[int], Span | None], reference: date) -> tuple[Span, ...]:
    """The first reading, year by year, that is not over on the reference day. Leap days need up to eight years."""
    for year in range(reference.year - 1, reference.year + 9):
        span = read(year)
        if span is not None and span[1] > reference:
            return (span,)
    return ()


def recurring_in(read: Callable[[int], Span | None]) -> Callable[[Sequence[Span]], tuple[Span, ...]]:
    def pick(outer: Sequence[Span]) -> tuple[Span, ...]:
        found: list[Span] = []
        for start, end in outer:
            for year in range(start.year, min(end.year, start.year + 3) + 1):
                span = read(year)
                if span is not None:
                    found += intersect([span], [(start, end)])
        return tuple(found)

    return pick


def from_year_rule(
    r: Reader, read: Callable[[int], Span | None], grain: str, name: str, year: int | None
) -> Days | None:
    if year is not None:
        span = read(year)
        return None if span is None else Days((span,), grain, name)
    spans = yearly(read, r.today)
    if not spans:
        return None
    return Days(spans, grain, name, pick=recurring_in(read), after=lambda ref: yearly(read, ref), explicit_year=False)


def day_rule(month: int, first: int, last: int) -> Callable[[int], Span | None]:
    def read(year: int) -> Span | None:
        start, end = safe_date(year, month, first), safe_date(year, month, last)
        return None if start is None or end is None or end < start else (start, end + ONE_DAY)

    return read


def month_rule(month: int, part: str) -> Callable[[int], Span | None]:
    def read(year: int) -> Span | None:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        return month_part(month_span(year, month), part)

    return read


def month_part(span: Span, part: str) -> Span:
    start, end = span
    if part == "early":
        return start + timedelta(days=EARLY_MONTH[0] - 1), start + timedelta(days=EARLY_MONTH[1])
    if part == "mid":
        return start + timedelta(days=MID_MONTH[0] - 1), start + timedelta(days=MID_MONTH[1])
    if part == "late":
        return start + timedelta(days=LATE_MONTH - 1), end
    return span


def month_at(r: Reader, i: int) -> int | None:
    token = r.at(i)
    return MONTHS.get(token.text) if token.kind == "word" else None


def read_month(r: Reader, i: int) -> Found | None:
    """From a month name: "December", "Dec 5", "Dec. 5-7, 2026", "December 2026"."""
    month = month_at(r, i)
    if month is None:
        return None
    j = i + 1
    if r.word(j) == ".":
        j += 1
    k = j
    while r.word(k) in (",", "the", "/", "-"):
        k += 1
    dated = _month_then_day(r, month, k) if k - j <= 2 else None
    if dated:
        return dated
    return _bare_month(r, i, j, month)


def _month_then_day(r: Reader, month: int, k: int) -> Found | None:
    found = r.day_number(k, words=True)
    if found is None:
        return None
    first, j = found
    if r.word(j) in ("/", "-") and r.at(j + 1).kind == "num" and len(r.at(j + 1).text) == 4:
        return _dated(r, month, first, first, j + 1)
    last, j = _range_end(r, first, j)
    return _dated(r, month, first, last, j)


def _range_end(r: Reader, first: int, j: int) -> tuple[int, int]:
    """The other end of "5-7", "5 through 7", "5th to the 7th"; another month or a time of day is not it."""
    if r.word(j) not in ("-", "–", "—", "to", "through", "until", "till", "thru"):
        return first, j
    k = r.skip(j + 1, "the")
    found = r.day_number(k, words=True)
    if found is None or found[0] <= first or _follows_as_clock(r, found[1]):
        return first, j
    return found


def _follows_as_clock(r: Reader, j: int) -> bool:
    return (
        r.word(j) in ("oclock", ":")
        or month_at(r, j) is not None
        or (r.word(j) == "/" and r.at(j + 1).kind in ("num", "word"))
    )


def _dated(r: Reader, month: int, first: int, last: int, j: int) -> Found | None:
    k = j
    while r.word(k) in (",", ".", "in", "of") and k - j < 2:
        k += 1
    stated = r.year(k)
    year = stated[0] if stated else None
    node = from_year_rule(r, day_rule(month, first, last), "day" if first == last else "range", "", year)
    return None if node is None else (node, stated[1] if stated else j)


def _bare_month(r: Reader, i: int, j: int, month: int) -> Found | None:
    k = j
    while r.word(k) in (",", "of", "/", "-", "'") and k - j < 1 and r.word(k) != "'":
        k += 1
    stated = r.year(k)
    if stated is None and not _month_is_meant(r, i, j):
        return None
    part, back = _part_before(r, i)
    node = from_year_rule(
        r, month_rule(month, part), "month" if not part else "range", part, stated[0] if stated else None
    )
    del back
    return None if node is None else (node, stated[1] if stated else i + 1)


def _part_before(r: Reader, i: int) -> tuple[str, int]:
    k = i - 1
    if r.word(k) in ("-", "of", "in"):
        k -= 1
    word = r.word(k)
    if word in ("mid", "middle"):
        return "mid", k
    if word in ("early", "late"):
        return word, k
    return "", i


def _month_is_meant(r: Reader, i: int, j: int) -> bool:
    """A month name that is also a word or a first name needs a preposition, or the whole message to itself."""
    token = r.at(i)
    if token.text not in WEAK_MONTHS:
        return True
    if len(r.tokens) == 1:
        return True
    before, after = r.word(i - 1), r.word(j)
    if after in ("be", "i", "we", "have", "not", "need", "want", "'", "you", "they", "it", "he", "she"):
        return False
    if (
        token.text == "may"
        and not token.capital
        and before not in ("in", "this", "next", "of", "early", "mid", "late", "until", "during")
    ):
        return False
    if before in PREPOSITIONS or before in ("and", "or"):
        return not (token.text == "march" and before in ("the", "a", "for", "next") and not token.capital)
    return token.text in ("august", "april", "june", "jan", "dec", "jun", "sep") and (
        after in ("", ".", "?", ",", "!") or token.capital
    )


def read_day_of_month_first(r: Reader, i: int) -> Found | None:
    """From a number or ordinal: "5 December", "5th of Dec", "10 - 22 August 2012", "the 12th", "21st and 23rd" after between."""
    found = r.day_number(i, words=True)
    if found is None:
        return None
    first, j = found
    last, k = _day_first_range(r, i, first, j)
    node = _then_month(r, first, last, k)
    if node is None and k != j:
        node = _then_month(r, first, first, j)
    return node or _ordinal_alone(r, i, first, last, j, k)


def _day_first_range(r: Reader, i: int, first: int, j: int) -> tuple[int, int]:
    joined = r.word(j) in ("-", "–", "—", "to", "through", "until", "till")
    between = r.word(j) == "and" and ("between" in (r.word(i - 1), r.word(i - 2)))
    if not joined and not between:
        return first, j
    found = r.day_number(r.skip(j + 1, "the"), words=True)
    return found if found and found[0] > first else (first, j)


def _then_month(r: Reader, first: int, last: int, j: int) -> Found | None:
    k = r.skip(j, "day")
    while r.word(k) in ("of", "-", "/", "in", ",") and k - j < 2:
        k += 1
    month = month_at(r, k)
    if month is None:
        return None
    k += 1
    if r.word(k) == "." or (r.word(k) in ("/", "-") and r.at(k + 1).kind == "num"):
        k += 1
        short = r.at(k)
        if short.kind == "num" and len(short.text) == 2 and r.word(k - 1) != ".":
            node = from_year_rule(r, day_rule(month, first, last), "day", "", full_year(short.number))
            return None if node is None else (node, k + 1)
    return _dated(r, month, first, last, k)


def _ordinal_alone(r: Reader, i: int, first: int, last: int, j: int, k: int) -> Found | None:
    """ "the 12th" with no month: needs an ordinal, and words around it that let it be a date."""
    token = r.at(i)
    before = r.word(i - 1)
    counted = token.kind == "num"
    if counted:
        ranged = (
            last != first
            and before in ("from", "between")
            and r.word(k) in ("in", "of")
            and r.word(k + 1) in ("next", "this", "the")
        )
        on_the = before == "the" and r.word(i - 2) == "on"
        if not ranged and not on_the:
            return None
    elif (
        (token.text in ORDINAL_WORDS and before != "the")
        or token.text in ("first", "second", "third")
        or not (before in PREPOSITIONS or before == ",")
    ):
        return None
    end = k if last != first else j
    if not r.safe_after(end):
        return None
    return day_of_month(r, first, last), end


def day_of_month(r: Reader, first: int, last: int) -> Days:
    def after(reference: date) -> tuple[Span, ...]:
        month = reference.replace(day=1)
        for _ in range(14):
            span = day_rule(month.month, first, last)(month.year)
            if span is not None and span[1] > reference:
                return (span,)
            month = first_of_next_month(month)
        return ()

    def pick(outer: Sequence[Span]) -> tuple[Span, ...]:
        found: list[Span] = []
        for start, end in outer:
            month = start.replace(day=1)
            for _ in range(24):
                if month >= end:
                    break
                span = day_rule(month.month, first, last)(month.year)
                if span is not None:
                    found += intersect([span], [(start, end)])
                month = first_of_next_month(month)
        return tuple(found)

    return Days(after(r.today), "day" if first == last else "range", pick=pick, after=after, explicit_year=False)


def read_numeric(r: Reader, i: int) -> Found | None:
    """ymd, dmy, my, md tokens. A number over 12 settles the order; else the country does."""
    token = r.at(i)
    if token.kind == "ymd":
        return _year_first(token.text, i)
    if token.kind == "my":
        month, year = (int(part) for part in token.text.split("/"))
        if not 1 <= month <= 12 or not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        return Days((month_span(year, month),), "month"), i + 1
    parts = [int(part) for part in token.text.replace("-", "/").replace(".", "/").split("/")]
    if token.kind == "md" and not _is_date_not_fraction(r, i, parts):
        return None
    year = full_year(parts[2]) if len(parts) == 3 else None
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    dotted = "." in token.text
    readings = [reading for reading in _orders(parts[0], parts[1], month_first=r.country in MONTH_FIRST and not dotted)]
    nodes = [node for m, d in readings if (node := from_year_rule(r, day_rule(m, d, d), "day", "", year))]
    if not nodes:
        return None
    chosen = nodes[0]
    if len(nodes) > 1 and r.country in BOTH_ORDERS and nodes[1].spans != chosen.spans:
        chosen = Days(
            chosen.spans,
            "day",
            pick=chosen.pick,
            after=chosen.after,
            alternatives=(nodes[1],),
            explicit_year=year is not None,
        )
    return chosen, i + 1


def _orders(a: int, b: int, *, month_first: bool) -> list[tuple[int, int]]:
    readings = [(a, b), (b, a)] if month_first else [(b, a), (a, b)]
    return [(m, d) for m, d in readings if 1 <= m <= 12 and 1 <= d <= 31]


def _is_date_not_fraction(r: Reader, i: int, parts: list[int]) -> bool:
    if tuple(parts) in ((24, 7), (50, 50)):
        return False
    if r.word(i + 1) in (
        "price",
        "off",
        "hour",
        "hours",
        "mile",
        "miles",
        "cup",
        "of",
        "time",
        "size",
        "marathon",
        "day",
        "pound",
        "inch",
    ):
        return False
    return r.at(i - 1).kind != "num" and r.word(i - 1) != "$"


def _year_first(text: str, i: int) -> Found | None:
    year, a, b = text.replace("/", "-").replace(".", "-").split("-")
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return None
    if not a.isdigit():
        month = MONTHS.get(a)
        day = safe_date(int(year), month, int(b)) if month else None
    else:
        day = safe_date(int(year), int(a), int(b)) or safe_date(int(year), int(b), int(a))
    return None if day is None else (Days(one_day(day), "day"), i + 1)


def read_year(r: Reader, i: int) -> Found | None:
    """A year on its own after a preposition; "2018 March 18"; "20200701"."""
    token = r.at(i)
    if len(token.text) == 8 and token.text.isdigit() and token.text[:2] == "20":
        day = safe_date(int(token.text[:4]), int(token.text[4:6]), int(token.text[6:]))
        return None if day is None else (Days(one_day(day), "day"), i + 1)
    stated = r.year(i)
    if stated is None:
        return None
    year, j = stated
    month = month_at(r, j)
    if month is not None:
        day = r.day_number(j + 1, words=False)
        if day:
            node = from_year_rule(r, day_rule(month, day[0], day[0]), "day", "", year)
            return None if node is None else (node, day[1])
    half = r.word(j) == "h" and r.at(j + 1).text in ("1", "2")
    if half:
        first = date(year, 1 if r.at(j + 1).text == "1" else 7, 1)
        return Days(((first, add_months(first, 6)),), "range"), j + 2
    before = r.word(i - 1)
    if before not in (
        "in",
        "of",
        "during",
        "until",
        "till",
        "by",
        "after",
        "before",
        "since",
        "year",
        "for",
    ) or not r.safe_after(j):
        return None
    return Days(((date(year, 1, 1), date(year + 1, 1, 1)),), "year"), j


def season_rule(r: Reader, word: str) -> Callable[[int], Span | None]:
    """Meteorological seasons: whole months, turned round below the equator. Winter belongs to the year it starts in."""
    month = SEASONS[word]
    if r.country in SOUTHERN:
        month = (month + 5) % 12 + 1

    def read(year: int) -> Span | None:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        first = date(year, month, 1)
        return first, add_months(first, 3)

    return read


def read_season(r: Reader, i: int) -> Found | None:
    """A season after "in", "this", "over the" ...; "spring" and "fall" are words like any other otherwise."""
    word = r.word(i)
    before = r.word(i - 1)
    stated = r.year(i + 1)
    if stated is None:
        k = i - 2 if before == "the" else i - 1
        if r.word(k) not in (
            "in",
            "during",
            "over",
            "for",
            "by",
            "until",
            "till",
            "this",
            "through",
            "before",
            "after",
            "early",
            "late",
            "mid",
            "all",
        ):
            return None
        if not r.safe_after(i + 1):
            return None
    part = before if before in ("early", "late", "mid") else ""
    if part == "" and before == "-" and r.word(i - 2) == "mid":
        part = "mid"
    rule = season_rule(r, word)

    def read(year: int) -> Span | None:
        span = rule(year)
        if span is None or not part:
            return span
        k = ("early", "mid", "late").index(part)
        return add_months(span[0], k), add_months(span[0], k + 1)

    node = from_year_rule(r, read, "season", word, stated[0] if stated else None)
    return None if node is None else (node, stated[1] if stated else i + 1)
