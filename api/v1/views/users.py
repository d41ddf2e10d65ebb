from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.params import LINK_PER_ADDRESS, REGISTER_PER_ADDRESS, RESET_PER_ADDRESS
from api.v1.authentication import guest_asking
from api.v1.schema import errors
from api.v1.serializers.accounts import (
    EmailSerializer,
    MessageSerializer,
    RegisteredSerializer,
    RegisterSerializer,
    ResetSerializer,
    UserSerializer,
    VerifiedSerializer,
)
from api.v1.throttling import per_address
from api.v1.views.base import PublicView, UserView, checked, message

CHECK_MAIL = "We have sent you a link. Open it to confirm your e-mail address."
REGISTERED_TWICE = "Your e-mail address is verified. It was registered more than once, so please choose your password."


class UsersView(PublicView):
    throttle_classes = (per_address(REGISTER_PER_ADDRESS),)

    @extend_schema(
        operation_id="register",
        description="With a guest's bearer token, that guest becomes the account once the address is confirmed.",
        request=RegisterSerializer,
        responses={201: RegisteredSerializer, **errors(400, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        data = checked(RegisterSerializer, request.data)
        services.register(services.NewAccount(**data, guest_id=guest_asking(request)))
        shown = {name: data[name] for name in ("email", "first_name", "last_name")}
        return Response({**shown, "message": CHECK_MAIL}, status=201)


class MeView(UserView):
    @extend_schema(operation_id="who_am_i", responses={200: UserSerializer, **errors(401, 429)})
    def get(self, request: Request) -> Response:
        return Response(UserSerializer(request.user).data)


class VerifyView(PublicView):
    throttle_classes = (per_address(LINK_PER_ADDRESS),)

    @extend_schema(
        operation_id="verify_email",
        description="`reset_token` comes only where the address was registered several times with different passwords: none of them"
        " counts, and `/reset/confirm` takes it with the password to be.",
        request=None,
        responses={200: VerifiedSerializer, **errors(400, 429)},
    )
    def post(self, request: Request, token: str) -> Response:
        verified = services.verify(token, now=timezone.now())
        if verified.before:
            return message("This e-mail address is already verified.")
        if verified.reset_token:
            return Response({"message": REGISTERED_TWICE, "reset_token": verified.reset_token})
        return message("Your e-mail address is verified. You can sign in now.")


class ResendView(PublicView):
    throttle_classes = (per_address(REGISTER_PER_ADDRESS),)

    @extend_schema(
        operation_id="resend_verification",
        request=EmailSerializer,
        responses={200: MessageSerializer, **errors(400, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        services.resend_verification(checked(EmailSerializer, request.data)["email"])
        return message("If this address waits to be confirmed, a new link is on its way.")


class ResetView(PublicView):
    throttle_classes = (per_address(RESET_PER_ADDRESS),)

    @extend_schema(
        operation_id="request_password_reset",
        request=EmailSerializer,
        responses={200: MessageSerializer, **errors(400, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        services.request_reset(checked(EmailSerializer, request.data)["email"])
        return message("If there is an account with this address, a link to choose a new password is on its way.")


class ResetConfirmView(PublicView):
    throttle_classes = (per_address(LINK_PER_ADDRESS),)

    @extend_schema(
        operation_id="confirm_password_reset",
        request=ResetSerializer,
        responses={200: MessageSerializer, **errors(400, 429)},
    )
    def post(self, request: Request) -> Response:
        data = checked(ResetSerializer, request.data)
        services.confirm_reset(data["token"], data["password"])
        return message("Your password is changed. You can sign in now.")
