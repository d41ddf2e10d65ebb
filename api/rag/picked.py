""" "The jazz one", "the one at the library", "the Saturday one": which of the events that were told it means, by their listings as they are now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from api.rag import facts as spell
from api.rag.hydrate import load_facts
from api.rag.params import RetrievalParams, ScoringWeights
from api.rag.query.dates import When
from api.rag.query.text import word_forms
from api.rag.query.topics import topic_terms
from api.rag.retrieval import retrieve
from api.rag.types import EventFacts, Notice, ParsedQuery, Pick
from events.text import words

# What a listing says in its title, its place and its tags is what a reader saw; its description may name anything.
PLAINLY, IN_PASSING = 2, 1


def pointed_at(query: ParsedQuery, params: RetrievalParams) -> tuple[ParsedQuery, tuple[Notice, ...]]:
    """The query with the events that it points at by what they are; all that were told, and a notice, where it is said of none.

    Raises RetrievalFailed.
    """
    pick = query.pick
    if pick is None:
        return query, ()
    known = _told(query, pick, params)
    ids = picked(known, pick)
    match pick.manner:
        case "like":
            return replace(query, more_like_event_id=next(iter(ids), query.more_like_event_id)), ()
        case "not":
            return replace(query, exclude_event_ids=tuple(dict.fromkeys((*query.exclude_event_ids, *ids)))), ()
    if ids:
        return replace(query, about_event_ids=ids), ()
    return query, () if not known else (_none(len(pick.among)),)


def picked(told: list[EventFacts], pick: Pick) -> tuple[int, ...]:
    """Ids of those that most is true of; of none of them, none."""
    marks = {facts.event_id: _marks(facts, pick) for facts in told}
    most = max(marks.values(), default=0)
    return tuple(id_ for id_ in pick.among if most and marks.get(id_) == most)


def _told(query: ParsedQuery, pick: Pick, params: RetrievalParams) -> list[EventFacts]:
    """Each at its first time on the days named, else at its next."""
    days = pick.when if pick.when is not None and not pick.when.time_only else query.when
    asked = replace(query, about_event_ids=pick.among, about_times=False, candidate_ids=None, when=days)
    found = retrieve(asked, None, weights=ScoringWeights(), params=params)
    known = load_facts([c.occurrence_id for c in found.candidates])
    return [known[c.occurrence_id][0] for c in found.candidates if c.occurrence_id in known]


def _marks(facts: EventFacts, pick: Pick) -> int:
    place = frozenset(
        words(" ".join((facts.venue, facts.room, facts.street, facts.city, facts.region, facts.organizer)))
    )
    plain = place if pick.where else place | frozenset(words(" ".join((facts.title, facts.category, *facts.tags))))
    described = frozenset(words(facts.description)) if not pick.where else frozenset()
    marks = 0
    for word in pick.words:
        forms = word_forms(word)
        marks += PLAINLY if not plain.isdisjoint(forms) else IN_PASSING if not described.isdisjoint(forms) else 0
    if not pick.where:
        marks += sum(PLAINLY for topic in pick.topics if topic_terms(topic) & plain)
    marks += PLAINLY if pick.free and spell.is_free(facts) else 0
    marks += PLAINLY if pick.online and facts.attendance != "offline" else 0
    return marks + (PLAINLY if pick.when is not None and _is_then(facts, pick.when) else 0)


def _is_then(facts: EventFacts, when: When) -> bool:
    end = facts.end or facts.start
    if not when.time_only:
        return any(facts.start < r.end and end >= r.start for r in when.ranges)
    return any(_minute(r.start) <= _minute(facts.start) < (_minute(r.end) or 24 * 60) for r in when.ranges)


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _none(count: int) -> Notice:
    again = (
        "none of these says so, so here they are again"
        if count > 1
        else "this one does not say so, and it is all I told you of"
    )
    return Notice("not_told", f"As far as the listings tell, {again}.", {"count": count})
