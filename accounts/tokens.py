"""Bearer tokens of both services.

`decode` checks the token itself and touches no database; `load_user` and the functions after it do (one query).
Access and refresh tokens share a family: the `jti` of the refresh token, which access tokens carry as `fam`. Revoking
the family ends all of them. `pv` binds a token to the password it was issued under.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import jwt
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from accounts.errors import AuthFailed, TokenError, TokenExpired, TokenInvalid
from accounts.models import RevokedToken
from accounts.params import TOKEN_LEEWAY_S, TOKEN_MAX_CHARS, TOKEN_MIN_KEY_BYTES

__all__ = [
    "AuthFailed", "Claims", "TokenError", "TokenExpired", "TokenInvalid", "TokenUser",
    "decode", "issue_tokens", "load_user", "refresh_access", "revoke", "verify_access",
]  # fmt: skip

ALGORITHM = "HS256"
REQUIRED_CLAIMS = ["exp", "iat", "sub", "jti", "typ", "iss", "aud"]
PV_CHARS = 16
_jwt = jwt.PyJWT()

TokenType = Literal["access", "refresh"]


@dataclass(frozen=True, slots=True)
class Claims:
    """A token that is ours, of the right type and in time. Whether its user may still come in is `load_user`'s."""

    user_id: int
    typ: TokenType
    jti: str
    family: str
    password_version: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenUser:
    id: int
    username: str
    email: str
    is_guest: bool
    is_staff: bool
    expires_at: datetime  # of the token that was shown


def _key(kid: str) -> bytes:
    text = settings.JWT_KEY if kid == settings.JWT_KEY_ID else settings.JWT_OLD_KEYS.get(kid)
    if text is None:
        raise TokenInvalid("signed with a key that is not ours")
    key = bytes(text, "utf-8")
    if len(key) < TOKEN_MIN_KEY_BYTES:
        raise TokenInvalid("the key is too short to trust a signature by it")
    return key


def _password_version(user: User) -> str:
    return user.get_session_auth_hash()[:PV_CHARS]


def _sign(user: User, typ: TokenType, *, jti: str, family: str, now: datetime, lifetime: timedelta) -> str:
    claims = {
        "iss": settings.JWT_ISSUER,
        "aud": settings.JWT_AUDIENCE,
        "sub": str(user.pk),
        "typ": typ,
        "jti": jti,
        "fam": family,
        "pv": _password_version(user),
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
    }
    return _jwt.encode(claims, _key(settings.JWT_KEY_ID), ALGORITHM, headers={"kid": settings.JWT_KEY_ID})


def _sign_access(user: User, family: str, now: datetime) -> str:
    jti = uuid.uuid4().hex
    return _sign(user, "access", jti=jti, family=family, now=now, lifetime=settings.JWT_ACCESS_LIFETIME)


def issue_tokens(user: User) -> dict[str, str]:
    """{"access", "refresh"} of a new family."""
    now = datetime.now(UTC)
    family = uuid.uuid4().hex
    refresh = _sign(user, "refresh", jti=family, family=family, now=now, lifetime=settings.JWT_REFRESH_LIFETIME)
    return {"access": _sign_access(user, family, now), "refresh": refresh}


def decode(token: str, typ: TokenType) -> Claims:
    """Raises TokenExpired or TokenInvalid; reads no database."""
    if not token.isascii() or len(token) > TOKEN_MAX_CHARS:
        raise TokenInvalid("not a token")
    try:
        kid = _jwt_header(token).get("kid", "")
        payload = _jwt.decode(
            token,
            _key(kid),
            algorithms=[ALGORITHM],
            issuer=settings.JWT_ISSUER,
            audience=settings.JWT_AUDIENCE,
            leeway=TOKEN_LEEWAY_S,
            options={"require": REQUIRED_CLAIMS, "strict_aud": True, "enforce_minimum_key_length": True},
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired("expired") from None
    except (jwt.InvalidTokenError, jwt.InvalidKeyError) as error:
        raise TokenInvalid(str(error)) from None
    if payload["typ"] != typ:
        raise TokenInvalid(f"not a token for {typ}")
    return _claims(payload, typ)


def _jwt_header(token: str) -> Mapping[str, Any]:
    header: Mapping[str, Any] = jwt.get_unverified_header(token)
    return header


def _claims(payload: Mapping[str, Any], typ: TokenType) -> Claims:
    subject, jti, family, version = (payload.get(name) for name in ("sub", "jti", "fam", "pv"))
    if not (isinstance(subject, str) and subject.isdecimal() and len(subject) < 19):
        raise TokenInvalid("its subject is not a user")
    if not (isinstance(jti, str) and isinstance(family, str) and isinstance(version, str)):
        raise TokenInvalid("it lacks a claim")
    try:
        issued_at, expires_at = (datetime.fromtimestamp(payload[name], UTC) for name in ("iat", "exp"))
    except (TypeError, ValueError, OverflowError, OSError):
        raise TokenInvalid("its times are not times") from None
    return Claims(int(subject), typ, jti, family, version, issued_at, expires_at)


_FIELDS = tuple(field.attname for field in User._meta.concrete_fields)
_ACCOUNT = f"""
SELECT EXISTS (SELECT FROM accounts_revokedtoken r WHERE r.jti IN (%s, %s)) AS token_revoked,
  EXISTS (SELECT FROM accounts_guestaccount g WHERE g.user_id = u.id) AS is_guest, {", ".join(f"u.{name}" for name in _FIELDS)}
FROM auth_user u WHERE u.id = %s
"""  # noqa: S608  the model's own columns


def load_account(claims: Claims) -> User:
    """The user row behind the claims, with `is_guest`; one query, as every request makes it. Raises AuthFailed."""
    with connection.cursor() as cursor:  # `objects.raw` takes twice as long
        cursor.execute(_ACCOUNT, [claims.jti, claims.family, claims.user_id])
        row = cursor.fetchone()
    if row is None:
        raise AuthFailed("the account is closed")
    revoked, is_guest, *values = row
    user = User.from_db(connection.alias, _FIELDS, values)
    user.is_guest = is_guest  # type: ignore[attr-defined]
    if not user.is_active:
        raise AuthFailed("the account is closed")
    if revoked:
        raise AuthFailed("logged out")
    if not hmac.compare_digest(_password_version(user).encode(), claims.password_version.encode()):
        raise AuthFailed("the password has changed since")
    return user


def load_user(claims: Claims) -> TokenUser:
    user = load_account(claims)
    return TokenUser(user.pk, user.username, user.email, user.is_guest, user.is_staff, claims.expires_at)  # type: ignore[attr-defined]


def verify_access(token: str) -> TokenUser:
    """Raises TokenExpired, TokenInvalid or AuthFailed."""
    return load_user(decode(token, "access"))


def refresh_access(refresh: str) -> str:
    """A new access token of the refresh token's family; the refresh token itself stays good for its life."""
    claims = decode(refresh, "refresh")
    return _sign_access(load_account(claims), claims.family, datetime.now(UTC))


def revoke(claims: Claims) -> None:
    """Ends the family of the token: its refresh token and every access token made from it. Safe to repeat."""
    longest = claims.issued_at + settings.JWT_REFRESH_LIFETIME
    expires_at = max(claims.expires_at, longest) + timedelta(seconds=2 * TOKEN_LEEWAY_S)
    RevokedToken.objects.bulk_create([RevokedToken(jti=claims.family, expires_at=expires_at)], ignore_conflicts=True)
