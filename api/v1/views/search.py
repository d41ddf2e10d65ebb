from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.params import SEARCH_PER_USER
from api.rag.params import MAX_ID
from api.search.params import PREVIEW_EVENTS
from api.search.similar import similar_events
from api.search_service import Page, search_service
from api.v1 import event_rows
from api.v1.schema import errors
from api.v1.serializers.events import event_object
from api.v1.serializers.search import (
    SearchAnswerSerializer,
    SearchQuerySerializer,
    SimilarAnswerSerializer,
    SimilarQuery,
    cursor_of,
    search_request,
    unknown_parameters,
)
from api.v1.throttling import per_user
from api.v1.views.base import UserView, checked, user_id

NEVER_EMPTY = ("search_handle", "cursor")


class SearchView(UserView):
    def get_throttles(self) -> list[Any]:
        return [per_user(SEARCH_PER_USER)()]

    @extend_schema(
        operation_id="search_by_link",
        description="As POST, with the parameters in the query string; `categories` is repeated.",
        parameters=[SearchQuerySerializer],
        responses={200: SearchAnswerSerializer, **errors(400, 401, 404, 429, 503)},
    )
    def get(self, request: Request) -> Response:
        return self._answer(request, _from_link(request.query_params))

    @extend_schema(
        operation_id="search",
        description="Events inside every parameter and everything the words ask, counted exactly, best first.",
        request=SearchQuerySerializer,
        responses={200: SearchAnswerSerializer, **errors(400, 401, 404, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        if not isinstance(request.data, Mapping):
            raise ValidationError("Send a JSON object.")
        return self._answer(request, {name: value for name, value in request.data.items() if value is not None})

    def _answer(self, request: Request, given: Mapping[str, Any]) -> Response:
        asked = checked(SearchQuerySerializer, given)
        passed_over = unknown_parameters(given)
        service, caller = search_service(), user_id(request)
        if "search_handle" in asked:
            page = service.later_page(asked["search_handle"], caller=caller, number=asked["page"], size=asked["limit"])
        else:
            page = service.first_page(
                search_request(asked),
                caller=caller,
                now=timezone.now(),
                zone=asked.get("timezone", settings.DEFAULT_USER_ZONE),
                number=asked["page"],
                size=asked["limit"],
            )
        told = _page_object(page)
        return Response({**told, "notices": [*told["notices"], *passed_over]})


class SimilarView(UserView):
    @extend_schema(
        operation_id="similar_events",
        description="What is most like this event, near it and in the next 60 days unless asked otherwise.",
        parameters=[SimilarQuery],
        responses={200: SimilarAnswerSerializer, **errors(400, 401, 404, 429, 503)},
    )
    def get(self, request: Request, event_id: int) -> Response:
        asked = checked(SimilarQuery, request.query_params.dict())
        found = similar_events(
            event_id,
            now=timezone.now(),
            limit=asked["limit"],
            radius_miles=asked["radius"],
            days=(asked.get("date_from"), asked.get("date_to")),
        ) if event_id <= MAX_ID else None  # fmt: skip
        if found is None:
            raise NotFound
        rows = event_rows.told(list(found.occurrences), found.occurrences, now=timezone.now())
        events = [{**event_object(row), "similarity": found.similarity[row.facts.event_id]} for row in rows]
        return Response({"events": events, "notices": found.notices})


def _from_link(params: QueryDict) -> dict[str, Any]:
    """An empty parameter is one left out, as forms send them; but an empty handle never stands for a search of everything."""
    values: dict[str, Any] = {name: value for name, value in params.items() if value != "" or name in NEVER_EMPTY}
    if categories := [value for value in params.getlist("categories") if value]:
        values["categories"] = categories
    return values


def _page_object(page: Page) -> dict[str, Any]:
    shown = page.ids[:PREVIEW_EVENTS]
    rows = event_rows.told(shown, page.occurrences, now=timezone.now())
    return {
        "search_handle": page.search_handle,
        "total_hits": page.total_hits,
        "event_ids": list(page.ids),
        "preview_events": [event_object(row) for row in rows],
        **page.told,
        "recall": page.recall,
        "backend": page.backend,
        "search_time_ms": round(page.search_time_ms, 2),
        "page": page.first // page.size + 1,
        "limit": page.size,
        "next_cursor": cursor_of(page.search_handle, page.next_page, page.size) if page.next_page else None,
    }
