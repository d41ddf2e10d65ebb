"""Which atoms of a cluster are left out, and on which days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from .nodes import Atom, Clock, Days, Piece, Span, intersect
from .reader import Reader
from .year_rules import months_of

WIDE = frozenset({"week", "month", "season", "year", "range", "weekend", "holiday"})


def split_excluded(atoms: list[Atom]) -> tuple[list[Atom], list[Atom]]:
    """ "next week but not Monday or Tuesday": everything linked after the "not" goes with it."""
    kept: list[Atom] = []
    dropped: list[Atom] = []
    dropping = False
    for n, atom in enumerate(atoms):
        if atom.link == "exclude" or (n == 0 and atom.pre == "not"):
            atom.link = "union" if dropping else atom.link  # "Friday is out and I'm away on Tuesday"
            dropping = True
            atom.pre = ""
        elif dropping and (atom.link == "again" or _stands_against(atom, kept, dropped)):
            dropping = False
        (dropped if dropping else kept).append(atom)
    return kept, dropped


def _stands_against(atom: Atom, kept: list[Atom], dropped: list[Atom]) -> bool:
    """ "Not between 1 and 3 on Saturday", "not on Monday next week", "not this weekend, next weekend", "not Monday but Tuesday", "evenings except Fridays next week"."""
    if atom.link == "juxta" and isinstance(atom.node, Days) and not kept and all(map(_is_window, dropped)):
        return True
    if atom.link == "juxta" and _is_wide(atom):
        return not any(_is_wide(one) for one in kept)
    return atom.link == "but" and not kept


def _is_window(atom: Atom) -> bool:
    return isinstance(atom.node, Clock) and atom.node.op in ("at", "range")


def _is_wide(atom: Atom) -> bool:
    return isinstance(atom.node, Days) and atom.node.grain in WIDE


def exclusion(r: Reader, piece: Piece, wide: tuple[Span, ...], *, pointed: bool) -> Piece:
    """A weekday that is excluded is excluded every week, unless the days it is taken from say otherwise or it is `pointed` at."""
    node = piece.node
    if node is None or node.pick is None or (pointed and node.grain == "day"):
        return piece
    context = r.context_days.spans if r.context_days else ()
    if node.grain == "weekend" and not wide and context and not intersect(piece.spans, context):
        return replace(piece, spans=node.pick(context) or piece.spans)  # "next week", "skip the weekend"
    if node.grain in ("day", "days") or node.weekdays:
        wide = wide or context
        if node.of_month and wide:  # "Tuesdays but not the first Tuesday": the first of its month
            return replace(piece, spans=intersect(node.pick(months_of(wide)), wide) or piece.spans)
        days = node.pick(wide or [(piece.spans[0][0], piece.spans[0][0] + timedelta(days=70))])
        return replace(piece, spans=days or piece.spans)
    return piece
