"""Two events set beside each other: 'cheaper than [2]', 'the earliest'. Order is a claim about prices, hours and distances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from api.rag.guard.cued import cued
from api.rag.guard.rows import Row
from api.rag.guard.values import Claim, OrderClaim
from api.rag.types import ParsedQuery
from locations.geo import miles_between

# word -> (what is measured, does it ask for more of it)
_THAN = {
    "cheaper": ("price", False), "less expensive": ("price", False), "more affordable": ("price", False), "pricier": ("price", True),
    "more expensive": ("price", True), "earlier": ("time", False), "sooner": ("time", False), "later": ("time", True),
    "closer": ("distance", False), "nearer": ("distance", False), "farther": ("distance", True), "further away": ("distance", True),
}  # fmt: skip
_MOST = {
    "cheapest": ("price", False), "least expensive": ("price", False), "most affordable": ("price", False), "priciest": ("price", True),
    "most expensive": ("price", True), "earliest": ("time", False), "soonest": ("time", False), "closest to you": ("distance", False),
    "nearest to you": ("distance", False), "nearest": ("distance", False),
}  # fmt: skip
# what is masked behind 'than' is a title or a number: 'cheaper than a movie ticket' is no claim
_COMPARED = cued(rf"\b(?P<w>{'|'.join(_THAN)}) than (?:the )?(?=\x01)", " than ")
_FIRST = cued(
    rf"\b(?:the|your) (?P<w>{'|'.join(sorted(_MOST, key=len, reverse=True))})\b(?! (?:in |you can |match|thing|fit|town|city))",
    [word.split()[-1] for word in _MOST],
)


def find_order(masked: str) -> Iterator[Claim]:
    for pattern, words in ((_COMPARED, _THAN), (_FIRST, _MOST)):
        for m in pattern.finditer(masked):
            by, more = words[m["w"]]
            yield Claim(by, m.start(), m.end("w"), OrderClaim(by, more, one=pattern is _COMPARED))  # type: ignore[arg-type]


def among(value: OrderClaim, others: Sequence[Row], query: ParsedQuery) -> OrderClaim:
    """The claim with the measures it is held against. What is not known of another counts only where it is the one."""
    measures = [_measure(row, value, query) for row in others]
    unknown = value.one and None in measures
    return replace(value, others=() if unknown else tuple(m for m in measures if m is not None))


def order_holds(row: Row, value: OrderClaim, query: ParsedQuery) -> bool:
    own = _measure(row, value, query)
    if own is None or not value.others:
        return False
    if value.one:
        return all(own > other if value.more else own < other for other in value.others)
    return all(own >= other if value.more else own <= other for other in value.others)


def _measure(row: Row, value: OrderClaim, query: ParsedQuery) -> float | None:
    if value.by == "time":
        return row.facts.start.timestamp()
    if value.by == "price":
        amount = (row.high if value.more else row.low) if row.priced else None
        return None if amount is None else float(amount)
    facts, place = row.facts, query.place
    if place is None or facts.lat is None or facts.lng is None:
        return None
    return miles_between(place.lat, place.lng, facts.lat, facts.lng)
