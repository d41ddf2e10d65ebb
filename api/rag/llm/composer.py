"""The writer that needs no model: what was found, said warmly, every fact straight from the record.

The same question on the same day gets the same words; another question gets others.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from api.rag import facts as spell
from api.rag.llm import phrases
from api.rag.llm.asked import asked_for, topic, town
from api.rag.llm.beyond import wants_done, wants_reasons, wants_way_from_elsewhere
from api.rag.llm.evidence import closeness, is_beside, is_for_others, is_near, speaks_of
from api.rag.llm.small_talk import NO_WORDS, small_talk
from api.rag.llm.whether import Verdict, verdicts
from api.rag.params import times_of_each
from api.rag.query.audience import ADULT_AGE
from api.rag.query.topics import DOG_FRIENDLY
from api.rag.query.whether import is_turned
from api.rag.tiering import title_key
from api.rag.types import EventFacts, ParsedQuery, RAGResult, RankedEvent

MAX_LISTED = 5
MAX_NEAR_MISSES = 3
MAX_MORE = 2
MAX_RELAXATIONS = 3
MAX_PLACES = 5
LONG_RUN_DAYS = 14


def compose(result: RAGResult) -> Iterator[str]:
    """Deltas of plain text. Source numbers are positions in `result.events`, as in the prompt."""
    for line in _lines(result):
        yield from _deltas(line)


def _deltas(line: str) -> Iterator[str]:
    words = line.split(" ")
    for i, word in enumerate(words):
        yield word if i == len(words) - 1 else word + " "


def _lines(result: RAGResult) -> Iterator[str]:
    query = replace(result.query, now=_local_now(result.query))
    if query.intent == "smalltalk":
        yield small_talk(query) or _pick(phrases.greetings(query), query)
    elif query.intent == "clarify":
        yield _which_place(query)
    else:
        yield from _notices(result)
        yield from _answer(result, query)


def _answer(result: RAGResult, query: ParsedQuery) -> Iterator[str]:
    numbered = list(enumerate(result.events, 1))
    theirs = [(n, e) for n, e in numbered if not is_for_others(e, query) or _is_named(e, query)]
    every = [(n, e) for n, e in theirs if e.tier == "recommended"]
    near = [(n, e) for n, e in theirs if e.tier == "additional" and is_near(e, query)]
    best = every[:MAX_LISTED]
    if query.about_event_ids:
        yield from _told_again(numbered, result, query)
    elif result.called_off:
        yield from _called_off([(n, e) for n, e in numbered if e in result.called_off], best, query)
    elif named := [pair for pair in best if _is_named(pair[1], query)]:
        yield _pick(phrases.told_again(len(named)), query) + "\n"
        yield from _days(named, query, entry=_in_full)
        yield from _closing(named, [pair for pair in (*best, *near) if pair not in named], query)
    elif plain := [pair for pair in every if speaks_of(pair[1], query)]:
        shown = _sure_first(plain, near, query)[:MAX_LISTED]
        yield _pick(_openings(shown, query), query) + "\n"
        yield from _days(shown, query)
        beside = [pair for pair in (*best, *near) if pair not in (*plain, *shown) and is_beside(pair[1], query)]
        yield from _closing(shown, _by_closeness(beside, shown, query), query)
    elif best:
        closest = _by_closeness([*best, *near], (), query)
        yield from _close_ones(closest, query)
        yield from _closing(closest[:MAX_NEAR_MISSES], closest[MAX_NEAR_MISSES:], query)
    elif near:
        yield from _close_ones(near, query)
        yield from _ways_out(result, "\n")
    else:
        asked = asked_for(query)
        more = phrases.no_more(asked) if query.exclude_event_ids else phrases.empties(asked, topic(query))
        yield _pick(more, query)
        yield from _ways_out(result, " ")


def _sure_first(
    plain: Sequence[tuple[int, RankedEvent]], near: Sequence[tuple[int, RankedEvent]], query: ParsedQuery
) -> Sequence[tuple[int, RankedEvent]]:
    """For children those come first whose listing says that they are welcome."""
    if not _for_children(query):
        return plain
    fitting = [*plain, *(pair for pair in near if speaks_of(pair[1], query))]
    sure = [pair for pair in fitting if spell.ages_known(pair[1].facts)]
    return [*sure, *(pair for pair in plain if pair not in sure)]


def _by_closeness(
    listed: Sequence[tuple[int, RankedEvent]], above: Sequence[tuple[int, RankedEvent]], query: ParsedQuery
) -> list[tuple[int, RankedEvent]]:
    """The closest first, each happening once and none that stands above."""
    told = [title_key(event.facts.title) for _, event in above]
    kept = []
    for pair in sorted(listed, key=lambda pair: -closeness(pair[1], query)):
        title = title_key(pair[1].facts.title)
        if not any(title.startswith(other) or other.startswith(title) for other in told if other and title):
            told.append(title)
            kept.append(pair)
    return kept


def _close_ones(listed: Sequence[tuple[int, RankedEvent]], query: ParsedQuery) -> Iterator[str]:
    shown = listed[:MAX_NEAR_MISSES]
    yield _pick(phrases.came_close(asked_for(query), len(shown), kind=topic(query)), query) + "\n"
    yield from _days(shown, query)


def _is_named(event: RankedEvent, query: ParsedQuery) -> bool:
    """Does the question have its title, of two words or more?"""
    title = title_key(event.facts.title)
    return " " in title and f" {title} " in f" {title_key(query.message)} "


def _called_off(
    off: Sequence[tuple[int, RankedEvent]], instead: Sequence[tuple[int, RankedEvent]], query: ParsedQuery
) -> Iterator[str]:
    """What was asked for by name and does not take place, then what does."""
    yield f"{phrases.not_as_planned(len(off))}\n\n"
    for n, event in off:
        yield f"- {_in_full(n, event, query, spell.format_when(event.facts, query.now))}\n"
    if instead:
        yield f"\n{phrases.INSTEAD}\n"
        yield from _days(instead, query)


def _told_again(asked: Sequence[tuple[int, RankedEvent]], result: RAGResult, query: ParsedQuery) -> Iterator[str]:
    """All that is known of what was told before and is still on: what was asked is among that, or in no listing."""
    if gone := len(query.about_event_ids) - result.candidate_count:
        yield phrases.gone(gone, rest=bool(asked)) + ("\n\n" if asked else "")
    if not asked:
        return
    yield from _beyond_listings(asked, query)
    judged = [(n, event, verdicts(event.facts, query.whether)) for n, event in asked] if query.whether else []
    if judged and len({event.facts.event_id for _, event in asked}) == 1:
        n, _, said = judged[0]
        yield " ".join(phrases.verdict(v.says, v.what, n) for v in said) + "\n\n"
    if query.about_times:
        yield from _times(asked, query)
        return
    yield from _listed_again(asked, judged, query)
    if _run_long(asked):
        yield f"\n{phrases.LONG_RUN_NOTE}\n"
    yield f"\n{phrases.listings_end(len(asked))}"


def _beyond_listings(asked: Sequence[tuple[int, RankedEvent]], query: ParsedQuery) -> Iterator[str]:
    """What is asked for that no listing answers: to have something done, why they were chosen, the way there."""
    if wants_done(query.message):
        yield f"{phrases.cannot_do(pages=all(spell.link(event.facts) for _, event in asked))}\n\n"
    elif wants_reasons(query.message):
        yield f"{phrases.reasons(query)}\n\n"
    elif wants_way_from_elsewhere(query.message, here := town(query.place.label) if query.place is not None else ""):
        yield f"{phrases.way_from(here)}\n\n"


def _listed_again(
    asked: Sequence[tuple[int, RankedEvent]],
    judged: Sequence[tuple[int, RankedEvent, Sequence[Verdict]]],
    query: ParsedQuery,
) -> Iterator[str]:
    """In the order that was asked for, by what is true of each, or by day."""
    order = query.about_order
    if order is not None and len(asked) > 1 and not all(_measure(e, order)[0] for _, e in asked):
        alike = len({_told_measure(event, order) for _, event in asked}) == 1
        yield f"{phrases.ALL_ALIKE[order] if alike else phrases.IN_ORDER[order]}\n\n"
        for n, event in sorted(asked, key=lambda pair: _measure(pair[1], order)):
            yield f"- {_in_full(n, event, query, spell.format_when(event.facts, query.now))}\n"
    elif len(asked) > 1 and judged and all(len(said) == 1 for _, _, said in judged):
        yield from _by_verdict([(n, event, said[0]) for n, event, said in judged], query)
    elif judged and len(asked) == 1:
        yield from _days(asked, query, entry=_in_full)
    else:
        yield _pick(phrases.told_again(len(asked)), query) + "\n"
        yield from _days(asked, query, entry=_in_full)


def _by_verdict(judged: Sequence[tuple[int, RankedEvent, Verdict]], query: ParsedQuery) -> Iterator[str]:
    """Those that a yes is said to, those that a no is said to, and the others."""
    between = ""
    for says in ("yes", "no", "said", "unsaid"):
        alike = [(n, event) for n, event, verdict in judged if verdict.says == says]
        if not alike:
            continue
        yield f"{between}{phrases.verdict_lead(says, len(alike))}\n\n"
        between = "\n"
        for n, event in sorted(alike, key=lambda pair: (pair[1].facts.start, pair[0])):
            yield f"- {_in_full(n, event, query, spell.format_when(event.facts, query.now))}\n"


def _times(asked: Sequence[tuple[int, RankedEvent]], query: ParsedQuery) -> Iterator[str]:
    """When each of the events is, on the days asked about; of one that is not on then, when it is next."""
    on = [pair for pair in asked if _in_days(pair[1].facts, query)]
    off = [pair for pair in asked if pair not in on]
    count = len({event.facts.event_id for _, event in asked})
    most = times_of_each(count)
    if query.when is None:
        more = any(len(times) > most for times in _each(on))
        yield phrases.every_time(len(on), more=more) + "\n\n"
    elif on:
        is_asked = query.whether is None and not is_turned(query.message)
        every = len(query.when.ranges) == 1
        yield (
            phrases.on_then(query.when.label, count=count, all_of_them=not off, is_asked=is_asked, every=every) + "\n\n"
        )
    yield from _by_event(on, most, query)
    if off:
        yield (
            ("\n" if on else "")
            + phrases.not_then("" if on or query.when is None else query.when.label, len(_each(off)))
            + "\n\n"
        )
        yield from _by_event(off, most, query)
    if _run_long(on):
        yield f"\n{phrases.LONG_RUN_NOTE}\n"


def _run_long(listed: Sequence[tuple[int, RankedEvent]]) -> bool:
    """A calendar may give a show of every Friday as one span of months."""
    return any((spell.last_day(e.facts) - e.facts.start.date()).days >= LONG_RUN_DAYS for _, e in listed)


def _by_event(listed: Sequence[tuple[int, RankedEvent]], most: int, query: ParsedQuery) -> Iterator[str]:
    """The first time of an event with all that is known, then its others."""
    for times in _each(listed):
        (n, first), *others = times[:most]
        yield f"- {_in_full(n, first, query, spell.format_when(first.facts, query.now))}\n"
        for n, event in others:
            yield f"- also {spell.format_when(event.facts, query.now)} [{n}]\n"


def _each(listed: Sequence[tuple[int, RankedEvent]]) -> list[list[tuple[int, RankedEvent]]]:
    """By event; its times stand one after the other."""
    return [list(times) for _, times in groupby(listed, key=lambda pair: pair[1].facts.event_id)]


def _in_days(facts: EventFacts, query: ParsedQuery) -> bool:
    end = facts.end or facts.start + timedelta(minutes=1)
    return query.when is None or any(facts.start < r.end and end > r.start for r in query.when.ranges)


def _measure(event: RankedEvent, order: str | None) -> tuple[bool, float, datetime]:
    """(is it unknown, how much): what is not known comes last."""
    facts, value = event.facts, None
    if order == "price" and spell.price_known(facts):
        value = (
            0.0
            if spell.is_free(facts)
            else float(facts.price_min if facts.price_min is not None else facts.price_max or 0)
        )
    elif order == "distance":
        value = event.factors.distance_miles
    return value is None and order != "start", value or 0.0, facts.start


def _told_measure(event: RankedEvent, order: str) -> tuple[bool, float | datetime]:
    """As far as an entry tells it: within a mile, everything is in town."""
    unknown, value, start = _measure(event, order)
    return unknown, start if order == "start" else math.floor(value) if order == "distance" else value


def _which_place(query: ParsedQuery) -> str:
    """'Which place do you mean', where there are some; else what is not known, and what would help."""
    if any(n.code == "no_words" for n in query.notices):
        return NO_WORDS
    if query.place is None or not query.place.alternatives:
        said = [spell.plain(n.message, 2 * spell.TITLE_MAX_CHARS) for n in query.notices if n.code == "unknown_place"]
        return " ".join([*said[:1], phrases.which_town()])
    options = [spell.plain(o.label, spell.NAME_MAX_CHARS) for o in query.place.alternatives[:MAX_PLACES]]
    return f"Which place do you mean: {'; '.join(options)}?"


def _notices(result: RAGResult) -> Iterator[str]:
    for notice in result.notices or result.query.notices:
        if notice.code in (
            "unknown_place",
            "unknown_spot",
            "ambiguous_place",
            "several_places",
            "language",
            "not_told",
        ):
            yield spell.plain(notice.message, 2 * spell.TITLE_MAX_CHARS) + "\n\n"


def _days(
    listed: Sequence[tuple[int, RankedEvent]],
    query: ParsedQuery,
    entry: Callable[[int, RankedEvent, ParsedQuery], str] | None = None,
) -> Iterator[str]:
    entry = entry or _entry
    by_day = sorted(listed, key=lambda pair: (_shown_day(pair[1].facts, query), pair[1].facts.start, pair[0]))
    for day, group in groupby(by_day, key=lambda pair: _shown_day(pair[1].facts, query)):
        yield f"\n{spell.format_day(day, _local_now(query))}\n"
        for n, event in group:
            yield f"- {entry(n, event, query)}\n"


def _shown_day(facts: EventFacts, query: ParsedQuery) -> date:
    """Something that began earlier and still runs is listed under the first day it can be attended: asked about, and not past."""
    first, last, today = facts.start.date(), spell.last_day(facts), query.now.date()
    asked = query.when.range.start.astimezone(ZoneInfo(query.zone)).date() if query.when else today
    return min(max(first, asked, today), last)


def _local_now(query: ParsedQuery) -> datetime:
    return query.now.astimezone(ZoneInfo(query.zone))


def _entry(n: int, event: RankedEvent, query: ParsedQuery) -> str:
    facts = event.facts
    parts = [_hours(facts, query)]
    if where := spell.format_where(facts):
        venue, city = spell.venue(facts).casefold(), spell.city(facts).casefold()
        if query.at_venue and venue == query.at_venue.casefold():  # said above
            where = ""
        at = "in" if venue in ("", city) else "at"  # where the listing names no more than the town
        parts.append(where if where in ("online", "") else f"{at} {where}")
    return _line(n, facts, parts, [_price(facts, query), _ages(facts, query), _distance(event, query)])


def _in_full(n: int, event: RankedEvent, query: ParsedQuery, when: str = "") -> str:
    """Every fact of the record, and that there is no price where there is none. `when` where no day stands above."""
    facts = event.facts
    parts = [when or _hours(facts, query)]
    if facts.attendance == "online":
        parts.append("online")
    else:
        where = [
            spell.plain(name, spell.NAME_MAX_CHARS) for name in (facts.room, facts.venue, facts.street, facts.city)
        ]
        parts += dict.fromkeys(name for name in where if name)
    extras = [spell.format_price(facts), spell.format_ages(facts), _distance(event, query)]
    if facts.organizer and facts.organizer.casefold() != facts.venue.casefold():
        extras.append(f"organizer: {spell.plain(facts.organizer, spell.NAME_MAX_CHARS)}")
    return f"{_line(n, facts, parts, extras)} {spell.link(facts)}".rstrip()


def _line(n: int, facts: EventFacts, parts: Sequence[str], extras: Sequence[str]) -> str:
    """What is not as it was planned stands beside the title: nobody should read past it."""
    status = "" if spell.as_planned(facts) else f" ({facts.status})"
    sentence = f"{spell.title(facts)} [{n}]{status}: {', '.join(p for p in parts if p)}."
    return " ".join([sentence, *(f"{_upper(text)}." for text in extras if text)])


def _hours(facts: EventFacts, query: ParsedQuery) -> str:
    """The time under the day it is listed for; of a run of days, its last. Equal hours at both ends of a run say nothing."""
    last = spell.last_day(facts)
    if facts.start.date() == last:
        return spell.format_time(facts)
    until = f"until {spell.format_day(last, query.now)}"
    if spell.is_all_day(facts) or facts.end is None or facts.end.timetz() == facts.start.timetz():
        return until
    return f"{until}, {spell.format_time(facts)}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _price(facts: EventFacts, query: ParsedQuery) -> str:
    if not spell.price_known(facts):
        return "price not listed" if query.price else ""
    return spell.format_price(facts)


def _ages(facts: EventFacts, query: ParsedQuery) -> str:
    """The age range, and whose age it fits, when the question was about somebody."""
    text = spell.format_ages(facts)
    if not text and _for_children(query):
        return phrases.AGES_UNKNOWN
    if not text or query.audience is None:
        return text if text.endswith("+") and (facts.age_min or 0) >= 18 else ""
    fits = [age for age in query.audience.ages if spell.welcomes(facts, age)]
    return f"for {text}, so right for {spell.people_of(fits)}" if fits else f"for {text}"


def _for_children(query: ParsedQuery) -> bool:
    """To whom nothing may be passed off as theirs whose listing names no ages."""
    who = query.audience
    return who is not None and query.audience_hard and who.age_max is not None and who.age_max < ADULT_AGE


def _distance(event: RankedEvent, query: ParsedQuery) -> str:
    """In miles where people count in them, else in kilometres; nothing for a place in town."""
    miles, place = event.factors.distance_miles, query.place
    if place is None or miles is None or event.facts.lat is None or event.facts.lng is None or miles < 1:
        return ""
    far, in_miles = spell.local_distance(miles, place.country_code)
    unit = "km" if not in_miles else "mile" if round(far) == 1 else "miles"
    return f"about {round(far)} {unit} away"


def _openings(listed: Sequence[tuple[int, RankedEvent]], query: ParsedQuery) -> Sequence[str]:
    """Of what nobody asked for, or whose ages are not known, it is not said that it fits."""
    asked = asked_for(query)
    fits = asked.startswith("for ") and (query.audience is None or all(spell.ages_known(e.facts) for _, e in listed))
    unsure = bool(query.setting or query.access or DOG_FRIENDLY in query.interests)  # listings rarely say
    found = phrases.openings(asked, len(listed), kind=topic(query), fits=fits and not unsure)
    return found if fits or not _for_children(query) else found[:1]


def _closing(
    listed: Sequence[tuple[int, RankedEvent]], near: Sequence[tuple[int, RankedEvent]], query: ParsedQuery
) -> Iterator[str]:
    if set(query.access) - {"quiet"}:
        yield f"\n{phrases.ACCESS_NOTE}\n"
    if "quiet" in query.access:
        yield f"\n{phrases.QUIET_NOTE}\n"
    if DOG_FRIENDLY in query.interests:
        yield f"\n{phrases.DOG_NOTE}\n"
    if query.setting:
        yield f"\n{phrases.SETTING_NOTE}\n"
    if _run_long(listed):
        yield f"\n{phrases.LONG_RUN_NOTE}\n"
    if (
        query.audience is not None
        and not _for_children(query)
        and not all(spell.ages_known(e.facts) for _, e in listed)
    ):
        yield f"\n{phrases.AGES_NOTE}\n"
    if query.place is None and query.attendance != "online" and not query.at_venue:
        yield f"\n{_pick(phrases.placeless(), query)}"
    elif near:
        lead = _pick(phrases.more_leads(), query)
        yield f"\n{lead}: {' and '.join(_brief(n, e.facts, query) for n, e in near[:MAX_MORE])}."
    else:
        yield f"\n{_pick(phrases.closings(), query)}"


def _brief(n: int, facts: EventFacts, query: ParsedQuery) -> str:
    runs = facts.start.date() < query.now.date() <= spell.last_day(facts)
    days = _hours(facts, query) if runs else spell.format_days(facts, query.now)
    return f"{spell.title(facts)} [{n}] ({days if spell.as_planned(facts) else f'{facts.status}, {days}'})"


def _ways_out(result: RAGResult, before: str) -> Iterator[str]:
    options = [spell.plain(r.label, spell.NAME_MAX_CHARS) for r in result.relaxations[:MAX_RELAXATIONS] if r.count > 0]
    if options:
        yield f"{before}If you can bend a little, I can offer: {'; '.join(options)}."
    else:
        yield f"{before}{phrases.wider(result.query)}"


def _pick(choices: Sequence[str], query: ParsedQuery) -> str:
    seed = f"{query.message}|{query.now.date().isoformat()}".encode()
    return choices[int.from_bytes(hashlib.sha256(seed).digest()[:4]) % len(choices)]
