"""One pass over the tokens: at each token the rules that its word or kind calls for; the longest reading wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from . import (
    clocks,
    day_parts,
    durations,
    edges,
    feast_days,
    month_days,
    numeric_days,
    one_more,
    relative_days,
    short_days,
    week_days,
)
from .lexicon import (
    COMING_WORDS,
    EVERY_WORDS,
    LAST_WORDS,
    MONTHS,
    NEXT_WORDS,
    NUMBER_WORDS,
    ORDINAL_WORDS,
    PARTS,
    PLURAL_WEEKDAYS,
    SEASONS,
    VAGUE_COUNTS,
    WEEKDAYS,
)
from .nodes import Atom, Clock, Days, Node
from .numbers import MAX_ATOMS, MAX_DEPTH
from .reader import Reader

Rule = Callable[[Reader, int], "tuple[Node, int] | tuple[Days, int] | None"]


def _weekday(r: Reader, i: int) -> tuple[Days, int] | None:
    weekday = WEEKDAYS.get(r.word(i))
    if weekday is not None:
        found = durations.read_weekday_after(r, i, weekday)
        if found and isinstance(found[0], Days):
            return found[0], found[1]
    return week_days.read_weekday(r, i)


def _number(r: Reader, i: int) -> tuple[Days, int] | None:
    return month_days.read_day_of_month_first(r, i) or numeric_days.read_year(r, i)


_BY_KIND: dict[str, tuple[Rule, ...]] = {
    "ymd": (numeric_days.read_numeric,),
    "dmy": (numeric_days.read_numeric,),
    "my": (numeric_days.read_numeric,),
    "md": (numeric_days.read_numeric,),
    "num": (_number, durations.read_counted),
    "ord": (feast_days.read_fourth_of_july, month_days.read_day_of_month_first, relative_days.read_nth),
}


def _rules_by_word() -> dict[str, tuple[Rule, ...]]:
    rules: dict[str, list[Rule]] = {}

    def add(words: Iterable[str], *found: Rule) -> None:
        for word in words:
            rules.setdefault(word, []).extend(found)

    add(("today", "tonight", "tomorrow", "yesterday"), relative_days.read_today)
    add(("now", "moment", "minute", "present"), relative_days.read_now)
    add(("that", "same"), relative_days.read_that)
    add(WEEKDAYS.keys() | PLURAL_WEEKDAYS.keys(), _weekday)
    add(short_days.LETTER_WORDS, _letters)
    add(("weekend", "weekends"), week_days.read_weekend)
    add(("week",), week_days.read_week)
    add(MONTHS, month_days.read_month)
    add(SEASONS, numeric_days.read_season)
    modifiers = {"this"} | NEXT_WORDS | COMING_WORDS | LAST_WORDS
    # before last week: "the last week" of the month spoken of
    add(("last", "final", "penultimate"), relative_days.read_nth)
    add(modifiers, week_days.read_modified, relative_days.read_unit)
    add(modifiers, relative_days.read_modified_calendar, durations.read_next_units)
    add(("after",), durations.read_after)
    add(("over", "during"), durations.read_over)
    add(("w",), week_days.read_week_commencing)
    add(("q",), numeric_days.read_quarter)
    add(EVERY_WORDS, week_days.read_every)
    add(("in", "within"), durations.read_in)
    add(("right", "just", "shortly", "soon", "immediately"), durations.read_near)
    add(("day",), durations.read_day_after)
    add({"this", "the"} | NEXT_WORDS | COMING_WORDS, feast_days.read_long_weekend)
    add(("long",), feast_days.read_any_long_weekend)
    add(("bank",), feast_days.read_bank_holiday)
    add(NEXT_WORDS, one_more.read_next_one)
    add(("one",), one_more.read_one_after)
    add(("month",), one_more.read_month_beside)
    add(("whole", "entire", "all"), one_more.read_whole_day)
    add(("sooner",), one_more.read_sooner)
    add(LAST_WORDS, one_more.read_last_before)
    add(("night", "evening", "morning", "afternoon"), durations.read_part_beside)
    add(ORDINAL_WORDS, relative_days.read_nth, month_days.read_day_of_month_first)
    add(("fourth",), feast_days.read_fourth_of_july)
    add(("two",), numeric_days.read_year)  # "two thousand and thirty"
    add(("twenty", "thirty"), month_days.read_day_of_month_first)
    add(NUMBER_WORDS.keys() | VAGUE_COUNTS.keys() | {"a", "an", "half", "the"}, durations.read_counted)
    add(
        ("end", "beginning", "start", "middle", "early", "late", "mid", "rest", "remainder", "later"),
        edges.read_edge,
    )
    add(("midweek",), _midweek)
    add(("weekday", "weekdays", "weeknight", "weeknights", "workday", "workdays"), _weekdays)
    add(("school",), _school_nights)
    return {word: tuple(found) for word, found in rules.items()}


def _letters(r: Reader, i: int) -> tuple[Days, int] | None:
    found = short_days.weekdays_in_letters(r, i)
    return (week_days.recurring(r, found[0], "days"), found[1]) if found else None


def _school_nights(r: Reader, i: int) -> tuple[Days, int] | None:
    """Those before a school day: Sunday to Thursday."""
    if r.word(i + 1) not in ("night", "nights") or not r.safe_after(i + 2):
        return None
    node = week_days.recurring(r, frozenset({6, 0, 1, 2, 3}), "days")
    return Days(node.spans, "days", pick=node.pick, weekdays=node.weekdays, clock=day_parts.part("night")), i + 2


def _midweek(r: Reader, i: int) -> tuple[Days, int] | None:
    return week_days.recurring(r, frozenset({1, 2, 3}), "days"), i + 1


def _weekdays(r: Reader, i: int) -> tuple[Days, int] | None:
    """Weeknights are Monday to Thursday: Friday night is the weekend's."""
    if r.word(i).startswith("weeknight"):
        node = week_days.recurring(r, frozenset(range(4)), "days")
        return Days(node.spans, "days", pick=node.pick, weekdays=node.weekdays, clock=day_parts.part("night")), i + 1
    return week_days.recurring(r, frozenset(range(5)), "days"), i + 1


_BY_WORD = _rules_by_word()
# "Any comedy shows Thursday" asks for no Thursdays, and "first movie night Friday" for no first Friday.
_OF_THE_NEXT_WORD = NEXT_WORDS | LAST_WORDS | ORDINAL_WORDS.keys() | {"any", "all"}


def read_node(r: Reader, i: int) -> tuple[Node, int] | None:
    """The longest day or duration phrase that starts at token i. Phrases nest ("week of the first Monday of ..."), to a depth."""
    key = (i, r.depth)
    if key in r.memo:
        return r.memo[key]
    found = None
    if r.depth < MAX_DEPTH:
        r.depth += 1
        found = _longest(r, i)
        r.depth -= 1
    r.memo[key] = found
    return found


def _longest(r: Reader, i: int) -> tuple[Node, int] | None:
    token = r.at(i)
    if token.kind == "word":
        rules = (
            _BY_WORD.get(token.text, ()) if not (token.text in _OF_THE_NEXT_WORD and r.blanked_before(i + 1)) else ()
        )
        feasts = feast_days.first_words(r.country)
        if token.text in feasts:
            found = feast_days.read_feast(r, i)
            if found:
                return found
    else:
        rules = _BY_KIND.get(token.kind, ())
    best: tuple[Node, int] | None = None
    for rule in rules:
        reading = rule(r, i)
        if reading is not None and (best is None or reading[1] > best[1]):
            best = (reading[0], reading[1])
    return best


def _clock(r: Reader, i: int, *, after_date: bool) -> tuple[Node, int] | None:
    token = r.at(i)
    if token.kind in ("clock", "num"):
        return clocks.read_clock(r, i, after_date=after_date)
    word = token.text
    if token.kind != "word":
        return None
    if word in PARTS and word != "midday":
        return day_parts.read_part(r, i)
    if word in _SCHOOL_WORDS and (hours := day_parts.read_school_hours(r, i)):
        return hours
    if word in _NOT_WORDS:
        return day_parts.read_not_too(r, i)
    if word == "first":
        return day_parts.read_first_thing(r, i)
    if word in _ASLEEP_WORDS and (asleep := day_parts.read_asleep(r, i)):
        return asleep
    if word in _CLOCK_WORDS:
        phrase = day_parts.read_after_phrase(r, i)
        if phrase:
            return phrase
    if word == "midday" and r.word(i - 1) != "at":
        return day_parts.part("midday"), i + 1
    if word in NUMBER_WORDS or word in ("noon", "midday", "midnight", "half", "quarter"):
        return clocks.read_clock(r, i, after_date=after_date)
    return None


_DUMB = frozenset({"punct", "veiled"})
_SCHOOL_WORDS = frozenset({"while", "when", "during"})
_NOT_WORDS = frozenset({"not", "nothing", "isn't"})
_ASLEEP_WORDS = frozenset({"after", "once", "when"})
_CLOCK_WORDS = frozenset(
    {
        "after",
        "am",
        "before",
        "lunch",
        "noon",
        "dinner",
        "brunch",
        "breakfast",
        "supper",
        "day",
        "midday",
        "midnight",
        "pm",
        "half",
        "quarter",
    }
)


@lru_cache(maxsize=64)
def _triggers(country: str) -> frozenset[str]:
    """The words at which a phrase can begin; every other word is passed over."""
    return (
        frozenset(_BY_WORD)
        | frozenset(PARTS)
        | _CLOCK_WORDS
        | _SCHOOL_WORDS
        | _ASLEEP_WORDS
        | _NOT_WORDS
        | frozenset(feast_days.first_words(country))
    )


def _opens_a_time(atoms: list[Atom]) -> bool:
    """A bare "6-8" may follow a date, or a date and a part of the day."""
    last = atoms[-1].node
    if isinstance(last, Clock) and last.op == "part":
        return len(atoms) > 1 and isinstance(atoms[-2].node, Days)
    return isinstance(last, Days)


def scan(r: Reader) -> list[Atom]:
    atoms: list[Atom] = []
    triggers = _triggers(r.country)
    i, count = 0, len(r.tokens)
    while i < count and len(atoms) < MAX_ATOMS:
        token = r.tokens[i]
        if token.text not in triggers if token.kind == "word" else token.kind in _DUMB:
            i += 1
            continue
        found = read_node(r, i)
        after_date = bool(atoms) and atoms[-1].last >= i - 1 and _opens_a_time(atoms)
        clock = _clock(r, i, after_date=after_date)
        if clock is not None and (found is None or clock[1] > found[1]):
            found = clock
        if found is None or (isinstance(found[0], Days) and not found[0].spans):
            i += 1
            continue
        if isinstance(found[0], Days):
            found = durations.lasting(r, found[0], found[1])
            if not (atoms and isinstance(atoms[-1].node, Clock)):  # "at 6 tomorrow or later" is of the hour
                found = durations.onward(r, *found)
            r.previous = found[0]
        atoms.append(Atom(found[0], i, found[1]))
        i = max(found[1], i + 1)
    return atoms
