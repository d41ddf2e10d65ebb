"""From counts to facets, the same for every backend. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from api.search.params import FACET_BUCKETS, PRICE_BANDS
from api.search.types import PRICE_LABELS, Bucket, Facet

FREE, *BANDS = PRICE_LABELS


def facet(buckets: Iterable[Bucket], unknown: int = 0) -> Facet:
    """The biggest buckets; what the events do not say is always told, last."""
    ordered = sorted(buckets, key=lambda b: (-b.count, b.label, b.value))
    last = [Bucket(None, "Not said", unknown)] if unknown else []
    return Facet((*ordered[:FACET_BUCKETS], *last), more=max(0, len(ordered) - FACET_BUCKETS))


def days_facet(counts: Iterable[tuple[str, int]]) -> Facet:
    """In the order of the calendar, all of them. `counts` are of ISO dates."""
    return Facet(tuple(Bucket(day, day, n) for day, n in sorted(counts) if n))


def one_case(groups: Iterable[tuple[str, str, int]]) -> list[Bucket]:
    """Of (key, spelling, count): spellings of one key are one bucket, named by the first of them."""
    spellings: dict[str, list[tuple[str, int]]] = {}
    for key, name, n in groups:
        spellings.setdefault(key, []).append((name, n))
    named = [(min(name for name, _ in group), sum(n for _, n in group)) for group in spellings.values()]
    return [Bucket(name, name, n) for name, n in named]


def price_band(is_free: bool | None, price_min: float | None) -> str | None:
    """A key of PRICE_LABELS, None where nothing is said of a price."""
    if is_free:
        return FREE
    if price_min is None:
        return None
    return next((name for name, top in zip(BANDS, PRICE_BANDS, strict=False) if price_min < top), BANDS[-1])
