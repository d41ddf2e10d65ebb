"""Where a message names places: every name of the gazetteer in it, judged by what stands around it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from api.rag.query import place_words as words
from api.rag.query.place_cues import AREA_WORDS, Surroundings
from api.rag.query.place_params import PARAMS, PlaceParams
from api.rag.query.place_values import Cue, Gazetteer, Mention, Point, Reach, Reading, within
from locations.geo import miles_between
from locations.normalize import place_key
from locations.params import HOME_BONUS
from locations.regions import Region

_REGION_MAX_WORDS = 4


@dataclass(slots=True)
class Finder(Surroundings):
    """Walks the words once, longest name first."""

    gazetteer: Gazetteer
    hint: Point | None
    params: PlaceParams = PARAMS
    zone: str | None = None
    country: str | None = None  # of the hint, once it is needed
    led_until: int = -1  # the token behind the last name that a strong cue led to, or that the message begins with

    def mentions(self) -> Iterator[Mention]:
        at = found = 0
        while at < len(self.tokens) and found < self.params.max_mentions:
            first = next(self._starting_at(at), None)
            if first is None:
                at += 1
                continue
            begin, (mention, at) = at, first
            if begin == 0 or self._cue(begin).kind == "strong":
                self.led_until = at
            found += 1
            yield mention

    def _starting_at(self, first: int) -> Iterator[tuple[Mention, int]]:
        if (region := self._region_code(first)) is not None:
            yield region
            return
        for key, last in reversed(self._keys_from(first)):
            hits = self.gazetteer.lookup(key)
            mention = self._judge(first, last, hits) if hits else None
            if mention is not None:
                yield mention

    def _keys_from(self, first: int) -> list[tuple[str, int]]:
        """(key, index after it) of what may be names, shortest first. Most words begin no longer name: one look settles them."""
        tokens, keys, words_so_far = self.tokens, [], ""
        for last in range(first, min(len(tokens), first + self.params.name_max_words)):
            token = tokens[last]
            if not token.free or (last > first and not token.inside):
                break
            if token.possessive and self.gazetteer.may_hold(words_so_far + token.base):
                keys.append((words_so_far + token.base, last + 1))
            words_so_far += token.key
            holds, begins = self.gazetteer.probe(words_so_far)
            if holds:
                keys.append((words_so_far, last + 1))
            if not begins:
                break
            words_so_far += " "
        return keys

    def _region_code(self, first: int) -> tuple[Mention, int] | None:
        """ "in NC", "the UK": a code alone, in capitals or after "the", where a preposition leads to it. Cities go first: LA, DC."""
        token = self.tokens[first]
        if not 2 <= len(token.key) <= 3 or not token.free or not self.gazetteer.regions(token.key):
            return None
        the = first > 0 and self.tokens[first - 1].key == "the" and token.key in words.COUNTRY_CODES
        if not the and (not token.text.replace(".", "").isupper() or self.message.isupper()):
            return None
        if self._cue(first).kind != "strong" and not self._whole(first, first + 1):
            return None
        if any(
            own and self.gazetteer.weight(row) >= self.params.weights.code
            for row, own in self.gazetteer.lookup(token.key)
        ):
            return None
        regions = self.gazetteer.regions(token.key)
        if not any(region.admin1 for region in regions) and token.key not in words.COUNTRY_CODES:
            return None  # "in SR" is hardly Suriname
        hits = [
            hit
            for region in [r for r in regions if r.admin1] or regions  # "in IN" is Indiana, not India
            for hit in self.gazetteer.lookup(place_key(region.name))
            if self.gazetteer.area(hit[0]) == (region.country, region.admin1, "state" if region.admin1 else "country")
        ]
        readings = self._readings(hits)
        return self._mention(first, first + 1, first + 1, readings, qualified=False) if readings else None

    def _judge(self, first: int, last: int, hits: Sequence[tuple[int, bool]]) -> tuple[Mention, int] | None:
        cue = self._cue(first)
        if self._continues_a_list(first, cue):
            cue = self.cues[first] = replace(cue, kind="strong")
        if self._opens_a_list(last) and not self._is_common(first, last):
            cue = self.cues[first] = replace(cue, kind="strong")
        if self._followed_by(last, ("county",)) and not self._is_common(first, last):
            cue = self.cues[first] = replace(cue, kind="strong")
        if self._is_plain_word(first, last, cue):
            return None
        regions, end = self._qualifier(first, last, hits)
        if regions:
            hits = [hit for hit in hits if within(self.gazetteer.area(hit[0]), regions)]
        common = self._is_common(first, last)
        meant = self._meant(first, last, cue, hits, common=common, qualified=bool(regions))
        return self._mention(first, last, end, self._readings(meant), qualified=bool(regions)) if meant else None

    def _continues_a_list(self, first: int, cue: Cue) -> bool:
        """ "In Davis or Woodland", "in Graton, Occidental and Sebastopol"."""
        token = self.tokens[first]
        may_be_a_word = self._is_common(first, first + 1) or token.base in words.GIVEN_NAMES
        if cue.at != self.led_until or (may_be_a_word and not token.capital):
            return False
        return cue.before in ("or", "and") or (cue.at == first and token.gap.strip() in (",", "/", "&"))

    def _opens_a_list(self, last: int) -> bool:
        """ "Healdsburg/Windsor"."""
        return (
            last < len(self.tokens) and self.tokens[last].gap == "/" and self.gazetteer.may_hold(self.tokens[last].key)
        )

    def _mention(
        self, first: int, last: int, end: int, readings: Sequence[Reading], *, qualified: bool
    ) -> tuple[Mention, int]:
        cue = self._cue(first)
        area = cue.greater or self._followed_by(end, AREA_WORDS) or self._ends_with_area(first, last)
        downtown = cue.downtown or self._followed_by(end, ("downtown",))
        after = end + 1 if self._followed_by(end, (*AREA_WORDS, "downtown")) else end
        start, home = self.tokens[first].start, self._home_from(first, cue)
        mention = Mention(
            start=start,
            end=self.tokens[end - 1].end,
            words=self.message[start : self.tokens[end - 1].end],
            readings=tuple(readings),
            score=self._score(first, last, cue, readings[0], qualified),
            why=self._why(cue, qualified),
            qualified=qualified or self.gazetteer.area(readings[0].row)[2] == "zip",
            downtown=downtown,
            area=area,
            refused=self._refuses(first, cue),
            loose=cue.kind == "bare" and not self._boundary(end),
            home_from=home,
            comes_from=home is not None and self._comes_from(first),
            elsewhere=not qualified and self._is_elsewhere(first, last, cue, readings),
            spans=((self.tokens[cue.at].start if home is None else home, self.tokens[after - 1].end),),
        )
        return mention, after

    # -- the state or country after the name --------------------------------------------------------------------------

    def _qualifier(self, first: int, last: int, hits: Sequence[tuple[int, bool]]) -> tuple[tuple[Region, ...], int]:
        """(regions that narrow the name, index after them). Two may follow one another: "Bloomington, IN, USA"."""
        regions: tuple[Region, ...] = ()
        end = last
        for _ in range(2):
            found, after = self._region_at(end, first, hits)
            if not found:
                break
            hits = [hit for hit in hits if within(self.gazetteer.area(hit[0]), found)]
            regions = regions or found
            end = after
        if regions and end < len(self.tokens) and re.fullmatch(r"\d{5}", self.tokens[end].text):
            end += 1  # the ZIP after "Santa Rosa, CA"
        return (self._deepest(regions, hits), end) if regions else ((), last)

    def _deepest(self, regions: tuple[Region, ...], hits: Sequence[tuple[int, bool]]) -> tuple[Region, ...]:
        areas = dict.fromkeys(self.gazetteer.area(row) for row, _ in hits)
        inside = [Region(country, admin1, "") for country, admin1, kind in areas if kind != "state"]
        return tuple(inside) or regions  # a state lies in its country: "Ontario, Canada"

    def _region_at(self, at: int, first: int, hits: Sequence[tuple[int, bool]]) -> tuple[tuple[Region, ...], int]:
        tokens = self.tokens
        if at >= len(tokens) or not tokens[at].free:
            return (), at
        start, comma = at, "," in tokens[at].gap
        if tokens[at].gap.strip(" ,(-"):
            return (), at
        linked = tokens[at].key in ("in", "of") and not tokens[at].gap.strip() and at + 1 < len(tokens)
        if linked and tokens[at].key != "of" and not self._code_ends(at):
            start = at + 1
        if not self.gazetteer.begins_region(tokens[start].key):
            return (), at
        for last in range(min(len(tokens), start + _REGION_MAX_WORDS), start, -1):
            if any(not t.inside or not t.free for t in tokens[start + 1 : last]):
                continue
            named = self.gazetteer.regions(" ".join(t.key for t in tokens[start:last]))
            found = tuple(r for r in named if any(within(self.gazetteer.area(row), (r,)) for row, _ in hits))
            found = tuple(r for r in found if r.admin1) or found  # "Windsor, CA" is in California, not in Canada
            if found and self._region_counts(start, last, comma, linked and start > at, first):
                return found, last
        return (), at

    def _code_ends(self, at: int) -> bool:
        """ "bloomington in" at the end of a message is Indiana."""
        return at == len(self.tokens) - 1 or self.tokens[at].text.isupper()

    def _region_counts(self, start: int, last: int, comma: bool, linked: bool, first: int) -> bool:
        token = self.tokens[start]
        is_code = last - start == 1 and len(token.key) <= 3
        if linked:
            return not is_code or token.text.isupper()
        if not is_code or comma:
            return not (is_code and comma and token.key in words.WORD_CODES and not self._code_stands(start))
        if token.text.isupper() and not self.tokens[first].text.isupper():
            return True
        if token.key in words.WORD_CODES:
            return start == len(self.tokens) - 1
        return True

    def _code_stands(self, at: int) -> bool:
        """After a comma: "portland, or" but not "portland, or seattle"."""
        following = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if following is None or self.tokens[at].text.isupper() or following.gap.strip():
            return True
        return following.key in words.BOUNDARY_WORDS or not following.free or len(following.gap) > 2

    # -- does it count ------------------------------------------------------------------------------------------------

    def _readings(self, hits: Sequence[tuple[int, bool]]) -> list[Reading]:
        readings, gazetteer, params, hint = [], self.gazetteer, self.params, self.hint
        for row, own in hits:
            weight = gazetteer.weight(row)
            score = math.log(weight + 10) + HOME_BONUS.get(gazetteer.country(row), 0.0)
            if own:
                score += params.own_name_bonus
            if hint is not None:
                miles = miles_between(*hint, *gazetteer.point(row))
                score += params.near_bonus / (1 + miles / params.near_half_miles)
            elif self.zone is not None and gazetteer.zone(row) == self.zone:
                score += params.same_zone_bonus
            readings.append(Reading(row, score, weight, own))
        return sorted(readings, key=lambda r: (-r.score, r.row))

    def _meant(
        self, first: int, last: int, cue: Cue, hits: Sequence[tuple[int, bool]], *, common: bool, qualified: bool
    ) -> list[tuple[int, bool]]:
        """The heart of it: which of the places called so can a name written so and standing there mean?

        What stands around is judged once for all of them; then each needs only its weight, in people.
        """
        token, gazetteer = self.tokens[first], self.gazetteer
        digits, zip_counts = token.key[:1].isdigit(), not token.gap.endswith(("$", "#", "€", "£"))
        if qualified:
            counts = not common or token.capital or "," in self.tokens[last].gap or cue.kind == "strong"
            return [hit for hit in hits if (zip_counts if digits and self._is_zip(hit[0]) else counts)]
        named = self._names_a_place(first, last, cue)
        # "At the Phoenix": towns have no article, where nothing follows that they are named for ("the Davis library").
        after_the = first > 0 and self.tokens[first - 1].key == "the" and not token.gap.strip() and self._ends_at(last)
        of_a_college = token.capital and last < len(self.tokens) and self.tokens[last].text == "State"  # "Sonoma State"
        bars: dict[tuple[bool, Reach], int | None] = {}
        meant = []
        if cue.kind != "strong" and any(own for _, own in hits):
            hits = [hit for hit in hits if hit[1]]  # "Sebastopol Apple Fair" is not held in Sevastopol
        for row, own in hits:
            if digits and self._is_zip(row):
                if zip_counts:
                    meant.append((row, own))
            elif named and not ((after_the or of_a_college) and gazetteer.area(row)[2] == "city"):
                kind = (own, self._reach(row))
                if kind not in bars:
                    bars[kind] = self._bar(first, last, cue, common, own=own, reach=kind[1])
                bar = bars[kind]
                if bar is not None and gazetteer.weight(row) >= bar:
                    meant.append((row, own))
        return meant

    def _is_zip(self, row: int) -> bool:
        return self.gazetteer.area(row)[2] == "zip"

    def _names_a_place(self, first: int, last: int, cue: Cue) -> bool:
        if last - first == 1 and not self._single_counts(first, last, cue):
            return False
        return not self._part_of_another_name(first, last, cue)

    def _bar(self, first: int, last: int, cue: Cue, common: bool, *, own: bool, reach: Reach) -> int | None:
        """The least weight of a place that counts, or None: no place does."""
        single = last - first == 1
        if self._followed_by(last, ("plaza",)) and reach != "near":
            return None
        if not single and self.tokens[last - 1].key in words.STREET_WORDS and reach != "near":
            return self.params.weights.park
        needed = self._needed(first, last, cue, common, own=own, near=reach == "near")
        if needed is not None and reach in ("far", "abroad") and cue.kind != "strong":
            needed = self._far_bar(first, last, needed, own=own, abroad=reach == "abroad")
        if needed is not None and single and len(self.tokens[first].base) <= 2:
            return max(needed, self.params.weights.code)
        return needed

    def _single_counts(self, first: int, last: int, cue: Cue) -> bool:
        token, key = self.tokens[first], self.tokens[first].base
        if len(key) <= 2:
            return self._code_counts(first, last, cue)
        if key in words.NEVER_PLACES:
            return key == "nice" and token.capital and cue.kind == "strong"
        return key.replace(" ", "").isalpha() or not key.isascii()  # a corrected name is one token

    def _code_counts(self, first: int, last: int, cue: Cue) -> bool:
        """ "LA", "in la tonight", "dc museums"; not "la traviata"."""
        token = self.tokens[first]
        if token.base not in words.WORD_CODES:
            return True
        if token.text.replace(".", "").isupper() and not self.message.isupper():
            return True
        return cue.kind == "strong" and self._boundary(last)

    def _part_of_another_name(self, first: int, last: int, cue: Cue) -> bool:
        """Streets, "Paris themed", people: "Miles Davis", "for Charlotte", "Madison's birthday"."""
        tokens, token = self.tokens, self.tokens[first]
        following = tokens[last] if last < len(tokens) and not tokens[last].gap.strip(" -") else None
        if following is not None and following.key in words.STREET_WORDS:
            return True
        if following is not None and following.key in words.THING_WORDS:
            return cue.kind != "strong" or following.key in words.STYLES
        single = last - first == 1
        beyond = tokens[last + 1].key if last + 1 < len(tokens) else ""
        if (
            last < len(tokens)
            and tokens[last].key == "the"
            and tokens[last].gap in (" ", "! ", ": ")
            and beyond in words.WORKS
            and cue.kind != "strong"
        ):
            return True  # "Hamilton the musical"
        if following is not None and following.key in words.VENUE_WORDS and cue.before in ("at", "the", "on"):
            return token.capital and following.capital
        if beyond == "bridge" and following is not None and following.capital:
            return True  # "the Golden Gate Bridge"
        if single and cue.kind == "strong" and following is not None and following.key in words.LANDMARKS:
            return token.capital and following.capital
        if single and token.capital and self._is_common(first, last) and self._runs_on(last):
            return True  # "Golden Gate Park"
        name = single and token.base in words.GIVEN_NAMES
        if name and (token.possessive or (cue.before in words.FOR_PEOPLE and cue.kind == "weak")):
            return cue.kind != "strong" or token.possessive
        performer = single and cue.kind == "weak" and cue.before in words.BEFORE_PERFORMERS
        if performer and following is not None and token.capital and following.capital and following.free:
            return True
        previous = tokens[first - 1] if first > 0 and not token.gap.strip() else None
        if not single or previous is None or not previous.free or cue.kind == "strong":
            return False
        if previous.key in words.FIRST_NAMES_ONLY or previous.key in words.NOUN_PREFIXES:
            return True
        return token.capital and previous.capital and not previous.first and previous.key not in words.FILLERS

    def _needed(self, first: int, last: int, cue: Cue, common: bool, *, own: bool, near: bool) -> int | None:
        """The least weight that makes the name count, or None. `own`: the place's own name; `near`: close to the user."""
        token, w, single = self.tokens[first], self.params.weights, last - first == 1
        if not single and self.tokens[last - 1].key in words.COUNTY_WORDS:
            return 1  # nothing else is called so
        capital = token.capital and (not token.first or cue.kind != "bare")
        needed: int | None
        if self._whole(first, last):
            topic = single and token.base in words.TOPIC_WORDS and not token.capital
            needed = None if topic else w.whole_common if common else w.strong_lower if self._is_cut else 1
        elif cue.kind == "strong":
            if common:
                lower = w.strong_topic_lower if single and token.base in words.TOPIC_WORDS else w.strong_common_lower
                needed = (w.strong_capital if near else w.strong_common_capital) if capital else lower
                if not capital and not self._boundary(last):
                    return None
            else:
                needed = w.strong_capital if capital else w.strong_lower
        elif common:
            needed = w.weak_common_capital if cue.kind == "weak" and capital else None
        elif cue.kind == "weak":
            needed = w.weak_capital if capital else w.weak_lower
        else:
            needed = w.bare_capital if capital else w.bare_lower
        if needed is None:
            return None
        if cue.kind != "strong" and not self._whole(first, last):
            if self._is_town_venue(last):
                needed = min(needed, w.weak_capital) if capital and not common else needed
            elif self._begins_venue(last):
                needed = max(needed, w.venue)
            if single and token.base in words.GIVEN_NAMES and not common:
                needed = max(needed, w.bare_given_name)
            if near and not common and token.base not in words.GIVEN_NAMES:
                needed = min(needed, w.near_user)
        if not own:
            if self._begins_venue(last):
                return None  # a hall is called after the town it stands in, by the town's own name
            if self.tokens[first].key == "the" or (single and common):
                return None
            needed = max(needed, w.alternate_word if single else w.alternate)
            if single and not capital and cue.kind != "strong":
                needed = max(needed, w.alternate_bare)
        return needed

    def _far_bar(self, first: int, last: int, needed: int, *, own: bool, abroad: bool) -> int | None:
        """Far from where somebody is, a name with nothing to lead to it is more likely a band's, a team's or a person's."""
        w = self.params.weights
        if last - first > 1 and self.tokens[last - 1].key in words.COUNTY_WORDS:
            return needed
        if self._whole(first, last) and not self._is_cut:
            person = last - first == 1 and self.tokens[first].base in words.GIVEN_NAMES
            return max(needed, w.far_landmark if person or abroad else 1)
        if last - first == 1 and (not own or self._is_common(first, last)):
            return None
        return max(needed, w.abroad_bare if abroad else w.far_bare)

    def _reach(self, row: int) -> Reach:
        if self.hint is None:
            return ""
        miles = miles_between(*self.hint, *self.gazetteer.point(row))
        if miles < self.params.far_miles:
            return "near" if miles <= self.params.near_user_miles else ""
        if self.country is None:
            town = self.gazetteer.nearest(*self.hint)
            self.country = town.country_code if town is not None else ""
        return "far" if self.gazetteer.country(row) == self.country else "abroad"

    def _is_elsewhere(self, first: int, last: int, cue: Cue, readings: Sequence[Reading]) -> bool:
        """A far town, where the name may also be that of a part of the town that is known, of a school or a park in it."""
        if self.hint is None or cue.before not in words.WHEREABOUTS:
            return False
        best, w = readings[0], self.params.weights
        if self._is_zip(best.row):
            return False
        if miles_between(*self.hint, *self.gazetteer.point(best.row)) < self.params.far_miles:
            return False
        ends = self.tokens[last - 1].key in words.LOCAL_ENDS and cue.before in words.BESIDE
        if ends or self._runs_on(last):
            return best.weight < w.far_landmark
        return best.weight < w.far_town

    def _score(self, first: int, last: int, cue: Cue, reading: Reading, qualified: bool) -> float:
        score = (
            {"strong": 3.0, "weak": 1.0, "bare": 0.0}[cue.kind]
            + 0.5 * (last - first)
            + 0.1 * math.log(reading.weight + 1)
        )
        if qualified:
            score += 4.0
        if self.tokens[first].capital:
            score += 1.0
        if self._home_from(first, cue) is not None:
            score -= 4.0
        return score

    def _why(self, cue: Cue, qualified: bool) -> str:
        if qualified:
            return "named with its state or country"
        return f"named after '{cue.before}'" if cue.before else "named"
