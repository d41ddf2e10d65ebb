from __future__ import annotations

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import tokens
from accounts.errors import AccountError, TokenInvalid
from accounts.tokens import Claims


def bearer_token(request: Request) -> str | None:
    """The token of `Authorization: Bearer ...`; None without that header or with another scheme."""
    words = get_authorization_header(request).split()
    if not words or words[0].lower() != b"bearer":
        return None
    if len(words) != 2:
        raise TokenInvalid("the header holds no single token")
    return words[1].decode("latin-1")


class BearerAuthentication(BaseAuthentication):
    """`request.user` is the account (with `is_guest`), `request.auth` the claims of its token."""

    def authenticate(self, request: Request) -> tuple[User, Claims] | None:
        token = bearer_token(request)
        if token is None:
            return None
        claims = tokens.decode(token, "access")
        return tokens.load_account(claims), claims

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def guest_asking(request: Request) -> int | None:
    """The guest whose token came with a call that needs none; a token that is stale or not a guest's changes nothing."""
    try:
        token = bearer_token(request)
        user = tokens.verify_access(token) if token else None
    except AccountError:
        return None
    return user.id if user and user.is_guest else None
