"""Misspelt beginnings of names. One rule says both which rows could match (`lookups`) and whether one does (`edits_to_prefix`)."""

from __future__ import annotations

from locations.params import TYPO_PREFIX_CHARS

TYPO_MIN_CHARS = 4  # shorter queries are beginnings of too many names
TWO_EDITS_MIN_CHARS = 7


def lookups(query: str) -> list[str]:
    """Strings to look up among the stored deletions: one slip within the first letters of a name leads to one of them."""
    size = TYPO_PREFIX_CHARS
    found = {query[: size - 1]}  # a letter is missing from the query
    for head in (query[:size], query[: size + 1]):  # a wrong or swapped letter; a letter too many
        found.add(head)
        found.update(head[:i] + head[i + 1 :] for i in range(len(head)))
    return sorted(s for s in found if size - 1 <= len(s) <= size)


def allowed_edits(query: str) -> int:
    if len(query) < TYPO_MIN_CHARS:
        return 0
    return 2 if len(query) >= TWO_EDITS_MIN_CHARS else 1


def edits_to_prefix(query: str, name: str, most: int) -> int | None:
    """Least number of slips (a letter wrong, missing, too many, or two swapped) that make `query` a beginning of `name`.

    None if more than `most`. The slips are sought at the first letter that differs, which finds every single slip.
    """
    at = 0
    end = min(len(query), len(name))
    while at < end and query[at] == name[at]:
        at += 1
    if at == len(query):
        return 0
    if most == 0:
        return None
    rest, left = query[at:], name[at:]
    tries = [(rest[1:], left[1:]), (rest[1:], left), (rest, left[1:])]
    if len(left) > 1 and rest[:2] == left[1] + left[0]:
        tries.append((rest[2:], left[2:]))
    counts = [c for q, n in tries if (c := edits_to_prefix(q, n, most - 1)) is not None]
    return min(counts) + 1 if counts else None
