"""Which week or month a day is of: the one that was named beside it, in the same message or the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from .combine import read_cluster
from .lexicon import FILLERS
from .nodes import ONE_DAY, Atom, Days, Node, Span, days_matching
from .numbers import MAX_DAYS_MASKED, WEEKEND
from .reader import Reader
from .week_days import WEEK, monday_of, recurring
from .year_rules import first_of_next_month

MAX_CONTEXT = timedelta(days=14)  # days spoken of before that hold at most two Fridays
POINTING = frozenset({"this", "next", "last", "coming"})
APART = frozenset({"and", "or", "&", "plus", "also"})
_STRETCHES = frozenset({"week", "month", "season", "year", "range"})
_OPEN = frozenset({"until", "before", "by", "after", "from"})
_ONLY = frozenset({"only", "just"})
CLAUSE_ENDS = frozenset({",", ".", "!", "?", ";", ":"})


def settle_weekdays(r: Reader, groups: list[list[Atom]], context: Days | None, today: date) -> None:
    """ "Next weekend we have visitors. What is on Saturday night?": the weekday is that weekend's, not the coming one. So it is when the
    turn before was about days to come."""
    anchors = [atom.node for group in groups for atom in group if isinstance(atom.node, Days) and _anchors(atom.node)]
    if not anchors and context is not None:
        anchors = [context] if _to_come(context, today) else _beside(context, today)
    if len(anchors) != 1:
        return
    start, end = anchors[0].spans[0]
    frame = ((start - ONE_DAY if anchors[0].grain == "weekend" else start, end),)
    week = ((monday_of(start), monday_of(start) + WEEK),)
    for group in groups:
        days = [atom.node for atom in group if isinstance(atom.node, Days)]
        bare = all(node.bare_weekday and not node.alternatives for node in days)
        if days and bare and r.word(group[0].first) != "this":  # "this Sunday" is the coming one
            _pick(group, frame, on=True)
            # "Thursday to Saturday next week ... or Sunday?"
            if anchors[0] is context and context.grain == "range" and week[0][1] >= end:
                _pick([atom for atom in group if not _is_inside(atom, frame)], week, on=True)


def _is_inside(atom: Atom, frame: Sequence[Span]) -> bool:
    return isinstance(atom.node, Days) and frame[0][0] <= atom.node.spans[0][0] < frame[0][1]


def settle_within(r: Reader, groups: list[list[Atom]]) -> None:
    """ "Saturday concerts in December" are that month's Saturdays; "I'm here Dec 10-16. What is on Sunday?" is that Sunday."""
    frames = [group for group in groups if _frames(group)] if len(groups) > 1 else []
    if len(frames) != 1:
        return
    pieces = read_cluster(r, frames[0]).pieces
    frame = pieces[0].spans if len(pieces) == 1 else ()
    if not frame:
        return
    stay = frame[-1][1] - frame[0][0] <= MAX_CONTEXT
    for group in groups:
        nodes = [atom.node for atom in group if isinstance(atom.node, Days)]
        if group is frames[0] or len(nodes) != 1 or any(atom.pre for atom in group):
            continue
        node = nodes[0]
        bare = r.word(group[0].first) not in POINTING and not node.alternatives and node.pick is not None
        if not bare or not (node.bare_weekday or node.weekdays or node.grain == "weekend"):
            continue
        if stay or _one_clause(r, frames[0], group):
            _pick(group, frame)


def _frames(group: list[Atom]) -> bool:
    """A month, a season, a run of dates: alone, with nothing that opens it to one side."""
    if any(atom.link not in ("", "range") or not isinstance(atom.node, Days) or atom.node.weekdays for atom in group):
        return False
    grains = {atom.node.grain for atom in group if isinstance(atom.node, Days)}
    if group[0].pre == "not" or (group[0].pre and group[-1].link != "range"):
        return False
    return len(group) > 1 or not grains.isdisjoint(("month", "season", "year", "range"))


def _one_clause(r: Reader, frame: list[Atom], group: list[Atom]) -> bool:
    """Nothing between them begins something else: "Saturday concerts or talks in December", not "concerts Saturday or hikes in May"."""
    frame_first = frame[0].first < group[0].first
    left, right = (frame, group) if frame_first else (group, frame)
    between = [r.word(k) for k in range(left[-1].last, right[0].first)]
    while between and between[-1] in FILLERS:
        between.pop()
    ends = CLAUSE_ENDS - {","} if frame_first else CLAUSE_ENDS  # "in December, what is on on a Saturday?"
    return ends.isdisjoint(between) and APART.isdisjoint((*between[:1], *between[-1:]))


def settle_recurring(r: Reader, groups: list[list[Atom]], context: Days | None) -> None:
    """ "Museums in December. Which are open on Mondays?": that month's Mondays. "Weekends in December ... only Sundays?": those."""
    if context is None or context.spans[-1][1] - context.spans[0][0] < WEEK:
        return
    for group in groups:
        for atom in group:
            if context.spans[-1][1] - context.spans[0][0] > MAX_CONTEXT and _only_those(r, atom):
                atom.node = recurring(r, _weekdays_of(atom.node), "days")
        days = [atom.node for atom in group if isinstance(atom.node, Days)]
        if all(node.weekdays and node.pick for node in days):
            _pick([atom for atom in group if not atom.pre], context.spans)


def _weekdays_of(node: Node) -> frozenset[int]:
    return frozenset(start.weekday() for start, _ in node.spans) if isinstance(node, Days) else frozenset()


def _only_those(r: Reader, atom: Atom) -> bool:
    """ "Sunday only", where a month is in force."""
    bare = isinstance(atom.node, Days) and atom.node.bare_weekday and not atom.node.alternatives and not atom.pre
    only = r.word(r.back_over(atom.first - 1, "on")) in _ONLY or r.word(atom.last) in _ONLY
    return bare and only and r.word(atom.first) not in POINTING


def settle_in_month(groups: list[list[Atom]], context: Days | None, today: date) -> None:
    """ "Jazz in February ... the first Friday", "after the 10th": of that month, as though it were said again."""
    month = _month_of(context, today) if context is not None else None
    if month is None:
        return
    for group in groups:
        days = [atom.node for atom in group if isinstance(atom.node, Days)]
        found = [node.pick(month.spans) if node.of_month and node.pick is not None else () for node in days]
        if days and group[0].pre != "not" and all(spans and spans[-1][1] > today for spans in found):
            group[0].link = "juxta"
            group.insert(0, Atom(month, group[0].first, group[0].first))


def _month_of(context: Days, today: date) -> Days | None:
    """The month spoken of, or that of the days to come that were picked from it."""
    first, end = context.spans[0][0], context.spans[-1][1]
    start = first.replace(day=1)
    stop = first_of_next_month(start)
    inside = end <= stop and (context.grain == "month" or first > today)
    return Days(((start, stop),), "month") if inside else None


def settle_weekend(r: Reader, groups: list[list[Atom]]) -> None:
    """ "Next week, not Monday ... only the weekend": that week's."""
    context = r.context_days
    if context is None or context.spans[0][0] <= r.today:
        return
    monday = monday_of(context.spans[0][0])
    if context.spans[-1][1] > monday + WEEK or monday == r.week:
        return
    alone = [
        atom for group in groups for atom in group if r.word(atom.first) == "weekend" and atom.last <= atom.first + 1
    ]
    _pick(alone, ((monday, monday + WEEK),))


def settle_kept(r: Reader, groups: list[list[Atom]]) -> None:
    """ "Yoga on Tuesday evenings. In December? Until Christmas?": those weekdays and hours, for only the stretch is said anew."""
    weekdays = r.context_weekdays
    if weekdays is None or len(groups) != 1 or not _is_stretch(groups[0]):
        return
    group = groups[0]
    kept = recurring(r, weekdays, "weekend" if weekdays == WEEKEND else "days")
    pieces = read_cluster(r, group).pieces
    spans = days_matching(pieces[0].spans, weekdays, MAX_DAYS_MASKED) if len(pieces) == 1 else ()
    is_open = len(group) == 1 and group[0].pre != ""
    if not is_open and not spans:  # no Tuesday is among them
        return
    r.same_hours = True
    if is_open:
        group[0].link = "juxta"
        group.insert(0, Atom(kept, group[0].first, group[0].first))
    else:
        group[:] = [Atom(replace(kept, spans=spans), group[0].first, group[-1].last)]


def _is_stretch(group: list[Atom]) -> bool:
    """A week, a month, a run of dates, or what is open to one side: no day of its own and no hour."""
    first = group[0].node
    if len(group) > 1 or not isinstance(first, Days) or first.weekdays or first.clock:
        return len(group) > 1 and _frames(group)
    return group[0].pre in _OPEN if group[0].pre else first.grain in _STRETCHES


def _pick(atoms: list[Atom], frame: Sequence[Span], *, on: bool = False) -> None:
    """The weekdays among `atoms` are those inside the frame; with `on` they are days like others from now on, tied to no week."""
    for atom in atoms:
        node = atom.node
        picked = node.pick(frame) if isinstance(node, Days) and node.pick is not None else ()
        if isinstance(node, Days) and picked and picked != node.spans:
            atom.node = node.on(picked) if on else replace(node, spans=picked)


def _to_come(context: Days, today: date) -> bool:
    start, end = context.spans[0]
    return start > today and timedelta(days=1) < end - start <= MAX_CONTEXT


def _beside(context: Days, today: date) -> list[Days]:
    """ "Next Friday night ... and on Saturday?": the day after that Friday, when it is of a week to come."""
    start, end = context.spans[0]
    if len(context.spans) > 1 or end - start > ONE_DAY or start <= today:
        return []
    return [Days(((start, start + 3 * ONE_DAY),), "range")] if monday_of(start) > today else []


def _anchors(node: Days) -> bool:
    return node.grain in ("weekend", "week") and len(node.spans) == 1 and node.weekdays is None
