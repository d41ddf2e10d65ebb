"""Which row each claim of a sentence speaks of."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.rag.guard.values import Claim

_SEPARATOR = re.compile(r";|\||\s-\s|\n|\b(?:and|while|then|but|plus|or|whereas|followed by|also)\b")
_STRONG = (";", "|", "\n")  # what stands before one of these is not said of what follows
_COMMA = re.compile(r",")
_RELATIVE = re.compile(r" (?:which|who|where|whose)\b")  # 'A [1], which is free, ...' goes on about A
_SET_APART = re.compile(r"\b(?:unlike|instead of|rather than|compared (?:to|with)|other than|besides)\b[^,;]*$")
_BRACKETED = re.compile(r"\([^()\n]*\)")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in the sentence that names a row: a citation or a title."""

    start: int
    end: int
    row: int
    part: bool = False  # some words of the title only


@dataclass(slots=True)
class Clause:
    start: int
    end: int
    rows: tuple[int, ...]


def attribute(folded: str, anchors: Sequence[Anchor], claims: Sequence[Claim]) -> dict[int, tuple[int, ...]]:
    """For each claim, by its place in `claims`, the rows it must be true of. With one row all claims are its own."""
    rows = tuple(dict.fromkeys(a.row for a in anchors))
    if len(rows) <= 1:
        return dict.fromkeys(range(len(claims)), rows)
    clauses, doubtful = _clauses(folded, anchors, claims)
    owners = {i: list(_clause_at(clauses, claim.start).rows) for i, claim in enumerate(claims)}
    for i, others in doubtful.items():
        owners[i] += others
    first_anchor = min(a.start for a in anchors)
    for index, clause in enumerate(clauses):
        inside = [i for i, claim in enumerate(claims) if clause.start <= claim.start < clause.end]
        kinds = {claims[i].kind for i in inside}
        for i, claim in enumerate(claims):
            leading = claim.end <= first_anchor and claim.kind not in kinds
            if leading and clause.start > claim.start:
                owners[i] += clause.rows
        named = max((a.start for a in anchors if clause.start <= a.start < clause.end), default=clause.start)
        apart = _SET_APART.search(folded, clause.start, named)
        if not inside and not apart:  # 'A [1] and B [2] are free': a bare name shares what is said next, or last
            shared = _neighbour(clauses, claims, index)
            for i in shared:
                owners[i] += clause.rows
    return {i: tuple(dict.fromkeys(o)) for i, o in owners.items()}


def _clauses(
    folded: str, anchors: Sequence[Anchor], claims: Sequence[Claim]
) -> tuple[list[Clause], dict[int, list[int]]]:
    """Cut between anchors of different rows at the last word that joins two clauses; claims beside an earlier one are doubtful
    and must hold for both sides."""
    doubtful: dict[int, list[int]] = {}
    folded = _BRACKETED.sub(
        lambda m: "\x01" * len(m[0]), folded
    )  # 'A [1] (Sat, 7 PM), B [2]': what a bracket holds joins nothing
    clauses = [Clause(0, len(folded), (anchors[0].row,))]
    for before, after in itertools.pairwise(anchors):
        if after.row in clauses[-1].rows:
            continue
        if before.row == after.row:
            continue
        gap = [
            m
            for m in _SEPARATOR.finditer(folded, before.end, max(before.end, after.start))
            if _outside(m.start(), claims)
        ]
        if not gap:
            gap = [
                m
                for m in _COMMA.finditer(folded, before.end, max(before.end, after.start))
                if _outside(m.start(), claims)
            ]
        strong = [i for i, m in enumerate(gap) if m[0] in _STRONG]
        gap = gap[strong[-1] :] if strong else gap
        cut = gap[-1].end() if gap else after.start
        for m in gap[:-1]:
            if _RELATIVE.match(folded, m.end()):
                continue
            for i, claim in enumerate(claims):
                if m.end() <= claim.start < cut:
                    doubtful.setdefault(i, []).append(after.row)
        clauses[-1].end = cut
        clauses.append(Clause(cut, len(folded), (after.row,)))
    return clauses, doubtful


def _outside(at: int, claims: Sequence[Claim]) -> bool:
    return not any(c.start <= at < c.end for c in claims)


def _clause_at(clauses: Sequence[Clause], at: int) -> Clause:
    return next((c for c in clauses if c.start <= at < c.end), clauses[-1])


def _neighbour(clauses: Sequence[Clause], claims: Sequence[Claim], index: int) -> list[int]:
    for clause in (*clauses[index + 1 :], *reversed(clauses[:index])):
        found = [i for i, c in enumerate(claims) if clause.start <= c.start < clause.end]
        if found:
            return found
    return []


def title_row(owners: frozenset[int], cited: Sequence[int], inherited: Sequence[int]) -> int:
    """One row for a title that several share: the one cited here, else the one spoken of before, else the first."""
    for choice in (*cited, *inherited):
        if choice in owners:
            return choice
    return min(owners)
