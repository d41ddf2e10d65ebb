from __future__ import annotations

from datetime import UTC, datetime

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services, tokens
from accounts.errors import TokenError
from accounts.params import GUEST_PER_ADDRESS, LOGIN_PER_ADDRESS, REFRESH_PER_ADDRESS, STREAM_REFRESH_BELOW_S
from api.v1.authentication import bearer_token
from api.v1.schema import errors
from api.v1.serializers.accounts import (
    AccessSerializer,
    LoginSerializer,
    LogoutSerializer,
    MessageSerializer,
    RefreshSerializer,
    StreamingTokenSerializer,
    TokenPairSerializer,
)
from api.v1.throttling import address_of, per_address
from api.v1.views.base import PublicView, UserView, checked, message


class TokenView(PublicView):
    throttle_classes = (per_address(LOGIN_PER_ADDRESS),)

    @extend_schema(
        operation_id="sign_in", request=LoginSerializer, responses={200: TokenPairSerializer, **errors(400, 401, 429)}
    )
    def post(self, request: Request) -> Response:
        data = checked(LoginSerializer, request.data)
        user = services.sign_in(data["username"], data["password"], address=address_of(request))
        return Response(tokens.issue_tokens(user))


class GuestView(PublicView):
    throttle_classes = (per_address(GUEST_PER_ADDRESS),)

    @extend_schema(operation_id="sign_in_as_guest", request=None, responses={201: TokenPairSerializer, **errors(429)})
    def post(self, request: Request) -> Response:
        return Response(tokens.issue_tokens(services.create_guest()), status=201)


class RefreshView(PublicView):
    """The refresh token is not replaced: clients keep the first one for its life."""

    throttle_classes = (per_address(REFRESH_PER_ADDRESS),)

    @extend_schema(
        operation_id="refresh_token",
        request=RefreshSerializer,
        responses={200: AccessSerializer, **errors(400, 401, 429)},
    )
    def post(self, request: Request) -> Response:
        data = checked(RefreshSerializer, request.data)
        return Response({"access": tokens.refresh_access(data["refresh"])})


class RefreshForStreamingView(UserView):
    """Is this access token good for a stream, or should the client refresh it first?"""

    @extend_schema(
        operation_id="check_token_for_stream",
        request=None,
        responses={200: StreamingTokenSerializer, **errors(401, 429)},
    )
    def post(self, request: Request) -> Response:
        claims = request.auth
        assert isinstance(claims, tokens.Claims)
        left = max(0, round((claims.expires_at - datetime.now(UTC)).total_seconds()))
        return Response(
            {
                "valid": True,
                "user_id": claims.user_id,
                "seconds_left": left,
                "should_refresh": left < STREAM_REFRESH_BELOW_S,
            }
        )


class LogoutView(PublicView):
    """Ends the refresh token in the body and the bearer's family. Tokens that open nothing any more are fine."""

    throttle_classes = (per_address(REFRESH_PER_ADDRESS),)

    @extend_schema(
        operation_id="sign_out", request=LogoutSerializer, responses={200: MessageSerializer, **errors(400, 429)}
    )
    def post(self, request: Request) -> Response:
        refresh = checked(LogoutSerializer, request.data).get("refresh")
        for read in (
            lambda: tokens.decode(refresh, "refresh") if refresh else None,
            lambda: tokens.decode(found, "access") if (found := bearer_token(request)) else None,
        ):
            try:
                claims = read()
            except TokenError:
                continue
            if claims is not None:
                tokens.revoke(claims)
        return message("You are signed out.")
