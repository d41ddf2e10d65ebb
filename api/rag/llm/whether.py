"""A yes, a no, or that the listing does not say: what a question about something told is answered with, before the listing itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from api.rag import facts as spell
from api.rag.guard.vocabulary import word_set
from api.rag.query.dates import When
from api.rag.query.dates.numbers import DAY
from api.rag.types import Audience, EventFacts, PriceLimit, Whether
from events.text import words

_SETTING_WORDS = {
    "indoor": word_set("indoor indoors inside"),
    "outdoor": word_set("outdoor outdoors outside outdoorsy"),
}
_OTHER_SETTING = {"indoor": "outdoor", "outdoor": "indoor"}
_ACCESS_WORDS = {
    "wheelchair": word_set("wheelchair wheelchairs accessible accessibility ada"),
    "sensory": word_set("sensory autism relaxed"),
    "asl": word_set("asl interpreted interpreter interpreters"),
    "captions": word_set("captions captioned captioning subtitles subtitled"),
    "stroller": word_set("stroller strollers"),
}
_DOG_WORDS = word_set("dog dogs pet pets leash leashed")
_HALVES = word_set("am pm a.m. p.m. a.m p.m noon midnight")
HALF_DAY, HOUR = DAY // 2, 60
Says = Literal["yes", "no", "said", "unsaid"]
YES: Says = "yes"
NO: Says = "no"
SAID: Says = "said"
UNSAID: Says = "unsaid"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`what` follows "Yes:", "No:" or nothing as a clause; of what is unsaid it follows "does not say"."""

    says: Says
    what: str


def verdicts(facts: EventFacts, asked: Whether) -> tuple[Verdict, ...]:
    """One for each thing asked, in no order but that of the record."""
    return tuple(_verdicts(facts, asked))


def _verdicts(facts: EventFacts, asked: Whether) -> Iterator[Verdict]:
    if asked.price is not None or asked.costs:
        yield _of_price(facts, asked)
    elif asked.audience is not None:
        yield _of_ages(facts, asked.audience)
    if asked.attendance is not None:
        yield _of_attendance(facts, online=asked.attendance == "online")
    if asked.hours is not None:
        yield _of_end(facts, asked.hours) if asked.hours.must_end else _of_start(facts, asked.hours)
    if asked.setting is not None:
        yield _of_setting(facts, asked.setting)
    for need in asked.access:
        yield _mentioned(facts, _ACCESS_WORDS.get(need, frozenset()), "how accessible the place is")
    if asked.dogs:
        yield _mentioned(facts, _DOG_WORDS, "whether dogs are welcome")


def _of_price(facts: EventFacts, asked: Whether) -> Verdict:
    if not spell.price_known(facts):
        return Verdict(UNSAID, "what it costs")
    price = spell.format_price(facts)
    if spell.is_free(facts):
        return Verdict(NO if asked.costs else YES, "it is free")
    costs = f"it costs {price}"
    if asked.costs:
        return Verdict(SAID if facts.price_min == 0 else YES, costs)
    if asked.audience is not None:  # "is it free for kids?"
        return Verdict(SAID, costs)
    return Verdict(_within(facts, asked.price), costs)


def _within(facts: EventFacts, limit: PriceLimit | None) -> Says:
    most = limit.max_price if limit is not None else None
    if most is None:
        return SAID
    if facts.price_max is not None and facts.price_max <= most:
        return YES
    return NO if facts.price_min is not None and facts.price_min > most else SAID


def _of_ages(facts: EventFacts, who: Audience) -> Verdict:
    if not spell.ages_known(facts):
        return Verdict(UNSAID, "for what ages it is")
    said = f"the listing says {spell.format_ages(facts)}"
    if who.ages:
        welcome = [age for age in who.ages if spell.welcomes(facts, age)]
        return Verdict(YES if len(welcome) == len(who.ages) else SAID if welcome else NO, said)
    low, high = who.age_min or 0, who.age_max
    if (facts.age_min or 0) <= low and (facts.age_max is None or (high is not None and high <= facts.age_max)):
        # "Is it 21 and over?" asks for more than that they may come.
        return Verdict(YES if high is not None or (facts.age_min or 0) == low else SAID, said)
    apart = (facts.age_max is not None and facts.age_max < low) or (high is not None and high < (facts.age_min or 0))
    return Verdict(NO if apart else SAID, said)


def _of_attendance(facts: EventFacts, *, online: bool) -> Verdict:
    if facts.attendance == "mixed":
        return Verdict(YES, "it is both online and in person")
    is_online = facts.attendance == "online"
    return Verdict(YES if is_online == online else NO, "it is online" if is_online else "it is in person")


def _of_start(facts: EventFacts, hours: When) -> Verdict:
    if not spell.hour_known(facts) or hours.mask is None:
        return Verdict(UNSAID, "at what time it begins")
    minute, first, last = _minute(facts), hours.mask.start_minute, hours.mask.end_minute
    inside = first <= minute < last if first < last else minute >= first or minute < last
    if not inside and hours.bare_hour and last - first == HOUR:  # "does it start at 7?", of the morning
        inside = first <= minute + HALF_DAY < last
    return Verdict(YES if inside else NO, f"it begins at {spell.format_clock(facts.start)}")


def _of_end(facts: EventFacts, hours: When) -> Verdict:
    if facts.end is None or facts.end <= facts.start or spell.is_all_day(facts) or hours.mask is None:
        return Verdict(UNSAID, "when it ends")
    ends = f"it ends at {spell.format_clock(facts.end)}"
    if spell.last_day(facts) != facts.start.date():
        return Verdict(SAID, ends)
    start = _minute(facts)
    end = start + int((facts.end - facts.start).total_seconds()) // 60
    by = hours.mask.end_minute
    if _HALVES.isdisjoint(" ".join(hours.words).lower().replace("am", " am").replace("pm", " pm").split()):
        # "by 11" of an evening
        by = next((m for m in sorted({by % HALF_DAY, by % HALF_DAY + HALF_DAY}) if m > start), by)
    return Verdict(YES if end <= by else NO, ends)


def _minute(facts: EventFacts) -> int:
    return facts.start.hour * 60 + facts.start.minute


def _of_setting(facts: EventFacts, setting: Literal["indoor", "outdoor"]) -> Verdict:
    plain = frozenset(words(" ".join((facts.title, *facts.tags, facts.room))))
    here, there = (not plain.isdisjoint(_SETTING_WORDS[s]) for s in (setting, _OTHER_SETTING[setting]))
    if here != there:
        return Verdict(YES if here else NO, f"the listing says {setting if here else _OTHER_SETTING[setting]}")
    either = _SETTING_WORDS["indoor"] | _SETTING_WORDS["outdoor"]
    return _mentioned(facts, either, "whether it is indoors or outdoors")


def _mentioned(facts: EventFacts, named: frozenset[str], what: str) -> Verdict:
    """What the free text of a listing has a word about is for the reader to read: it may be a refusal."""
    told = frozenset(words(" ".join((facts.title, facts.description, *facts.tags))))
    if told.isdisjoint(named):
        return Verdict(UNSAID, what)
    return Verdict(SAID, f"the listing has a word about {what}, so please look at its page")
