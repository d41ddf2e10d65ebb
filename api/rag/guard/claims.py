"""All claims of a sentence, in the order they stand there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.rag.guard.clock import find_durations, find_parts, find_runs, find_times
from api.rag.guard.compared import find_order
from api.rag.guard.days import find_days
from api.rag.guard.loose import find_loose
from api.rag.guard.names import Mention
from api.rag.guard.values import Claim, TextClaim
from api.rag.guard.view import View
from api.rag.guard.worth import find_ages, find_distances, find_numbers, find_prices, find_states
from api.rag.types import ParsedQuery


def find_claims(view: View, mentions: Sequence[Mention], query: ParsedQuery) -> list[Claim]:
    masked = view.masked
    taken = bytearray(len(masked))
    found = _first(masked, taken, (*_places(mentions), *_found(view, query)))
    # what is left of '11-22-2026' when 2026 is a year must be explained too
    rest = "".join("\x01" if t else c for c, t in zip(masked, taken, strict=True)) if any(taken) else masked
    return sorted([*found, *_first(rest, taken, find_numbers(rest))], key=lambda c: c.start)


def _first(masked: str, taken: bytearray, claims: Iterable[Claim]) -> list[Claim]:
    """Of claims that overlap the first; what it covers is marked in `taken`."""
    found = []
    for claim in claims:
        if any(taken[claim.start : claim.end]):
            continue
        taken[claim.start : claim.end] = b"\x01" * (claim.end - claim.start)
        claim.text = claim.text or masked[claim.start : claim.end].strip()
        found.append(claim)
    return found


def _places(mentions: Sequence[Mention]) -> list[Claim]:
    return [
        Claim(
            "venue" if m.kind == "venue" else "city",
            m.start,
            m.end,
            TextClaim(m.words, m.placed, m.near, "venue" if m.kind == "venue" else "city"),
            " ".join(m.words),
        )
        for m in mentions
        if m.kind and not m.titled and not m.near
    ]


def _found(view: View, query: ParsedQuery) -> list[Claim]:
    masked, text = view.masked, view.text
    days = list(find_days(masked, text, query.now))
    rest = _without(masked, days)  # in 'Dec 4 – 7-9 PM' the 4 is no hour
    words = [w for w in view.words if masked[w.start] != "\x01"]
    return [
        *find_order(masked),
        *find_loose(masked, words, query.now.date()),
        *find_prices(masked),
        *find_ages(masked),
        *days,
        *find_durations(masked),
        *find_times(rest),
        *find_runs(masked),
        *find_distances(masked),
        *find_states(masked),
        *find_parts(masked),
    ]


def _without(masked: str, claims: Sequence[Claim]) -> str:
    for claim in claims:
        masked = f"{masked[: claim.start]}{chr(1) * (claim.end - claim.start)}{masked[claim.end :]}"
    return masked


def own_place(claim: Claim) -> bool:
    return claim.kind == "city" and isinstance(claim.value, TextClaim) and claim.value.near
