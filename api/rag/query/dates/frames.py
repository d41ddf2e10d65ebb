"""A week or month that was named and an open end inside it."""

from __future__ import annotations

from dataclasses import replace

from .intervals import instant
from .nodes import Atom, Days, Piece, intersect
from .reader import Reader

_FRAMES = frozenset({"week", "month", "season", "year"})


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
