"""Why an event is where it is, in the words an answer and an operator can use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from api.rag import facts as spell
from api.rag.query.text import word_forms
from api.rag.types import Audience, Candidate, EventFacts, ParsedQuery, Place
from events.text import key_of

_SAY_NOTHING = frozenset(["and", "any", "are", "for", "from", "near", "the", "with"])


def why(candidate: Candidate, facts: EventFacts, query: ParsedQuery) -> tuple[str, ...]:
    f = candidate.factors
    reasons: list[str] = []
    if f.distance_miles is not None and query.place is not None:
        reasons += _far(f.distance_miles, query.place, exact=facts.exact)
    if query.when is not None and not query.about_event_ids:  # what was pointed at may be told at another time
        reasons.append(f"fits {query.when.label}")
    if who := _suited(facts, query.audience):
        reasons.append(f"suits {who}")
    if query.price is not None and facts.is_free:
        reasons.append("free")
    words = matched_words(facts, query)
    if words:
        reasons.append("matches " + ", ".join(words))
    reasons.extend(f"{name} unknown" for name in f.unknown)
    return tuple(reasons)


def _far(miles: float, place: Place, *, exact: bool) -> Iterator[str]:
    """Of an event of which only the town is known, roughly; nothing in that town itself."""
    far, in_miles = spell.local_distance(miles, place.country_code)
    if exact or far >= 1:
        said = f"{far:.1f}" if exact else f"about {round(far)}"
        yield f"{said} {'mi' if in_miles else 'km'} from {place.label.split(',')[0]}"


def matched_words(facts: EventFacts, query: ParsedQuery) -> list[str]:
    """Words asked for that stand in the title, the tags or the category; a phrase speaks for its words."""
    text = _words_of(facts)
    found = [
        word for word, forms in _asked(query.interests, query.search_text) if any(f" {form} " in text for form in forms)
    ]
    if len(found) < 2:
        return found
    return [word for word in found if not any(word in other.split() for other in found if other != word)]


@lru_cache(maxsize=4096)  # as `facts.plain`: events come again
def _words_of(facts: EventFacts) -> str:
    return f" {key_of(' '.join((facts.title, *facts.tags, facts.category)))} "


@lru_cache(maxsize=64)
def _asked(interests: tuple[str, ...], search_text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Each word or phrase with its singular and plural: whole words are compared, for "art" is not in "party"."""
    words = dict.fromkeys([*interests, *key_of(search_text).split()])
    return tuple((word, word_forms(word)) for word in words if len(word) > 2 and word not in _SAY_NOTHING)


def _suited(facts: EventFacts, audience: Audience | None) -> str:
    """Whose age is among those of the listing. Of a listing without ages nothing is said."""
    if audience is None or not spell.ages_known(facts):
        return ""
    if audience.ages:
        welcome = [age for age in audience.ages if spell.welcomes(facts, age)]
        return spell.people_of(welcome) if welcome else ""
    too_old = facts.age_max is not None and facts.age_max < (audience.age_min or 0)
    too_young = facts.age_min is not None and audience.age_max is not None and audience.age_max < facts.age_min
    return "" if too_old or too_young else audience.label
