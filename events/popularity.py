"""How much an event deserves to win a tie, in [0, 1].

popularity = .4 source quality + .3 completeness + .2 attention + .1 freshness

- source quality: set per source by an operator (default .5).
- completeness: the share of {description of 80+ characters, venue with exact coordinates, price known, link, category or tags, an end} that is
  there: complete records make answers a user can act on.
- attention: (opened + 1) / (shown + 20), scaled so that one opening in four counts fully; without data 0.2.
- freshness: 1 / (1 + days since the feed last changed the record / 30).
"""

from __future__ import annotations

from dataclasses import dataclass

from events.params import (
    POPULARITY_ATTENTION,
    POPULARITY_COMPLETENESS,
    POPULARITY_FRESH_DAYS,
    POPULARITY_FRESHNESS,
    POPULARITY_QUALITY,
    POPULARITY_SHOWN_PRIOR,
)  # fmt: skip

_FULL_ATTENTION_RATE = 0.25
_LONG_DESCRIPTION = 80


@dataclass(frozen=True, slots=True)
class Completeness:
    description_chars: int
    exact_venue: bool
    price_known: bool
    link: bool
    classified: bool
    end_known: bool

    @property
    def share(self) -> float:
        facts = (
            self.description_chars >= _LONG_DESCRIPTION, self.exact_venue, self.price_known, self.link, self.classified, self.end_known,
        )  # fmt: skip
        return sum(facts) / len(facts)


def popularity(
    quality: float, completeness: Completeness, *, shown: int = 0, opened: int = 0, days_unchanged: float = 0.0
) -> float:
    rate = (opened + 1) / (shown + POPULARITY_SHOWN_PRIOR)
    attention = min(1.0, rate / _FULL_ATTENTION_RATE)
    freshness = 1.0 / (1.0 + max(0.0, days_unchanged) / POPULARITY_FRESH_DAYS)
    value = (
        POPULARITY_QUALITY * min(1.0, max(0.0, quality))
        + POPULARITY_COMPLETENESS * completeness.share
        + POPULARITY_ATTENTION * attention
        + POPULARITY_FRESHNESS * freshness
    )
    return round(min(1.0, max(0.0, value)), 4)
