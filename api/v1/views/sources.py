from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.params import SOURCES_PER_USER
from api.v1 import feed_suggestions
from api.v1.schema import errors
from api.v1.serializers.accounts import MessageSerializer
from api.v1.serializers.sources import SourceSerializer
from api.v1.throttling import per_user
from api.v1.views.base import UserView, checked, message, user_id


class SourcesView(UserView):
    def get_throttles(self) -> list[Any]:
        return [per_user(SOURCES_PER_USER)()]

    @extend_schema(
        operation_id="suggest_source",
        request=SourceSerializer,
        responses={200: MessageSerializer, 201: MessageSerializer, **errors(400, 401, 429)},
    )
    def post(self, request: Request) -> Response:
        data = checked(SourceSerializer, request.data)
        if feed_suggestions.suggest(data["base_url"], data.get("name", ""), user_id=user_id(request)):
            return message("Thank you. Somebody will look at this site soon.", 201)
        return message("Thank you. We know this site already.")
