"""An event asked for by its name that does not take place: it is told to be cancelled or postponed, never passed over in silence."""

from __future__ import annotations

import re

from api.rag.candidate_sql import Statement
from api.rag.hydrate import load_facts
from api.rag.params import RetrievalParams
from api.rag.retrieval import not_over, run
from api.rag.tiering import title_key
from api.rag.types import ParsedQuery, RankedEvent, RankingFactors
from locations.geo import miles_between

_ASKS_WHETHER = re.compile(
    r"\b(?:cancel(?:l?ed|l?ing)?|postponed|called off|still (?:on|happening|going|taking place|scheduled|planned)|going ahead|(?:is|are) .{3,80} on (?:still|tonight|today))\b",
    re.I,
)
_ASKS_WHEN = re.compile(
    r"^\W*(?:(?:hi|hello|hey|so|and|ok|okay),? )*(?:when|what time|what day|is|are|where|how much|who)\b|\bwhen\W*$",
    re.I,
)
# By the indexes of what is out of the ordinary: the titles of a million events are not to be compared.
NAMED = """
WITH off AS MATERIALIZED (
  SELECT o.id, o.event_id, o.start, o.effective_end FROM events_occurrence o WHERE o.status IN ('cancelled', 'postponed')
  UNION
  SELECT o.id, o.event_id, o.start, o.effective_end FROM events_event e JOIN events_occurrence o ON o.event_id = e.id
  WHERE e.status IN ('cancelled', 'postponed')
)
SELECT off.id FROM off JOIN events_event e ON e.id = off.event_id
WHERE e.duplicate_of_id IS NULL AND off.effective_end > %(now)s
  AND EXISTS (SELECT 1 FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS r(s, e) WHERE off.start < r.e AND off.effective_end > r.s)
  AND (strict_word_similarity(lower(e.title), %(message)s) >= %(like_title)s OR strict_word_similarity(%(words)s, lower(e.title)) >= %(like_words)s)
ORDER BY off.start, off.id LIMIT %(most)s"""


def called_off(
    query: ParsedQuery, recommended: tuple[RankedEvent, ...], params: RetrievalParams
) -> tuple[RankedEvent, ...]:
    """What the question names and does not take place, on the days asked about. Raises RetrievalFailed."""
    whether = _ASKS_WHETHER.search(query.message) is not None
    words = " ".join(query.quoted) or query.search_text
    if query.about_event_ids or not words or not (whether or query.quoted or _ASKS_WHEN.search(query.message)):
        return ()
    found = run(_named(query, words, params), params)
    facts = [pair[0] for pair in load_facts([row[0] for row in found]).values()] if found else []
    told = {title_key(e.facts.title) for e in recommended} if not whether and query.when is None else set()
    named = [f for f in facts if title_key(f.title) not in told and _is_near(f.lat, f.lng, query, params)]
    return tuple(
        RankedEvent(f, "context", rank, 0.0, RankingFactors(None, None, None, None, None))
        for rank, f in enumerate(named[: params.called_off_max], start=1)
    )


def _named(query: ParsedQuery, words: str, params: RetrievalParams) -> Statement:
    ranges = [(r.start, r.end) for r in query.when.ranges] if query.when is not None else [not_over(query.now, params)]
    return Statement(
        NAMED,
        {
            "starts": [start for start, _ in ranges],
            "ends": [end for _, end in ranges],
            "now": query.now,
            "message": query.message.lower(),
            "words": words.lower() if query.quoted or " " in words else "-",  # one word is in many titles
            "like_title": params.called_off_like_title,
            "like_words": params.called_off_like_words,
            "most": params.called_off_max * 4,  # some are told already, or far away
        },
    )


def _is_near(lat: float | None, lng: float | None, query: ParsedQuery, params: RetrievalParams) -> bool:
    place = query.place
    if place is None or query.at_venue or lat is None or lng is None or place.kind in ("state", "country"):
        return True
    return miles_between(place.lat, place.lng, lat, lng) <= place.radius_miles + params.called_off_near_miles
