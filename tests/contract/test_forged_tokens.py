"""Forged, stale and confused tokens at the doors of both services: each is refused, with the code that the clients read."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User

from accounts import tokens
from accounts.tests.test_tokens import FORGED, payload_of, signed, stale
from api.v1.tests.conftest import Client
from chat_service.tests.conftest import ChatServer

pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
# the first is no token, the second no header
SENT = [how for how in FORGED if how not in ("empty", "a lone surrogate")]


def refusals(alice: User) -> dict[str, tuple[str, str]]:
    """By name: (token, the code it is refused with)."""
    genuine = payload_of(tokens.issue_tokens(alice)["access"])
    told = {how: (FORGED[how](genuine), "token_invalid") for how in SENT}
    told["expired a minute ago"] = (stale(alice, 60), "token_expired")
    told["expired a year ago"] = (stale(alice, 31_536_000), "token_expired")
    left = tokens.issue_tokens(User.objects.create_user("left"))
    tokens.revoke(tokens.decode(left["refresh"], "refresh"))
    told["logged out"] = (left["access"], "auth_failed")
    for name, change in {
        "closed": lambda user: setattr(user, "is_active", False),
        "password changed": lambda user: user.set_password("another long password"),
    }.items():
        user = User.objects.create_user(name, password="a long password")
        told[name] = (tokens.issue_tokens(user)["access"], "auth_failed")
        change(user)
        user.save()
    gone = User.objects.create_user("gone")
    told["deleted"] = (tokens.issue_tokens(gone)["access"], "auth_failed")
    gone.delete()
    return told


def test_each_service_refuses_each_of_them(chat: ChatServer, alice: User, live_server: Any) -> None:
    wanted = refusals(alice)
    assert len(wanted) >= 25
    genuine = payload_of(tokens.issue_tokens(alice)["access"])
    calls = {
        "chat": ("POST", f"{chat.url}/api/v1/chat/stream", {403}),
        "resume": ("GET", f"{chat.url}/api/v1/chat/turns/00000000-0000-0000-0000-000000000000/stream", {403}),
        "rest": ("GET", f"{live_server}/api/v1/users/me", {401}),
    }
    with httpx.Client(timeout=30) as http:
        for service, (method, url, refused) in calls.items():
            body: Any = {"json": {"message": "live music"}} if method == "POST" else {}
            seen = {}
            for how, (token, _) in wanted.items():
                headers = {b"Authorization": b"Bearer " + token.encode("utf-8")}
                answer = http.request(method, url, headers=headers, **body)
                assert answer.status_code in {401, *refused}, (service, how, answer.status_code)
                seen[how] = answer.json()["code"]
            assert seen == {how: code for how, (_, code) in wanted.items()}, service
            let_in = http.request(method, url, headers={"Authorization": f"Bearer {signed(genuine)}"}, **body)
            assert let_in.status_code in (200, 404)  # the forgeries differ from this one in one thing only


def test_a_refresh_takes_none_of_them(alice: User) -> None:
    genuine = payload_of(tokens.issue_tokens(alice)["refresh"])
    forged = {how: FORGED[how](genuine) for how in SENT if how != "a refresh token"}
    forged["an access token"] = tokens.issue_tokens(alice)["access"]
    client = Client(raise_request_exception=False)
    seen = {how: client.post("/api/v1/token/refresh", {"refresh": token}).status_code for how, token in forged.items()}
    assert seen == dict.fromkeys(forged, 401) | {"too long": 400}  # no token has that many characters
