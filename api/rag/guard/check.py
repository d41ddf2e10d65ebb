"""Is it true? One claim against one row, or against what the reader asked for; and the row's own words where it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from api.rag import facts as spell
from api.rag.guard.clock import part_window
from api.rag.guard.compared import order_holds
from api.rag.guard.rows import Row, tokens
from api.rag.guard.together import near
from api.rag.guard.values import (
    AgeClaim,
    AmountClaim,
    Claim,
    DayClaim,
    OrderClaim,
    PriceClaim,
    Span,
    StatusClaim,
    TextClaim,
    TimeClaim,
)
from api.rag.guard.words import NUMBERS, WEEKDAYS
from api.rag.params import GuardParams
from api.rag.types import ParsedQuery
from locations.geo import miles_between

EVENING_MINUTE = 16 * 60
AGE_TOP = 99
ALL_DAY_MINUTES = 8 * 60
PART_MINUTES = 60  # of a part of the day: what goes on so long in the afternoon may be told to be on then
_RECURS = ("every", "each", "weekly", "daily", "monthly", "weekends", "recurring", *(f"{name}s" for name in WEEKDAYS))
_PARTICLES = frozenset(["down", "out", "up"])  # 'winds down at 9' is no start
_PRICE_LEADS = frozenset(["at", "for", "of", "only", "just"])
_UNTIL = ("until", "till", "til", "to", "by")
_BESIDE_LEADS = frozenset(["before", "after", "since"])
_DAY_LEADS = frozenset(["on", "the", "from", "until", "till", "for", "by", "through", "and", "or", "to"])
_IN_WORDS = {str(value): word for word, value in NUMBERS.items()}
_SPELLINGS = {"theater": "theatre", "theatre": "theater", "center": "centre", "centre": "center"}
_GROUP_LEADS = frozenset(["for", "welcome", "welcomes", "suit", "suits"])
# by their first three letters, else by the first
_ZONES = {
    "utc": "UTC", "gmt": "UTC", "bst": "Europe/London", "ces": "Europe/Paris", "cet": "Europe/Paris", "e": "America/New_York", "c": "America/Chicago",
    "m": "America/Denver", "p": "America/Los_Angeles", "a": "America/Anchorage", "h": "Pacific/Honolulu",
}  # fmt: skip
_HOURS_BY_NAME = frozenset(["noon", "midday", "midnight"])
_CLOCK_WORDS = _HOURS_BY_NAME | NUMBERS.keys()


def supports(row: Row, claim: Claim, query: ParsedQuery, params: GuardParams) -> bool:
    match claim.value:
        case DayClaim():
            return _day_holds(row, claim.value, query.now) or _asked_window_holds(row, claim, query)
        case TimeClaim():
            return _time_holds(_at_home(row, claim.value, query), claim.value) or (
                claim.text in _HOURS_BY_NAME and claim.text in tokens(row.title)
            )
        case PriceClaim():
            return _price_holds(row, claim.value)
        case AgeClaim():
            return _age_holds(row, claim.value, query)
        case AmountClaim():
            return _amount_holds(row, claim, claim.value, query, params)
        case StatusClaim():
            return _status_holds(row, claim.value)
        case OrderClaim():
            return order_holds(row, claim.value, query)
        case TextClaim():
            return _text_holds(row, claim, claim.value)


def _text_holds(row: Row, claim: Claim, value: TextClaim) -> bool:
    if row.n in value.rows:
        return True
    if value.rows and value.place and row.place(value.place):
        # a place of another event: that its words stand in this one's street or venue makes it no place of this one
        return row.says_elsewhere(value.words)
    return row.says(value.words) or _counts(row, claim, value.words) or row.says(_respelt(value.words))


def _respelt(words: tuple[str, ...]) -> tuple[str, ...]:
    """'Theatre' for 'theater', and back."""
    return tuple(_SPELLINGS.get(w, w) for w in words)


def _counts(row: Row, claim: Claim, words: tuple[str, ...]) -> bool:
    """'Three stages' is true of '3 stages', and the other way."""
    if claim.kind != "number" or not words:
        return False
    first = str(NUMBERS[words[0]]) if words[0] in NUMBERS else _IN_WORDS.get(words[0], "")
    return bool(first) and row.says((first, *words[1:]))


def _overlaps(span: Span, row: Row) -> bool:
    return span[0] <= row.last and row.first <= span[1]


def _day_holds(row: Row, value: DayClaim, now: datetime) -> bool:
    if value.never:
        return False
    if value.beside is not None:
        return any(day + timedelta(value.beside) == row.first for n, day in value.others if n != row.n)
    if value.ongoing:
        return row.facts.start <= now
    if value.side:
        spans = value.exact or value.windows
        return any(row.first > s[1] if value.side == "after" else row.last < s[0] for s in spans)
    if value.moment and not value.moment[0] <= row.facts.start <= value.moment[1]:
        return False
    if value.edge in ("last", "end") and _ends_in_the_night(row, value):
        return True
    if value.edge in ("first", "last") and row.first != row.last:
        return _edge_holds(row.first if value.edge == "first" else row.last, value)
    if value.recurring and not any(row.says((word,)) for word in _RECURS):
        return False
    return _spans_hold(row, value) and _numbers_hold(row, value) and _part_holds(row, value.part)


def _ends_in_the_night(row: Row, value: DayClaim) -> bool:
    """It belongs to the day before, and what ends at 2 AM is over on the next."""
    return not row.all_day and row.facts.end is not None and _edge_holds(row.facts.end.date(), value)


def _spans_hold(row: Row, value: DayClaim) -> bool:
    if value.exact and not any(s == (row.first, row.last) if value.strict else _overlaps(s, row) for s in value.exact):
        return False
    if value.windows and not any(_overlaps(_weekend_cut(s, value, row), row) for s in value.windows):
        return False
    return not value.weekdays or _weekdays_hold(row, value)


def _numbers_hold(row: Row, value: DayClaim) -> bool:
    """A day of the month, a month or a year by itself: 'the 21st', 'in May', '2027'."""
    if value.day_of_month and all(d.day != value.day_of_month for d in row.days()):
        return False
    if value.month and all(d.month != value.month for d in row.days()):
        return False
    return not value.year or value.year in (row.first.year, row.last.year) or row.says((str(value.year),))


def _edge_holds(day: date, value: DayClaim) -> bool:
    """The first or last day of a run against a single day, a weekday or a month."""
    if value.exact and not any(s[0] <= day <= s[1] for s in value.exact):
        return False
    if value.windows and not any(s[0] <= day <= s[1] for s in value.windows):
        return False
    if value.weekdays and day.weekday() not in value.weekdays:
        return False
    return value.day_of_month in (None, day.day) and value.month in (None, day.month)


def _weekend_cut(span: Span, value: DayClaim, row: Row) -> Span:
    """A weekend's Friday counts only for what starts in its evening."""
    if value.part == "weekend" and not (row.all_day or row.start_minute >= EVENING_MINUTE):
        return span[0] + timedelta(1), span[1]
    return span


def _weekdays_hold(row: Row, value: DayClaim) -> bool:
    days = [d for d in row.days() if not value.windows or any(s[0] <= d <= s[1] for s in value.windows)]
    return set(value.weekdays) <= {d.weekday() for d in days}


def _part_holds(row: Row, part: str) -> bool:
    """The part of the day; that of the week is a window's."""
    if part in ("", "weekend") or row.all_day:
        return True
    low, high = part_window(part)
    length = (row.end_minute or row.start_minute) - row.start_minute
    starts = (row.start_minute, row.start_minute + 1440)
    return any(low <= s < high or min(s + length, high) - max(s, low) >= PART_MINUTES for s in starts)


def _asked_window_holds(row: Row, claim: Claim, query: ParsedQuery) -> bool:
    """The reader's own words for the time asked about ('next weekend') mean what they were understood to mean."""
    when = query.when
    if when is None or claim.text not in {w.lower() for w in (*when.words, when.label)}:
        return False
    end = row.facts.end or row.facts.start + timedelta(minutes=1)
    return any(row.facts.start < r.end and end > r.start for r in when.ranges)


def _time_holds(row: Row, value: TimeClaim) -> bool:
    if value.all_day:
        return row.all_day or (row.end_minute or 0) - row.start_minute >= ALL_DAY_MINUTES
    if row.all_day or not (value.starts or value.ends):
        return False
    start = row.start_minute
    if value.bound and value.ends:
        end = row.end_minute
        return end is not None and any(end >= m if value.bound == "after" else end <= m for m in value.ends)
    if value.bound:
        return any(start >= m if value.bound == "after" else start <= m for m in value.starts)
    if value.starts and start not in {m % 1440 for m in value.starts}:
        return False
    if value.ends:
        return row.end_minute is not None and row.end_minute % 1440 in {m % 1440 for m in value.ends}
    return True


def _at_home(row: Row, value: TimeClaim, query: ParsedQuery) -> Row:
    """The row by the clock that the claim names: '9 PM Eastern' is '6 PM your time' in California."""
    zone = query.zone if value.zone == "your time" else _ZONES.get(value.zone[:3]) or _ZONES.get(value.zone[:1])
    if zone is None or _is_zone_of(row.facts.start.tzname() or "", value.zone):
        return row
    start = row.facts.start.astimezone(ZoneInfo(zone))
    moved = start.hour * 60 + start.minute
    end = row.end_minute
    return replace(row, start_minute=moved, end_minute=None if end is None else end - row.start_minute + moved)


def _is_zone_of(own: str, said: str) -> bool:
    """'PT', 'PST' and 'Pacific' of an event in PST or PDT; a zone without letters is not judged."""
    if said == "your time":
        return False
    if said in ("utc", "gmt", "bst", "cet", "cest"):
        return own.lower() == said or (said != "bst" and own.lower() == "wet")
    return not own.isalpha() or own[0].lower() == said[0]


def _price_holds(row: Row, value: PriceClaim) -> bool:
    if value.words:
        return row.says(tokens(value.words))
    if not row.priced:
        return False
    low, high = row.low, row.high
    if value.free:
        return row.free
    currency = row.facts.currency.upper() or "USD"
    if value.currencies and currency not in value.currencies and not row.free:
        return False
    said, more = value.low, value.high
    if said is None:
        return False
    if value.bound in ("under", "up to"):
        return high is not None and (high < said or (value.bound == "up to" and high <= said))
    if value.bound in ("over", "from"):
        return low == said if value.bound == "from" else low is not None and low > said
    if more is not None:
        return (low, high) == (said, more)
    return low == high == said or (said in (low, high) and value.bound == "" and low == high)


def _age_holds(row: Row, value: AgeClaim, query: ParsedQuery) -> bool:
    low, high = row.facts.age_min, row.facts.age_max
    known = low is not None or high is not None
    least, most = low or 0, AGE_TOP if high is None else high
    match value.bound:
        case "group":
            return not known or (least <= (value.high or 0) and (value.low or 0) <= most)
        case "all":
            return (known and least == 0 and most >= AGE_TOP) or row.says(("all", "ages"))
        case "person":
            age = value.low or 0
            return least <= age <= most if known else value.yours and age in _ages_of_the_company(query)
        case _:
            return known and (value.low or 0) == least and value.high == (None if most >= AGE_TOP else most)


def _ages_of_the_company(query: ParsedQuery) -> tuple[int, ...]:
    return query.audience.ages if query.audience is not None else ()


def _amount_holds(row: Row, claim: Claim, value: AmountClaim, query: ParsedQuery, params: GuardParams) -> bool:
    if value.amount < 0:
        return False
    if claim.kind == "duration":
        if row.end_minute is None or row.all_day:
            return False
        length = row.end_minute - row.start_minute
        return near(value.amount, length) if value.near else length == round(value.amount)
    if claim.kind == "days":
        return (row.last - row.first).days + 1 == value.amount
    if claim.kind == "distance" and row.says(tokens(claim.text)):  # 'a five-mile loop'
        return True
    if claim.kind == "distance":
        f, place = row.facts, query.place
        if place is None or f.lat is None or f.lng is None:
            return False
        miles = miles_between(place.lat, place.lng, f.lat, f.lng)
        return abs(miles - value.amount) <= max(
            params.distance_tolerance_miles, params.distance_tolerance_share * miles
        )
    return row.says((f"{value.amount:g}",))


def _status_holds(row: Row, value: StatusClaim) -> bool:
    if value.status in ("online", "offline", "mixed"):
        return row.facts.attendance == value.status or (
            row.facts.attendance == "mixed" and value.status in ("online", "offline")
        )
    return row.facts.status == value.status


def asked(claim: Claim, query: ParsedQuery, rows: tuple[Row, ...]) -> bool:
    """Said of no row in particular: true when it repeats what was understood, or is true of something listed."""
    match claim.value:
        case DayClaim():
            return _asked_day(claim, claim.value, query, rows) or _in_words(claim.text, query)
        case PriceClaim():
            return _asked_price(claim.value, query)
        case AgeClaim():
            return _asked_age(claim.value, query)
        case AmountClaim():
            if claim.kind == "number":
                return claim.value.amount <= len(rows)
            return _in_words(claim.text, query)
        case TimeClaim():
            return _in_words(claim.text, query)
        case OrderClaim():
            return False
        case StatusClaim():
            wanted = {"online": "online", "in_person": "offline"}.get(query.attendance or "")
            return claim.value.status == wanted
        case TextClaim():
            return _in_words(" ".join(claim.value.words), query)


def _asked_age(value: AgeClaim, query: ParsedQuery) -> bool:
    audience = query.audience
    if value.bound == "group" or audience is None:
        return value.bound == "group"
    if value.bound == "person":
        return value.low in audience.ages
    return value.bound == "" and (value.low or 0, value.high) == (audience.age_min or 0, audience.age_max)


def _in_words(text: str, query: ParsedQuery) -> bool:
    known = [
        query.message,
        query.original,
        *(c.label for c in query.constraints),
        *(c.words for c in query.constraints),
    ]
    if query.when is not None:
        known += [query.when.label, *query.when.words]
    if query.place is not None:
        known += [query.place.label, *(option.label for option in query.place.alternatives)]
    needle = f" {' '.join(tokens(text))} "
    return any(needle in f" {' '.join(tokens(k))} " for k in known)


def _asked_day(claim: Claim, value: DayClaim, query: ParsedQuery, rows: tuple[Row, ...]) -> bool:
    if value.never:
        return False
    if query.when is not None:
        if claim.text in {w.lower() for w in (*query.when.words, query.when.label)}:
            return True
        zone = ZoneInfo(query.zone)
        spans = [
            (r.start.astimezone(zone).date(), (r.end - timedelta(microseconds=1)).astimezone(zone).date())
            for r in query.when.ranges
        ]
        if value.exact or value.windows or value.weekdays:
            return any(_asked_span(value, span) for span in spans) or any(_day_holds(r, value, query.now) for r in rows)
    if query.when is None and value.windows and value.part == "weekend":
        return True
    return value.beside is not None or any(_day_holds(r, value, query.now) for r in rows)


def _asked_span(value: DayClaim, span: Span) -> bool:
    days = [span[0] + timedelta(i) for i in range(min((span[1] - span[0]).days, 400) + 1)]
    if value.exact:
        return any(s[0] <= d <= s[1] for s in value.exact for d in days)
    if value.windows and not value.weekdays:
        return any(all(s[0] <= d <= s[1] for d in days) for s in value.windows)
    inside: list[date] = [d for d in days if not value.windows or any(s[0] <= d <= s[1] for s in value.windows)]
    return set(value.weekdays) <= {d.weekday() for d in inside}


def _asked_price(value: PriceClaim, query: ParsedQuery) -> bool:
    limit = query.price
    if limit is None or value.words:
        return False
    if value.free:
        return limit.free_only
    return (
        value.high is None
        and value.low is not None
        and limit.max_price == Decimal(value.low)
        and value.bound in ("", "under", "up to")
    )


def canonical(row: Row, claim: Claim, query: ParsedQuery, text: str, before: str = "") -> str | None:
    """What the row says instead of `text`, fit for its place after `before`; None when it says nothing of the kind."""
    last = before.rstrip(" *_").rsplit(" ", 1)[-1].lower() if before else ""
    match claim.value:
        case DayClaim():
            if claim.kind == "daypart" or claim.value.ongoing or claim.value.beside is not None:
                return None
            if claim.value.recurring and not claim.value.weekdays:  # in the place of 'weekly' a day is nonsense
                return None
            # 'the night after Sunday, November 22' would be another day
            if last in _BESIDE_LEADS or " more " in claim.text:
                return None
            if claim.value.edge in ("first", "last") and row.first != row.last:
                return spell.format_day(row.first if claim.value.edge == "first" else row.last, query.now)
            days = spell.format_days(row.facts, query.now)
            return f"on {days}" if last.isalpha() and last not in _DAY_LEADS and row.first == row.last else days
        case TimeClaim():
            return _canonical_time(row, claim.value, text, last)
        case PriceClaim():
            return _canonical_price(row, claim.value, text, last)
        case AgeClaim():
            alone = claim.value.bound == "person" or (claim.value.bound == "group" and last not in _GROUP_LEADS)
            return None if alone else spell.format_ages(row.facts) or None
        case TextClaim():
            return place_of(row, claim.kind, last)
        case _:
            return None


def place_of(row: Row, kind: str, last: str) -> str | None:
    """The row's venue or city, without its own article after one."""
    if kind not in ("venue", "city"):
        return None
    name = spell.venue(row.facts) if kind == "venue" else spell.city(row.facts)
    if last == "the" and name.lower().startswith("the "):
        name = name[4:]
    return name or None


def _canonical_price(row: Row, value: PriceClaim, text: str, last: str) -> str | None:
    if value.words or not row.priced or text.endswith(("budget", "charge", "fee")):
        return None
    if not row.free:
        price = spell.format_price(row.facts)
        # not 'at from $12'
        return None if last in _PRICE_LEADS and not price[0].isupper() and price[0].isalpha() else price
    if last in ("cost", "costs"):
        return "nothing"
    return "Free" if text[:1].isupper() or not last.isalpha() else "free"


def _canonical_time(row: Row, value: TimeClaim, text: str, last: str) -> str | None:
    """In the place of '7 PM', 'at 7 PM', 'from 7 to 9' or 'until 9'."""
    facts = row.facts
    if row.all_day or not (value.starts or value.ends or value.all_day):  # no record says when doors open
        return None
    lead = text.split(" ", 1)[0].lower()
    if lead in ("past", "beyond") or (last in _PARTICLES and not value.ends):
        return None
    if value.starts and value.ends:
        return f"{'from ' if lead in ('from', 'between') else ''}{spell.format_time(facts)}"
    prefix = "" if lead[:1].isdigit() or lead in _CLOCK_WORDS else "at "
    if value.ends and not value.starts:
        if row.end_minute is None or facts.end is None:
            return None
        return f"{'until ' if lead in _UNTIL else prefix}{spell.format_clock(facts.end)}"
    return f"{prefix}{spell.format_clock(facts.start)}"
