"""The numbers of the search."""

from __future__ import annotations

HANDLE_LIFETIME_S = 3600
HANDLE_BYTES = 24  # of randomness
HANDLE_MAX_CHARS = 64
RANKED_MAX = 50_000  # ids of one search that can be paged through
PAGE_DEFAULT = 100
PAGE_MAX = 1000
PREVIEW_EVENTS = 10
QUERY_MAX_CHARS = 500
CATEGORIES_MAX = 20
CATEGORY_MAX_CHARS = 80

FACET_BUCKETS = 50  # of each facet but days
FACET_DAYS = 92
PRICE_BANDS = (10, 25, 50)  # upper bounds, exclusive; see types.PRICE_LABELS

SIMILAR_DEFAULT = 10
SIMILAR_MAX = 50
SIMILAR_WINDOW_DAYS = 60
SIMILAR_RADIUS_MILES = 50.0
SIMILAR_WEIGHTS = {"semantic": 0.85, "location": 0.1, "time": 0.0, "category": 0.0, "popularity": 0.05}
SIMILAR_LOOKED_AT = 4  # times as many as asked for: of each title one is shown

# The search server
FUSION_CONSTANT = 60  # of reciprocal rank fusion, as its authors chose it
FUSION_LEXICAL = 1.0
FUSION_VECTOR = 1.0
KNN_RESULTS = 200
KNN_CANDIDATES = 1000  # looked at in each shard
INDEX_BATCH = 250  # documents of one bulk request, about 1 MB
INDEX_TIMEOUT_S = 60.0
