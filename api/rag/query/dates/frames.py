"""A week or month that was named and a day or an open end inside it, in the same message or the one before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from .intervals import instant
from .nodes import Atom, Days, Piece, intersect
from .reader import Reader
from .year_rules import first_of_next_month

_FRAMES = frozenset({"week", "month", "season", "year"})


def settle_in_month(groups: list[list[Atom]], context: Days | None, today: date) -> None:
    """ "Jazz in February ... the first Friday", "after the 10th": of that month, as though it were said again."""
    month = _month_of(context, today) if context is not None else None
    if month is None:
        return
    for group in groups:
        days = [atom.node for atom in group if isinstance(atom.node, Days)]
        found = [node.pick(month.spans) if node.of_month and node.pick is not None else () for node in days]
        if days and all(spans and spans[-1][1] > today for spans in found):
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
    """ "Next week ... only the weekend": that week's."""
    context = r.context_days
    if context is None or context.grain not in ("week", "weekend") or context.spans[0][0] <= r.today:
        return
    for atom in (atom for group in groups for atom in group):
        node = atom.node
        if not isinstance(node, Days) or r.word(atom.first) != "weekend" or atom.last > atom.first + 1:
            continue
        if picked := node.pick(context.spans) if node.pick is not None else ():
            atom.node = replace(node, spans=picked)


def inside_frame(r: Reader, atoms: list[Atom], piece: Piece) -> Piece:
    """ "In February after the 10th", "in December before Christmas": the month ends or begins what is open."""
    named = [(atom.pre, atom.node) for atom in atoms if isinstance(atom.node, Days)]
    if len(named) != 2 or named[0][0] or not named[1][0] or named[0][1].grain not in _FRAMES:
        return piece
    start, stop = named[0][1].spans[0]
    if piece.instants:
        opens, closes = (max(moment, instant(r.zone, start, 0)) for moment in piece.instants[0])
        return replace(piece, instants=((opens, closes),)) if opens < closes else piece
    return replace(piece, spans=intersect(piece.spans, ((start, stop),)) or piece.spans)
