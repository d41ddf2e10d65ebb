"""What an answer cost, from a table of dated prices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from api.rag.types import Usage

MILLION = 1_000_000
FREE = frozenset({"composer", "scripted"})  # written by ourselves


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, from `since` on until the next row of the same model."""

    model: str
    since: date
    usd_in: float
    usd_out: float
    provider: str = ""  # empty: whoever serves it


@dataclass(frozen=True, slots=True)
class PriceTable:
    prices: tuple[Price, ...] = ()

    @classmethod
    def from_file(cls, path: Path) -> PriceTable:
        """Raises ValueError that names the row."""
        prices = []
        for n, row in enumerate(json.loads(path.read_text(encoding="utf-8")), start=1):
            try:
                since = date.fromisoformat(row["since"])
                price = Price(row["model"], since, float(row["usd_in"]), float(row["usd_out"]), row.get("provider", ""))
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path.name}, row {n}: {error!r}") from error
            prices.append(price)
        return cls(tuple(prices))

    def price(self, provider: str, model: str, day: date) -> Price | None:
        """The latest that holds on that day; one of this provider wins over one of anybody."""
        rows = [p for p in self.prices if p.model == model and p.provider in ("", provider) and p.since <= day]
        return max(rows, key=lambda p: (p.provider == provider, p.since), default=None)

    def priced(self, usage: Usage, day: date) -> Usage:
        """The same usage with its cost, where a price and both counts are known."""
        if usage.provider in FREE:
            return replace(usage, cost_usd=0.0)
        price = self.price(usage.provider, usage.model, day)
        if price is None or usage.tokens_in is None or usage.tokens_out is None:
            return usage
        cost = (usage.tokens_in * price.usd_in + usage.tokens_out * price.usd_out) / MILLION
        return replace(usage, cost_usd=round(cost, 9))


def total(usages: Sequence[Usage]) -> Usage:
    """Of the rounds of one answer: counts add up, the first token is the first one's, time runs until the last one's end."""
    first, last = usages[0], usages[-1]

    def added(values: Sequence[int | None]) -> int | None:
        return None if any(v is None for v in values) else sum(v or 0 for v in values)

    spent = [u.total_ms for u in usages]
    return replace(
        last,
        tokens_in=added([u.tokens_in for u in usages]),
        tokens_out=added([u.tokens_out for u in usages]),
        first_token_ms=first.first_token_ms,
        total_ms=None if any(ms is None for ms in spent) else sum(ms or 0.0 for ms in spent),
        estimated=any(u.estimated for u in usages),
    )
