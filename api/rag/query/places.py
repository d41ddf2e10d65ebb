"""Where: a message and what the client knows -> one place with its radius, its rivals and the words it came from.

Order: the id the client sends; a place named in the message; "near me"; the client's label; the conversation so far; the user's position.
What is named but unknown is a notice and no place: never the whole world.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.rag.query import place_words
from api.rag.query.place_joined import joined_names, meant_places
from api.rag.query.place_mentions import Finder
from api.rag.query.place_params import PARAMS, PlaceParams
from api.rag.query.place_tokens import Token, tokenise
from api.rag.query.place_unknown import Unknown, find_unknown, is_beside
from api.rag.query.place_values import Gazetteer, Mention, Point, Reading
from api.rag.types import Notice, Place, PlaceOption
from locations.geo import miles_between, valid_point
from locations.index import IndexedPlace

__all__ = ["Gazetteer", "PlaceMatches", "PlaceOutcome", "find_places", "resolve_query_place"]

Span = tuple[int, int]
_NEAR_ME = re.compile(place_words.NEAR_ME, re.IGNORECASE)
_DOWNTOWN = re.compile(r"\b(?:downtown|city cent(?:er|re)|town cent(?:er|re)|midtown)\b", re.IGNORECASE)
_LABEL_TRIM = re.compile(r"\s+(?:city|town|CDP|village|borough)(?=,)|\s*\([^)]*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PlaceMatches:
    """Every place a message names, the most likely first, and what it names that no gazetteer knows."""

    mentions: tuple[Mention, ...]
    unknown: Unknown | None = None
    near_me: Span | None = None
    refused: tuple[Span, ...] = ()  # places it says not to look in
    refused_ids: frozenset[int] = frozenset()
    elsewhere: tuple[Mention, ...] = ()  # far towns, where something near may be called so
    beside: Unknown | None = None  # what lies in the place that is named: "near Howarth Park in Santa Rosa"


@dataclass(frozen=True, slots=True)
class PlaceOutcome:
    place: Place | None
    notices: tuple[Notice, ...] = ()
    spans: tuple[Span, ...] = ()  # words of the message that speak of the place
    unplaced: tuple[Span, ...] = ()  # words that say where, and nobody knows where that is: "near SRJC"


def find_places(
    message: str,
    *,
    gazetteer: Gazetteer,
    hint: Point | None = None,
    taken_spans: Sequence[Span] = (),
    params: PlaceParams = PARAMS,
    zone: str | None = None,
) -> PlaceMatches:
    """`hint` is where the user is: it settles between namesakes and lets small towns nearby count; without one the user's time zone
    says a little. Linear in the length of the message."""
    tokens = tokenise(message, taken_spans)
    found = list(Finder(message, tokens, gazetteer, hint, params, zone).mentions())
    joined = joined_names(found, message, gazetteer, params)
    wanted, homes = meant_places([m for m in joined if not m.refused], message, gazetteer, hint, params)
    refused = (*(span for m in joined if m.refused for span in m.spans), *homes)
    near_me = _NEAR_ME.search(message) if _may_be_near_me(tokens) else None
    elsewhere = tuple(m for m in wanted if m.elsewhere)
    ranked = tuple(sorted((m for m in wanted if not m.elsewhere), key=lambda m: (-m.score, m.start)))
    spans = [span for mention in found for span in mention.spans]
    unknown = beside = None
    if _only_regions(found, gazetteer) or any(is_beside(tokens, at) for at in range(len(tokens))):
        unknown = find_unknown(message, tokens, gazetteer, hint, params, spans)
    if found and unknown is not None:
        if unknown.beside:
            beside = unknown
        if unknown.corrected is None or not unknown.corrected.qualified:
            unknown = None
        else:
            ranked = ()  # "Bloomngton, Indiana" is a misspelt town, not the state
    refused_ids = frozenset(gazetteer.place(m.readings[0].row).id for m in joined if m.refused)
    return PlaceMatches(ranked, unknown, near_me.span() if near_me else None, refused, refused_ids, elsewhere, beside)


def resolve_query_place(
    message: str,
    *,
    location_id: int | None,
    location_text: str | None,
    user_lat: float | None,
    user_lng: float | None,
    ledger_place_id: int | None,
    gazetteer: Gazetteer,
    taken_spans: Sequence[Span] = (),
    params: PlaceParams = PARAMS,
    zone: str | None = None,
) -> PlaceOutcome:
    """The one place of a turn. `place.words` is empty when it came from an id, a label, the conversation or the position."""
    position: Point | None = None
    if user_lat is not None and user_lng is not None and valid_point(user_lat, user_lng):
        position = user_lat, user_lng
    carried = gazetteer.by_id(ledger_place_id) if ledger_place_id is not None else None
    hint = position or ((carried.lat, carried.lng) if carried else None)
    resolver = _Resolver(message, gazetteer, position, hint, tuple(taken_spans), params, zone)
    if location_id is not None:
        outcome = resolver.chosen(location_id)
    else:
        known = resolver.labelled(location_text) or resolver.implied(carried)
        outcome = resolver.said(known) or resolver.nowhere()
    return replace(outcome, spans=_merged((*outcome.spans, *resolver.refused))) if resolver.refused else outcome


@dataclass(frozen=True, slots=True)
class _Spot:
    """Named, and nobody knows where it is; a town of that name may be far away."""

    words: str
    span: Span  # with the preposition
    towns: tuple[IndexedPlace, ...] = ()


@dataclass(slots=True)
class _Resolver:
    message: str
    gazetteer: Gazetteer
    position: Point | None
    hint: Point | None
    taken: tuple[Span, ...]
    params: PlaceParams
    zone: str | None
    refused: tuple[Span, ...] = ()
    unknown: _Spot | None = None

    def chosen(self, location_id: int) -> PlaceOutcome:
        """An explicit id wins over every word. The words about places are still taken out of the search text."""
        known = self.gazetteer.by_id(location_id)
        if known is None:
            notice = Notice(
                "unknown_place", f"There is no place with the id {location_id}.", {"location_id": location_id}
            )
            return PlaceOutcome(None, (notice,))
        self.hint = (known.lat, known.lng)
        found = find_places(
            self.message, gazetteer=self.gazetteer, hint=self.hint, taken_spans=self.taken, params=self.params
        )
        place = self._place(known, confidence=1.0, why="chosen by the user")
        notices: tuple[Notice, ...] = ()
        if known.id in found.refused_ids:
            told = f"I looked in {known.label}, the place you chose, although you asked for somewhere else."
            notices = (Notice("place_choice_kept", told, {"kept": known.id, "label": known.label}),)
        elif meant := found.mentions or _corrections(found):
            named = self.gazetteer.place(meant[0].readings[0].row)
            if not _covers(place, named):
                notices = (
                    Notice(
                        "place_choice_kept",
                        f"I looked in {known.label}, the place you chose, not in {named.label}.",
                        {"kept": known.id, "named": named.id, "label": named.label},
                    ),
                )
        if not found.mentions:
            place = self._downtown(place)
        elif place.kind == "city" and self._is_around(found.mentions[0], known):
            place = replace(place, radius_miles=self.params.area_radius_miles)
        self.refused = found.refused
        self.unknown = self._spot(found)
        return self.owning_up(PlaceOutcome(place, notices, _spans(found)))

    def said(self, known: PlaceOutcome | None) -> PlaceOutcome | None:
        """`known`: where to look when what is said is no town, but may be something there."""
        here = known.place if known is not None else None
        if self.hint is None and here is not None:
            self.hint = here.lat, here.lng
        found = find_places(
            self.message,
            gazetteer=self.gazetteer,
            hint=self.hint,
            taken_spans=self.taken,
            params=self.params,
            zone=self.zone,
        )
        self.refused = found.refused
        if found.mentions:
            self.unknown = self._spot(found)
            return self.owning_up(self._mentioned(found))
        if found.near_me is not None and self.position is not None:
            return self._near_me(found.near_me)
        unknown = found.unknown
        if unknown is not None and not found.near_me and not (unknown.beside and here) and not unknown.landmark:
            return self._not_known(unknown)
        if known is None or here is None:
            return known
        self.unknown = self._spot(found)
        spans = (found.near_me,) if found.near_me is not None else ()
        return self.owning_up(replace(known, place=self._downtown(here), spans=_merged((*known.spans, *spans))))

    def _is_around(self, mention: Mention, known: IndexedPlace) -> bool:
        return mention.area and self.gazetteer.place(mention.readings[0].row).id == known.id

    def _downtown(self, place: Place) -> Place:
        if place.kind != "city" or _DOWNTOWN.search(self.message) is None:
            return place
        return replace(place, radius_miles=self.params.downtown_radius_miles, kind="neighbourhood")

    def _spot(self, found: PlaceMatches) -> _Spot | None:
        if found.beside is not None:
            return _Spot(found.beside.words, found.beside.span)
        if found.mentions:
            return None
        if found.elsewhere:
            mention = found.elsewhere[0]
            name = _whole_name(self.message, mention)
            known = self.gazetteer.nearest(*self.hint) if self.hint is not None and name == mention.words else None
            towns = [self.gazetteer.place(r.row) for r in mention.readings[: self.params.max_alternatives]]
            span = mention.spans[0][0], mention.start + len(name)
            return _Spot(
                name, span, tuple(t for t in towns if known is not None and t.country_code == known.country_code)
            )
        unknown = found.unknown
        if unknown is None or unknown.corrected is not None:
            return None
        return _Spot(unknown.words, unknown.span)

    def owning_up(self, outcome: PlaceOutcome) -> PlaceOutcome:
        """Says that what was named is not known, where another place is looked in instead; what may be meant is offered."""
        spot, place = self.unknown, outcome.place
        if spot is None or place is None:
            return outcome
        here = place.label if place.location_id is not None else "your position"
        told = f"I don't know where {spot.words!r} is, so I looked around {here}."
        if spot.towns:
            told = f"I know no {spot.words!r} near {here}, so I looked around there. Or did you mean {spot.towns[0].label}?"
        options = tuple(_option(town) for town in spot.towns)
        place = replace(place, alternatives=(*options, *place.alternatives)[: self.params.max_alternatives])
        detail = {"words": spot.words, "options": [o.location_id for o in options]}
        notices = (*outcome.notices, Notice("unknown_spot", told, detail))
        stays = self.message[slice(*spot.span)].lower().startswith("at ")  # "we're staying at the Flamingo"
        named = spot.words[0].isupper() and not stays
        spans = outcome.spans if named else _merged((*outcome.spans, spot.span))  # "the airport" is nothing to look for
        return PlaceOutcome(place, notices, spans, (spot.span,) if named else ())

    def labelled(self, text: str | None) -> PlaceOutcome | None:
        """A label without an id: what the client shows, read as if it were the whole message."""
        label = _LABEL_TRIM.sub("", text or "").strip()[:200]
        if not label:
            return None
        found = find_places(label, gazetteer=self.gazetteer, hint=self.hint, params=self.params, zone=self.zone)
        if not found.mentions:
            return PlaceOutcome(
                None, (Notice("unknown_place", f"I don't know the place {label!r}.", {"words": label}),)
            )
        best = found.mentions[0]
        place = self._of_mention(best, words="", why="the client's label")
        return PlaceOutcome(place, self._questions(best, place), ())

    def implied(self, carried: IndexedPlace | None) -> PlaceOutcome | None:
        if carried is not None:
            return PlaceOutcome(self._place(carried, confidence=0.9, why="from the conversation"), (), ())
        if self.position is not None:
            return PlaceOutcome(self._point("", "your position", 0.6), (), ())
        return None

    def nowhere(self) -> PlaceOutcome:
        """ "Near me", and nobody knows where that is."""
        near_me = _NEAR_ME.search(self.message)
        if near_me is None:
            return PlaceOutcome(None)
        detail = {"words": near_me.group()}
        return PlaceOutcome(None, (Notice("unknown_place", "I don't know where you are.", detail),), (near_me.span(),))

    # -- kinds of answers ---------------------------------------------------------------------------------------------

    def _mentioned(self, found: PlaceMatches) -> PlaceOutcome:
        best = found.mentions[0]
        place = self._of_mention(best, words=best.words, why=best.why)
        others = [self.gazetteer.place(m.readings[0].row) for m in found.mentions[1:]]
        others = [o for o in others if not _covers(place, o) and not _holds(o, place)]
        notices = self._questions(best, place)
        if others:
            options = (*(_option(o) for o in others), *place.alternatives)[: self.params.max_alternatives]
            place = replace(place, alternatives=options)
            names = " and ".join(dict.fromkeys(o.label for o in others))
            detail = {"options": [o.id for o in others]}
            notices = (
                *notices,
                Notice("several_places", f"I looked in {place.label}; you also named {names}.", detail),
            )
        return PlaceOutcome(place, notices, _spans(found))

    def _near_me(self, span: Span) -> PlaceOutcome:
        words = self.message[span[0] : span[1]]
        return PlaceOutcome(self._point(words, f"'{words}' and your position", 0.95), (), (span,))

    def _not_known(self, unknown: Unknown) -> PlaceOutcome | None:
        if unknown.corrected is not None:
            mention = unknown.corrected
            place = self._of_mention(mention, words=mention.words, why=f"'{mention.words}' read as a misspelling")
            place = replace(place, confidence=min(place.confidence, 0.6))
            detail = {"words": mention.words, "read_as": place.label}
            notice = Notice("place_corrected", f"I read {mention.words!r} as {place.label}.", detail)
            return PlaceOutcome(place, (notice,), mention.spans)
        notice = Notice("unknown_place", f"I don't know a place called {unknown.words!r}.", {"words": unknown.words})
        return PlaceOutcome(None, (notice,), (unknown.span,))

    def _questions(self, mention: Mention, place: Place) -> tuple[Notice, ...]:
        rivals = [r for r in mention.readings[1:] if mention.readings[0].score - r.score < self.params.ambiguous_gap]
        if not rivals or not place.alternatives:
            return ()
        detail = {
            "chosen": place.location_id,
            "options": [{"id": o.location_id, "label": o.label} for o in place.alternatives],
        }
        return (Notice("ambiguous_place", f"I took {mention.words} to be {place.label}.", detail),)

    # -- building a place ---------------------------------------------------------------------------------------------

    def _of_mention(self, mention: Mention, *, words: str, why: str) -> Place:
        best = mention.readings[0]
        known = self.gazetteer.place(best.row)
        rivals = self._rivals(known, mention.readings)
        share = 1.0 / sum(math.exp(r.score - best.score) for r, _ in [(best, known), *rivals])
        confidence = 0.95 if mention.qualified else min(0.95, round(0.5 + 0.45 * share, 2))
        place = replace(
            self._place(known, confidence=confidence, why=why),
            words=words,
            alternatives=tuple(_option(o) for _, o in rivals),
        )
        if mention.downtown and known.kind == "city":
            return replace(place, kind="neighbourhood", radius_miles=self.params.downtown_radius_miles)
        if mention.area and known.kind == "city":
            return replace(place, radius_miles=self.params.area_radius_miles)
        return place

    def _rivals(self, best: IndexedPlace, readings: Sequence[Reading]) -> list[tuple[Reading, IndexedPlace]]:
        """Other places of that name worth offering, none twice."""
        chosen: list[tuple[Reading, IndexedPlace]] = []
        taken = [best]
        for reading in readings[1:]:
            if len(chosen) == self.params.max_alternatives:
                break
            if reading.weight < self.params.alternative_min_weight or not reading.own_name:
                continue
            other = self.gazetteer.place(reading.row)
            if all(
                miles_between(other.lat, other.lng, t.lat, t.lng) > self.params.same_town_miles
                or {other.kind, t.kind} != {"city"}
                for t in taken
            ):
                chosen.append((reading, other))
                taken.append(other)
        return chosen

    def _place(self, known: IndexedPlace, *, confidence: float, why: str) -> Place:
        is_region = known.kind in ("state", "country")
        return Place(
            location_id=known.id,
            label=known.label,
            lat=known.lat,
            lng=known.lng,
            radius_miles=known.radius_miles or self.params.default_radius_miles,
            zone=known.timezone,
            country_code=known.country_code,
            kind=known.kind,
            confidence=confidence,
            why=why,
            region=known.admin1 if is_region and known.admin1 else None,
        )

    def _point(self, words: str, why: str, confidence: float) -> Place:
        assert self.position is not None
        lat, lng = self.position
        town = self.gazetteer.nearest(lat, lng)
        return Place(
            location_id=None,
            label=f"near {town.label}" if town else "your position",
            lat=lat,
            lng=lng,
            radius_miles=self.params.default_radius_miles,
            zone=town.timezone if town else "UTC",
            country_code=town.country_code if town else "",
            kind="point",
            confidence=confidence,
            why=why,
            words=words,
        )


def _corrections(found: PlaceMatches) -> tuple[Mention, ...]:
    return (found.unknown.corrected,) if found.unknown is not None and found.unknown.corrected is not None else ()


def _whole_name(message: str, mention: Mention) -> str:
    """ "Rincon" of "Rincon Valley" is the whole of it."""
    words = message[mention.end :].split(" ", 5)[1:5] if message[mention.end : mention.end + 1] == " " else []
    more = itertools.takewhile(lambda word: word[:1].isupper() or word.lower() in place_words.LOCAL_ENDS, words)
    return " ".join([mention.words, *more]).rstrip(".,;:!?")


def _may_be_near_me(tokens: Sequence[Token]) -> bool:
    """One word in each of the phrases: a look at the words costs a tenth of the pattern."""
    return any(t.base in place_words.NEAR_ME_WORDS for t in tokens)


def _only_regions(found: Sequence[Mention], gazetteer: Gazetteer) -> bool:
    return all(not m.qualified and gazetteer.area(m.readings[0].row)[2] in ("state", "country") for m in found)


def _covers(place: Place, other: IndexedPlace) -> bool:
    return miles_between(place.lat, place.lng, other.lat, other.lng) <= place.radius_miles


def _holds(other: IndexedPlace, place: Place) -> bool:
    """A state or country named beside one of its towns is no second place."""
    apart = miles_between(other.lat, other.lng, place.lat, place.lng)
    return other.radius_miles is not None and apart <= other.radius_miles


def _option(place: IndexedPlace) -> PlaceOption:
    return PlaceOption(place.id, place.label, place.lat, place.lng)


def _spans(found: PlaceMatches) -> tuple[Span, ...]:
    spans = [s for m in found.mentions for s in m.spans]
    return _merged((*spans, found.near_me) if found.near_me else spans)


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
