"""A cluster of atoms to pieces: dates narrowed by dates, ranges, times of day handed round, exclusions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from .clocks import clock_from_until, clocks_between, into_part, with_preposition
from .frames import inside_frame
from .intervals import instant
from .left_out import WIDE, exclusion, split_excluded
from .lexicon import NEXT_WORDS, WEEKDAYS
from .lists import share_clock
from .nodes import ONE_DAY, WINDOWS, Atom, Clock, Cluster, Days, Moment, Piece, intersect
from .numbers import DAY, OPEN_END_DAYS
from .reader import Reader
from .several_weeks import weekdays_between


def read_cluster(r: Reader, atoms: list[Atom]) -> Cluster:
    kept, dropped = split_excluded(atoms)
    cluster = Cluster()
    if kept:
        cluster.pieces = _union(r, kept)
    if dropped:
        wide = cluster.pieces[0].spans if cluster.pieces else ()
        pointed = r.word(dropped[0].first) in ("this", "next")  # "not this Tuesday"
        cluster.excluded = [exclusion(r, piece, wide, pointed=pointed) for piece in _union(r, dropped)]
    return cluster


def _union(r: Reader, atoms: list[Atom]) -> list[Piece]:
    segments: list[list[Atom]] = []
    for atom in atoms:
        if not segments or atom.link == "union":
            segments.append([])
        segments[-1].append(atom)
    _follow_on(r, segments)
    _same_days_of(segments)
    shared = _shared_frame(segments)
    pieces = [_segment(r, segment, shared) for segment in segments]
    share_clock(r, segments, pieces)
    return _two_clocks([piece for piece in pieces if piece.spans or piece.instants or piece.clock])


def _follow_on(r: Reader, segments: list[list[Atom]]) -> None:
    """ "Next Tuesday or Wednesday": the second is the Wednesday after that Tuesday."""
    for left, right in pairwise(segments):
        said = next((atom for atom in left if isinstance(atom.node, Days)), None)
        if said is None or r.word(said.first) not in NEXT_WORDS or not isinstance(said.node, Days):
            continue
        for atom in right:
            node = atom.node
            if (
                isinstance(node, Days)
                and node.bare_weekday
                and node.after is not None
                and r.word(atom.first) in WEEKDAYS
            ):
                atom.node = node.on(node.after(said.node.spans[0][0]))


def _same_days_of(segments: list[list[Atom]]) -> None:
    """ "Thursday evenings in January and February": of February too."""
    for left, right in pairwise(segments):
        repeated = any(isinstance(atom.node, Days) and atom.node.weekdays for atom in left)
        if repeated and any(map(_is_month, left)) and len(right) == 1 and _is_month(right[0]):
            right[:0] = [atom for atom in left if not _is_month(atom)]


def _is_month(atom: Atom) -> bool:
    return isinstance(atom.node, Days) and atom.node.grain == "month"


def _shared_frame(segments: list[list[Atom]]) -> Days | None:
    """The week or month that one member of a list names for the others: "Tuesday or Wednesday next week"."""
    if len(segments) < 2:
        return None
    for segment in segments:
        days = [atom.node for atom in segment if isinstance(atom.node, Days)]
        if len(days) > 1 and any(node.pick and (node.grain in ("day", "days") or node.weekdays) for node in days):
            for node in days:
                if node.grain in WIDE and node.grain != "weekend":
                    return node
    return None


def _segment(r: Reader, atoms: list[Atom], shared: Days | None) -> Piece:
    for n, atom in enumerate(atoms):
        if n and atom.link == "range":
            return _range(r, atoms[:n], atoms[n:], shared)
    return _plain(r, atoms, shared)


def _plain(r: Reader, atoms: list[Atom], shared: Days | None) -> Piece:
    days, clock, moment, pre = _folded(atoms, shared)
    if moment is not None and (days is None or _within(r, moment, days)):
        if clock is not None and clock.op == "before":
            return _time_before(r, moment, clock)
        return _moment_piece(r, moment, pre)
    if days is None:
        return Piece(clock=clock)
    if pre:
        return _recurring_until(r, atoms, clock) or inside_frame(r, atoms, _open_ended(r, days, clock, pre))
    return _days_piece(days, clock)


def _within(r: Reader, moment: Moment, days: Days) -> bool:
    """ "Today in half an hour"."""
    day = moment.start.astimezone(r.zone).date()
    return moment.grain == "hour" and moment.name != "now" and any(start <= day < end for start, end in days.spans)


def _recurring_until(r: Reader, atoms: list[Atom], clock: Clock | None) -> Piece | None:
    """ "Weekday evenings before Christmas", "Saturdays until March", "Mondays from December 7"."""
    bounds = [atom for atom in atoms if isinstance(atom.node, Days) and atom.pre and not atom.node.weekdays]
    repeated = [atom.node for atom in atoms if isinstance(atom.node, Days) and atom.node.weekdays and not atom.pre]
    bound = bounds[0].node if len(bounds) == 1 else None
    if not isinstance(bound, Days) or len(repeated) != 1 or repeated[0].pick is None:
        return None
    within = _open_ended(r, bound, bound.clock, bounds[0].pre)
    if within.instants:
        stop = (within.instants[0][1] - timedelta(seconds=1)).astimezone(r.zone).date()
        within.spans = ((r.today, stop + ONE_DAY),)
    days = repeated[0].pick(within.spans)
    return _days_piece(replace(repeated[0], spans=days), clock) if days else None


def _folded(atoms: list[Atom], shared: Days | None) -> tuple[Days | None, Clock | None, Moment | None, str]:
    days: Days | None = None
    clock: Clock | None = None
    moment: Moment | None = None
    pre = ""
    for atom in atoms:
        node = atom.node
        if isinstance(node, Days):
            days = node if days is None else narrowed(days, node)
            if atom.pre in ("until", "before", "by", "after", "from"):
                pre = atom.pre
        elif isinstance(node, Clock):
            said = with_preposition(node, atom.pre)
            clock = said if clock is None else both_clocks(clock, said)
        else:
            moment = node
            pre = pre or atom.pre
    if (
        days is not None
        and shared is not None
        and days.pick
        and days.grain in ("day", "days")
        and len([a for a in atoms if isinstance(a.node, Days)]) == 1
    ):
        days = narrowed(shared, days)
    if days is not None and days.clock is not None:
        clock = days.clock if clock is None else both_clocks(days.clock, clock)
    return days, clock, moment, pre


def both_clocks(a: Clock, b: Clock) -> Clock:
    if a.op == "part" and b.op != "part":
        return into_part(b, a)
    if b.op == "part" and a.op != "part":
        return into_part(a, b)
    if a.op == "after" and b.op == "before":
        return clock_from_until(a, b)
    if a.op == "before" and b.op == "after":
        return clock_from_until(b, a)
    if a.op == b.op == "after":
        return a if a.start > b.start else b
    if a.op == b.op == "before":
        return a if a.end < b.end else b
    start, end = max(a.start, b.start), min(a.end, b.end)
    return Clock(start, end, "range") if start < end else b


def narrowed(a: Days, b: Days) -> Days:
    """Two date phrases side by side: the narrow one picked inside the wide one, in whichever order they came."""
    for wide, narrow in ((a, b), (b, a)):
        if narrow.pick is None or wide.weekdays is not None:
            continue
        if wide is b and wide.grain == "range" and narrow.grain == "day" and _opens(narrow, wide):
            return replace(wide, clock=a.clock or b.clock)
        if wide.pick is not None and _size(wide) <= _size(narrow):
            continue
        picked = narrow.pick(wide.frame or wide.spans)
        if picked:
            kept = narrow.weekdays or (wide.weekdays if narrow.grain != "day" else None)
            return Days(
                picked, narrow.grain, narrow.name and wide.name, weekdays=kept, clock=narrow.clock or wide.clock
            )
    if a.weekdays and b.weekdays:
        both = tuple(sorted(set(a.spans) | set(b.spans)))
        return Days(both, "days", weekdays=a.weekdays | b.weekdays)
    shared = intersect(a.spans, b.spans)
    if shared:
        inner = a if _size(a) <= _size(b) else b
        return replace(inner, spans=shared, clock=a.clock or b.clock)
    if a.bare_weekday != b.bare_weekday and max(_size(a), _size(b)) == 1:
        return replace(b if a.bare_weekday else a, clock=a.clock or b.clock)
    if a.pick is not None and b.pick is None:
        return replace(b, clock=a.clock or b.clock)
    if b.pick is not None and a.pick is None:
        return replace(a, clock=a.clock or b.clock)
    return replace(b, clock=a.clock or b.clock)


def _opens(weekday: Days, dates: Days) -> bool:
    """ "Thu Oct 26 - 28": the weekday only says again what the first date is."""
    start = dates.spans[0][0]
    return weekday.after is not None and weekday.after(start)[:1] == ((start, start + ONE_DAY),)


def _size(node: Days) -> int:
    return max(((end - start).days for start, end in node.spans), default=0)


def _days_piece(days: Days, clock: Clock | None) -> Piece:
    spans = days.spans
    weekend_night = (
        days.grain == "weekend"
        and clock is not None
        and clock.op == "part"
        and clock.label.endswith(("night", "evening"))
    )
    if weekend_night:  # Friday evening counts where the text says "weekend night"
        spans = tuple((start - ONE_DAY, end) if start.weekday() == 5 else (start, end) for start, end in spans)
    return Piece(spans, clock, (), days.grain, days.name, days.weekdays, days)


def _moment_piece(r: Reader, moment: Moment, pre: str) -> Piece:
    start, end = moment.start.astimezone(UTC), moment.end.astimezone(UTC)
    now = r.now.astimezone(UTC)
    if pre in ("from", "after"):
        end = start + timedelta(days=OPEN_END_DAYS)
    elif pre in ("until", "by", "before") and start > now:
        start, end = now, start
    return Piece(instants=((start, end),), grain=moment.grain, name=moment.name)


def _time_before(r: Reader, moment: Moment, clock: Clock) -> Piece:
    """ "Two hours to kill before my flight at 6": the two hours before it."""
    now = r.now.astimezone(UTC)
    stop = instant(r.zone, r.today, clock.end)
    stop = stop if stop > now else instant(r.zone, r.today + ONE_DAY, clock.end)
    return Piece(instants=((max(now, stop - (moment.end - moment.start)), stop),), grain="range")


def _open_ended(r: Reader, days: Days, clock: Clock | None, pre: str) -> Piece:
    start, end = days.spans[0][0], days.spans[-1][1]
    now = r.now.astimezone(UTC)
    if pre in ("until", "by", "before"):
        if clock is not None and clock.op in ("at", "before"):
            stop = instant(r.zone, start, clock.start if clock.op == "at" else clock.end)
        else:
            stop = instant(r.zone, start if pre == "before" else end, 0)
        if stop <= now:
            return _days_piece(days, clock)
        piece = Piece(instants=((now, stop),), grain="range")
        if clock is not None and clock.op in WINDOWS:
            return Piece(spans=((r.today, start if pre == "before" else end),), clock=clock, grain="range")
        return piece
    if pre == "from" and days.grain == "range":  # "from Dec 5-7" names both ends itself
        return _days_piece(days, clock)
    begin = end if pre == "after" else start
    if pre == "after" and clock is not None and clock.op in ("at", "after"):
        return _days_piece(days, replace(clock, end=max(DAY, clock.start + 60), op="after"))
    spans = ((begin, begin + timedelta(days=OPEN_END_DAYS)),)
    if pre == "from" and clock is not None:
        return _days_piece(days, clock)
    return Piece(spans=spans, clock=clock, grain="range")


def _range(r: Reader, left: list[Atom], right: list[Atom], shared: Days | None) -> Piece:
    a_days, a_clock, a_moment, _ = _folded(left, shared)
    b_days, b_clock, b_moment, _ = _folded(right, None)
    if a_days is not None and b_days is not None:
        a_days = _in_that_week(a_days, b_days, right)
    if b_days is None and b_clock is not None and a_days is not None:
        return _clock_to_clock(a_days, a_clock, b_clock)
    if a_days is None and a_moment is None:
        if b_days is None:
            if a_clock is None or b_clock is None or a_clock.op != "part":
                return _plain(r, left + right, shared)
            return Piece(clock=clocks_between(a_clock, b_clock))
        if a_clock is None or (b_clock is None and left[0].pre != "from"):
            return _days_piece(b_days, a_clock or b_clock)
        if b_clock is not None and isinstance(right[0].node, Clock):
            # "From 7 till noon on Sunday", but not "till Sunday noon".
            return _clock_to_clock(b_days, a_clock, b_clock)
        a_days = Days(((r.today, r.today + ONE_DAY),), "day")
    if a_days is not None and b_days is not None and a_clock is None and _stays_until(r, left, right):
        a_clock = Clock(0, 0)
    return _between(r, (a_days, a_clock, a_moment), (b_days, b_clock, b_moment))


def _stays_until(r: Reader, left: list[Atom], right: list[Atom]) -> bool:
    """ "(Here) from Friday to Sunday afternoon" is one stay; "from Friday to Sunday afternoons" and "Friday to Sunday evening" are not."""
    one_day = all(
        isinstance(a.node, Clock) or (isinstance(a.node, Days) and a.node.grain == "day") for a in left + right
    )
    ends = right[-1]
    return (
        left[0].pre == "from"
        and one_day
        and isinstance(ends.node, Clock)
        and ends.node.op == "part"
        and not r.word(ends.last - 1).endswith("s")
    )


def _in_that_week(a: Days, b: Days, right: list[Atom]) -> Days:
    """ "Tuesday to Thursday next week": that Tuesday, but "Friday to Tuesday next week" begins before it."""
    week = next((atom.node for atom in right if isinstance(atom.node, Days) and atom.node.grain == "week"), None)
    picked = a.pick(week.spans) if week is not None and a.bare_weekday and a.pick is not None else ()
    return a.on(picked) if picked and picked[0][0] <= b.spans[0][0] else a


Side = tuple[Days | None, Clock | None, Moment | None]


def _clock_to_clock(days: Days, first: Clock | None, last: Clock) -> Piece:
    if first is None:
        now = Clock(0, last.start, "before", last.half_known, "", (-1, last.raw[0]))
        return _days_piece(days, now)
    return _days_piece(days, clocks_between(first, last))


def _between(r: Reader, left: Side, right: Side) -> Piece:
    a_days, a_clock, a_moment = left
    b_days, b_clock, b_moment = right
    if a_days is not None and b_days is not None and a_days.weekdays and b_days.weekdays:
        return weekdays_between(r, a_days, b_days, b_clock or a_clock)
    start = _opening(r, a_days, a_clock, a_moment)
    if b_moment is not None and b_days is None:
        return Piece(instants=((start, b_moment.start.astimezone(UTC)),), grain="range")
    if b_days is None:
        if b_clock is None:
            return (
                _days_piece(a_days, a_clock)
                if a_days
                else Piece(instants=((start, start + timedelta(hours=1)),), grain="hour")
            )
        stop = instant(r.zone, r.today, b_clock.start if b_clock.op == "at" else b_clock.end)
        return Piece(instants=((start, max(stop, start + timedelta(hours=1))),), grain="range")
    if a_days is not None:
        a_days = _same_year(a_days, b_days)
        start = _opening(r, a_days, a_clock, None)
        b_days = _other_end(a_days, b_days)
    if not b_days.spans:
        return _days_piece(a_days, a_clock) if a_days else Piece()
    if a_days is not None and a_clock is None:
        spans = ((a_days.spans[0][0], max(b_days.spans[-1][1], a_days.spans[0][1])),)
        return Piece(spans, b_clock, grain="range")
    if b_clock is None:
        stop = instant(r.zone, b_days.spans[-1][1], 0)
    else:
        stop = instant(r.zone, b_days.spans[0][0], b_clock.start if b_clock.op == "at" else b_clock.end, closing=True)
    return Piece(instants=((start, max(stop, start)),), grain="range") if stop > start else Piece()


def _opening(r: Reader, days: Days | None, clock: Clock | None, moment: Moment | None) -> datetime:
    if days is None:
        return (moment.start if moment else r.now).astimezone(UTC)
    return instant(r.zone, days.spans[0][0], clock.start if clock else 0)


def _same_year(a: Days, b: Days) -> Days:
    """ "Aug 10 - Nov 12, 2013": the year said at the end is the year of the beginning, or the one before it."""
    if a.explicit_year or a.pick is None or not b.explicit_year or b.pick is not None or not b.spans:
        return a
    stop = b.spans[-1][1]
    choices = a.pick([(stop - timedelta(days=365), stop)])
    return replace(a, spans=choices[-1:], explicit_year=True) if choices else a


def _other_end(a: Days, b: Days) -> Days:
    """The end of a range is the first such day after its beginning; a year said once holds for both ends."""
    begin = a.spans[0][0]
    if b.after is not None and b.spans and b.spans[0][0] < begin:
        return replace(b, spans=b.after(begin))
    return b


def _two_clocks(pieces: list[Piece]) -> list[Piece]:
    """ "Saturday morning or afternoon", "at 8 or 9 tonight": a time with no days takes its neighbour's, and its half of the day."""
    dated = [piece for piece in pieces if piece.spans]
    if not dated:
        return pieces
    before: Piece | None = None
    result: list[Piece] = []
    settled = next((p.clock for p in pieces if p.clock is not None and p.clock.op == "at" and p.clock.half_known), None)
    for piece in pieces:
        if piece.spans:
            # "Friday at 7 or 8pm"
            if piece.clock is not None and settled is not None and not all(p.spans for p in pieces):
                piece = replace(piece, clock=_beside(piece.clock, settled))
            before = piece
        elif piece.clock is not None and not piece.instants:
            host = before or dated[0]
            piece = replace(host, clock=_beside(piece.clock, host.clock))
        result.append(piece)
    return result


def _beside(clock: Clock, neighbour: Clock | None) -> Clock:
    if clock.half_known or neighbour is None or clock.op != "at":
        return clock
    start = min((clock.raw[0], clock.raw[0] + 720, clock.raw[0] + DAY), key=lambda m: abs(m - neighbour.start))
    return replace(clock, start=start, end=start + clock.end - clock.start, half_known=neighbour.half_known)
