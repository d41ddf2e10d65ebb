from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.rag.answer_wire import factors_json, notice_json
from api.rag.bootstrap import rag_service
from api.rag.query.wire import understood_json
from api.rag_service import Explained
from api.v1.schema import errors
from api.v1.serializers.explain import ExplainRequest, ExplanationSerializer, explain_request
from api.v1.views.base import UserView
from events.selectors import event_ids_known_as


class ExplainView(UserView):
    @extend_schema(
        operation_id="explain_event",
        description="Where one event stands in the answer to a question, and why: the stage and the number that dropped it, or its rank, its"
        " factors and the weights at which it would pass others. The body is that of the chat, with the event.",
        request=ExplainRequest,
        responses={200: ExplanationSerializer, **errors(400, 401, 404, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        body = explain_request(request.data)
        ask = body.ask(body.now or timezone.now(), settings.DEFAULT_USER_ZONE)
        explained = rag_service().explain(ask, _event_id(body))
        if explained.explanation.outcome.stage == "unknown":
            raise NotFound
        return Response(explained_json(explained))


def _event_id(body: ExplainRequest) -> int:
    """Raises NotFound, and ValidationError where several feeds use the external id."""
    if body.event_id is not None:
        return body.event_id
    found = event_ids_known_as(body.external_id or "", source=body.source)
    if not found:
        raise NotFound
    if len(found) > 1:
        raise ValidationError({"source": "Several feeds use this external_id. Name the feed."})
    return found[0]


def explained_json(explained: Explained) -> dict[str, Any]:
    e = explained.explanation
    outcome, candidate = e.outcome, e.candidate
    return {
        "event_id": outcome.event_id,
        "stage": outcome.stage,
        "reason": outcome.reason,
        "value": outcome.value,
        "limit": outcome.limit,
        "also": list(outcome.also),
        "tier": outcome.tier,
        "rank": e.rank,
        "candidate_count": e.total,
        "occurrence_id": candidate.occurrence_id if candidate else None,
        "score": round(candidate.score, 6) if candidate else None,
        "ranking_factors": factors_json(candidate.factors) if candidate else None,
        "rivals": [
            {
                "event_id": rival.event_id,
                "title": rival.title,
                "rank": rival.rank,
                "flips": [
                    {"factor": f.factor, "weight": round(f.weight, 6), "at": round(f.at, 6), "side": f.side}
                    for f in rival.flips
                ],
            }
            for rival in e.rivals
        ],
        "weights": explained.weights.as_dict(),
        "weights_sum": round(explained.weights_sum, 6),
        "recall": e.recall,
        "plan": e.plan,
        "understood": understood_json(explained.query),
        "notices": [notice_json(notice) for notice in explained.notices],
    }
