"""The numbers of the event records."""

from __future__ import annotations

from decimal import Decimal

# Bounds of foreign text, in characters; they match the columns.
TITLE_MAX = 500
DESCRIPTION_MAX = 8000
NAME_MAX = 300
SHORT_MAX = 200
CITY_MAX = 120
STATE_MAX = 60
TAG_MAX = 80
TAGS_MAX = 20
URL_MAX = 1000
EVENT_ID_MAX = 300  # characters of a feed's id of an event
EXTERNAL_ID_MAX = 120
AGE_MAX = 120
YEARS = range(1990, 2101)  # that an event may lie in
PRICE_CEILING = Decimal(100_000)

# Import
BATCH_SIZE = 500
DEADLOCK_TRIES = 5
FETCH_MAX_BYTES = 50 * 1024 * 1024
FILE_MAX_BYTES = 256 * 1024 * 1024  # of unpacked text in rows; it is read whole before the first event is stored
DOCUMENT_MAX_BYTES = 128 * 1024 * 1024  # in one piece
FEED_MAX_ROWS = 250_000  # or events of a calendar
JSONLD_MAX_NODES = 250_000  # looked at for events
LINE_MAX_BYTES = 2_000_000  # of a JSON row
FETCH_DEADLINE_S = 60.0
FETCH_MAX_REDIRECTS = 5
ETAG_MAX = 300
WINDOW_PAST_DAYS = 1
WINDOW_AHEAD_DAYS = 400
MAX_OCCURRENCES_PER_EVENT = 800  # twice a day for the whole window
MAX_RULE_STEPS = 400_000  # candidates one recurrence rule may examine before the window ends
EXPAND_BUDGET_S = 120.0  # for all the recurrence rules of one file
REPORTED_BAD_ROWS = 20
ANALYZE_FROM_EVENTS = 200
SERIES_DESCRIPTION_OVERLAP = 0.6  # below it, same-titled rows are different shows
SERIES_SHOWS_COMPARED = 40  # of one title at one venue

# Popularity: shares of source quality, completeness of the record, attention; see events/popularity.py
POPULARITY_QUALITY = 0.4
POPULARITY_COMPLETENESS = 0.3
POPULARITY_ATTENTION = 0.2
POPULARITY_FRESHNESS = 0.1
POPULARITY_FRESH_DAYS = 30.0
POPULARITY_SHOWN_PRIOR = 20.0  # an event shown less often than this is judged mostly by the prior
ATTENTION_EVERY_S = 600.0  # counted and refreshed by the worker
ATTENTION_MESSAGES = 2000  # answers counted at once
ATTENTION_BATCH = 500  # events refreshed at once, of those counted and of the round over all
OPENED_ONCE_S = 86_400  # a reader's openings of one event within a day are one

# Documents to embed: MiniLM reads 256 word pieces, two of them are its own marks.
DOCUMENT_MAX_PIECES = 250

# Near-duplicates
DUPLICATE_TITLE_SIMILARITY = 0.75
DUPLICATE_TITLE_SURE = 0.9  # of a title that the other contains, too
DUPLICATE_MILES = 0.35
DUPLICATE_TOWN_MILES = 25.0  # between the points of two listings of one metropolis
DUPLICATE_VENUE_OVERLAP = 0.5
DUPLICATE_DATABASE_CHUNK = 2000
