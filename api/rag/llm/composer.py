"""The writer that needs no model: what was found, said warmly, every fact straight from the record.

The same question on the same day gets the same words; another question gets others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from api.rag import facts as spell
from api.rag.llm.phrases import asked_for, came_close, closings, empties, greetings, openings
from api.rag.types import EventFacts, ParsedQuery, RAGResult, RankedEvent

MAX_LISTED = 5
MAX_NEAR_MISSES = 3
MAX_MORE = 2
MAX_RELAXATIONS = 3
MAX_PLACES = 5


def compose(result: RAGResult) -> Iterator[str]:
    """Deltas of plain text. Source numbers are positions in `result.events`, as in the prompt."""
    for line in _lines(result):
        yield from _deltas(line)


def _deltas(line: str) -> Iterator[str]:
    words = line.split(" ")
    for i, word in enumerate(words):
        yield word if i == len(words) - 1 else word + " "


def _lines(result: RAGResult) -> Iterator[str]:
    query = result.query
    numbered = list(enumerate(result.events, 1))
    recommended = [(n, e) for n, e in numbered if e.tier == "recommended"][:MAX_LISTED]
    near = [(n, e) for n, e in numbered if e.tier == "additional"]
    if query.intent == "smalltalk":
        yield _pick(greetings(), query)
    elif query.intent == "clarify" and (question := _which_place(query)):
        yield question
    elif recommended:
        yield from _notices(result)
        yield _pick(openings(asked_for(query)), query) + "\n"
        yield from _days(recommended, query)
        yield from _closing(near, query)
    elif near:
        yield from _notices(result)
        yield _pick(came_close(asked_for(query)), query) + "\n"
        yield from _days(near[:MAX_NEAR_MISSES], query)
        yield from _ways_out(result, "\n")
    else:
        yield from _notices(result)
        yield _pick(empties(asked_for(query)), query)
        yield from _ways_out(result, " ")


def _which_place(query: ParsedQuery) -> str:
    if query.place is None or not query.place.alternatives:
        return ""
    options = [spell.plain(o.label, spell.NAME_MAX_CHARS) for o in query.place.alternatives[:MAX_PLACES]]
    return f"Which place do you mean: {'; '.join(options)}?"


def _notices(result: RAGResult) -> Iterator[str]:
    for notice in result.query.notices:
        if notice.code in ("unknown_place", "ambiguous_place"):
            yield spell.plain(notice.message, 2 * spell.TITLE_MAX_CHARS) + "\n\n"


def _days(listed: Sequence[tuple[int, RankedEvent]], query: ParsedQuery) -> Iterator[str]:
    days: list[date] = []
    for _, event in listed:
        day = _shown_day(event.facts, query)
        if day not in days:
            days.append(day)
    by_day = sorted(listed, key=lambda pair: (_shown_day(pair[1].facts, query), pair[1].facts.start, pair[0]))
    for day, group in groupby(by_day, key=lambda pair: _shown_day(pair[1].facts, query)):
        yield f"\n{spell.format_day(day, _local_now(query))}\n"
        for n, event in group:
            yield f"- {_entry(n, event, day, query)}\n"


def _shown_day(facts: EventFacts, query: ParsedQuery) -> date:
    """Something that began earlier and still runs is listed under the first day it can be attended."""
    first, last = facts.start.date(), spell.last_day(facts)
    asked = query.when.range.start.astimezone(ZoneInfo(query.zone)).date() if query.when else _local_now(query).date()
    return min(max(first, asked), last)


def _local_now(query: ParsedQuery) -> datetime:
    return query.now.astimezone(ZoneInfo(query.zone))


def _entry(n: int, event: RankedEvent, day: date, query: ParsedQuery) -> str:
    facts = event.facts
    time = spell.format_time(facts)
    if spell.last_day(facts) != facts.start.date():
        time = f"{spell.format_days(facts, query.now)}, {time}"
    parts = [time]
    if where := spell.format_where(facts):
        parts.append(where if where == "online" else f"at {where}" if spell.venue(facts) else f"in {where}")
    line = f"{spell.title(facts)} [{n}]: {', '.join(parts)}."
    extras = [_upper(text) for text in (_price(facts, query), _ages(facts, query), _distance(event, query)) if text]
    if facts.status not in ("", "scheduled"):
        extras.append(f"Please note: {facts.status}")
    return " ".join([line, *(f"{text}." for text in extras)])


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _price(facts: EventFacts, query: ParsedQuery) -> str:
    if not spell.price_known(facts):
        return "price not listed" if query.price else ""
    return spell.format_price(facts)


def _ages(facts: EventFacts, query: ParsedQuery) -> str:
    """The age range, and whose age it fits, when the question was about somebody."""
    text = spell.format_ages(facts)
    if not text or query.audience is None:
        return text if text.endswith("+") and (facts.age_min or 0) >= 18 else ""
    fits = [
        a
        for a in query.audience.ages
        if (facts.age_min or 0) <= a <= (facts.age_max if facts.age_max is not None else 120)
    ]
    return f"for {text}, so right for your {fits[0]}-year-old" if fits else f"for {text}"


def _distance(event: RankedEvent, query: ParsedQuery) -> str:
    miles = event.factors.distance_miles
    if query.place is None or miles is None or event.facts.lat is None or event.facts.lng is None or miles < 1:
        return ""
    return f"about {round(miles)} {'mile' if round(miles) == 1 else 'miles'} away"


def _closing(near: Sequence[tuple[int, RankedEvent]], query: ParsedQuery) -> Iterator[str]:
    if near:
        names = [f"{spell.title(e.facts)} [{n}] ({spell.format_days(e.facts, query.now)})" for n, e in near[:MAX_MORE]]
        yield f"\nAlso worth a look: {' and '.join(names)}."
    else:
        yield f"\n{_pick(closings(), query)}"


def _ways_out(result: RAGResult, before: str) -> Iterator[str]:
    options = [spell.plain(r.label, spell.NAME_MAX_CHARS) for r in result.relaxations[:MAX_RELAXATIONS] if r.count > 0]
    if options:
        yield f"{before}If you can bend a little, there are: {'; '.join(options)}."
    else:
        yield f"{before}A wider date range or a place nearby may help."


def _pick(choices: Sequence[str], query: ParsedQuery) -> str:
    seed = f"{query.message}|{query.now.date().isoformat()}".encode()
    return choices[int.from_bytes(hashlib.sha256(seed).digest()[:4]) % len(choices)]


def follow_ups(result: RAGResult) -> tuple[str, ...]:
    """Two or three next questions that the constraints leave open."""
    query = result.query
    if not result.recommended and result.relaxations:
        offers = [f"Show me {spell.plain(r.label, spell.NAME_MAX_CHARS)}" for r in result.relaxations if r.count > 0]
        if len(offers) >= 2:
            return tuple(offers[:3])
    options = []
    if query.price is None:
        options.append("Which of these are free?" if result.recommended else "What is free nearby?")
    if query.audience is None:
        options.append("What would suit kids?")
    if query.setting is None:
        options.append("Anything indoors?")
    if query.when is None or query.when.grain == "hour":
        options.append("What is on this weekend?")
    else:
        options.append("What about next weekend?")
    if result.recommended:
        options.append(f"More like {spell.title(result.recommended[0].facts)}?")
    start = len(query.message) % max(1, len(options) - 2)
    return tuple((options[start:] + options[:start])[:3])
