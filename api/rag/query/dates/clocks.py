"""Times of day: "7pm", "at 7", "half past six", "2-5", "noon", "six thirty"."""

from __future__ import annotations

import re
from dataclasses import replace

from .bare_numbers import BEFORE_BARE, beside_a_day, day_at, is_compared, is_joined, is_the_answer
from .lexicon import BUSY, CLAUSE_STARTS, MONTHS, NAPPING, NUMBER_WORDS, PART_TOPICS, PARTS, UNITS, WEEKDAYS
from .named_zones import in_local_hours, is_zone
from .nodes import Clock
from .numbers import (
    AROUND_MINUTES,
    DAY,
    LAST_PM_HOUR,
    LAST_PM_HOUR_BY_NIGHT,
    NIGHT_END,
    POINT_MINUTES,
)
from .reader import Reader

Found = tuple[Clock, int]
HALF = 720
_CLOCK = re.compile(r"(\d{1,2}?)(?:[:.]?(\d{2}))?(?::(\d{2}))?\s*(?:([ap])[\s.m]*)?$")
_DOTTED = re.compile(r"\d{1,2}\.[0-5][05]")  # "at 7.30"
_RANGE = frozenset({"-", "–", "—", "to", "until", "till", "til", "through", "thru"})
_HALVES = {"morning": "a", "afternoon": "p", "evening": "p"}
_MINUTES = ("minutes", "minute", "mins", "min")
_NAMED_TIMES = frozenset({"noon", "midday", "midnight", "lunch", "dinner", "supper"}) | NUMBER_WORDS.keys()


class Point:
    """A time as written: minutes after midnight and whether the half of the day was written too."""

    __slots__ = ("half", "minutes", "next", "seconds")

    def __init__(self, minutes: int, half: str, next_index: int) -> None:
        self.minutes = minutes
        self.half = half  # "a", "p", "24" (settled), "" (open)
        self.next = next_index


def read_point(r: Reader, i: int, *, bare: bool) -> Point | None:
    point = _beside_an_hour_struck(r, i)
    if point is not None:
        return point if point.half else _in_its_half(r, point)
    return None if r.word(i) in ("half", "quarter") else _read_hour(r, i, bare=bare)


def _beside_an_hour_struck(r: Reader, i: int) -> Point | None:
    """ "Half seven", "quarter to eight", "ten past six": what is counted from an hour, never from minutes of another."""
    word = r.word(i)
    if word == "half" and (british := _half_seven(r, i + 1)):
        return british
    if word in ("half", "quarter"):
        return _past(r, 30 if word == "half" else 15, r.skip(i + 1, "-"))
    return _minutes_past(r, i)


def _read_hour(r: Reader, i: int, *, bare: bool) -> Point | None:
    point = _hour(r, i, bare=bare)
    return point if point is None or point.half else _in_its_half(r, point)


def _in_its_half(r: Reader, point: Point) -> Point:
    """ "10 in the morning", "7 in the evening": the half of the day, said in words."""
    j = point.next
    half = _HALVES.get(r.word(j + 2)) if r.word(j) == "in" and r.word(j + 1) == "the" else None
    if half is None or point.minutes >= HALF + 60 or r.word(j + 3) in PART_TOPICS:
        return point
    return Point(_to_minutes(point.minutes // 60, point.minutes % 60, half), half, j + 3)


def _hour(r: Reader, i: int, *, bare: bool) -> Point | None:
    token = r.at(i)
    if token.kind == "clock":
        return _written(token.text, i)
    if token.kind == "num" and len(token.text) in (3, 4) and is_joined(r, i):
        return _written(f"{token.text[:-2]}:{token.text[-2:]}", i)
    if token.kind == "num" and _DOTTED.fullmatch(token.text) and (r.word(i - 1) in ("at", "@") or beside_a_day(r, i)):
        return _written(token.text.replace(".", ":"), i)
    word = r.word(i)
    if word in ("noon", "midday"):
        return Point(HALF, "24", i + 1)
    if word == "midnight":
        return Point(DAY, "24", i + 1)
    if token.kind == "num" and token.text.isdigit() and len(token.text) <= 2:
        return _bare(r, token.number, i + 1, bare)
    number = NUMBER_WORDS.get(word)
    return _bare(r, number, i + 1, bare) if number is not None and number <= 12 else None


def _half_seven(r: Reader, j: int) -> Point | None:
    """ "Half seven", as the British say half past."""
    hour = NUMBER_WORDS.get(r.word(j)) or (r.at(j).number_or(0) if r.at(j).kind == "num" else 0)
    return Point(hour * 60 + 30, "", j + 1) if 1 <= hour <= 12 and r.safe_after(j + 1) else None


def _written(text: str, i: int) -> Point | None:
    match = _CLOCK.match(text)
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[4] or "").lower()
    if minute > 59 or hour > 24 or (half and not 1 <= hour <= 12):
        return None
    if not half and (hour > 12 or hour == 0 or (match[1][0] == "0" and match[2])):
        half = "24"
    return Point(_to_minutes(hour, minute, half), half, i + 1)


def _to_minutes(hour: int, minute: int, half: str) -> int:
    if half in ("a", "p"):
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + minute


def _bare(r: Reader, hour: int, j: int, allowed: bool) -> Point | None:
    if after := _after_oclock(r, j):
        j = after
        allowed = True
    minute = 0
    k = r.skip(j, "-")
    spoken = r.cardinal(k) if r.at(k).kind == "word" else None
    if (spoken and spoken[0] in (10, 15, 20, 30, 40, 45, 50)) or (
        spoken and r.word(spoken[1]) in ("minutes", "minute")
    ):
        minute, j = spoken[0], r.skip(spoken[1], "minutes", "minute")
        beside = k > 0 and r.word(k - 1) == "-" and _date_follows(r, j)  # "five-thirty Friday"
        allowed = spoken[0] > 9 and (allowed or beside or _part_pronounced(r, j))
    half, j = _half_word(r, j)
    if half:
        allowed = True
    if not allowed or not 1 <= hour <= 24 or (half and hour > 12):
        return None
    if hour > 12:
        half = "24"
    return Point(_to_minutes(hour, minute, half), half, j)


def _after_oclock(r: Reader, j: int) -> int:
    """The token behind "o'clock" or "o clock" at token j, 0 for none."""
    if r.word(j) == "oclock":
        return j + 1
    return j + 2 if r.word(j) == "o" and r.word(j + 1) == "clock" else 0


def _half_word(r: Reader, j: int) -> tuple[str, int]:
    word = r.word(j)
    if word in ("am", "pm"):
        return word[0], j + 1
    if word in ("a", "p") and r.word(r.skip(j + 1, ".")) == "m":
        return word, r.skip(r.skip(j + 1, ".") + 1, ".")
    return "", j


def _past(r: Reader, minutes: int, j: int) -> Point | None:
    """ "half past six", "quarter to eight"."""
    word = r.word(j)
    if word not in ("past", "to", "after", "before", "til", "till"):
        return None
    hour = _read_hour(r, j + 1, bare=True)
    if hour is None:
        return None
    shift = minutes if word in ("past", "after") else -minutes
    return Point(hour.minutes + shift, hour.half, hour.next)


def _minutes_past(r: Reader, i: int) -> Point | None:
    """ "thirty-six minutes past eight", "ten past six", "20 min to nine", "at ten to eight"; not "10 to 2" nor "tickets for ten after 9"."""
    token = r.at(i)
    digits = token.kind == "num" and token.text.isdigit() and len(token.text) <= 2
    found = (token.number, i + 1) if digits else r.cardinal(i)
    if found is None or not 0 < found[0] < 60:
        return None
    minutes, j = found[0], r.skip(found[1], *_MINUTES)
    word, told = r.word(j), j > found[1]
    if word not in ("past", "to", "after", "before"):
        return None
    if not told and word != "past":
        rounded = minutes in (5, 10, 20, 25) and not digits
        timed = r.word(i - 1) in BEFORE_BARE or (minutes >= 20 and word == "to")
        if not (rounded and timed and word in ("to", "after")):
            return None
    if not told and word == "past" and not digits and minutes % 5:
        return None
    return _past(r, minutes, j)


def default_half(r: Reader, minutes: int) -> int:
    """A bare hour of 1 to 8 is an afternoon or evening: events are. Of what is on by night, one of 9 to 11 too."""
    return minutes + HALF if 60 <= minutes < _morning(r) else minutes


def _morning(r: Reader) -> int:
    """From this minute a bare time before noon is one of the morning."""
    return ((LAST_PM_HOUR_BY_NIGHT if r.night_out else LAST_PM_HOUR) + 1) * 60


def as_clock(r: Reader, point: Point) -> Clock:
    start = point.minutes if point.half else default_half(r, point.minutes)
    return Clock(start, start + POINT_MINUTES, "at", bool(point.half), "", (point.minutes, -1))


def read_clock(r: Reader, i: int, *, after_date: bool) -> Found | None:
    """A point or a range starting at token i; prepositions before it are the combiner's."""
    before = r.word(i - 1)
    ranged = _read_range(r, i, before, after_date)
    if ranged:
        return in_local_hours(r, *ranged)
    token = r.at(i)
    answer = is_the_answer(r)
    bare = (
        answer
        or before in BEFORE_BARE
        or is_compared(r, i - 1)
        or _beside_an_hour(r, i)
        or (before == "from" and r.safe_after(i + 1))
        or _part_pronounced(r, i + 1)
        or (r.word(i + 1) in _RANGE and r.word(i + 2) == "late")
    )
    if not bare and after_date and token.kind == "num" and r.at(i + 1).kind in ("end",):
        bare = True
    point = read_point(r, i, bare=bare)
    if point is None:
        return None
    if token.kind == "num" or (token.kind == "word" and token.text in NUMBER_WORDS):
        if not point.half and not (
            answer
            or r.safe_after(point.next)
            or r.word(point.next) in WEEKDAYS
            or r.word(point.next - 1) in ("oclock", "clock")
            or r.at(point.next).kind != "word"
            or is_zone(r, point.next)
        ):
            return None
        if r.word(point.next) in MONTHS and not point.half and r.word(point.next - 1) not in ("oclock", "clock"):
            return None
    return in_local_hours(r, *_with_tail(r, as_clock(r, point), point.next))


def _beside_an_hour(r: Reader, i: int) -> bool:
    """ "At 7 or 8 on Friday"."""
    hour = r.at(i - 2).kind in ("num", "clock") and r.word(i - 3) in BEFORE_BARE
    return r.word(i - 1) == "or" and hour and r.safe_after(i + 1)


def _part_pronounced(r: Reader, j: int) -> bool:
    """ "11 at night", "6 in the morning", "10, tonight", "11 tonight", "10ish", "9 tomorrow morning"."""
    if r.word(j) == "ish":
        return True
    if r.word(j) == "at":
        return r.word(j + 1) == "night"
    if r.word(j) == "in":
        return r.word(j + 1) == "the" and r.word(j + 2) in ("morning", "afternoon", "evening")
    k = r.skip(j, ",")
    before = r.word(j - 2)
    if r.word(k) == "tonight":
        return before not in ("for", "of")  # "a table for 4 tonight"
    day = r.word(k) == "this" or day_at(r, k)
    # "9 tomorrow morning", not "the top 10 this evening"
    return day and r.word(k + 1) in PARTS and before in CLAUSE_STARTS


def _with_tail(r: Reader, clock: Clock, j: int) -> Found:
    another = r.at(j + 2).kind in ("num", "clock") or r.word(j + 2) in _NAMED_TIMES  # "before 9 or after 5"
    if (
        r.word(j) in ("onwards", "onward")
        or (r.word(j) == "or" and r.word(j + 1) in ("later", "after") and not another)
        or (r.word(j) == "and" and r.word(j + 1) in ("later", "after", "onwards") and not another)
    ):
        return replace(clock, end=max(DAY, clock.start + 60), op="after"), j + (
            1 if r.word(j).startswith("onward") else 2
        )
    k = r.skip(j, "on")
    # "at 6 tomorrow or later"
    if (r.word(k) in WEEKDAYS or day_at(r, k)) and r.word(k + 1) == "or" and r.word(k + 2) == "later":
        return replace(clock, end=max(DAY, clock.start + 60), op="after"), j
    if r.word(j) in _RANGE and r.word(j + 1) == "late":
        if not clock.half_known and clock.start < HALF:  # "9 till late"
            clock = replace(clock, start=clock.start + HALF)
        return replace(clock, end=max(DAY, clock.start + 60), op="after"), j + 2
    if r.word(j) == "on" and r.word(j - 2) == "from" and r.word(j + 1) in ("", ".", ",", "?"):
        return replace(clock, end=DAY, op="after"), j + 1
    if r.word(j) in ("or", "and") and r.word(j + 1) in ("earlier", "before") and not another:
        return Clock(0, clock.start, "before", clock.half_known, "", (-1, clock.raw[0])), j + 2
    if r.word(j) in ("ish", "sharp"):
        return clock, j + 1
    if r.word(j) == "for":
        return _lasting(r, clock, j)
    return clock, j


def _lasting(r: Reader, clock: Clock, j: int) -> Found:
    """ "from 9:30am for 7 hours"."""
    count = r.small_number(j + 1)
    unit = UNITS.get(r.word(count[1]), (0, 0, 0))[2] if count else 0
    if count and unit >= 60 and 0 < count[0] * unit <= 24 * 3600:
        return replace(clock, end=clock.start + int(count[0] * unit / 60), op="range"), count[1] + 1
    return clock, j


def _read_range(r: Reader, i: int, before: str, after_date: bool) -> Found | None:
    framed = (
        before in ("between", "from") or before in NAPPING | BUSY or (before == "at" and r.at(i + 1).text in _RANGE)
    )
    first = read_point(r, i, bare=True)
    if first is None:
        return None
    j = first.next
    link = r.word(j)
    if link not in _RANGE and not (link in ("and", "&") and before == "between"):
        return None
    second = read_point(r, r.skip(j + 1, "at", "about", "around"), bare=True)
    if second is None or r.word(second.next) == "/":
        return None
    if r.word(second.next) in MONTHS and not (first.half or second.half or r.at(i).kind == "clock"):
        return None
    settled = bool(first.half or second.half)
    beside = _ranged_at(r, second.next + 1, second.next) or _ranged_at(r, i - 4, i - 1)  # "10-12 or 2-4"
    written = r.at(i).kind == "clock" and ":" in r.at(i).text
    if not (
        settled
        or written
        or framed
        or after_date
        or beside
        or is_the_answer(r)
        or _date_follows(r, second.next)
        or _part_pronounced(r, second.next)
    ):
        return None
    if before == "from" and link.startswith(("til", "until")):  # "from 2 till 5 free": no five of anything
        settled = True
    if not settled and not written and not r.safe_after(second.next) and not _date_follows(r, second.next):
        return None
    clock = _range_clock(r, first, second)
    return None if clock is None else (clock, second.next)


def _ranged_at(r: Reader, i: int, joined: int) -> bool:
    """Two bare hours, which "or" at the token `joined` puts beside others."""
    return r.word(joined) in ("or", "and") and r.at(i).kind == "num" and r.word(i + 1) in _RANGE


def _date_follows(r: Reader, j: int) -> bool:
    return day_at(r, r.skip(j, "on"))


def _range_clock(r: Reader, first: Point, second: Point) -> Clock | None:
    a, b = first.minutes, second.minutes
    if first.half and second.half:
        start, end = a, b
    elif second.half:
        start, end = _lead(a, b), b
    elif first.half:
        start = a
        end = next((m for m in (b, b + HALF, b + DAY) if m > a), b)
    else:
        start, end = _both_bare(r, a, b)
    if end <= start:
        end += DAY
    if end <= start or end - start > DAY:
        return None
    return Clock(start, end, "range", bool(first.half or second.half), "", (a, b))


def _lead(a: int, b: int) -> int:
    """The open first end of "8-11pm", "11-1pm", "12-3am": the latest reading before the settled second end; of "9-2am" the evening's."""
    choices = [m for m in (a % HALF, a % HALF + HALF) if m < b]
    return max(choices) if choices else a % HALF + HALF


def _both_bare(r: Reader, a: int, b: int) -> tuple[int, int]:
    start = default_half(r, a) if a % HALF < b % HALF or b % HALF == 0 else a
    if a % HALF > b % HALF and a < _morning(r):
        start = default_half(r, a)
    end = b
    while end <= start:
        end += HALF
    return start, end


def into_part(clock: Clock, part: Clock) -> Clock:
    """A time said with a part of the day: "8 tonight", "tomorrow evening after 6". The part settles the half of the day."""
    if clock.op in ("after", "before"):
        start, end = (clock.start, part.end) if clock.op == "after" else (part.start, clock.end)
        if not clock.half_known:
            edge = _moved(clock.raw[0] if clock.op == "after" else clock.raw[1], part)
            start, end = (edge, part.end) if clock.op == "after" else (part.start, edge)
        elif clock.op == "after" and clock.start < part.start and clock.start + DAY < part.end:
            start = clock.start + DAY
        op = "range" if part.label.startswith("after ") else clock.op
        return replace(clock, start=start, end=end if end > start else start + POINT_MINUTES, op=op, half_known=True)
    if clock.half_known:
        small_hours = clock.start < 6 * 60 and part.end > DAY
        return replace(clock, start=clock.start + DAY, end=clock.end + DAY) if small_hours else clock
    start = _moved(clock.raw[0], part)
    if clock.op == "at":
        return replace(clock, start=start, end=start + POINT_MINUTES, half_known=True)
    if clock.op == "around":
        return replace(_around(clock, start), half_known=True)
    end = clock.raw[1]
    while end <= start:
        end += HALF
    return replace(clock, start=start, end=end, half_known=True)


def _moved(minutes: int, part: Clock) -> int:
    base = minutes % HALF
    if part.label.endswith("morning"):  # "2 in the morning"
        return base
    for choice in (base, base + HALF, base + DAY):
        if part.start <= choice <= part.end:
            return choice
    return min((base, base + HALF), key=lambda m: max(part.start - m, m - part.end))


def near_hour(clock: Clock, hour: Clock) -> Clock:
    """Another hour than the one in force, "make it 8", "earlier than 5": in the half of the day that brings it nearer."""
    raw = clock.raw[1] if clock.op == "before" else clock.raw[0]
    said = hour.start or hour.end  # of "before 5" that hour
    edge = min((raw % HALF + n * HALF for n in range(3)), key=lambda m: abs(m - said))
    if clock.op in ("after", "before"):
        start, end = (edge, max(DAY, edge + POINT_MINUTES)) if clock.op == "after" else (0, edge)
        return replace(clock, start=start, end=end, half_known=True)
    return replace(clock, start=edge, end=edge + clock.end - clock.start, half_known=True)


def _around(clock: Clock, minutes: int) -> Clock:
    return replace(clock, start=max(0, minutes - AROUND_MINUTES), end=minutes + AROUND_MINUTES, op="around")


def with_preposition(clock: Clock, pre: str) -> Clock:
    if clock.op == "at":
        if pre in ("after", "from"):
            return replace(clock, end=DAY if clock.start < DAY else max(NIGHT_END, clock.end), op="after")
        if pre in ("before", "until", "by"):
            raw = clock.raw[0]
            return Clock(0, clock.start, "before", clock.half_known, "", (-1, raw))
        if pre == "around":
            return _around(clock, clock.start)
    if clock.op == "part":
        if pre == "after":
            return replace(clock, start=clock.end, end=max(DAY, clock.end), op="after") if clock.end < DAY else clock
        if pre == "before":
            return Clock(0, clock.start, "before")
    return clock


def clocks_between(first: Clock, last: Clock) -> Clock:
    """ "Evening until 9": the end is the first such hour after the beginning."""
    end = last.start if last.op == "at" else last.end
    while end <= first.start:
        end += 720 if not last.half_known else DAY
    return Clock(first.start, end, "range", True)


def clock_from_until(first: Clock, last: Clock) -> Clock:
    """ "After 8 and before 11": a bare hour is the one nearest to the other, inside."""
    start, end = first.start, last.end
    if not last.half_known:
        end = last.raw[1]
        while end <= start:
            end += HALF
    elif not first.half_known:
        start = max((m for m in (first.raw[0] % HALF, first.raw[0] % HALF + HALF) if m < end), default=start)
    if end <= start:
        end += DAY
    return Clock(start, end, "range", first.half_known or last.half_known, "", (first.raw[0], last.raw[1]))
