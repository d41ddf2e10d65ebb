from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from django.conf import settings
from django.contrib.auth.models import User

from accounts import tokens
from accounts.errors import AuthFailed, TokenError, TokenExpired, TokenInvalid
from accounts.models import RevokedToken
from accounts.services import create_guest

pytestmark = pytest.mark.django_db
OTHER_KEY = "another-key-that-is-long-enough-for-hs256-0123456789"


@pytest.fixture
def alice():
    return User.objects.create_user("alice@example.org", "alice@example.org", "tall-Green-7-doors")


def payload_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def signed(payload, key=None, algorithm="HS256", headers=None):
    headers = {"kid": settings.JWT_KEY_ID} if headers is None else headers
    return jwt.encode(payload, settings.JWT_KEY if key is None else key, algorithm, headers=headers)


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header, payload, key=None):
    text = f"{part(header)}.{part(payload)}"
    digest = hmac.new((key or settings.JWT_KEY).encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{part(digest)}"


def test_an_access_token_opens_the_account_of_its_user(alice):
    user = tokens.verify_access(tokens.issue_tokens(alice)["access"])
    assert (user.id, user.username, user.is_guest, user.is_staff) == (alice.pk, "alice@example.org", False, False)


def test_a_guest_is_marked_as_one(db):
    assert tokens.verify_access(tokens.issue_tokens(create_guest())["access"]).is_guest


def test_lifetimes_are_those_of_the_settings(alice):
    pair = tokens.issue_tokens(alice)
    for name, lifetime in (("access", settings.JWT_ACCESS_LIFETIME), ("refresh", settings.JWT_REFRESH_LIFETIME)):
        claims = payload_of(pair[name])
        assert claims["exp"] - claims["iat"] == lifetime.total_seconds()


def test_refreshing_keeps_the_refresh_token_good(alice):
    refresh = tokens.issue_tokens(alice)["refresh"]
    first, second = tokens.refresh_access(refresh), tokens.refresh_access(refresh)
    assert first != second
    assert tokens.verify_access(first).id == tokens.verify_access(second).id == alice.pk


FORGED = {
    "no algorithm": lambda p: f"{part({'alg': 'none', 'typ': 'JWT', 'kid': settings.JWT_KEY_ID})}.{part(p)}.",
    "algorithm None": lambda p: by_hand({"alg": "None", "kid": settings.JWT_KEY_ID}, p),
    "algorithm missing": lambda p: by_hand({"kid": settings.JWT_KEY_ID}, p),
    "HS512 with the right key": lambda p: signed(p, (settings.JWT_KEY * 3)[:96], "HS512"),
    "another key": lambda p: signed(p, OTHER_KEY),
    "an empty key": lambda p: by_hand({"alg": "HS256", "kid": settings.JWT_KEY_ID}, p, "\0"),
    "no kid": lambda p: signed(p, headers={}),
    "an unknown kid": lambda p: signed(p, OTHER_KEY, headers={"kid": "2"}),
    "a kid that is a path": lambda p: signed(p, OTHER_KEY, headers={"kid": "../../dev/null"}),
    "a kid that is a number": lambda p: by_hand({"alg": "HS256", "kid": 1}, p),
    "an unknown critical header": lambda p: by_hand(
        {"alg": "HS256", "kid": settings.JWT_KEY_ID, "crit": ["x"], "x": 1}, p
    ),
    "no signature": lambda p: signed(p).rsplit(".", 1)[0] + ".",
    "two parts": lambda p: signed(p).rsplit(".", 1)[0],
    "payload changed": lambda p: ".".join(
        [signed(p).split(".")[0], part({**p, "sub": "1"}), signed(p).split(".")[2]]
    ),
    "issuer of another": lambda p: signed({**p, "iss": "somebody"}),
    "audience of another": lambda p: signed({**p, "aud": "somebody"}),
    "audience among others": lambda p: signed({**p, "aud": ["somebody", settings.JWT_AUDIENCE]}),
    "issued tomorrow": lambda p: signed({**p, "iat": p["iat"] + 86_400}),
    "not valid yet": lambda p: signed({**p, "nbf": p["iat"] + 86_400}),
    "subject not a number": lambda p: signed({**p, "sub": "alice"}),
    "subject as a number": lambda p: signed({**p, "sub": 1}),
    "no password version": lambda p: signed({k: v for k, v in p.items() if k != "pv"}),
    "no family": lambda p: signed({k: v for k, v in p.items() if k != "fam"}),
    "expiry in words": lambda p: signed({**p, "exp": "tomorrow"}),
    "payload a list": lambda p: by_hand({"alg": "HS256", "kid": settings.JWT_KEY_ID}, [1, 2]),
    "not base64": lambda p: "a!.b!.c!",
    "not ASCII": lambda p: signed(p) + "é",
    "a lone surrogate": lambda p: "\ud800",
    "empty": lambda p: "",
    "a refresh token": lambda p: signed({**p, "typ": "refresh"}),
    "no type": lambda p: signed({k: v for k, v in p.items() if k != "typ"}),
    "too long": lambda p: signed({**p, "more": "x" * 5000}),
} | {f"no {name}": (lambda p, name=name: signed({k: v for k, v in p.items() if k != name})) for name in
     ("exp", "iat", "sub", "jti", "iss", "aud")}  # fmt: skip


@pytest.mark.parametrize("how", FORGED)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_forged_or_confused_token_is_invalid(alice, how):
    genuine = payload_of(tokens.issue_tokens(alice)["access"])
    assert tokens.verify_access(signed(genuine)).id == alice.pk  # the forgery differs in one thing only
    with pytest.raises(TokenInvalid):
        tokens.verify_access(FORGED[how](genuine))


def stale(alice, seconds):
    genuine = payload_of(tokens.issue_tokens(alice)["access"])
    then = int(datetime.now(UTC).timestamp()) - seconds
    return signed({**genuine, "iat": then - 1200, "exp": then})


def test_an_expired_token_is_expired_not_invalid(alice):
    with pytest.raises(TokenExpired) as caught:
        tokens.verify_access(stale(alice, 60))
    assert (caught.value.code, caught.value.retryable) == ("token_expired", True)


def test_clocks_may_differ_by_seconds(alice):
    assert tokens.verify_access(stale(alice, 2)).id == alice.pk


def test_an_access_token_does_not_refresh(alice):
    with pytest.raises(TokenInvalid):
        tokens.refresh_access(tokens.issue_tokens(alice)["access"])


@pytest.mark.parametrize("change", ["deactivated", "password", "deleted"])
def test_a_changed_account_is_refused_at_once_by_both_tokens(alice, change):
    pair = tokens.issue_tokens(alice)
    if change == "deactivated":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    elif change == "password":
        alice.set_password("other-Green-8-doors")
        alice.save()
    else:
        alice.delete()
    for use in (lambda: tokens.verify_access(pair["access"]), lambda: tokens.refresh_access(pair["refresh"])):
        with pytest.raises(AuthFailed) as caught:
            use()
        assert caught.value.code == "auth_failed"


@pytest.mark.parametrize("shown", ["access", "refresh"])
def test_logging_out_ends_the_whole_family_and_no_other(alice, shown):
    pair, elsewhere = tokens.issue_tokens(alice), tokens.issue_tokens(alice)
    later = tokens.refresh_access(pair["refresh"])
    tokens.revoke(tokens.decode(pair[shown], shown))
    tokens.revoke(tokens.decode(pair[shown], shown))
    for use in (lambda: tokens.verify_access(pair["access"]), lambda: tokens.verify_access(later),
                lambda: tokens.refresh_access(pair["refresh"])):  # fmt: skip
        with pytest.raises(AuthFailed):
            use()
    assert tokens.verify_access(elsewhere["access"]).id == alice.pk
    revoked = RevokedToken.objects.get()
    assert revoked.expires_at > datetime.fromtimestamp(payload_of(pair["refresh"])["exp"], UTC)


def test_an_old_key_verifies_until_it_is_taken_away(alice, settings):
    old = tokens.issue_tokens(alice)["access"]
    settings.JWT_OLD_KEYS = {settings.JWT_KEY_ID: settings.JWT_KEY}
    settings.JWT_KEY, settings.JWT_KEY_ID = OTHER_KEY, "next"
    new = tokens.issue_tokens(alice)["access"]
    assert jwt.get_unverified_header(new)["kid"] == "next"
    assert tokens.verify_access(old).id == tokens.verify_access(new).id == alice.pk
    settings.JWT_OLD_KEYS = {}
    with pytest.raises(TokenInvalid):
        tokens.verify_access(old)


def test_a_short_key_is_not_trusted(alice, settings):
    genuine = payload_of(tokens.issue_tokens(alice)["access"])
    settings.JWT_OLD_KEYS = {"short": "0123456789"}
    forged = by_hand({"alg": "HS256", "kid": "short"}, genuine, "0123456789")
    with pytest.raises(TokenInvalid):
        tokens.verify_access(forged)


def test_decoding_reads_no_database(alice, django_assert_num_queries):
    access = tokens.issue_tokens(alice)["access"]
    with django_assert_num_queries(0):
        claims = tokens.decode(access, "access")
    with django_assert_num_queries(1):
        assert tokens.load_user(claims).id == alice.pk


def test_no_token_error_is_unnamed():
    assert {error.code for error in (TokenError, TokenExpired, AuthFailed)} == {
        "token_invalid",
        "token_expired",
        "auth_failed",
    }


def test_revocation_outlives_the_longest_token(alice):
    claims = tokens.decode(tokens.issue_tokens(alice)["access"], "access")
    tokens.revoke(claims)
    assert RevokedToken.objects.get().expires_at - claims.issued_at >= settings.JWT_REFRESH_LIFETIME - timedelta(0)
