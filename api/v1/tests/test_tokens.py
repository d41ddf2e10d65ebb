from __future__ import annotations

import jwt
import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import RateCounter
from accounts.params import LOGIN_FAILURES_HERE
from api.v1.tests.conftest import PASSWORD

LOGIN = {"username": "alice@example.org", "password": PASSWORD}


def body(code, message):
    return {
        "code": code,
        "message": message,
        "retryable": False,
        "retry_after": None,
        "detail": {"message": message, "error_code": code},
    }


def test_signing_in_gives_two_tokens_that_a_browser_can_read(alice, nobody):
    answer = nobody.post("/api/v1/token", LOGIN)
    assert (answer.status_code, set(answer.json())) == (200, {"access", "refresh"})
    lifetimes = {}
    for name, token in answer.json().items():
        assert len(token.split(".")) == 3
        claims = jwt.decode(token, options={"verify_signature": False})
        lifetimes[name] = claims["exp"] - claims["iat"]
    assert lifetimes == {"access": 20 * 60, "refresh": 3 * 24 * 3600}


@pytest.mark.parametrize("typed", ["ALICE@example.org", "alice@example.org"])
def test_the_case_of_an_address_does_not_matter(alice, nobody, typed):
    assert nobody.post("/api/v1/token", {**LOGIN, "username": typed}).status_code == 200


def test_an_operator_signs_in_by_name_or_by_address(nobody, db):
    User.objects.create_superuser("root", "Root@example.org", PASSWORD)
    for typed in ("root", "root@example.org"):
        assert nobody.post("/api/v1/token", {"username": typed, "password": PASSWORD}).status_code == 200


def test_every_failure_to_sign_in_looks_the_same(alice, bob, nobody):
    User.objects.filter(pk=bob.user.pk).update(is_active=False)
    answers = [
        nobody.post("/api/v1/token", {"username": name, "password": password})
        for name, password in [
            ("alice@example.org", "wrong-Green-7-doors"),
            ("nobody@example.org", PASSWORD),
            ("bob@example.org", PASSWORD),
        ]
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "auth_failed"


def test_refreshing_returns_an_access_token_alone_and_can_be_repeated(alice, nobody):
    refresh = tokens.issue_tokens(alice.user)["refresh"]
    for _ in range(2):
        answer = nobody.post("/api/v1/token/refresh", {"refresh": refresh})
        assert (answer.status_code, list(answer.json())) == (200, ["access"])
        assert tokens.verify_access(answer.json()["access"]).id == alice.user.pk


def test_logout_ends_both_tokens_of_the_sign_in(alice, nobody):
    pair = nobody.post("/api/v1/token", LOGIN).json()
    nobody.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert nobody.post("/api/v1/logout", {"refresh": pair["refresh"]}).status_code == 200
    refused = nobody.get("/api/v1/users/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "auth_failed")
    assert nobody.post("/api/v1/token/refresh", {"refresh": pair["refresh"]}).status_code == 401
    assert nobody.post("/api/v1/logout", {"refresh": pair["refresh"]}).status_code == 200  # again does no harm
    assert alice.get("/api/v1/users/me").status_code == 200  # another sign-in of hers lives on


def test_without_a_token_the_body_says_so(nobody):
    answer = nobody.get("/api/v1/users/me")
    assert (answer.status_code, answer.json()) == (401, body("auth_required", "Please sign in."))
    assert answer["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_named_at_the_top_level(alice, nobody, settings):
    from datetime import timedelta

    settings.JWT_ACCESS_LIFETIME = timedelta(seconds=-60)
    nobody.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue_tokens(alice.user)['access']}")
    answer = nobody.get("/api/v1/events?limit=1")
    expected = body("token_expired", "Your sign-in has expired.") | {"retryable": True}
    assert (answer.status_code, answer.json()) == (401, expected)


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer x", "bearer x.y.z"])
def test_a_header_that_holds_no_token_is_invalid(nobody, header):
    answer = nobody.get("/api/v1/users/me", HTTP_AUTHORIZATION=header)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize("header", ["Basic YTpi", "Token x", ""])
def test_other_schemes_are_no_sign_in(nobody, header):
    answer = nobody.get("/api/v1/users/me", HTTP_AUTHORIZATION=header)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth_required")


def test_a_stream_is_told_how_long_its_token_lasts(alice):
    answer = alice.post("/api/v1/auth/refresh-for-streaming").json()
    assert 1190 <= answer.pop("seconds_left") <= 1200
    assert answer == {"valid": True, "user_id": alice.user.pk, "should_refresh": False}


def test_a_guest_signs_in_with_one_call(nobody):
    pair = nobody.post("/api/v1/auth/guest")
    assert pair.status_code == 201
    nobody.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.json()['access']}")
    me = nobody.get("/api/v1/users/me").json()
    assert (me["is_guest"], me["is_staff"], me["email"]) == (True, False, "")


def test_too_many_wrong_passwords_close_the_account_to_this_address_only(alice, nobody):
    wrong = {**LOGIN, "password": "wrong"}
    for _ in range(LOGIN_FAILURES_HERE.amount):
        assert nobody.post("/api/v1/token", wrong).status_code == 401
    answer = nobody.post("/api/v1/token", LOGIN)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    wait = answer.json()["retry_after"]
    assert 0 < wait <= LOGIN_FAILURES_HERE.seconds
    assert answer["Retry-After"] == str(wait)
    assert APIClient(REMOTE_ADDR="203.0.113.9").post("/api/v1/token", LOGIN, format="json").status_code == 200


def test_no_address_and_no_name_is_kept_with_a_count(alice, nobody):
    nobody.post("/api/v1/token", {**LOGIN, "password": "wrong"})
    kept = " ".join(RateCounter.objects.values_list("key", flat=True))
    assert kept
    assert "alice" not in kept
    assert "127.0.0.1" not in kept
