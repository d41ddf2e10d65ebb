"""A question about one venue, or about what else there is where, or by whom, something told was: the events of that venue alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.rag.candidate_sql import Statement
from api.rag.params import RetrievalParams
from api.rag.query.topics import topic_terms
from api.rag.retrieval import run
from api.rag.types import Constraint, ParsedQuery
from locations.geo import miles_between

ALIKE = """
SELECT id, name, latitude, longitude, strict_word_similarity(%(name)s, lower(name)) AS alike
FROM events_venue WHERE %(name)s <<%% lower(name) AND kind = 'place' ORDER BY alike DESC, id LIMIT 50"""
OF_VENUES = """
SELECT DISTINCT o.event_id FROM (
  SELECT id FROM events_event WHERE venue_id = ANY(%(venues)s) UNION SELECT event_id FROM events_occurrence WHERE venue_id = ANY(%(venues)s)
) there JOIN events_event e ON e.id = there.id JOIN events_occurrence o ON o.event_id = e.id
WHERE COALESCE(o.venue_id, e.venue_id) = ANY(%(venues)s) AND o.effective_end > %(now)s LIMIT 2000"""
OF_EVENT = """
SELECT COALESCE(v.name, ''), e.venue_id, e.organizer FROM events_event e LEFT JOIN events_venue v ON v.id = e.venue_id
WHERE e.id = %(event_id)s"""
OF_ORGANIZER = "SELECT id FROM events_event WHERE organizer = %(organizer)s AND organizer <> '' LIMIT 2000"


NAMED = 0.75  # strict word similarity: two letters of "Buskirk-Chumley" may be wrong
MANY = 3  # venues of other names that are as like: then "the library" names none of them


@dataclass(frozen=True, slots=True)
class _Venue:
    id: int
    name: str
    lat: float | None
    lng: float | None
    alike: float


def at_venue(query: ParsedQuery, params: RetrievalParams) -> ParsedQuery:
    """The query among the events of the venue that it names, wherever that is; unchanged where no venue is called so.

    Raises RetrievalFailed.
    """
    if query.same_venue_as is not None or query.same_organizer_as is not None:
        return _beside(query, params)
    if not query.venue:
        return query
    venues = _named(query, params)
    if not venues:
        return query
    named = _without_name(query, query.venue)
    return _among(named, [v.id for v in venues], venues[0].name, params)


def _beside(query: ParsedQuery, params: RetrievalParams) -> ParsedQuery:
    """What else there is at the venue, or by the organizer, of an event told before; nothing where the listing names none."""
    event_id = query.same_venue_as if query.same_venue_as is not None else query.same_organizer_as
    rows = run(Statement(OF_EVENT, {"event_id": event_id}), params)
    name, venue_id, organizer = rows[0] if rows else ("", None, "")
    if query.same_venue_as is not None:
        return _among(query, [venue_id] if venue_id is not None and name else [], name, params)
    ids = [row[0] for row in run(Statement(OF_ORGANIZER, {"organizer": organizer}), params)]
    return replace(query, candidate_ids=_inside(query, ids), at_venue=organizer)


def _named(query: ParsedQuery, params: RetrievalParams) -> list[_Venue]:
    found = [_Venue(*row) for row in run(Statement(ALIKE, {"name": query.venue.lower()}), params)]
    likest = [v for v in found if v.alike >= max(NAMED, found[0].alike - 0.01)]
    place = query.place
    if place is not None:
        near = [
            v
            for v in likest
            if v.lat is not None
            and v.lng is not None
            and miles_between(place.lat, place.lng, v.lat, v.lng) <= place.radius_miles
        ]
        likest = near or likest
    names = {v.name.casefold() for v in likest}
    exact = [v for v in likest if v.name.casefold() == query.venue.casefold()]
    return exact or (likest if len(names) <= MANY else [])


def _among(query: ParsedQuery, venues: Sequence[int], name: str, params: RetrievalParams) -> ParsedQuery:
    ids = [row[0] for row in run(Statement(OF_VENUES, {"venues": list(venues), "now": query.now}), params)]
    return replace(query, candidate_ids=_inside(query, ids), at_venue=name)


def _inside(query: ParsedQuery, ids: Sequence[int]) -> tuple[int, ...]:
    allowed = None if query.candidate_ids is None else set(query.candidate_ids)
    return tuple(id_ for id_ in ids if allowed is None or id_ in allowed)


def _without_name(query: ParsedQuery, name: str) -> ParsedQuery:
    """The name says where, not what: "jazz at the Raven" looks for jazz."""
    said = re.compile(rf"(?:\b(?:at|inside|@)\s+)?(?:\bthe\s+)?{re.escape(name)}", re.I)
    words = set(name.lower().split())
    text = _cut(said, query.search_text)
    if words.issuperset(text.lower().split()):  # "Reference Library", where Toronto was read as the place
        text = ""
    constraints: list[Constraint] = []
    for c in query.constraints:
        if c.field == "interest":
            c = replace(c, label=_cut(said, c.label), words=_cut(said, c.words))
            if words.issuperset(c.words.lower().split()):
                continue
        constraints.append(c)
    topics = tuple(t for t in query.interests if not words & set(topic_terms(t)))
    return replace(query, search_text=text, interests=topics, constraints=tuple(constraints))


def _cut(said: re.Pattern[str], text: str) -> str:
    return " ".join(said.sub(" ", text).split())
