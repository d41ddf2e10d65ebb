"""The request of the wire contract. Unknown keys are ignored, wrong types are named, everything is bounded."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from api.rag.params import (
    AGE_ASKED_MAX,
    CANDIDATE_IDS_MAX,
    CONTEXT_LIST_MAX,
    CONTEXT_TEXT_MAX_CHARS,
    HISTORY_MAX_MESSAGES,
    HISTORY_MESSAGE_MAX_CHARS,
    LEDGER_MAX_KEYS,
    MAX_ID,
    MESSAGE_MAX_CHARS,
    ScoringWeights,
    TierSizes,
)
from api.rag.query.text import storable
from api.rag.types import HistoryMessage, QueryContext
from api.search.params import HANDLE_MAX_CHARS

JSON_LEVELS = 50  # objects inside objects; no ledger has five


def _id_or_none(value: Any) -> Any:
    """Clients send ids as numbers or strings; an id that is neither is no id of ours and is told so."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must be a whole number")
    text = str(value).strip()
    if not text.isascii() or not text.isdigit():
        raise ValueError("must be a whole number")
    return int(text)


Id = Annotated[Annotated[int, Field(ge=0, le=MAX_ID)] | None, BeforeValidator(_id_or_none)]
ShortText = Annotated[str, Field(max_length=CONTEXT_TEXT_MAX_CHARS)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else given


def _start(value: Any) -> Any:
    """A long answer of ours comes back in the history of a client that keeps it: it is cut, for to refuse it would end the talk."""
    return value[:HISTORY_MESSAGE_MAX_CHARS] if isinstance(value, str) else value


def _kept(value: Any, levels: int = JSON_LEVELS) -> Any:
    """Without NUL, which no database keeps. Half of a character is refused: neither can a model be told of it. So is what lies too deep."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError("holds half of a character") from error
        return storable(value)
    if not isinstance(value, list | dict):
        return value
    if not levels:
        raise ValueError("is nested too deeply")
    if isinstance(value, list):
        return [_kept(item, levels - 1) for item in value]
    return {_kept(name): _kept(item, levels - 1) for name, item in value.items()}


class HistoryIn(_Body):
    role: Literal["user", "assistant"]
    content: Annotated[str, BeforeValidator(_start)]


class PreferencesIn(_Body):
    interests: Annotated[list[ShortText], Field(max_length=CONTEXT_LIST_MAX)] = []
    preferredTimes: ShortText | None = None
    accessibility: Annotated[list[ShortText], Field(max_length=CONTEXT_LIST_MAX)] = []


class RangeIn(_Body):
    from_: Annotated[str | None, Field(alias="from", max_length=CONTEXT_TEXT_MAX_CHARS)] = None
    to: Annotated[str | None, Field(max_length=CONTEXT_TEXT_MAX_CHARS)] = None


class AgesIn(_Body):
    min: Annotated[int, Field(ge=0, le=AGE_ASKED_MAX)] | None = None
    max: Annotated[int, Field(ge=0, le=AGE_ASKED_MAX)] | None = None


class PointIn(_Body):
    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-180, le=180)]


class ContextIn(_Body):
    location_id: Id = None
    location: ShortText | None = None
    location_label: ShortText | None = None
    preferences: PreferencesIn | None = None
    session_id: uuid.UUID | None = None
    chat_history: Annotated[list[HistoryIn], Field(max_length=HISTORY_MAX_MESSAGES)] | None = None
    date_range: RangeIn | None = None
    age_range: AgesIn | None = None
    max_price: Annotated[Decimal, Field(ge=0, le=1_000_000)] | None = None
    more_like_event_id: Id = None
    user_location: PointIn | None = None
    max_distance_miles: Annotated[float, Field(gt=0, le=500)] | None = None
    is_virtual: bool | None = None
    timezone: ShortText | None = None

    @field_validator("session_id", mode="before")
    @classmethod
    def _empty_session(cls, value: Any) -> Any:
        return value or None


class ChatRequest(_Body):
    message: Annotated[str, Field(min_length=1, max_length=MESSAGE_MAX_CHARS)]
    single_model_mode: bool = True
    preferred_model: ShortText | None = None  # a constant of one client; ours names an allowed model in `model`
    model: ShortText | None = None
    model_b: ShortText | None = None  # beside the first, where `single_model_mode` is false
    debug: bool = False
    location_id: Id = None
    session_id: uuid.UUID | None = None
    chat_history: Annotated[list[HistoryIn], Field(max_length=HISTORY_MAX_MESSAGES)] | None = None
    context: ContextIn = ContextIn()
    timezone: ShortText | None = None
    ledger: dict[str, Any] | None = None
    weights: dict[str, float] | None = None
    max_recommended: int | None = None
    max_additional: int | None = None
    max_context: int | None = None
    search_handle: Annotated[str, Field(max_length=HANDLE_MAX_CHARS)] | None = None
    more_like_event_id: Id = None
    candidate_event_ids: (
        Annotated[list[Annotated[int, Field(ge=0, le=MAX_ID)]], Field(max_length=CANDIDATE_IDS_MAX)] | None
    ) = None

    @field_validator("chat_history", "context", "ledger", "weights", mode="before")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        return _kept(value)

    @field_validator("message")
    @classmethod
    def _words(cls, value: str) -> str:
        text = storable(value).strip()
        if not text:
            raise ValueError("must hold some words")
        return text

    @field_validator("session_id", mode="before")
    @classmethod
    def _empty_session(cls, value: Any) -> Any:
        return value or None

    @field_validator("ledger")
    @classmethod
    def _bounded(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and len(value) > LEDGER_MAX_KEYS:
            raise ValueError(f"at most {LEDGER_MAX_KEYS} fields")
        return value

    def settings(self) -> str:
        """What makes another question of the same words. A client that asks again may know more of the conversation by then."""
        grown = {"session_id", "chat_history"}
        return self.model_dump_json(exclude={"message": True, "context": grown, **dict.fromkeys(grown, True)})

    def scoring_weights(self) -> ScoringWeights | None:
        return ScoringWeights.from_mapping(self.weights) if self.weights else None

    def tier_sizes(self) -> TierSizes | None:
        asked = {name: getattr(self, name) for name in ("max_recommended", "max_additional", "max_context")}
        given = {name: value for name, value in asked.items() if value is not None}
        return TierSizes(**given) if given else None

    def zone(self, default: str) -> str:
        """The user's zone, when it is one; a client cannot break a turn with its clock."""
        for name in (self.timezone, self.context.timezone):
            try:
                if name:
                    return ZoneInfo(name).key
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
        return default

    def history(self) -> tuple[HistoryMessage, ...]:
        given = self.chat_history or self.context.chat_history or []
        return tuple(HistoryMessage(m.role, m.content) for m in given)

    def query_context(
        self, *, history: tuple[HistoryMessage, ...], ledger: Any, shown: tuple[int, ...]
    ) -> QueryContext:
        c = self.context
        preferences = c.preferences or PreferencesIn()
        return QueryContext(
            location_id=self.location_id if self.location_id is not None else c.location_id,
            location_text=c.location_label or c.location,
            user_lat=c.user_location.lat if c.user_location else None,
            user_lng=c.user_location.lng if c.user_location else None,
            zone=self.zone("") or None,
            date_from=c.date_range.from_ if c.date_range else None,
            date_to=c.date_range.to if c.date_range else None,
            age_min=c.age_range.min if c.age_range else None,
            age_max=c.age_range.max if c.age_range else None,
            max_price=c.max_price,
            max_distance_miles=c.max_distance_miles,
            is_virtual=c.is_virtual,
            interests=tuple(preferences.interests),
            preferred_times=preferences.preferredTimes,
            accessibility=tuple(preferences.accessibility),
            history=history,
            ledger=ledger,
            ledger_overrides=self.ledger,
            candidate_ids=tuple(self.candidate_event_ids) if self.candidate_event_ids is not None else None,
            more_like_event_id=self.more_like_event_id if self.more_like_event_id is not None else c.more_like_event_id,
            shown_event_ids=shown,
        )
