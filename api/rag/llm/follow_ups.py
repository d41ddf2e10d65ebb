"""Two or three next questions that the constraints leave open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from api.rag import facts as spell
from api.rag.llm.asked import short_title, town
from api.rag.llm.evidence import is_for_others, speaks_of
from api.rag.query.dates import DateRange
from api.rag.types import ParsedQuery, RAGResult

MAX_FOLLOW_UPS = 3
WIDER_MILES = 25
FRIDAY, SUNDAY, DAYS_OF_A_WEEK = 4, 6, 7
FEW = 3  # with fewer events than this, looking further away is a good question
_COUNTED = re.compile(r"^\d+ ")


def follow_ups(result: RAGResult) -> tuple[str, ...]:
    query = result.query
    if query.intent == "clarify":
        return tuple(_places(query, "{}"))[:MAX_FOLLOW_UPS] or _unplaced()
    ways = [] if result.recommended else [_COUNTED.sub("", r.label) for r in result.relaxations if r.count > 0]
    asked = [f"What is there {spell.plain(way, spell.NAME_MAX_CHARS)}?" for way in ways]
    asked += _places(query, "What about {}?")
    rest = [q for q in _open(result) if not any(_day_asked(q) in way for way in ways)]
    start = len(query.message) % max(1, len(rest) - 1)  # another question gets others first
    asked += rest[start:] + rest[:start]
    return tuple(dict.fromkeys(asked))[:MAX_FOLLOW_UPS]


def _day_asked(question: str) -> str:
    """'Wednesday' of "What about Wednesday?"; of another question, all of it."""
    return question.removeprefix("What about ").removesuffix("?")


def _unplaced() -> tuple[str, ...]:
    return ("Is anything online this week?", "Anything free this weekend?")


def _places(query: ParsedQuery, words: str) -> Iterator[str]:
    """The other towns of that name, where one was assumed or is asked for."""
    if query.place is None or (
        query.intent != "clarify" and not any(n.code == "ambiguous_place" for n in query.notices)
    ):
        return
    options = query.place.alternatives
    # one more, in the same country: 'Santa Rosa, Calabarzon' is hardly meant in California
    if query.intent != "clarify":
        country = query.place.label.rsplit(", ", 1)[-1]
        options = tuple(o for o in options if o.label.rsplit(", ", 1)[-1] == country)[:1]
    for option in options[:MAX_FOLLOW_UPS]:
        yield words.format(spell.plain(town(option.label), spell.NAME_MAX_CHARS))


def _open(result: RAGResult) -> Iterator[str]:
    query = result.query
    told = [e for e in result.recommended if not is_for_others(e, query)]
    shown = [e.facts for e in told]
    free = [spell.is_free(f) for f in shown]
    yield _other_time(query)
    if not shown:  # of nothing a part is nothing too
        return
    if query.price is None and not all(free):
        yield "Which of these are free?" if any(free) else "Is anything free?"
    if len(shown) < FEW and query.place is not None and query.place.radius_miles < WIDER_MILES:
        yield f"What else is there within {WIDER_MILES} miles?"
    if query.audience is None and not any((f.age_min or 0) >= 18 for f in shown):
        yield "What would suit kids?"
    first = next((e for e in told if speaks_of(e, query)), told[0])
    if title := short_title(first.facts.title):
        yield f"More like {title}?"
    if query.setting is None and query.attendance is None:
        yield "Is anything indoors?"


def _other_time(query: ParsedQuery) -> str:
    """Tomorrow after today, the next day after a day, the next weekend after a weekend."""
    when = query.when
    zone = ZoneInfo(query.zone)
    today = query.now.astimezone(zone).date()
    weekend = "What about next weekend?" if today.weekday() == SUNDAY else "What about this weekend?"
    if when is None:
        return weekend
    first = _first_day(when.range, zone)
    last = _last_day(when.range, zone)
    if first <= today and last <= today:
        return "What about tomorrow?"
    if first == last:
        after = first + timedelta(1)
        # 'Sunday' alone is the next one
        return f"What about {spell.WEEKDAYS[after.weekday()] if (after - today).days < 7 else spell.format_day(after, query.now)}?"
    if (last - first).days <= 2 and last.weekday() == SUNDAY:
        return "What about next weekend?"
    if (last - first).days <= DAYS_OF_A_WEEK:
        return "What about the week after?"
    holds_weekdays = any(
        _first_day(r, zone).weekday() < FRIDAY or _last_day(r, zone).weekday() < FRIDAY for r in when.ranges
    )
    return weekend if holds_weekdays else "What about weekdays?"


def _first_day(days: DateRange, zone: ZoneInfo) -> date:
    return days.start.astimezone(zone).date()


def _last_day(days: DateRange, zone: ZoneInfo) -> date:
    """The small hours belong to the night before."""
    return (days.end.astimezone(zone) - timedelta(hours=6)).date()
