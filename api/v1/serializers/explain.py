"""The question of a chat with the event it is asked about, and where that event stands in its answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError
from rest_framework import serializers

from api.question import Id, Question, StorableText, fault_of
from api.rag.query.clock import within_years


def _clock(value: datetime) -> datetime:
    return within_years(value if value.tzinfo else value.replace(tzinfo=UTC))


class ExplainRequest(Question):
    event_id: Id = None
    external_id: StorableText | None = Field(
        None,
        min_length=1,
        max_length=300,
        description="in place of event_id: the feed's own id of the event or of one time",
    )
    source: StorableText | None = Field(
        None, max_length=120, description="the feed, where several know the external_id"
    )
    now: Annotated[datetime, AfterValidator(_clock)] | None = Field(
        None, description="when it was asked; without it, now"
    )


def explain_request(data: Any) -> ExplainRequest:
    """Raises DRF's ValidationError naming the fields."""
    try:
        body = ExplainRequest.model_validate(data)
    except ValidationError as error:
        raise serializers.ValidationError(dict(map(fault_of, error.errors()))) from error
    if (body.event_id is None) == (body.external_id is None):
        raise serializers.ValidationError({"event_id": "Give either event_id or external_id."})
    return body


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
    value = serializers.JSONField(help_text="its side of the comparison, or null")
    limit = serializers.JSONField(help_text="the question's side, or null")
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
