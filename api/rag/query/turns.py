"""One turn of a conversation: the message's time and place resolved against each other and against what was said before."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from api.rag.params import MESSAGE_MAX_CHARS, UnderstandingParams
from api.rag.query import ledger, ledger_json
from api.rag.query.cues import LEAVES_OUT
from api.rag.query.dates import When, understand_when
from api.rag.query.dates.numbers import DAY, TIME_ONLY_DAYS
from api.rag.query.dates.settle import MAX_CONTEXT, POINTING
from api.rag.query.ledger import LedgerState, Turn
from api.rag.query.leftover import content_words, remaining
from api.rag.query.named import find_named
from api.rag.query.overrides import apply_overrides
from api.rag.query.place_unknown import postcodes
from api.rag.query.places import Gazetteer, PlaceOutcome, resolve_query_place
from api.rag.query.pointing import Pointer, Shift, all_told
from api.rag.query.reading import Said, read
from api.rag.query.soft import rezone
from api.rag.query.spanish import in_english
from api.rag.query.text import Span, blank, merged, overlaps, words_of
from api.rag.query.venue_words import VenueWords, names_a_building, venue_words
from api.rag.query.whether import find_whether
from api.rag.query.zones import country_of_zone
from api.rag.types import Notice, Pick, Place, PlaceOption, QueryContext, Whether
from locations.geo import miles_between
from locations.index import IndexedPlace

DEFAULT_COUNTRY = "US"
_FITS = frozenset(words_of("works fine ok okay good"))  # "Windsor works", "Windsor would be fine"
_TOLD_WORDS = frozenset(words_of("these those them"))
PLACES_NEAR_MILES = 60  # a town so near may well be meant
_WHERE = ("at", "in", "near")
_WHEREABOUTS = frozenset(words_of("at in near around from by within downtown"))
# 'the' or 'this' may stand before the word where a forgotten day was expected to start.
_DAY_ARTICLE_CHARS = 5
_TOO_FAR = re.compile(r"\s*(?:is|'s|seems|sounds|would be|might be)(?: \w+){0,2} too far\b", re.IGNORECASE)
_TIME_OF_DAY = re.compile(r"time\b")
_OUR_OFFER = re.compile(
    r"(?:^|[.!?\n]\s*)([^.!?\n]*\b(?:shall i|should i|shall we|want me to|would you like|do you want|want to see|how about|may i)\b[^.!?\n]*)\?\s*$",
    re.IGNORECASE,
)
# 'If you can bend a little, I can offer: 4 tomorrow; 2 within 25 miles.' - yes means the first.
_WAYS_OUT = re.compile(r"\b(?:there (?:are|is)|I can offer):\s*(?:\d+\s+)?([^;.!?\n]+)(?:;[^?]*)?\.\s*$", re.IGNORECASE)
_OFFER_FRAME = re.compile(
    r"\b(?:shall (?:i|we)|should i|want me to|would you like(?: me)?(?: to)?|do you want(?: me)?(?: to)?|want to see|may i|instead)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Scene:
    """What stays the same through the turns of one call. `outcome`, `about` and `notices` speak of the last message read."""

    context: QueryContext
    now: datetime
    zone: str
    gazetteer: Gazetteer
    params: UnderstandingParams
    outcome: PlaceOutcome | None = None
    about: str = ""
    notices: list[Notice] = field(default_factory=list)

    def state_so_far(self) -> LedgerState:
        """The stored state, else the history replayed. Nothing stored that cannot be read stops a turn."""
        if not self.context.ledger:
            state = self._replayed()
            self.outcome, self.notices = None, []
            return ledger.expire(state, self.now)
        try:
            state = ledger_json.from_json(self.context.ledger)
        except ledger_json.BadLedger as error:
            self.notices.append(Notice("bad_ledger", f"What was said before could not be read: {error}."))
            return LedgerState()
        return ledger.expire(state, self.now)

    def _replayed(self) -> LedgerState:
        """The user's last messages, each by the same rules and the same clock."""
        state, history = LedgerState(), self.context.history
        asked = [i for i, m in enumerate(history) if m.role == "user"][-self.params.history_replay_max :]
        for i in asked:
            answer = history[i - 1].content if i and history[i - 1].role == "assistant" else ""
            state, _ = self.turn(state, in_english(history[i].content[:MESSAGE_MAX_CHARS]), answer)
        return state

    def turn(self, state: LedgerState, message: str, last_answer: str) -> tuple[LedgerState, Turn]:
        said = read(message, self.params)
        pointer = said.pointer or (find_named(said.lower, state.names) if said.talk is None else None)
        if pointer is not None and (_means_something(pointer, state) or self._asks_no_search(state, said, pointer)):
            return self._point(state, said, pointer)
        if not state.told and self._knows_what_was_told():
            said = self._of_nothing(state, said)
        if said.talk == "undo":
            return ledger.expire(ledger.undone(state), self.now), _silent(said)
        if said.whole == "yes":
            return self._accept(state, said, last_answer)
        turn = _silent(said) if said.whole in ("chat", "no", "about") else self._resolve(state, said)
        return ledger.apply(state, turn, self.params), turn

    def _knows_what_was_told(self) -> bool:
        """A history alone tells what was said, not of which events."""
        return bool(self.context.ledger) or not self.context.history

    def _asks_no_search(self, state: LedgerState, said: Said, pointer: Pointer) -> bool:
        """ "Is it a home game?" may be asked of several, where nothing in it says what else to look for."""
        if (
            not state.told
            or pointer.manner != "about"
            or not pointer.of_one
            or pointer.times
            or not _says_no_more(said)
        ):
            return False
        return self._when(said.text, *self._clock(state)) is None

    def _of_nothing(self, state: LedgerState, said: Said) -> Said:
        """A question about what was told, where nothing was: what is looked for stays, and where nothing is, all there is is told."""
        asked = ledger.summary(state).keys() - {"place"}
        if said.whole != "about" and not (asked and _asks_of_told(said)):
            return said
        self.notices.append(
            Notice("not_told", "I have told you of no event yet that this could be about.", {"count": 0})
        )
        return replace(said, whole="about") if asked else read(" ", self.params)

    def _point(self, state: LedgerState, said: Said, pointer: Pointer) -> tuple[LedgerState, Turn]:
        """A question about it leaves the state alone; "like the second one, but on Sunday" says more beside it."""
        ids = pointer.resolve(state.told, state.focus)
        if not ids:
            ids, pointer = all_told(state.told), replace(pointer, manner="about")
            again = "these, so here they are again" if len(ids) > 1 else "this one"
            self.notices.append(Notice("not_told", f"I only told you of {again}.", {"count": len(ids)}))
        pick = self._pick(state, pointer, ids) if pointer.what else None
        if pointer.manner == "about":
            days = self._days_asked(state, said, pointer) if pick is None else None
            pointer = replace(pointer, times=pointer.times or days is not None)
            about = _silent(Said(said.text, said.lower, "about", pointer=pointer))
            turn = replace(about, pointed=ids, pick=pick, when=days, whether=self._whether(state, said, pointer))
        else:
            rest = read(_hours_beyond(state, pointer.shift) or blank(said.text, [pointer.span]), self.params)
            turn = replace(self._resolve(state, replace(rest, whole="", pointer=pointer)), pointed=ids, pick=pick)
            if pointer.manner in ("there", "by") and not turn.text:
                state = ledger.drop(state, ("topics",))  # it may be of any kind
        return ledger.apply(state, turn, self.params), turn

    def _pick(self, state: LedgerState, pointer: Pointer, ids: tuple[int, ...]) -> Pick:
        zone, country = self._clock(state)
        before = rezone(state.when, zone) if state.when is not None else None
        when = self._when(pointer.what, zone, country, before)
        said = read(pointer.what, self.params)
        spans = [*(when.spans if when is not None else ()), *said.price.spans]
        return Pick(
            manner=pointer.manner,
            among=ids,
            words=content_words(blank(said.lower.lower, spans)),
            where=pointer.what.split(" ", 1)[0] in _WHERE,
            topics=tuple(said.topics),
            when=when,
            free=said.price.limit is not None and said.price.limit.free_only,
            online=said.attendance is not None and said.attendance[0] == "online",
        )

    def _days_asked(self, state: LedgerState, said: Said, pointer: Pointer) -> When | None:
        """ "Is the second one on Sunday too?", "is it only on Sunday?": the latter asks for every other day."""
        if "only" in said.lower.words or pointer.order is not None:
            return None
        zone, country = self._clock(state)
        when = self._when(_beside(said, pointer), zone, country)
        return when if when is not None and not when.time_only else None

    def _whether(self, state: LedgerState, said: Said, pointer: Pointer) -> Whether | None:
        """ "Is it free?" What the pointer itself says ("the free one") is not asked."""
        if pointer.order is not None:
            return None
        asked = read(_beside(said, pointer), self.params, through=True)
        zone, country = self._clock(state)
        hours = self._when(blank(asked.text, asked.taken), zone, country)
        return find_whether(asked, hours if hours is not None and hours.time_only else None)

    def _accept(self, state: LedgerState, said: Said, last_answer: str) -> tuple[LedgerState, Turn]:
        """'yes' takes the offer stored with the session, else the question our last answer ended with."""
        if state.offer is not None:
            return replace(self.overrides(state, state.offer.change), offer=None), replace(_silent(said), accepted=True)
        ending = last_answer[-MESSAGE_MAX_CHARS:]
        question = _OUR_OFFER.search(ending) or _WAYS_OUT.search(ending)
        if question is None:
            return state, _silent(said)
        offer = read(_OFFER_FRAME.sub(" ", question[1]), self.params)
        offer.flags = offer.flags | {"edit"}
        turn = replace(self._resolve(state, offer), text="", topics=(), accepted=True)
        return ledger.apply(state, turn, self.params), turn

    def _resolve(self, state: LedgerState, said: Said) -> Turn:
        """The day is read first, in the zone known so far, and again when the place keeps another clock or took its words."""
        zone, country = self._clock(state)
        codes = postcodes(said.text)
        text = blank(said.text, [*said.taken, *codes])
        self.about = _asked_for(state, said)
        when = self._when(text, zone, country)
        if when is not None and said.forget_at:
            text = self._without_forgotten(state, said, text, when)
            when = self._when(text, zone, country)
        outcome = self._place(state, said, text, when)
        _keep_downtown(said, outcome.place)
        place, in_words = self._choose(ledger.drop(state, frozenset(said.drops) & {"place"}), outcome)
        if codes and not in_words:
            self._own_up(said.text[codes[0][0] : codes[0][1]])
        if place is not None and in_words:
            place = self._beside_the_last(state, said, place)
        clock = place or state.place
        taken_by_place = when is not None and any(overlaps(s, when.spans) for s in outcome.spans)
        if taken_by_place or (clock is not None and (clock.zone, clock.country_code) != (zone, country)):
            if clock is not None:
                zone, country = clock.zone, clock.country_code
            when = self._when(blank(text, outcome.spans), zone, country)
        spans = [*outcome.spans, *codes]
        # What may be the name of a venue is looked for, where nothing else is: "anything near SRJC".
        if self._left(said, when, [*spans, *outcome.unplaced]):
            spans += outcome.unplaced
        if when is not None:
            _refuse_no(said, when.spans)  # "not Black Friday" refuses no black
        topics = tuple(t for t, (_, span) in said.topics.items() if not overlaps(span, spans))
        left = self._left(said, when, spans)
        venue = _venue(said, when) if left or topics else None
        turn = Turn(said, when, place, in_words, left, topics, venue.name if venue is not None else "")
        if state.when is None:
            return turn
        before, rest = rezone(state.when, zone), blank(text, spans)
        if turn.mode == "new":
            return self._in_the_stay(before, turn, rest, (zone, country))
        leaning = self._leaning_on(before, said, rest, (zone, country))
        return turn if leaning is None else replace(turn, when=leaning, text=self._left(said, leaning, spans))

    def _leaning_on(self, before: When, said: Said, text: str, clock: tuple[str, str]) -> When | None:
        """The days in force, as the message changes them: "in the evening", "not on Sunday", "any time"."""
        same_hours = not said.flags.isdisjoint(("same", "add"))
        context = _of_any_day(before) if "when" in said.drops else before
        leaning = self._when(text, *clock, context, same_hours=same_hours)
        if leaning is None and _ends_hours(said, before):
            leaning = self._when("the whole day", *clock, before)
            del said.drops["when"]
        return leaning

    def _in_the_stay(self, before: When, turn: Turn, text: str, clock: tuple[str, str]) -> Turn:
        """A new question with a day, while some days of one's own are in force: on one of them."""
        if turn.when is None or turn.place_said or not _is_stay(before):
            return turn
        within, stay = self._when(text, *clock, before), before.range
        if within is None or not stay.start <= within.range.start < stay.end or _points(turn.when):
            return turn
        return replace(turn, when=within)

    def _without_forgotten(self, state: LedgerState, said: Said, text: str, when: When) -> str:
        """'Forget Friday' leaves out one of several days in force, and takes it back where it is the only one. 'Forget tomorrow,
        Saturday' names another in the same breath; a day that is not in force is none to forget."""
        for (start, target), days in _days_forgotten(said, when):
            left_out = text[:start] + f"{'not':<{target - start}}" + text[target:]
            before = state.when
            zone, country = (before.zone, self._clock(state)[1]) if before is not None else (when.zone, "")
            rest = self._when(left_out[: days[1]], zone, country, before) if before is not None else None
            if before is not None and rest is not None and rest.ranges != before.ranges:
                said.removed.append((start, target))
                text = left_out
                continue
            if rest is None:
                said.drops["when"] = said.text[start : days[1]]
            said.removed.append((start, days[1]))
            text = blank(text, [days])
        return text

    def _left(self, said: Said, when: When | None, places: list[Span]) -> str:
        cut = [*(when.spans if when is not None else ()), *places, *said.audience.group_spans, *said.meaning_spans]
        return remaining(said, cut)[: self.params.ledger_text_max]

    def _when(
        self, text: str, zone: str, country: str, context: When | None = None, *, same_hours: bool = False
    ) -> When | None:
        return understand_when(
            text,
            now=self.now,
            zone=ZoneInfo(zone),
            country=country or DEFAULT_COUNTRY,
            context=context,
            same_hours=same_hours,
            about=self.about,
        )

    def _clock(self, state: LedgerState) -> tuple[str, str]:
        if self.outcome is not None and self.outcome.place is not None:
            return self.outcome.place.zone, self.outcome.place.country_code
        if state.place is not None:
            return state.place.zone, state.place.country_code
        return self.zone, country_of_zone(self.zone) or DEFAULT_COUNTRY

    def _place(self, state: LedgerState, said: Said, text: str, when: When | None) -> PlaceOutcome:
        context = self.context
        point = _valid_point(context.user_lat, context.user_lng)
        carried = state.place is not None and state.place_said and "place" not in said.drops
        self.outcome = outcome = resolve_query_place(
            text,
            location_id=context.location_id,
            location_text=None if carried else context.location_text,
            user_lat=point[0] if point else None,
            user_lng=point[1] if point else None,
            ledger_place_id=state.place.location_id if carried and state.place is not None else None,
            gazetteer=self.gazetteer,
            taken_spans=tuple(sorted((*said.taken, *(when.spans if when is not None else ())))),
            zone=context.zone,
        )
        _refuse_no(said, outcome.spans)  # "not in Santa Rosa" refuses no Santa
        if said.setting_at is not None and overlaps(said.setting_at, outcome.spans):
            said.setting = None  # "outside Petaluma" asks for no open air
        refused = [s for s in outcome.spans if _is_refused(said, s) or _forgets_place(said, s)]
        if state.place is not None and any(_names(said.text[a:b], state.place) for a, b in refused):
            said.drops.setdefault("place", said.text[refused[0][0] : refused[0][1]])
        building = self._of_a_building(said, outcome, _venue(said, when), state.place)
        if refused or building:
            without = self._place(state, said, blank(text, [*refused, *building]), when)
            self.outcome = replace(without, spans=tuple(merged((*without.spans, *refused))))
            return self.outcome
        self.notices += [n for n in outcome.notices if n not in self.notices]
        return outcome

    def _of_a_building(
        self, said: Said, outcome: PlaceOutcome, venue: VenueWords | None, before: Place | None
    ) -> list[Span]:
        """A town far from where we are that a building is called after: the Phoenix Theater of Petaluma is not in Arizona."""
        place = outcome.place
        chosen = self.context.location_id is not None
        here = place if chosen else before
        town = self._kept_from(outcome) if chosen else place if place is not None and place.words else None
        if here is None or town is None:
            return []
        if miles_between(here.lat, here.lng, town.lat, town.lng) <= here.radius_miles + PLACES_NEAR_MILES:
            return []
        named = [venue.span] if venue is not None and venue.is_building else []
        return [s for s in outcome.spans if overlaps(s, named) or names_a_building(said.text, s)]

    def _kept_from(self, outcome: PlaceOutcome) -> IndexedPlace | None:
        """The town that the place chosen by the client is held against."""
        ids = [n.detail["named"] for n in outcome.notices if n.code == "place_choice_kept" and "named" in n.detail]
        return self.gazetteer.by_id(ids[0]) if ids else None

    def _choose(self, state: LedgerState, outcome: PlaceOutcome) -> tuple[Place | None, bool]:
        """(the place this turn brings, named in its words). None leaves the state's own place as it is."""
        place = outcome.place
        if place is None or self.context.location_id is not None:
            return place, False
        if place.words:
            return place, True
        return (None, False) if state.place is not None and state.place_said else (place, False)

    def _own_up(self, postcode: str) -> None:
        chosen = self.context.location_id is not None
        told = f"I don't know where the postcode {postcode} is, only the ZIP codes of the United States."
        self.notices.append(Notice("unknown_spot" if chosen else "unknown_place", told, {"words": postcode}))

    def _beside_the_last(self, state: LedgerState, said: Said, place: Place) -> Place:
        """ "Windsor works too", "or Sebastopol": the last place is offered, for one place is looked in at a time."""
        last = state.place
        if last is None or last.location_id is None or "place" in said.drops or not _adds_a_place(said, place):
            return place
        if miles_between(last.lat, last.lng, place.lat, place.lng) <= place.radius_miles:
            return place
        told = f"I look in one place at a time: now in {place.label}, no longer in {last.label}."
        self.notices.append(Notice("several_places", told, {"options": [last.location_id]}))
        option = PlaceOption(last.location_id, last.label, last.lat, last.lng)
        return replace(place, alternatives=(option, *place.alternatives))

    def overrides(self, state: LedgerState, edits: Mapping[str, Any] | None) -> LedgerState:
        if not edits:
            return state
        zone, country = self._clock(state)
        state, notices = apply_overrides(
            state, edits, now=self.now, zone=zone, country=country, gazetteer=self.gazetteer, params=self.params
        )
        self.notices += notices
        return state


def _means_something(pointer: Pointer, state: LedgerState) -> bool:
    """Something was told that it can be about."""
    if not state.told or (pointer.shift is not None and state.told_hours is None):
        return False
    return not pointer.is_vague(state.told, state.focus)


def _beside(said: Said, pointer: Pointer) -> str:
    """The message without the words that point, where they are not all of it."""
    return said.text if pointer.span == (0, len(said.text)) else blank(said.text, [pointer.span])


def _says_no_more(said: Said) -> bool:
    """Nothing that a search knows, and no place."""
    known = (said.audience.audience, said.price.words, said.attendance, said.setting, said.distance, said.quoted)
    return not (any(known) or said.topics or said.access or said.excluded or said.drops) and _WHEREABOUTS.isdisjoint(
        said.lower.words
    )


def _asks_of_told(said: Said) -> bool:
    """Not "is it good for kids?", "the jazz one" and "what's the cheapest?", which may say what is looked for."""
    pointer = said.pointer
    if pointer is None or pointer.manner != "about" or pointer.of_one or pointer.what:
        return False
    return pointer.order is None or not _TOLD_WORDS.isdisjoint(said.lower.words)


def _hours_beyond(state: LedgerState, shift: Shift | None) -> str:
    """ "Anything earlier?" as hours: "before 8:30 pm", where what was told begins then."""
    if shift is None or state.told_hours is None:
        return ""
    minutes = state.told_hours[0 if shift == "earlier" else 1] % DAY
    hour, minute = divmod(minutes, 60)
    clock = f"{hour % 12 or 12}:{minute:02d} {'AM' if hour < 12 else 'PM'}"
    return f"before {clock}" if shift == "earlier" else f"after {clock}"


def _silent(said: Said) -> Turn:
    return Turn(said, None, None, False, "", ())


def _venue(said: Said, when: When | None) -> VenueWords | None:
    return venue_words(blank(said.text, when.spans if when is not None else ()))


def _valid_point(lat: float | None, lng: float | None) -> tuple[float, float] | None:
    if lat is None or lng is None or not (math.isfinite(lat) and math.isfinite(lng)):
        return None
    return (lat, lng) if abs(lat) <= 90 and abs(lng) <= 180 else None


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
    of_days = when.range.end - when.range.start < timedelta(
        days=TIME_ONLY_DAYS - 1
    )  # no day was named for the coming seven
    return hours and of_days and _TIME_OF_DAY.search(said.drops.get("when", "")) is not None


def _is_stay(when: When) -> bool:
    """ "We're in Napa from Dec 3 to 6": some days of one's own, and what is asked for next is on one of them."""
    return when.grain == "range" and when.mask is None and len(when.ranges) == 1 and _length(when) <= MAX_CONTEXT


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
