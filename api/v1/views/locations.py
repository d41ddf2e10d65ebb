from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.params import SUGGEST_PER_ADDRESS
from api.rag.params import MAX_ID
from api.v1.schema import errors
from api.v1.serializers.locations import PlaceSerializer, SuggestQuery, SuggestSerializer
from api.v1.throttling import per_address
from api.v1.views.base import PublicView, checked
from locations import selectors
from locations.selectors import FoundLocation

_SHOWN = tuple(PlaceSerializer().fields)


def place_object(location: FoundLocation) -> dict[str, Any]:
    return {name: getattr(location, name) for name in _SHOWN}


class SuggestView(PublicView):
    throttle_classes = (per_address(SUGGEST_PER_ADDRESS),)

    @extend_schema(
        operation_id="suggest_locations",
        parameters=[SuggestQuery],
        responses={200: SuggestSerializer, **errors(400, 429)},
    )
    def get(self, request: Request) -> Response:
        asked = checked(SuggestQuery, request.query_params.dict())
        found = selectors.suggest(
            asked["q"],
            limit=asked["limit"],
            country=asked["country"] or None,
            admin1=asked["admin1"] or None,
            near=asked["near"],
        )
        return Response({"results": [place_object(location) for location in found]})


class LocationView(PublicView):
    throttle_classes = (per_address(SUGGEST_PER_ADDRESS),)

    @extend_schema(operation_id="read_location", responses={200: PlaceSerializer, **errors(404, 429)})
    def get(self, request: Request, location_id: int) -> Response:
        found = selectors.get_location(location_id) if location_id <= MAX_ID else None
        if found is None:
            raise NotFound
        return Response(place_object(found))
