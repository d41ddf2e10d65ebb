"""The story: tokens, atoms, clusters, pieces, instants, the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from .clocks import into_part, near_hour
from .clusters import clusters, mark_endings, mark_free_times
from .combine import both_clocks, read_cluster
from .intervals import Pair, day_pairs, difference, intersection, masked, merged
from .labels import MOST_PIECES, MOST_TOLD, UNSAID, describe, ending, of_pieces
from .lexicon import QUALIFIERS
from .nodes import ONE_DAY, Atom, Clock, Days, Piece, Reading, Span, days_matching, every_day, one_day
from .numbers import (
    AFTER_A_WORKDAY,
    DAY,
    FIRST_DOUBTFUL_HOUR,
    MAX_ALTERNATIVES,
    MAX_DAYS_MASKED,
    MAX_GAPS,
    MAX_RANGES,
    POINT_MINUTES,
    TIME_ONLY_DAYS,
    WORKDAYS,
)
from .reader import Reader, on_by_night
from .scan import read_node, scan
from .settle import settle_in_month, settle_kept, settle_recurring, settle_weekdays, settle_weekend, settle_within
from .tokens import tokenize
from .types import DailyMask, DateRange, When, WhenReading


def understand_when(
    text: str,
    *,
    now: datetime,
    zone: ZoneInfo,
    country: str = "US",
    context: When | None = None,
    same_hours: bool = False,
    about: str = "",
) -> When | None:
    """What `text` says about time, as half-open intervals in `zone`; None when it says nothing.

    `now` must be aware. `country` (ISO 3166 alpha-2) decides the order of 5/12 and the holidays. `context` is what the turn
    before was about: "in the evening" and "the day after" lean on it; hours of no day are kept, with `same_hours` those of a day too.
    `about` is what is asked for, where `text` does not hold those words: live music "at 9" is on by night.
    """
    reader = Reader(
        tokenize(text),
        now.astimezone(zone),
        zone,
        country.upper(),
        read_node,
        _context_days(context, zone),
        context is not None and any(char.isdigit() for words in context.words for char in words),
        _context_part(context),
        _context_pairs(context),
        context.mask.weekdays if context is not None and context.mask is not None else None,
        same_hours or (context is not None and _of_no_day(context)),
        on_by_night(about or text),
    )
    atoms = scan(reader)
    if not atoms:
        return None
    mark_endings(reader, atoms)
    mark_free_times(reader, atoms)
    chosen = _read(reader, atoms)
    when = _answer(reader, text, atoms, chosen) if chosen.pairs else None
    if when is not None and when.kept_hours and context is not None and context.must_end:
        when = replace(when, must_end=True, label=ending(when.label))
    return when


def warm_dates(countries: Iterable[str]) -> None:
    """Loads the holidays of these countries (0.2 s for the first), so that the first question is as fast as the tenth."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for country in countries:
        understand_when(
            "Eid, Diwali, Hanukkah or a holiday this weekend", now=now, zone=ZoneInfo("UTC"), country=country
        )


def _read(r: Reader, atoms: list[Atom]) -> Reading:
    return _read_groups(r, clusters(r, atoms))


def _read_groups(r: Reader, groups: list[list[Atom]]) -> Reading:
    settle_weekdays(r, groups, r.context_days, r.today)
    settle_recurring(r, groups, r.context_days)
    settle_within(r, groups)
    settle_in_month(groups, r.context_days, r.today)
    settle_weekend(r, groups)
    settle_kept(r, groups)
    read = [read_cluster(r, group) for group in groups]
    excluded = [piece for cluster in read for piece in cluster.excluded]
    pieces = [cluster.pieces for cluster in read if cluster.pieces]
    members, time_only = _dated_groups(r, pieces, bool(excluded))
    if excluded and not pieces:
        excluded = [*_left_out_before(r), *excluded]
    return _searched(r, members, excluded, time_only=time_only)


def _left_out_before(r: Reader) -> list[Piece]:
    """ "I can't do Friday ... Thursday doesn't work either": the days that the context lacks, so that they are told with the new ones."""
    spans = r.context_days.spans if r.context_days is not None else ()
    if all(end - start == ONE_DAY for start, end in spans):  # "Tuesday or Thursday" left out no Wednesday
        return []
    days = [before[1] + n * ONE_DAY for before, after in pairwise(spans) for n in range((after[0] - before[1]).days)]
    return [Piece(one_day(day), grain="day") for day in days] if len(days) <= MAX_GAPS else []


def _context_days(context: When | None, zone: ZoneInfo) -> Days | None:
    if context is None:
        return None
    wraps = context.mask is not None and context.mask.end_minute <= context.mask.start_minute
    spans: list[Span] = []
    for one in context.ranges:
        first = one.start.astimezone(zone).date()
        last = (one.end.astimezone(zone) - timedelta(seconds=1)).date()
        if wraps and last > first:
            last -= ONE_DAY
        if spans and first <= spans[-1][1]:
            first = spans.pop()[0]
        spans.append((first, last + ONE_DAY))
    return Days(tuple(spans), context.grain)


def _context_pairs(context: When | None) -> tuple[Pair, ...]:
    if context is None or context.mask is not None:
        return ()
    if all(one.start.time() == one.end.time() == time() for one in context.ranges):
        return ()
    return tuple((one.start.astimezone(UTC), one.end.astimezone(UTC)) for one in context.ranges)


def _of_no_day(context: When) -> bool:
    """Hours that were said with no day, so that the coming ones stand for it."""
    return context.time_only and len(context.ranges) >= len(WORKDAYS)


def _context_part(context: When | None) -> Clock | None:
    if context is None or context.mask is None:
        return None
    start, end = context.mask.start_minute, context.mask.end_minute
    if (start, end) == (0, DAY):
        return None
    if end - start == POINT_MINUTES:
        return Clock(start, end, "at")
    return Clock(start, end if end > start else end + DAY)


def _answer(r: Reader, text: str, atoms: list[Atom], chosen: Reading) -> When:
    alternatives = _alternatives(r, atoms, chosen)
    clock, mask = _mask(chosen.pieces)
    grain = _grain(chosen)
    ranges = _local_ranges(r, chosen.pairs)
    if mask is not None and mask.weekdays and chosen.excluded:  # "weekday mornings ... not Fridays"
        mask = replace(mask, weekdays=mask.weekdays & _weekdays_of(ranges))
    name = chosen.pieces[0].name if len(chosen.pieces) == 1 else ""
    spans = _spans(r, atoms)
    must_end = any(atom.ends_from >= 0 for atom in atoms)
    label = _label(r, chosen, clock, _spoken(name, chosen=bool(alternatives)))
    return When(
        range=DateRange(ranges[0].start, ranges[-1].end),
        ranges=ranges,
        mask=mask,
        grain=grain,
        label=ending(label) if must_end else label,
        words=tuple(text[start:end] for start, end in spans),
        spans=spans,
        ambiguous=bool(alternatives),
        alternatives=alternatives,
        time_only=chosen.time_only,
        zone=r.zone.key,
        bare_hour=clock is not None and not clock.half_known,
        must_end=must_end,
        kept_hours=r.same_hours and clock is not None and clock is r.context_part,
    )


def _weekdays_of(ranges: Sequence[DateRange]) -> frozenset[int]:
    """Of the days that they begin on, and of all of whole days."""
    days = [(one.start.date(), max(one.end.date(), one.start.date() + ONE_DAY)) for one in ranges]
    whole = all(one.start.time() == one.end.time() == time() for one in ranges)
    begun = days if whole else [(start, start + ONE_DAY) for start, _ in days]
    return frozenset(day.weekday() for day in every_day(begun, MAX_DAYS_MASKED))


def _label(r: Reader, reading: Reading, clock: Clock | None, name: str) -> str:
    ranges = _local_ranges(r, reading.pairs)
    if clock is None and len(ranges) > MOST_TOLD and (each := _each_piece(r, reading)):
        return each
    return describe(ranges, _common_grain(reading.pieces), name, clock, r.now, reading.excluded)


def _each_piece(r: Reader, reading: Reading) -> str:
    """Days with different hours, told one by one where they are few, nothing is left out, and none narrows another."""
    pieces = reading.pieces
    if reading.excluded or not 1 < len(pieces) <= MOST_PIECES or any(not p.spans or p.instants for p in pieces):
        return ""
    if not any(p.clock for p in pieces) or merged(q for p in pieces for q in piece_pairs(r, p)) != reading.pairs:
        return ""
    return of_pieces([(_local_ranges(r, day_pairs(r.zone, p.spans)), p.grain, p.clock) for p in pieces], r.now)


def _local_ranges(r: Reader, pairs: Sequence[Pair]) -> tuple[DateRange, ...]:
    return tuple(DateRange(start.astimezone(r.zone), end.astimezone(r.zone)) for start, end in pairs[:MAX_RANGES])


def _spoken(name: str, *, chosen: bool) -> str:
    if name in ("next", "this"):
        return f"{name} week" if chosen and name == "next" else ""
    return "" if name in UNSAID else name


def _dated_groups(r: Reader, groups: list[list[Piece]], excluding: bool) -> tuple[list[list[Piece]], bool]:
    """Hands a time of day that stands alone to the dates elsewhere in the message, to the context, or to the coming days."""
    dated = [group for group in groups if any(piece.spans or piece.instants for piece in group)]
    clocks = _said_apart([[piece.clock for piece in group if piece.clock] for group in groups if group not in dated])
    if any(_runs_from_now(r, piece) and piece.name != "now" for group in dated for piece in group):
        # "two hours to kill right now"
        dated = [group for group in dated if [piece.name for piece in group] != ["now"]]
    if dated and not clocks and r.same_hours and r.context_part:
        clocks = [r.context_part]
    if dated:
        for group in dated:
            for piece in group:
                _take_days(r, piece, clocks)
                if clocks and piece.spans:
                    piece.clock = _narrowed(piece.clock, clocks[-1])
        return dated, False
    base = r.context_days.spans if r.context_days else ((r.today, r.today + timedelta(days=TIME_ONLY_DAYS)),)
    if clocks:
        if part := r.context_part:  # "tonight ... after 9" is the evening's 9
            settled = near_hour if part.op == "at" or not part.start else into_part
            clocks = [clock if clock.half_known else settled(clock, part) for clock in clocks]
        return [[_every_day(r, base, clock) for clock in clocks]], True
    if not excluding:
        return [], False
    if r.context_pairs:  # "Saturday 10-12 and all Sunday ... not Sunday"
        return [[Piece(instants=r.context_pairs, grain="range")]], False
    return [[Piece(base, r.context_part, grain="range", weekdays=r.context_weekdays)]], False


def _said_apart(groups: list[list[Clock]]) -> list[Clock]:
    """ "I get off at 6 ... and must be home by 10" is one window: hours in different places narrow each other where they overlap."""
    told: list[Clock] = []
    for group in groups:
        before, clock = (told[-1], group[0]) if told and len(group) == 1 else (None, None)
        if before is not None and clock is not None and _may_narrow(before, clock):
            told[-1] = both_clocks(before, clock)
        else:
            told += group
    return told


def _may_narrow(a: Clock, b: Clock) -> bool:
    hours = all(clock.op in ("after", "before", "range") for clock in (a, b))
    return hours and max(a.start, b.start) < min(a.end, b.end)


def _narrowed(clock: Clock | None, alone: Clock) -> Clock:
    """ "What is on tonight? We can only come after 8": a part of the day gives way to the hours that are said apart from it."""
    if clock is None:
        return alone
    if _may_narrow(clock, alone):
        return both_clocks(alone, clock)
    if clock.op != "part" or alone.op not in ("after", "before", "range"):
        return clock
    both = into_part(alone, clock)
    return both if clock.start <= both.start < both.end <= clock.end else clock


def _take_days(r: Reader, piece: Piece, clocks: list[Clock]) -> None:
    """ "I'm here until Tuesday, what is on each night?": whole days from today, where a time of day says when on each."""
    if not clocks or len(piece.instants) != 1 or not _runs_from_now(r, piece):
        return
    stop = piece.instants[0][1].astimezone(r.zone)
    if stop.time() == time() and stop.date() > r.today:
        piece.spans, piece.instants = ((r.today, stop.date()),), ()


def _runs_from_now(r: Reader, piece: Piece) -> bool:
    """Compared in UTC: in the hour that a clock shows twice, a local time equals none of another zone."""
    return bool(piece.instants) and piece.instants[0][0] == r.now.astimezone(UTC)


def _every_day(r: Reader, base: tuple[Span, ...], clock: Clock) -> Piece:
    if clock.label in AFTER_A_WORKDAY and r.context_days is None:
        return Piece(days_matching(base, WORKDAYS, TIME_ONLY_DAYS), clock, grain="days", weekdays=WORKDAYS)
    return Piece(base, clock, grain="hour" if clock.op == "at" else "days")


def _searched(r: Reader, groups: list[list[Piece]], excluded: list[Piece], *, time_only: bool) -> Reading:
    """Separate phrases narrow each other where they overlap and add up where they do not; the past gives way to the future."""
    now = r.now.astimezone(UTC)
    sets = [(merged(pair for piece in group for pair in piece_pairs(r, piece)), group) for group in groups]
    coming = [(pairs, group) for pairs, group in sets if pairs and pairs[-1][1] > now]
    standing: list[tuple[list[Pair], list[Piece]]] = []
    for pairs, group in sorted(coming or sets, key=lambda one: _length(one[0]), reverse=True):
        narrowed, apart = pairs, []
        for other in standing:
            both = intersection(other[0], narrowed)
            if both:
                narrowed = both
            else:
                apart.append(other)
        standing = [*apart, (narrowed, group)]
    found = merged(pair for pairs, _ in standing for pair in pairs)
    taken = merged(pair for piece in excluded for pair in _excluded_pairs(r, piece, groups))
    pieces = [piece for _, group in standing for piece in group]
    return Reading(difference(found, taken), pieces, groups, excluded, time_only)


def _length(pairs: Sequence[Pair]) -> timedelta:
    return sum((end - start for start, end in pairs), timedelta())


def piece_pairs(r: Reader, piece: Piece) -> list[Pair]:
    if piece.instants:
        return list(piece.instants)
    if piece.clock is None:
        return day_pairs(r.zone, piece.spans)
    pairs = masked(r.zone, _days_to_come(r, piece), piece.clock)
    if piece.grain in ("hour", "days") and piece.weekdays is None and not piece.name and piece.node is None:
        now = r.now.astimezone(UTC)
        late = [pair for pair in pairs if (pair[0] if piece.clock.op == "at" else pair[1]) > now]
        pairs = late or pairs
    return pairs


def _days_to_come(r: Reader, piece: Piece) -> tuple[Span, ...]:
    """ "Saturday morning", asked on a Saturday afternoon, is next week's; so are "weekend mornings", asked on a Sunday night, and an
    hour that the clocks skip today."""
    node, clock = piece.node, piece.clock
    if clock is None or node is None or node.after is None:
        return piece.spans
    runs = len(piece.spans) == 1 and piece.spans[0][0] <= r.today < piece.spans[0][1]
    if not runs or not (node.bare_weekday or node.grain == "weekend"):
        return piece.spans
    over = all(end <= r.now for _, end in masked(r.zone, piece.spans, clock))
    return node.after(r.today + ONE_DAY) if over else piece.spans


def _excluded_pairs(r: Reader, piece: Piece, groups: Sequence[Sequence[Piece]]) -> list[Pair]:
    nights = [p.clock for group in groups for p in group if p.clock is not None and p.clock.end > DAY]
    if nights and piece.clock is None and piece.spans:  # "any night except Monday": that night, into the small hours
        return merged(pair for night in nights for pair in masked(r.zone, piece.spans, night))
    if piece.spans or piece.instants:
        return piece_pairs(r, piece)
    if piece.clock is None:
        return []
    spans = [span for group in groups for other in group for span in other.spans]
    if piece.clock.label in AFTER_A_WORKDAY:  # "not during work hours"
        spans = list(days_matching(spans, WORKDAYS, MAX_DAYS_MASKED))
    return masked(r.zone, spans, piece.clock)


def _alternatives(r: Reader, atoms: list[Atom], chosen: Reading) -> tuple[WhenReading, ...]:
    """The whole message read again with one phrase read otherwise."""
    others: list[tuple[Reading, str]] = []
    timed = any(isinstance(atom.node, Clock) for atom in atoms)
    for n, atom in enumerate(atoms):
        for other in atom.node.alternatives if isinstance(atom.node, Days) else ():
            if other.clock is None or not timed:
                swapped = [Atom(one.node if k != n else other, one.first, one.last) for k, one in enumerate(atoms)]
                others.append((_read(r, swapped), other.name))
    halves = [[_other_half(piece) for piece in group] for group in chosen.groups]  # "at 7 or 8": both in the morning
    if halves != chosen.groups:
        others.append((_searched(r, halves, chosen.excluded, time_only=chosen.time_only), ""))
    different = [(reading, name) for reading, name in others if difference(reading.pairs, chosen.pairs)]
    return tuple(_told(r, reading, name) for reading, name in different[:MAX_ALTERNATIVES])


def _told(r: Reader, reading: Reading, name: str) -> WhenReading:
    ranges = _local_ranges(r, reading.pairs)
    clock, _ = _mask(reading.pieces)
    grain = _grain(reading)
    label = _label(r, reading, clock, "the coming one" if name == "coming" else name)
    return WhenReading(DateRange(ranges[0].start, ranges[-1].end), label, grain, ranges)


def _other_half(piece: Piece) -> Piece:
    """ "at 9" chose the morning: the evening is the other reading, for the hours where both are plausible."""
    clock = piece.clock
    if clock is None or clock.half_known or clock.op != "at":
        return piece
    hour = clock.raw[0] % 720 // 60
    if not FIRST_DOUBTFUL_HOUR <= hour <= 11:
        return piece
    start = clock.start + 720 if clock.start < 720 else clock.start - 720
    return replace(piece, clock=replace(clock, start=start, end=start + clock.end - clock.start))


def _mask(pieces: Sequence[Piece]) -> tuple[Clock | None, DailyMask | None]:
    clocks = {(piece.clock.start, piece.clock.end) if piece.clock else None for piece in pieces if not piece.instants}
    if len(clocks) != 1 or any(piece.instants for piece in pieces):
        return None, None
    days = {piece.weekdays for piece in pieces}
    weekdays = frozenset().union(*(d for d in days if d)) if None not in days else None
    clock = pieces[0].clock if pieces else None
    if clock is None:
        return None, DailyMask(weekdays, 0, DAY) if weekdays else None
    return clock, DailyMask(weekdays, clock.start % DAY, clock.end % DAY or DAY)


def _grain(reading: Reading) -> str:
    return "range" if reading.excluded else _common_grain(reading.pieces)


def _common_grain(pieces: Sequence[Piece]) -> str:
    grains = {piece.grain for piece in pieces}
    if len(grains) != 1:
        return "range"
    grain = grains.pop() or "range"
    clock = pieces[0].clock
    if len(pieces) == 1 and clock is not None and grain == "day":
        return "hour" if clock.op == "at" else "part"
    return grain if len(pieces) == 1 or grain != "day" else "range"


def _spans(r: Reader, atoms: Sequence[Atom]) -> tuple[tuple[int, int], ...]:
    """Character spans of the phrases; atoms that touch, or that a word of the grammar joins, become one."""
    found: list[tuple[int, int]] = []
    for atom in atoms:
        first = atom.said_from if atom.said_from >= 0 else r.back_over(atom.first - 1, *QUALIFIERS, "-", "of") + 1
        first = next((k for k in range(atom.first, first, -1) if r.blanked_before(k)), first)
        for marked in (atom.ends_from, atom.free_from):
            first = min(first, marked) if marked >= 0 else first
        start, end = r.tokens[first].start, r.tokens[max(atom.last, atom.refused_to) - 1].end
        if found and atom.link and atom.said_from < 0:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)
