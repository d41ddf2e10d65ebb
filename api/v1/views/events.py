from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from api.rag.params import MAX_ID
from api.v1 import event_rows
from api.v1.schema import errors
from api.v1.serializers.events import EventSerializer, IdsQuery, event_object
from api.v1.views.base import UserView, checked, user_id
from events.attention import note_opened
from events.params import OPENED_ONCE_S

DEFAULT_LIMIT = 20


class EventsView(UserView):
    @extend_schema(
        operation_id="list_events",
        description="`ids` (repeated): these events in this order, unknown ids left out. Without it: what comes next.",
        parameters=[IdsQuery],
        responses={200: EventSerializer(many=True), **errors(400, 401, 429)},
    )
    def get(self, request: Request) -> Response:
        query: dict[str, Any] = {"ids": request.query_params.getlist("ids")}
        if "limit" in request.query_params:
            query["limit"] = request.query_params["limit"]
        asked = checked(IdsQuery, query)
        limit = asked.get("limit")
        now = timezone.now()
        if asked["ids"]:
            rows = event_rows.by_ids(asked["ids"][:limit], user_id=user_id(request), now=now)
        else:
            rows = event_rows.upcoming(limit or DEFAULT_LIMIT, now=now)
        return Response([event_object(row) for row in rows])


class EventView(UserView):
    @extend_schema(operation_id="read_event", responses={200: EventSerializer, **errors(401, 404, 429)})
    def get(self, request: Request, event_id: int) -> Response:
        rows = event_rows.by_ids([event_id], user_id=user_id(request), now=timezone.now()) if event_id <= MAX_ID else []
        if not rows:
            raise NotFound
        return Response(event_object(rows[0]))


class OpenedView(UserView):
    @extend_schema(
        operation_id="note_opened",
        description="The reader opened this event's listing. It counts towards the event's popularity, once a day and reader.",
        request=None,
        responses={204: None, **errors(401, 404, 429)},
    )
    def post(self, request: Request, event_id: int) -> Response:
        if event_id > MAX_ID:
            raise NotFound
        mark = f"opened:{user_id(request)}:{event_id}"
        if cache.add(mark, True, OPENED_ONCE_S) and not note_opened(event_id):
            cache.delete(mark)  # an event that is not there is not found the next time either
            raise NotFound
        return Response(status=204)
