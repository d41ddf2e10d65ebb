"""From the state after a message to what the pipeline uses: search text, interests and the list of constraints."""

from __future__ import annotations

from api.rag.query.audience import SENIOR_AGE, audience_topic
from api.rag.query.ledger import LedgerState, summary
from api.rag.query.soft import Source
from api.rag.types import Audience, Constraint, Place, PriceLimit, QueryContext

_ACCESS_WORDS = {
    "sensory": "sensory friendly",
    "asl": "sign language",
    "wheelchair": "wheelchair accessible",
    "stroller": "stroller friendly",
}
# Alone it would be looked for among listings that hardly ever say it, and nothing would be near it.
_RARELY_LISTED = frozenset({"wheelchair", "stroller", "quiet"})
YOUNG_KIDS_AGE = 3
KIDS_AGE = 12
TEEN_AGE = 17


def search_text(state: LedgerState) -> str:
    """The topic, then who it is for, in words: 'kids' helps the semantic search where '4-year-old' and a day would mislead it."""
    who = _audience_words(state.audience)
    topic = state.text or " ".join(state.topics)
    needs = state.access if topic else (need for need in state.access if need not in _RARELY_LISTED)
    about = [state.setting or "", *(_ACCESS_WORDS.get(need, need) for need in needs), topic]
    said = " ".join(filter(None, about))
    if who and who not in said.lower():
        return f"{said} for {who}" if said else who
    return said


def _audience_words(audience: Audience | None) -> str:
    if audience is None:
        return ""
    low, high = audience.age_min, audience.age_max
    if high is not None and high <= YOUNG_KIDS_AGE:
        return "toddlers"
    if high is not None and high <= KIDS_AGE:
        return "kids"
    if high is not None and high <= TEEN_AGE + 1:
        return "teens" if low is not None and low > KIDS_AGE - 2 else "families"
    return "seniors" if low is not None and low >= SENIOR_AGE - 5 else ""


def interests(state: LedgerState, context: QueryContext) -> tuple[str, ...]:
    """Topics asked for and the one that goes with the audience; a profile's interests only when no topic was asked for."""
    asked = state.topics or (() if state.text else context.interests)
    derived = audience_topic(state.audience) if state.audience is not None else ""
    wanted = dict.fromkeys((*asked, *((derived,) if derived else ())))
    return tuple(t for t in wanted if t not in state.excluded)


def constraints(
    state: LedgerState,
    *,
    said: frozenset[str],
    place: Place | None,
    soft: list[tuple[str, str, Source, bool]],
) -> tuple[Constraint, ...]:
    """`said` are the fields this message named; `soft` (field, label, source, hard) what the client sent along."""
    told = summary(state)
    hard = {
        "when": True,
        "place": True,
        "radius": True,
        "audience": state.audience_hard,
        "price": state.price_hard,
        "attendance": True,
        "excluded": True,
    }
    found = []
    for name, value in told.items():
        if name == "place" and not state.place_said:
            continue
        label = value if isinstance(value, str) else ", ".join(value)
        source = "message" if name in said else "ledger"
        field_name = {"topics": "interest", "excluded": "exclude"}.get(name, name)
        words = state.words.get(name, "")
        found.append(Constraint(field_name, label, hard.get(name, False), words, source))  # type: ignore[arg-type]
    if place is not None and not state.place_said:
        found.insert(0, Constraint("place", place.label, True, "", "context"))
    found += [Constraint(name, label, is_hard, "", source) for name, label, source, is_hard in soft]
    return tuple(found)


def effective_price(state: LedgerState, sent: tuple[PriceLimit, Source] | None) -> tuple[PriceLimit | None, bool]:
    """Words first; a price the client's filter was really set to; an untouched default limits nothing."""
    if state.price is not None:
        return state.price, state.price_hard
    return (sent[0], True) if sent is not None and sent[1] == "context" else (None, False)


def effective_audience(state: LedgerState, sent: tuple[Audience, Source] | None) -> tuple[Audience | None, bool]:
    if state.audience is not None:
        return state.audience, state.audience_hard
    return (sent[0], True) if sent is not None and sent[1] == "context" else (None, False)
