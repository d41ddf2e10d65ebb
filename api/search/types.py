"""The values of a search, in order of birth: request, query, facets, result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from api.rag.types import Notice, ParsedQuery, Recall

Vector = np.ndarray[Any, np.dtype[np.float32]]
Sort = Literal["relevance", "date", "distance", "popularity"]
PRICE_LABELS = {  # by band
    "free": "Free",
    "under_10": "Under 10",
    "10_to_25": "10 to 25",
    "25_to_50": "25 to 50",
    "50_and_over": "50 and over",
}

SORTS: tuple[Sort, ...] = ("relevance", "date", "distance", "popularity")
FACETS = ("category", "day", "venue", "price", "audience", "city", "attendance")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a caller asks. Every parameter narrows what the words say, but `location_id` and `radius_miles`, which replace it."""

    query: str = ""
    location_id: int | None = None
    date_from: date | None = None  # inclusive, by the clock of the place
    date_to: date | None = None  # inclusive
    categories: tuple[str, ...] = ()  # any of them; upper and lower case are one
    is_virtual: bool | None = None
    age_min: int | None = None
    age_max: int | None = None
    max_price: Decimal | None = None  # 0: free alone
    radius_miles: float | None = None
    sort: Sort | None = None  # None: relevance where there are words, else date


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a backend ranks by; what it filters by travels apart, as a CandidateFilter.

    `parsed.search_text` is the text to match (empty: nothing to match), `parsed.quoted` are names asked for literally,
    `parsed.interests` topics. `vector` is None where there is no text or no embedding. Days are days in `parsed.zone`.
    Order: by `sort`, then start, then event id, so that it is total. `date` puts what has begun after what is to begin,
    `distance` events without coordinates last.
    """

    parsed: ParsedQuery
    vector: Vector | None
    sort: Sort


@dataclass(frozen=True, slots=True)
class Bucket:
    """`value` is what the events say; None: the events do not say."""

    value: str | int | None
    label: str
    count: int  # of events, each once


@dataclass(frozen=True, slots=True)
class Facet:
    """Biggest bucket first, equal ones by label, None last; days in order of the calendar. `more` counts the buckets left out."""

    buckets: tuple[Bucket, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`candidate_ids` are event ids, best first, at most as many as asked for; `total_hits` counts all of them, exactly.

    Facets count events inside the filters, each event once a bucket, taken in the snapshot of the total:

    category    the event's category as written
    day         ISO dates on which one of its fitting occurrences can be attended: where it starts; for an occurrence that runs for
                more than a day (`long`) or a filter by hours (`filters.hours`), every day on which the filter cut down to that day
                would still find it. Days from today on inside the filter's ranges, FACET_DAYS at most
    venue       venue id; city, "Santa Rosa, CA": of its fitting occurrences, so that an event may count in several
    price       a band of PRICE_LABELS by `is_free` and then `price_min`; None where neither is known
    audience    each of the event's audience labels; None where it has none
    attendance  offline, online, mixed
    """

    candidate_ids: tuple[int, ...]
    search_handle: str
    total_hits: int
    facets: Mapping[str, Facet]
    search_time_ms: float
    recall: Recall = "exact"
    backend: str = "pgvector"
    notices: tuple[Notice, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)  # what a backend tells of itself: plan, took
