"""Which row each claim of a sentence speaks of."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.rag.guard.values import Claim

_SEPARATOR = re.compile(r"[;|→\n]|\s-\s|\b(?:and|while|then|but|plus|or(?! so\b)|whereas|followed by|also)\b")
_STRONG = (";", "|", "\n", "→")  # what stands before one of these is not said of what follows
LEAD_CHARS = 4  # of ' on '
_COMMA = re.compile(r",")
_RELATIVE = re.compile(r" (?:which|who|where|whose)\b")  # 'A [1], which is free, ...' goes on about A
_SET_APART = re.compile(r"\b(?:unlike|instead of|rather than|compared (?:to|with)|other than|besides)\b[^,;]*$")
_FOR_IT = re.compile(r" for (?:(?! and | or )[^,;:])*")  # '$15 for A [1]' is said of A
# what stands before these is said of the first of the two: 'A [1] is over by 8, half an hour before B [2]', 'A [1] at 2 clashes with B [2]'
_BESIDE = re.compile(
    r"\b(?:before|after|until|as(?! (?:is|are|does|do|well|was)\b)|once|when|than|(?:clash|overlap|conflict|coincid|compet|pair)[a-z]* with)(?: the)?(?: [a-z'-]+){0,2} $"
)
_IT = re.compile(r"[:;,] (?:it|it's|that one|this one)\b")  # said of one alone
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
    alone: bool = False  # it only names what the one before is set beside


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
    # kinds of which a clause has said its own: 'Friday has A [1], Saturday has B [2] and C [3]'
    ended: set[str] = set()
    for index, clause in enumerate(clauses):
        inside = [i for i, claim in enumerate(claims) if clause.start <= claim.start < clause.end]
        kinds = {claims[i].kind for i in inside}
        if index:
            ended |= {claims[i].kind for i in inside if claims[i].start < _named(clause, anchors)}
        for i, claim in enumerate(claims):
            leading = claim.end <= first_anchor and claim.kind not in kinds | ended
            if leading and clause.start > claim.start and not _FOR_IT.fullmatch(folded, claim.end, first_anchor):
                owners[i] += clause.rows
                kinds.add(claim.kind)
        named = max((a.start for a in anchors if clause.start <= a.start < clause.end), default=clause.start)
        apart = _SET_APART.search(folded, clause.start, named)
        # 'A [1] and B [2] are free': a bare name shares what is said next, or last
        if not inside and not apart and not clause.alone:
            for i in _neighbour(folded, clauses, claims, anchors, index):
                if claims[i].kind not in kinds:
                    owners[i] += clause.rows
    return {i: tuple(dict.fromkeys(o)) for i, o in owners.items()}


def _clauses(
    folded: str, anchors: Sequence[Anchor], claims: Sequence[Claim]
) -> tuple[list[Clause], dict[int, list[int]]]:
    """Cut between anchors of different rows at the last word that joins two clauses; claims beside an earlier one are doubtful
    and must hold for both sides."""
    doubtful: dict[int, list[int]] = {}
    # 'A [1] (Sat, 7 PM), B [2]': what a bracket holds joins nothing
    folded = _BRACKETED.sub(lambda m: "\x01" * len(m[0]), folded)
    clauses = [Clause(0, len(folded), (anchors[0].row,))]
    for before, after in itertools.pairwise(anchors):
        if after.row in clauses[-1].rows:
            continue
        if before.row == after.row:
            continue
        if after.start == before.end and after.end:  # 'Saturday [6][7]'
            clauses[-1].rows += (after.row,)
            continue
        until = max(before.end, after.start)
        gap = [m for m in _SEPARATOR.finditer(folded, before.end, until) if _outside(m.start(), claims)]
        if not gap or _joins_claims(gap[-1], claims):
            commas = _COMMA.finditer(folded, gap[-1].end() if gap else before.end, until)
            gap = [m for m in commas if _outside(m.start(), claims)] or gap
        beside = _BESIDE.search(folded, gap[-1].end() if gap else before.end, max(before.end, after.start))
        if beside is not None and not any(m[0] in _STRONG for m in gap):
            clauses[-1].end = beside.start()
            clauses.append(Clause(beside.start(), len(folded), (after.row,), alone=True))
            continue
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


def _named(clause: Clause, anchors: Sequence[Anchor]) -> int:
    return min((a.start for a in anchors if clause.start <= a.start < clause.end), default=clause.start)


def _joins_claims(m: re.Match[str], claims: Sequence[Claim]) -> bool:
    """The 'or' of 'on Friday or Saturday' parts no clauses."""
    before = [c for c in claims if m.start() - 1 <= c.end <= m.start()]
    return any(c.kind == b.kind and m.end() <= c.start <= m.end() + LEAD_CHARS for b in before for c in claims)


def _clause_at(clauses: Sequence[Clause], at: int) -> Clause:
    return next((c for c in clauses if c.start <= at < c.end), clauses[-1])


def _neighbour(
    folded: str, clauses: Sequence[Clause], claims: Sequence[Claim], anchors: Sequence[Anchor], index: int
) -> list[int]:
    """What the next clause says behind its name, for 'A [1] and the free B [2]' says nothing of A; else what one before says."""
    for clause in clauses[index + 1 :]:
        named = _named(clause, anchors)
        found = [i for i, c in enumerate(claims) if named <= c.start < clause.end]
        if found and _IT.search(folded, named, claims[found[0]].start):
            return []
        if found:
            return found
    for clause in reversed(clauses[:index]):
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
