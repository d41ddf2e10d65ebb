"""The body of a question, as the chat, `explain` and the commands take it. Unknown keys are ignored, wrong types are named, everything is bounded."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
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
    MAX_RADIUS_MILES,
    MESSAGE_MAX_CHARS,
    ScoringWeights,
    TierSizes,
)
from api.rag.query.text import storable
from api.rag.types import HistoryMessage, QueryContext
from api.rag_service import Ask

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


Id = Annotated[Annotated[int, Field(ge=0, le=MAX_ID)] | None, BeforeValidator(_id_or_none)]
SessionId = Annotated[uuid.UUID | None, BeforeValidator(lambda value: value or None)]
ShortText = Annotated[str, Field(max_length=CONTEXT_TEXT_MAX_CHARS)]
StorableText = Annotated[str, BeforeValidator(_kept)]
Texts = Annotated[list[ShortText], Field(max_length=CONTEXT_LIST_MAX)]
Age = Annotated[int, Field(ge=0, le=AGE_ASKED_MAX)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else given


class HistoryIn(_Body):
    role: Literal["user", "assistant"]
    content: Annotated[str, BeforeValidator(_start)]


History = Annotated[list[HistoryIn], Field(max_length=HISTORY_MAX_MESSAGES)]


class PreferencesIn(_Body):
    interests: Texts = []
    preferredTimes: ShortText | None = None
    accessibility: Texts = []


class RangeIn(_Body):
    from_: Annotated[ShortText | None, Field(alias="from")] = None
    to: ShortText | None = None


class AgesIn(_Body):
    min: Age | None = None
    max: Age | None = None


class PointIn(_Body):
    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-180, le=180)]


class ContextIn(_Body):
    location_id: Id = None
    location: ShortText | None = None
    location_label: ShortText | None = None
    preferences: PreferencesIn | None = None
    session_id: SessionId = None
    chat_history: History | None = None
    date_range: RangeIn | None = None
    age_range: AgesIn | None = None
    max_price: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    more_like_event_id: Id = None
    user_location: PointIn | None = None
    max_distance_miles: Annotated[float, Field(gt=0, le=MAX_RADIUS_MILES)] | None = None
    is_virtual: bool | None = None
    timezone: ShortText | None = None


class Question(_Body):
    message: Annotated[str, Field(min_length=1, max_length=MESSAGE_MAX_CHARS)]
    location_id: Id = None
    chat_history: History | None = None
    context: ContextIn = ContextIn()
    timezone: ShortText | None = None
    ledger: dict[str, Any] | None = None
    weights: dict[str, float] | None = None
    max_recommended: int | None = None
    max_additional: int | None = None
    max_context: int | None = None
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

    @field_validator("ledger")
    @classmethod
    def _bounded(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and len(value) > LEDGER_MAX_KEYS:
            raise ValueError(f"at most {LEDGER_MAX_KEYS} fields")
        return value

    def ask(self, now: datetime, default_zone: str) -> Ask:
        """Raises InvalidRequest for weights or sizes out of bounds."""
        sizes = {
            "max_recommended": self.max_recommended,
            "max_additional": self.max_additional,
            "max_context": self.max_context,
        }
        given = {name: size for name, size in sizes.items() if size is not None}
        context = self._query_context()
        return Ask(
            self.message,
            now=now,
            zone=context.zone or default_zone,
            context=context,
            weights=ScoringWeights.from_mapping(self.weights) if self.weights else None,
            tiers=TierSizes(**given) if given else None,
        )

    def _query_context(self) -> QueryContext:
        c = self.context
        dates, ages = c.date_range or RangeIn(), c.age_range or AgesIn()
        preferences = c.preferences or PreferencesIn()
        return QueryContext(
            location_id=self.location_id if self.location_id is not None else c.location_id,
            location_text=c.location_label or c.location,
            user_lat=c.user_location.lat if c.user_location else None,
            user_lng=c.user_location.lng if c.user_location else None,
            zone=_first_zone(self.timezone, c.timezone),
            date_from=dates.from_,
            date_to=dates.to,
            age_min=ages.min,
            age_max=ages.max,
            max_price=None if c.max_price is None else Decimal(str(c.max_price)),
            max_distance_miles=c.max_distance_miles,
            is_virtual=c.is_virtual,
            interests=tuple(preferences.interests),
            preferred_times=preferences.preferredTimes,
            accessibility=tuple(preferences.accessibility),
            history=tuple(HistoryMessage(m.role, m.content) for m in self.chat_history or c.chat_history or ()),
            ledger_overrides=self.ledger,
            candidate_ids=tuple(self.candidate_event_ids) if self.candidate_event_ids is not None else None,
            more_like_event_id=self.more_like_event_id if self.more_like_event_id is not None else c.more_like_event_id,
        )


def _first_zone(*names: str | None) -> str | None:
    """The first that is one: a client cannot break a question with its clock."""
    for name in names:
        try:
            if name:
                return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def fault_of(error: Mapping[str, Any]) -> tuple[str, str]:
    """The path of the field at fault and what is wrong with it, of what Pydantic says about a body."""
    match error["type"]:
        case "model_type" | "model_attributes_type":
            words = "must be an object"
        case "missing":
            words = "must be there"
        case _:
            words = str(error["msg"]).removeprefix("Value error, ")
    return ".".join(str(part) for part in error["loc"] if part != "body"), words
