"""Where an event stands and why: the stage and the number that dropped it, or its rank, its factors and what would change it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import DatabaseError, connection
from django.db.utils import InterfaceError

from api.rag.candidate_sql import STAGES, CandidateFilter
from api.rag.errors import RetrievalFailed
from api.rag.explain_words import ages, dates, price, when_said
from api.rag.hydrate import load_facts
from api.rag.params import RetrievalParams, ScoringWeights, TierSizes
from api.rag.retrieval import Place, candidate_filter, checks, place_of, retrieve
from api.rag.scoring import Flip, flips
from api.rag.tiering import Held, Judged, judge, looked_at
from api.rag.types import Candidate, EventFacts, ParsedQuery, Recall, Tier

Vector = np.ndarray[Any, np.dtype[np.float32]]
Number = float | str | None

EVENT = """
SELECT e.id, e.title, e.status, e.status_changed_at, e.duplicate_of_id, COALESCE(NULLIF(e.timezone, ''), v.timezone, 'UTC') AS zone,
  COALESCE(v.name, '') AS venue, e.attendance_mode, e.age_min, e.age_max, e.price_min, e.price_currency, e.is_free, e.category, i.terms
FROM events_event e JOIN events_eventindex i ON i.event_id = e.id LEFT JOIN events_venue v ON v.id = e.venue_id
WHERE e.id = %s
"""


@dataclass(frozen=True, slots=True)
class WhyNot:
    """`stage` is 'shown' where the event is recommended. `value` and `limit` are the two sides of what failed, where they are numbers,
    instants or names. `also` names later constraints that would have dropped it as well. `tier` is where it stands, if anywhere."""

    event_id: int
    stage: str
    reason: str
    value: Number = None
    limit: Number = None
    tier: Tier | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rival:
    """An event it is compared with. Past a flip's weight the one behind is ahead."""

    event_id: int
    title: str
    rank: int
    flips: tuple[Flip, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`rank` counts by score from 1 among `total` candidates; None where a hard constraint dropped the event."""

    outcome: WhyNot
    rank: int | None = None
    total: int | None = None
    candidate: Candidate | None = None
    rivals: tuple[Rival, ...] = ()
    recall: Recall = "exact"
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the question was ranked with."""

    vector: Vector | None
    weights: ScoringWeights
    sizes: TierSizes
    params: RetrievalParams


@dataclass(frozen=True, slots=True)
class _Occurrence:
    start: datetime
    end: datetime
    status: str
    region: str
    miles: float | None
    failed: tuple[str, ...]  # stages, first first

    @property
    def reached(self) -> int:
        return STAGES.index(self.failed[0]) if self.failed else len(STAGES)


def why_not(event_id: int, query: ParsedQuery, ranking: Ranking) -> WhyNot:
    """Raises RetrievalFailed. The constraints are checked by the very conditions of the candidate query."""
    return explain(event_id, query, ranking).outcome


def explain(event_id: int, query: ParsedQuery, ranking: Ranking) -> Explanation:
    """As `why_not`, with its place among the candidates where it is one."""
    event = _event(event_id)
    if event is None:
        return Explanation(WhyNot(event_id, "unknown", f"there is no event #{event_id}"))
    if query.intent in ("clarify", "smalltalk"):
        reason = f"nothing was looked for: the message is read as {query.intent}"
        return Explanation(WhyNot(event_id, "intent", reason))
    if event["duplicate_of_id"] is not None:
        other = event["duplicate_of_id"]
        return Explanation(WhyNot(event_id, "duplicate", f"duplicate of #{other}", value=float(other)))
    f = candidate_filter(query, ranking.params)
    rows, stages = checks(event_id, f, ranking.params)
    if not rows:
        return Explanation(WhyNot(event_id, "dates", "has no dates"))
    closest = _closest(rows, stages, f)
    if closest.failed:
        return Explanation(_dropped(event, closest, query, f, ranking.params))
    return _ranked(event_id, query, ranking)


def _event(event_id: int) -> dict[str, Any] | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(EVENT, [event_id])
            row = cursor.fetchone()
            return dict(zip((c.name for c in cursor.description), row, strict=True)) if row else None
    except (DatabaseError, InterfaceError) as error:
        raise RetrievalFailed(f"event {event_id} could not be read: {error}") from error


def _closest(rows: list[tuple[Any, ...]], stages: tuple[str, ...], f: CandidateFilter) -> _Occurrence:
    """The occurrence that came furthest; of those the one nearest to the time asked about."""
    occurrences = []
    for _id, start, end, status, region, miles, *passed in rows:
        failed = tuple(stage for stage, ok in zip(stages, passed, strict=True) if not ok)
        occurrences.append(_Occurrence(start, end, status, region, miles, failed))
    return min(occurrences, key=lambda o: (-o.reached, _gap(o, f), o.start))


def _gap(o: _Occurrence, f: CandidateFilter) -> timedelta:
    return min(max(start - o.end, o.start - end, timedelta()) for start, end in f.ranges)


def _dropped(
    event: dict[str, Any], o: _Occurrence, query: ParsedQuery, f: CandidateFilter, params: RetrievalParams
) -> WhyNot:
    stage = o.failed[0]
    value, limit, reason = _fault(stage, event, o, query, f, params)
    return WhyNot(event["id"], stage, reason, value, limit, also=o.failed[1:])


def _fault(
    stage: str, event: dict[str, Any], o: _Occurrence, query: ParsedQuery, f: CandidateFilter, params: RetrievalParams
) -> tuple[Number, Number, str]:
    """The two sides of the comparison that failed, and the sentence."""
    zone = ZoneInfo(event["zone"])
    match stage:
        case "status":
            return _status(event, o, zone)
        case "over":
            return o.end.isoformat(), f.now.isoformat(), f"over since {when_said(o.end, zone)}"
        case "dates":
            clock = ZoneInfo(query.zone)  # what was asked is told as it was asked
            value, limit, said = dates(o.start, o.end, f, clock, params)
            start = o.start.astimezone(clock)
            same_clock = start.utcoffset() == o.start.astimezone(zone).utcoffset()
            return value, limit, said if same_clock else f"{said} ({start:%Z})"
        case "radius" if o.miles is None:
            return None, f.radius_miles, "where it takes place is not known"
        case "radius":
            return o.miles, f.radius_miles, f"{o.miles:.1f} mi > {f.radius_miles:g}"
        case "region":
            return o.region or None, f.region, f"in {o.region or 'no known region'}, asked {f.region}"
        case "attendance":
            asked = "online" if f.online else "in person"
            return event["attendance_mode"], asked, f"is {event['attendance_mode']}, asked {asked}"
        case "ages":
            return ages(event, f)
        case "price":
            return price(event, f)
        case "refused":
            at = set(re.findall(r"\w+", event["venue"].lower())) & set(f.excluded_places)
            words = sorted(set(event["terms"]) & set(f.excluded_terms) | at)
            return ", ".join(words), ", ".join(query.excluded), f"about {', '.join(query.excluded)}, which was refused"
        case "categories":
            return (
                event["category"] or None,
                ", ".join(f.categories),
                f"its category is {event['category'] or 'not known'}",
            )
        case "ids" if query.at_venue:
            who = "by" if query.same_organizer_as is not None else "at"
            return None, query.at_venue, f"not {who} {query.at_venue}"
        case "ids":
            return None, float(len(f.ids or ())), f"not among the {len(f.ids or ())} events asked about"
        case _:
            return None, None, "already shown, and the question asks for more"


def _status(event: dict[str, Any], o: _Occurrence, zone: ZoneInfo) -> tuple[Number, Number, str]:
    if event["status"] in ("cancelled", "postponed"):
        changed = event["status_changed_at"]
        when = f" on {when_said(changed, zone)}" if changed else ""
        return event["status"], changed.isoformat() if changed else None, f"{event['status']}{when}"
    return o.status, o.start.isoformat(), f"its date {when_said(o.start, zone)} is {o.status}"


def _ranked(event_id: int, query: ParsedQuery, ranking: Ranking) -> Explanation:
    """It fits: what the ranking and the tiers did with it."""
    retrieved = retrieve(query, ranking.vector, weights=ranking.weights, params=ranking.params)
    found = retrieved.candidates
    looked = min(looked_at(ranking.sizes), ranking.params.fetch_limit)
    place = next((Place(n, c) for n, c in enumerate(found, start=1) if c.event_id == event_id), None)
    if place is None:
        place = place_of(event_id, query, ranking.vector, weights=ranking.weights, params=ranking.params)
    facts = {key: pair[0] for key, pair in load_facts([c.occurrence_id for c in found[:looked]]).items()}
    judged = judge(
        found[:looked],
        facts,
        ranking.sizes,
        ranking.params,
        asked=query.search_text,
        chosen=bool(query.about_event_ids),
    )
    mine = next((j for j in judged if j.candidate.event_id == event_id), None)
    if place is None:  # moved out of the constraints since they were checked
        return Explanation(WhyNot(event_id, "unknown", "changed while it was looked at"))
    if mine is None and place.rank <= looked:
        reason = f"rank {place.rank}, passed over by the approximate plan {retrieved.plan}"
        outcome = WhyNot(event_id, "recall", reason, float(place.rank), float(looked))
    elif mine is None:
        outcome = WhyNot(event_id, "rank", f"rank {place.rank} > {looked}", float(place.rank), float(looked))
    else:
        outcome = _held(mine, venue=facts[mine.candidate.occurrence_id].venue)
    others = _rivals(place.rank, found, judged)
    return Explanation(
        outcome,
        place.rank,
        retrieved.total,
        place.candidate,
        tuple(_flips(place.candidate, rank, other, facts, ranking.weights) for rank, other in others),
        retrieved.recall,
        retrieved.plan,
    )


def _rivals(rank: int, found: Sequence[Candidate], judged: Sequence[Judged]) -> list[tuple[int, Candidate]]:
    """Whom it would have to pass: the next one ahead, the last recommended one and the first; for the first, who follows."""
    if rank == 1:
        return [(2, found[1])] if len(found) > 1 else []
    recommended = [j.rank for j in judged if j.tier == "recommended" and j.rank < rank]
    ranks = dict.fromkeys([min(rank - 1, len(found)), *recommended[-1:], 1])
    return [(n, found[n - 1]) for n in ranks if 0 < n <= len(found)]


def _flips(
    mine: Candidate, rank: int, other: Candidate, facts: Mapping[int, EventFacts], weights: ScoringWeights
) -> Rival:
    title = facts[other.occurrence_id].title if other.occurrence_id in facts else ""
    ahead, behind = (other, mine) if other.score >= mine.score else (mine, other)
    return Rival(other.event_id, title, rank, tuple(flips(ahead.factors, behind.factors, weights).values()))


def _held(j: Judged, *, venue: str) -> WhyNot:
    event_id = j.candidate.event_id
    if j.held is None:
        return WhyNot(event_id, "shown", f"recommended, rank {j.rank}", float(j.rank), tier="recommended")
    stage, value, limit, reason = _because(j.held, venue)
    return WhyNot(event_id, stage, reason, value, limit, tier=j.tier)


def _because(held: Held, venue: str) -> tuple[str, float, float, str]:
    match held.by:
        case "size":
            return "rank", held.value, held.limit, f"rank {held.value:g} > {held.limit:g}"
        case "score":
            return "floor", held.value, held.limit, f"score {held.value:.2f} < {held.limit:.2f}"
        case "match":
            return "floor", held.value, held.limit, f"match with the topic {held.value:.2f} < {held.limit:.2f}"
        case "venue":
            reason = f"already {held.limit:g} of {venue} in the tier"
            return "variety", held.value, held.limit, reason
        case "same":
            return "duplicate", float(held.other or 0), 1.0, f"shown as #{held.other}, the same happening"
        case _:
            return "variety", float(held.other or 0), 1.0, f"same title as #{held.other}"
