"""The time and the place of a message, resolved against each other and against what was said before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from api.rag.query import ledger
from api.rag.query.cues import LEAVES_OUT
from api.rag.query.dates import When
from api.rag.query.dates.numbers import DAY, TIME_ONLY_DAYS
from api.rag.query.dates.settle import MAX_CONTEXT, POINTING
from api.rag.query.ledger import LedgerState, Turn
from api.rag.query.leftover import remaining
from api.rag.query.place_unknown import postcodes
from api.rag.query.places import PlaceOutcome, resolve_query_place
from api.rag.query.reading import Said
from api.rag.query.scene import Scene
from api.rag.query.soft import rezone
from api.rag.query.text import Span, blank, merged, overlaps, words_of
from api.rag.query.venue_words import VenueWords, names_a_building, venue_words
from api.rag.types import Notice, Place, PlaceOption
from locations.geo import miles_between
from locations.index import IndexedPlace

_FITS = frozenset(words_of("works fine ok okay good"))  # "Windsor works", "Windsor would be fine"
PLACES_NEAR_MILES = 60  # a town so near may well be meant
# 'the' or 'this' may stand before the word where a forgotten day was expected to start.
_DAY_ARTICLE_CHARS = 5
_TOO_FAR = re.compile(r"\s*(?:is|'s|seems|sounds|would be|might be)(?: \w+){0,2} too far\b", re.IGNORECASE)
_TIME_OF_DAY = re.compile(r"time\b")


def resolve(scene: Scene, state: LedgerState, said: Said) -> Turn:
    """The day is read first, in the zone known so far, and again when the place keeps another clock or took its words."""
    zone, country = scene.clock(state)
    codes = postcodes(said.text)
    text = blank(said.text, [*said.taken, *codes])
    scene.about = _asked_for(state, said)
    when = scene.when(text, zone, country)
    if when is not None and said.forget_at:
        text = _without_forgotten(scene, state, said, text, when)
        when = scene.when(text, zone, country)
    outcome = _place(scene, state, said, text, when)
    _keep_downtown(said, outcome.place)
    place, in_words = _choose(scene, ledger.drop(state, frozenset(said.drops) & {"place"}), outcome)
    if codes and not in_words:
        _own_up(scene, said.text[codes[0][0] : codes[0][1]])
    if place is not None and in_words:
        place = _beside_the_last(scene, state, said, place)
    clock = place or state.place
    taken_by_place = when is not None and any(overlaps(s, when.spans) for s in outcome.spans)
    if taken_by_place or (clock is not None and (clock.zone, clock.country_code) != (zone, country)):
        if clock is not None:
            zone, country = clock.zone, clock.country_code
        when = scene.when(blank(text, outcome.spans), zone, country)
    spans = [*outcome.spans, *codes]
    # What may be the name of a venue is looked for, where nothing else is: "anything near SRJC".
    if _left(scene, said, when, [*spans, *outcome.unplaced]):
        spans += outcome.unplaced
    if when is not None:
        _refuse_no(said, when.spans)  # "not Black Friday" refuses no black
    topics = tuple(t for t, (_, span) in said.topics.items() if not overlaps(span, spans))
    left = _left(scene, said, when, spans)
    venue = _venue(said, when) if left or topics else None
    turn = Turn(said, when, place, in_words, left, topics, venue.name if venue is not None else "")
    if state.when is None:
        return turn
    before, rest = rezone(state.when, zone), blank(text, spans)
    if turn.mode == "new":
        return _in_the_stay(scene, before, turn, rest, (zone, country))
    leaning = _leaning_on(scene, before, said, rest, (zone, country))
    return turn if leaning is None else replace(turn, when=leaning, text=_left(scene, said, leaning, spans))


def _leaning_on(scene: Scene, before: When, said: Said, text: str, clock: tuple[str, str]) -> When | None:
    """The days in force, as the message changes them: "in the evening", "not on Sunday", "any time"."""
    same_hours = not said.flags.isdisjoint(("same", "add"))
    context = _of_any_day(before) if "when" in said.drops else before
    leaning = scene.when(text, *clock, context, same_hours=same_hours)
    if leaning is None and _ends_hours(said, before):
        leaning = scene.when("the whole day", *clock, before)
        del said.drops["when"]
    return leaning


def _in_the_stay(scene: Scene, before: When, turn: Turn, text: str, clock: tuple[str, str]) -> Turn:
    """A new question with a day, while some days of one's own are in force: on one of them."""
    if turn.when is None or turn.place_said or not _is_stay(before):
        return turn
    within, stay = scene.when(text, *clock, before), before.range
    if within is None or not stay.start <= within.range.start < stay.end or _points(turn.when):
        return turn
    return replace(turn, when=within)


def _without_forgotten(scene: Scene, state: LedgerState, said: Said, text: str, when: When) -> str:
    """'Forget Friday' leaves out one of several days in force, and takes it back where it is the only one. 'Forget tomorrow,
    Saturday' names another in the same breath; a day that is not in force is none to forget."""
    for (start, target), days in _days_forgotten(said, when):
        left_out = text[:start] + f"{'not':<{target - start}}" + text[target:]
        before = state.when
        zone, country = (before.zone, scene.clock(state)[1]) if before is not None else (when.zone, "")
        rest = scene.when(left_out[: days[1]], zone, country, before) if before is not None else None
        if before is not None and rest is not None and rest.ranges != before.ranges:
            said.removed.append((start, target))
            text = left_out
            continue
        if rest is None:
            said.drops["when"] = said.text[start : days[1]]
        said.removed.append((start, days[1]))
        text = blank(text, [days])
    return text


def _left(scene: Scene, said: Said, when: When | None, places: list[Span]) -> str:
    cut = [*(when.spans if when is not None else ()), *places, *said.audience.group_spans, *said.meaning_spans]
    return remaining(said, cut)[: scene.params.ledger_text_max]


def _place(scene: Scene, state: LedgerState, said: Said, text: str, when: When | None) -> PlaceOutcome:
    context = scene.context
    carried = state.place is not None and state.place_said and "place" not in said.drops
    scene.outcome = outcome = resolve_query_place(
        text,
        location_id=context.location_id,
        location_text=None if carried else context.location_text,
        user_lat=context.user_lat,
        user_lng=context.user_lng,
        ledger_place_id=state.place.location_id if carried and state.place is not None else None,
        gazetteer=scene.gazetteer,
        taken_spans=tuple(sorted((*said.taken, *(when.spans if when is not None else ())))),
        zone=context.zone,
    )
    _refuse_no(said, outcome.spans)  # "not in Santa Rosa" refuses no Santa
    if said.setting_at is not None and overlaps(said.setting_at, outcome.spans):
        said.setting = None  # "outside Petaluma" asks for no open air
    refused = [s for s in outcome.spans if _is_refused(said, s) or _forgets_place(said, s)]
    if state.place is not None and any(_names(said.text[a:b], state.place) for a, b in refused):
        said.drops.setdefault("place", said.text[refused[0][0] : refused[0][1]])
    building = _of_a_building(scene, said, outcome, _venue(said, when), state.place)
    if refused or building:
        without = _place(scene, state, said, blank(text, [*refused, *building]), when)
        scene.outcome = replace(without, spans=tuple(merged((*without.spans, *refused))))
        return scene.outcome
    scene.notices += [n for n in outcome.notices if n not in scene.notices]
    return outcome


def _of_a_building(
    scene: Scene, said: Said, outcome: PlaceOutcome, venue: VenueWords | None, before: Place | None
) -> list[Span]:
    """A town far from where we are that a building is called after: the Phoenix Theater of Petaluma is not in Arizona."""
    place = outcome.place
    chosen = scene.context.location_id is not None
    here = place if chosen else before
    town = _kept_from(scene, outcome) if chosen else place if place is not None and place.words else None
    if here is None or town is None:
        return []
    if miles_between(here.lat, here.lng, town.lat, town.lng) <= here.radius_miles + PLACES_NEAR_MILES:
        return []
    named = [venue.span] if venue is not None and venue.is_building else []
    return [s for s in outcome.spans if overlaps(s, named) or names_a_building(said.text, s)]


def _kept_from(scene: Scene, outcome: PlaceOutcome) -> IndexedPlace | None:
    """The town that the place chosen by the client is held against."""
    ids = [n.detail["named"] for n in outcome.notices if n.code == "place_choice_kept" and "named" in n.detail]
    return scene.gazetteer.by_id(ids[0]) if ids else None


def _choose(scene: Scene, state: LedgerState, outcome: PlaceOutcome) -> tuple[Place | None, bool]:
    """(the place this turn brings, named in its words). None leaves the state's own place as it is."""
    place = outcome.place
    if place is None or scene.context.location_id is not None:
        return place, False
    if place.words:
        return place, True
    return (None, False) if state.place is not None and state.place_said else (place, False)


def _own_up(scene: Scene, postcode: str) -> None:
    chosen = scene.context.location_id is not None
    told = f"I don't know where the postcode {postcode} is, only the ZIP codes of the United States."
    scene.notices.append(Notice("unknown_spot" if chosen else "unknown_place", told, {"words": postcode}))


def _beside_the_last(scene: Scene, state: LedgerState, said: Said, place: Place) -> Place:
    """ "Windsor works too", "or Sebastopol": the last place is offered, for one place is looked in at a time."""
    last = state.place
    if last is None or last.location_id is None or "place" in said.drops or not _adds_a_place(said, place):
        return place
    if miles_between(last.lat, last.lng, place.lat, place.lng) <= place.radius_miles:
        return place
    told = f"I look in one place at a time: now in {place.label}, no longer in {last.label}."
    scene.notices.append(Notice("several_places", told, {"options": [last.location_id]}))
    option = PlaceOption(last.location_id, last.label, last.lat, last.lng)
    return replace(place, alternatives=(option, *place.alternatives))


def _venue(said: Said, when: When | None) -> VenueWords | None:
    return venue_words(blank(said.text, when.spans if when is not None else ()))


def _asked_for(state: LedgerState, said: Said) -> str:
    """The message, and what it leaves as it was: "after 9" of what is on by night is late."""
    before = () if said.topics else state.topics
    children = (state.audience.label,) if state.audience is not None and said.audience.audience is None else ()
    return " ".join((said.text, *before, *children))


def _adds_a_place(said: Said, place: Place) -> bool:
    """ "Also Cotati", "or Sebastopol", "Windsor would be fine"; not "and in Healdsburg?"."""
    words = [w for w in said.lower.words if w not in place.words.lower().split()]
    return (
        "add" in said.flags
        or (words[:1] in (["or"], ["and"]) and "in" not in words)
        or not _FITS.isdisjoint(words[-2:])
    )


def _refuse_no(said: Said, spans: Sequence[Span]) -> None:
    """What was understood there is no kind of event."""
    for topic, at in said.excluded_at.items():
        if overlaps(at, spans):
            said.excluded.pop(topic, None)


def _is_refused(said: Said, span: Span) -> bool:
    """ "Not Petaluma", "Napa is too far"."""
    return span[0] in said.refused_at or _TOO_FAR.match(said.text, span[1]) is not None


def _names(words: str, place: Place) -> bool:
    return words.lower().split()[-1:] == place.label.split(",")[0].lower().split()[-1:]


def _ends_hours(said: Said, when: When) -> bool:
    """'Any time', 'forget the time', where a day is in force with its hours: the day stays."""
    hours = when.mask is not None and (when.mask.start_minute, when.mask.end_minute) != (0, DAY)
    # A time alone stands for the coming seven days: then no day was named.
    of_days = _length(when) < timedelta(days=TIME_ONLY_DAYS - 1)
    return hours and of_days and _TIME_OF_DAY.search(said.drops.get("when", "")) is not None


def _is_stay(when: When) -> bool:
    """ "We're in Napa from Dec 3 to 6", "next weekend": some days of one's own, and what is asked for next is on one of them."""
    return (
        when.grain in ("range", "weekend")
        and when.mask is None
        and len(when.ranges) == 1
        and _length(when) <= MAX_CONTEXT
    )


def _length(when: When) -> timedelta:
    return when.range.end - when.range.start


def _points(when: When) -> bool:
    """ "This Friday" is the coming one, wherever we are next month."""
    return any(not POINTING.isdisjoint(words.lower().split()) for words in when.words)


def _of_any_day(when: When) -> When:
    """ "Any day in May", where Tuesdays are in force: no weekday and no hour is kept."""
    mask = replace(when.mask, weekdays=None) if when.mask is not None else None
    return replace(when, mask=mask, time_only=False)


def _keep_downtown(said: Said, place: Place | None) -> None:
    """ "Near downtown", of a town that was named before: so far it reaches from now on."""
    if place is not None and place.kind == "neighbourhood" and not place.words and said.distance is None:
        said.distance = (place.radius_miles, "downtown")


def _forgets_place(said: Said, span: Span) -> bool:
    """'forget Davis' takes the place back, where it is the one in force."""
    for start, cue in said.forget_at:
        if start == span[0]:
            said.dropped_topics = {t: at for t, at in said.dropped_topics.items() if not overlaps(at, [span])}
            said.removed.append((cue, span[1]))
            return True
    return False


def _days_forgotten(said: Said, when: When) -> list[tuple[Span, Span]]:
    """(cue, days) of 'forget tomorrow'; 'skip tomorrow' is an exclusion that the reader of dates knows."""
    cues = [(cue, at) for at, cue in said.forget_at if said.lower.lower[cue:at].split()[0] not in LEAVES_OUT]
    return [(cue, span) for cue in cues for span in when.spans if abs(cue[1] - span[0]) <= _DAY_ARTICLE_CHARS]
