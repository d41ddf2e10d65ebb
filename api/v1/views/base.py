from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.params import READ_PER_USER, WRITE_PER_USER
from api.v1.parsers import JSONParser
from api.v1.renderers import JSONRenderer
from api.v1.throttling import per_user


class WhatIsServed(DefaultContentNegotiation):
    """There is one form of each answer, whatever `Accept` would rather have."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class JSONView(APIView):
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = WhatIsServed

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # What comes in pieces (chunked) tells no length, and without one it would be taken for nothing.
        sent = request._request
        if "HTTP_TRANSFER_ENCODING" in sent.META:
            sent.META["CONTENT_LENGTH"] = str(len(sent.body))


class UserView(JSONView):
    """For whoever is signed in (guests too); authentication and permission are the project's defaults."""

    def get_throttles(self) -> list[Any]:
        rate = READ_PER_USER if self.request.method in {"GET", "HEAD", "OPTIONS"} else WRITE_PER_USER
        return [per_user(rate)()]


class PublicView(JSONView):
    """For anybody. No token is read, so a stale one does no harm; each view names its own rate."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class UnknownPath(PublicView):
    """Paths that are not in the contract, slashed ones included: JSON, never a redirect."""

    schema = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.http_method_names = ["get", "post", "put", "patch", "delete", "head", "options"]
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound


def user_id(request: Request) -> int:
    """Of whoever is signed in: behind the default permission there is always one."""
    assert request.user.pk is not None
    return int(request.user.pk)


def checked(serializer: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """The validated values of `data`, of which null is as good as none; raises ValidationError naming the field."""
    bound = serializer(data={} if data is None else data)
    bound.is_valid(raise_exception=True)
    values: dict[str, Any] = bound.validated_data
    return values


def message(text: str, status: int = 200) -> Response:
    return Response({"message": text}, status=status)
