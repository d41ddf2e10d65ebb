"""The question of a chat with the event it is asked about, and where that event stands in its answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rest_framework import serializers

from api.rag.errors import InvalidRequest
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
from api.rag.query.clock import within_years
from api.rag.types import HistoryMessage, QueryContext
from api.rag_service import Ask

TIERS = ("max_recommended", "max_additional", "max_context")


class Body(serializers.Serializer[Any]):
    # As in the chat, null is absent. (A docstring would go into the schema of each that inherits it.)
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if value is not None}
        return super().to_internal_value(data)


class IdField(serializers.IntegerField):
    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return super().validate_empty_values(None if data == "" else data)


class StartField(serializers.CharField):
    """What is too long is cut, as in the chat: it may be a long answer of ours."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data)[:HISTORY_MESSAGE_MAX_CHARS]


def _short(**more: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=CONTEXT_TEXT_MAX_CHARS, required=False, allow_null=True, allow_blank=True, **more
    )


def _id() -> serializers.IntegerField:
    return IdField(min_value=0, max_value=MAX_ID, required=False, allow_null=True)


def _age() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=AGE_ASKED_MAX, required=False, allow_null=True)


class HistorySerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(["user", "assistant"])
    content = StartField(allow_blank=True)


def _history() -> serializers.ListField:
    return serializers.ListField(
        child=HistorySerializer(), max_length=HISTORY_MAX_MESSAGES, required=False, allow_null=True
    )


class PreferencesSerializer(Body):
    interests = serializers.ListField(
        child=serializers.CharField(max_length=CONTEXT_TEXT_MAX_CHARS), max_length=CONTEXT_LIST_MAX, required=False
    )
    preferredTimes = _short()
    accessibility = serializers.ListField(
        child=serializers.CharField(max_length=CONTEXT_TEXT_MAX_CHARS), max_length=CONTEXT_LIST_MAX, required=False
    )


class DateRangeSerializer(Body):
    to = _short()

    def get_fields(self) -> dict[str, Any]:
        return {"from": _short(), **super().get_fields()}  # a keyword cannot name an attribute


class AgeRangeSerializer(Body):
    min = _age()
    max = _age()


class PointSerializer(serializers.Serializer[Any]):
    lat = serializers.FloatField(min_value=-90, max_value=90)
    lng = serializers.FloatField(min_value=-180, max_value=180)


class ContextSerializer(Body):
    location_id = _id()
    location = _short()
    location_label = _short()
    preferences = PreferencesSerializer(required=False, allow_null=True)
    chat_history = _history()
    date_range = DateRangeSerializer(required=False, allow_null=True)
    age_range = AgeRangeSerializer(required=False, allow_null=True)
    max_price = serializers.DecimalField(12, 2, min_value=0, max_value=1_000_000, required=False, allow_null=True)
    more_like_event_id = _id()
    user_location = PointSerializer(required=False, allow_null=True)
    max_distance_miles = serializers.FloatField(min_value=0.01, max_value=500, required=False, allow_null=True)
    is_virtual = serializers.BooleanField(required=False, allow_null=True)
    timezone = _short()


class ExplainQuery(Body):
    event_id = _id()
    external_id = serializers.CharField(
        max_length=300, required=False, help_text="in place of event_id: the feed's own id of the event or of one time"
    )
    source = serializers.SlugField(  # type: ignore[assignment]  # a field of the body
        max_length=120, required=False, help_text="the feed, where several know the external_id"
    )
    message = serializers.CharField(max_length=MESSAGE_MAX_CHARS)
    now = serializers.DateTimeField(
        required=False, default_timezone=UTC, help_text="when it was asked; without it, now"
    )
    location_id = _id()
    chat_history = _history()
    context = ContextSerializer(required=False)  # type: ignore[assignment]  # as above
    more_like_event_id = _id()
    timezone = _short()
    ledger = serializers.DictField(
        required=False,
        allow_null=True,
        help_text="constraints to replace: those of an `understood` chunk repeat its turn",
    )
    weights = serializers.DictField(child=serializers.FloatField(), required=False, allow_null=True)
    max_recommended = serializers.IntegerField(required=False, allow_null=True)
    max_additional = serializers.IntegerField(required=False, allow_null=True)
    max_context = serializers.IntegerField(required=False, allow_null=True)
    candidate_event_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=MAX_ID),
        max_length=CANDIDATE_IDS_MAX,
        required=False,
        allow_null=True,
    )

    def validate_now(self, value: datetime) -> datetime:
        try:
            return within_years(value)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def validate_ledger(self, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and len(value) > LEDGER_MAX_KEYS:
            raise serializers.ValidationError(f"at most {LEDGER_MAX_KEYS} fields")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("event_id") is None) == ("external_id" not in attrs):
            raise serializers.ValidationError({"event_id": "Give either event_id or external_id."})
        return attrs


def ask_of(body: Mapping[str, Any], *, default_zone: str) -> Ask:
    """The question as the chat would ask it. Raises ValidationError for weights or sizes out of bounds."""
    context = body.get("context") or {}
    zone = _zone((body.get("timezone"), context.get("timezone")))
    given = {name: body[name] for name in TIERS if body.get(name) is not None}
    try:
        weights = ScoringWeights.from_mapping(body["weights"]) if body.get("weights") else None
        tiers = TierSizes(**given) if given else None
    except InvalidRequest as error:
        raise serializers.ValidationError({error.field: str(error).removeprefix(f"{error.field}: ")}) from error
    now = body.get("now") or datetime.now(UTC)
    return Ask(body["message"], now, zone or default_zone, _query_context(body, context, zone), weights, tiers)


def _query_context(body: Mapping[str, Any], c: Mapping[str, Any], zone: str | None) -> QueryContext:
    preferences, dates, ages = c.get("preferences") or {}, c.get("date_range") or {}, c.get("age_range") or {}
    point = c.get("user_location") or {}
    history = body.get("chat_history") or c.get("chat_history") or []
    ids, location_id, more_like = (body.get(n) for n in ("candidate_event_ids", "location_id", "more_like_event_id"))
    return QueryContext(
        location_id=location_id if location_id is not None else c.get("location_id"),
        location_text=c.get("location_label") or c.get("location"),
        user_lat=point.get("lat"),
        user_lng=point.get("lng"),
        zone=zone,
        date_from=dates.get("from"),
        date_to=dates.get("to"),
        age_min=ages.get("min"),
        age_max=ages.get("max"),
        max_price=c.get("max_price"),
        max_distance_miles=c.get("max_distance_miles"),
        is_virtual=c.get("is_virtual"),
        interests=tuple(preferences.get("interests", ())),
        preferred_times=preferences.get("preferredTimes"),
        accessibility=tuple(preferences.get("accessibility", ())),
        history=tuple(HistoryMessage(m["role"], m["content"]) for m in history),
        ledger_overrides=body.get("ledger"),
        candidate_ids=tuple(ids) if ids is not None else None,
        more_like_event_id=more_like if more_like is not None else c.get("more_like_event_id"),
    )


def _zone(names: tuple[Any, ...]) -> str | None:
    """As in the chat, a client cannot break a question with its clock."""
    for name in names:
        try:
            if name:
                return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


class FlipSerializer(serializers.Serializer[Any]):
    factor = serializers.CharField()
    weight = serializers.FloatField(help_text="as it is; the weights sum to 1")
    at = serializers.FloatField(help_text="where the two tie, the other weights kept")
    side = serializers.ChoiceField(["above", "below"], help_text="where the one behind is ahead")


class RivalSerializer(serializers.Serializer[Any]):
    event_id = serializers.IntegerField()
    title = serializers.CharField()
    rank = serializers.IntegerField()
    flips = FlipSerializer(many=True)


class FactorsSerializer(serializers.Serializer[Any]):
    semantic = serializers.FloatField(allow_null=True)
    location = serializers.FloatField(allow_null=True)
    time = serializers.FloatField(allow_null=True)
    category = serializers.FloatField(allow_null=True)
    popularity = serializers.FloatField(allow_null=True)
    distance_miles = serializers.FloatField(allow_null=True)
    days_until_event = serializers.FloatField(allow_null=True)
    unknown = serializers.ListField(child=serializers.CharField())


class ExplanationSerializer(serializers.Serializer[Any]):
    event_id = serializers.IntegerField()
    stage = serializers.CharField(help_text="what dropped it or held it back; `shown` where it is recommended")
    reason = serializers.CharField(help_text='the number that did: "12.3 mi > 10"')
    value = serializers.JSONField(allow_null=True, help_text="its side of the comparison")
    limit = serializers.JSONField(allow_null=True, help_text="the question's side")
    also = serializers.ListField(child=serializers.CharField(), help_text="later constraints that drop it as well")
    tier = serializers.CharField(allow_null=True, help_text="recommended, additional, context; null: none")
    rank = serializers.IntegerField(allow_null=True, help_text="by score from 1; null where a constraint dropped it")
    candidate_count = serializers.IntegerField(allow_null=True)
    occurrence_id = serializers.IntegerField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    ranking_factors = FactorsSerializer(allow_null=True)
    rivals = RivalSerializer(many=True, help_text="the next one ahead, the last recommended one and the first")
    weights = serializers.DictField(child=serializers.FloatField(), help_text="normalised")
    weights_sum = serializers.FloatField(help_text="of the weights as given")
    recall = serializers.ChoiceField(["exact", "approximate"])
    plan = serializers.CharField(allow_blank=True)
    understood = serializers.DictField(help_text="how the question was read")
    notices = serializers.ListField(child=serializers.DictField())
