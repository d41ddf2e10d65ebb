"""The values of one turn, in order of birth: request, parsed query, candidate, ranked event, result, prompt, answer, chat event."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal

from api.rag.params import ScoringWeights, TierSizes
from api.rag.query.dates import When

Recall = Literal["exact", "approximate"]
Tier = Literal["recommended", "additional", "context"]


@dataclass(frozen=True, slots=True)
class HistoryMessage:
    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class QueryContext:
    """What the client said besides the words. Every field may be missing; `location_id` always wins over places in the text."""

    location_id: int | None = None
    location_text: str | None = None  # a label the client shows; used when there is no id
    user_lat: float | None = None
    user_lng: float | None = None
    zone: str | None = None  # the user's IANA zone
    date_from: str | None = None  # YYYY-MM-DD, inclusive
    date_to: str | None = None  # YYYY-MM-DD, inclusive
    age_min: int | None = None
    age_max: int | None = None
    max_price: Decimal | None = None
    max_distance_miles: float | None = None
    is_virtual: bool | None = None
    interests: tuple[str, ...] = ()
    preferred_times: str | None = None  # any | morning | afternoon | evening
    accessibility: tuple[str, ...] = ()
    history: tuple[HistoryMessage, ...] = ()
    ledger: Mapping[str, Any] | None = None  # stored state of the session (see query.ledger)
    ledger_overrides: Mapping[str, Any] | None = None
    candidate_ids: tuple[int, ...] | None = None  # rank only inside these
    more_like_event_id: int | None = None
    shown_event_ids: tuple[int, ...] = ()  # already shown in this session


@dataclass(frozen=True, slots=True)
class Place:
    """What the user meant, resolved. `radius_miles` is how far from (lat, lng) still counts as there."""

    location_id: int | None
    label: str
    lat: float
    lng: float
    radius_miles: float
    zone: str
    country_code: str
    kind: str  # city, neighbourhood, zip, county, state, country, point
    confidence: float  # 0..1
    why: str
    words: str = ""  # the words of the message it came from; empty when it came from an id or the context
    region: str | None = None  # admin1 code, for a state
    alternatives: tuple[PlaceOption, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceOption:
    location_id: int
    label: str
    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Audience:
    """Ages the answer must suit, in years, inclusive. `ages` are the people named one by one."""

    age_min: int | None = None
    age_max: int | None = None
    ages: tuple[int, ...] = ()
    label: str = ""  # 'kids', 'teens', 'adults 21+', 'seniors', '4-year-old'


@dataclass(frozen=True, slots=True)
class PriceLimit:
    max_price: Decimal | None = None  # in the currency of the place asked about
    free_only: bool = False
    label: str = ""

    @property
    def is_cheap(self) -> bool:
        """ "Cheap" was said, and no sum: the limit is ours."""
        return self.label.startswith("cheap")


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing understood, hard (filters) or soft (ranks), and where it came from."""

    field: str  # when, place, audience, price, attendance, setting, access, interest, exclude
    label: str
    hard: bool
    words: str = ""
    source: Literal["message", "context", "ledger", "default"] = "message"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know; never a failure of the turn."""

    code: str  # unknown_place, ambiguous_place, degraded_retrieval, composer_fallback, unknown_ids ...
    message: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pick:
    """What points at some of the events told before by what they are: "the free one", "more like the one at the library"."""

    manner: str  # about, like, not
    among: tuple[int, ...]  # ids, in the order they were told
    words: tuple[str, ...] = ()
    where: bool = False  # the words name where it is
    topics: tuple[str, ...] = ()
    when: When | None = None
    free: bool = False
    online: bool = False


@dataclass(frozen=True, slots=True)
class Whether:
    """What a yes-or-no question asks of the events it points at: "is it OK for my 9-year-old?"; each in the terms of a search."""

    audience: Audience | None = None
    price: PriceLimit | None = None
    costs: bool = False  # "does it cost anything?"
    access: tuple[str, ...] = ()
    setting: Literal["indoor", "outdoor"] | None = None
    dogs: bool = False
    attendance: Literal["online", "in_person"] | None = None
    hours: When | None = None  # of any day: "is it over by 9?"


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    message: str  # as it was read: of Spanish its English
    now: datetime
    zone: str
    search_text: str  # what is left for semantic and lexical matching once constraints are taken out
    when: When | None = None
    place: Place | None = None
    audience: Audience | None = None
    audience_hard: bool = False
    price: PriceLimit | None = None
    price_hard: bool = False
    attendance: Literal["online", "in_person"] | None = None
    setting: Literal["indoor", "outdoor"] | None = None
    access: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()  # topics asked for: 'live music', 'farmers market'
    excluded: tuple[str, ...] = ()  # topics refused: 'sports'
    exclude_event_ids: tuple[int, ...] = ()
    candidate_ids: tuple[int, ...] | None = None
    more_like_event_id: int | None = None
    like_title: str = ""  # of that event, where it was told
    about_event_ids: tuple[int, ...] = ()  # the question is about these, told before: nothing else is looked for
    pick: Pick | None = None  # which of those told before are meant; retrieval finds out
    about_times: bool = False  # all their times, or those in `when`
    about_order: Literal["price", "distance", "start"] | None = None  # which of them is the cheapest, nearest, soonest
    whether: Whether | None = None  # what is to be said yes or no to, of each of those
    quoted: tuple[str, ...] = ()  # titles or names asked for literally
    asks_when: bool = False  # "when is the tree lighting?" names no time: it may be months ahead
    venue: str = ""  # words that may name a venue
    same_venue_as: int | None = None  # what else there is where this event is
    same_organizer_as: int | None = None
    at_venue: str = ""  # the venue found, or the organizer: `candidate_ids` are its events, wherever it is
    intent: Literal["find", "more", "smalltalk", "clarify"] = "find"
    talk: str = ""  # the kind of small talk, where it is of one (`query.small_talk.Talk`)
    constraints: tuple[Constraint, ...] = ()
    notices: tuple[Notice, ...] = ()
    ledger: Mapping[str, Any] = field(default_factory=dict)  # the state after this turn, JSON-ready
    ledger_diff: tuple[Mapping[str, Any], ...] = ()
    original: str = ""  # as it was written, where that is something else


@dataclass(frozen=True, slots=True)
class RankingFactors:
    """Each in [0, 1]; None means the query did not ask about it. `unknown` names factors asked for whose data is missing (they score 0)."""

    semantic: float | None
    location: float | None
    time: float | None
    category: float | None
    popularity: float | None
    lexical: float | None = None
    distance_miles: float | None = None
    days_until_event: float | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventFacts:
    """The canonical facts of one occurrence, as the answer may state them. Times are in the venue's zone."""

    event_id: int
    occurrence_id: int
    title: str
    start: datetime
    end: datetime | None
    all_day: bool
    zone: str
    venue: str
    street: str
    city: str
    region: str
    country_code: str
    price_min: Decimal | None
    price_max: Decimal | None
    currency: str
    is_free: bool | None
    age_min: int | None
    age_max: int | None
    status: str  # scheduled, cancelled, postponed, rescheduled
    attendance: str  # offline, online, mixed
    url: str
    organizer: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""
    room: str = ""
    lat: float | None = None
    lng: float | None = None
    source_id: int = 0  # the feed; 0: not known
    exact: bool = False  # the point is the venue's own, not its town's

    def __hash__(self) -> int:
        """Much is remembered by facts: to hash all thirty fields at each look cost more than what was found."""
        return hash((self.occurrence_id, self.event_id))

    @property
    def revision(self) -> str:
        """Hash of the facts as told."""
        return _revision(self)


# Changes of these make no new revision of what was told.
_NOT_TOLD = frozenset({"description", "tags", "source_id", "exact"})
_told = attrgetter(*sorted({f.name for f in fields(EventFacts)} - _NOT_TOLD))


@lru_cache(maxsize=4096)
def _revision(facts: EventFacts) -> str:
    return hashlib.sha256("|".join(map(str, _told(facts))).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event returned by retrieval with its first fitting occurrence and its factors."""

    event_id: int
    occurrence_id: int
    start: datetime
    factors: RankingFactors
    score: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    candidates: tuple[Candidate, ...]  # best first
    total: int  # all events inside the hard constraints
    recall: Recall
    plan: str


@dataclass(frozen=True, slots=True)
class RankedEvent:
    facts: EventFacts
    tier: Tier
    rank: int  # 1-based over the whole result
    score: float
    factors: RankingFactors
    why: tuple[str, ...] = ()
    source_ids: tuple[int, ...] = ()  # event ids of the near-duplicates it stands for


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A counted way out of an empty result: '7 tomorrow'."""

    label: str
    count: int
    change: Mapping[str, Any]  # ledger overrides that apply it


@dataclass(frozen=True, slots=True)
class RAGResult:
    query: ParsedQuery
    recommended: tuple[RankedEvent, ...]
    additional: tuple[RankedEvent, ...]
    context: tuple[RankedEvent, ...]
    candidate_count: int
    recall: Recall
    plan: str
    weights: ScoringWeights  # normalised: their sum is 1
    tiers: TierSizes
    weights_sum: float = 1.0  # of the weights as they were given
    relaxations: tuple[Relaxation, ...] = ()
    notices: tuple[Notice, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    called_off: tuple[RankedEvent, ...] = ()  # asked for by name, and cancelled or postponed
    found: tuple[RankedEvent, ...] = ()  # by the tools of a model, while it wrote

    @property
    def events(self) -> tuple[RankedEvent, ...]:
        """Source n is the n-th of these; what tools find comes last, so that no number ever shifts."""
        return self.recommended + self.additional + self.context + self.called_off + self.found


@dataclass(frozen=True, slots=True)
class Source:
    """One numbered source `[n]` of a prompt."""

    n: int
    facts: EventFacts


@dataclass(frozen=True, slots=True)
class PromptBlock:
    name: str  # system, now, constraints, sources, history, question
    text: str
    tokens: int
    dropped: int = 0  # entries of the block left out to fit the budget


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What a model may ask us to do; `parameters` is the JSON schema that its arguments are validated against."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    id: str
    name: str
    arguments: str  # JSON, as the model wrote it


@dataclass(frozen=True, slots=True)
class ToolRound:
    """What a model said before it asked, what it asked, and what it was told, call by call."""

    said: str
    calls: tuple[ToolCall, ...]
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    system: str
    messages: tuple[HistoryMessage, ...]  # history and, last, the question
    sources: tuple[Source, ...]
    version: str  # content hash of the templates
    blocks: tuple[PromptBlock, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    rounds: tuple[ToolRound, ...] = ()


@dataclass(frozen=True, slots=True)
class GuardReport:
    checked: int = 0
    corrected: int = 0
    withheld: int = 0
    findings: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    provider: str
    model: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None
    cost_usd: float | None = None  # None: no price is known
    estimated: bool = False  # the provider counted no tokens, so we did


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call of a tool: `outcome` is ok, nothing_found, invalid_arguments, unknown_tool, too_many, timeout or failed."""

    name: str
    outcome: str
    latency_ms: float


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    status: Literal["complete", "no_matches", "cancelled", "failed"]
    event_ids: tuple[int, ...]  # the cards, in order
    follow_ups: tuple[str, ...]
    guard: GuardReport
    usage: Usage | None
    notices: tuple[Notice, ...] = ()
    citations: Mapping[int, int] = field(default_factory=dict)  # source number -> event id, of what the text cites
    tools: tuple[ToolUse, ...] = ()
    failure: str = ""  # the code of the error that left this model without an answer
    retryable: bool = False
    prompt_version: str = ""


@dataclass(frozen=True, slots=True)
class ChatEvent:
    """What one turn yields to its edge: understood, events, token, notice, done, error. `data` is JSON-ready."""

    type: Literal["understood", "events", "token", "notice", "done", "error"]
    data: Mapping[str, Any]
    model: str = "A"
