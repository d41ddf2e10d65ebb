"""Who else knocks at the chat's routes: guests, who left, other services, and tokens that are for something else."""

from __future__ import annotations

from typing import Any

import httpx
import jwt
import pytest
from django.conf import settings as project
from django.contrib.auth.models import User

from accounts import tokens
from accounts.services import create_guest
from chat_service.tests.conftest import SANTA_ROSA, ChatServer, alice, ask, chat, chat_params, concert, token_of  # noqa: F401  fixtures
from tests.contract.test_chat_docs import POLICY, ROUTES

SERVICE_TOKEN = "a-token-of-whoever-scrapes-the-figures"
OPEN = {"/api/v1/chat/ping", "/api/v1/chat/health", "/livez", "/readyz"}
FIGURES = {"/metrics"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def of_another_service(user: User) -> str:
    """Signed with our key, for somebody else."""
    claims = jwt.decode(tokens.issue_tokens(user)["access"], options={"verify_signature": False})
    headers = {"kid": project.JWT_KEY_ID}
    return jwt.encode({**claims, "aud": "billing"}, project.JWT_KEY, tokens.ALGORITHM, headers=headers)


def left(user: User) -> str:
    pair = tokens.issue_tokens(user)
    tokens.revoke(tokens.decode(pair["refresh"], "refresh"))
    return pair["access"]


def expected(path: str, who: str) -> int:
    if path in OPEN:
        return 200
    if path in FIGURES:
        return 200 if who == "service" else 404
    if who == "guest":
        return POLICY[path][1]  # as anybody who is signed in and whose turn it is not
    return 403 if who == "logged out" else 401


@pytest.mark.usefixtures("concert")
def test_every_route_treats_the_other_callers_as_it_should(
    chat: ChatServer,  # noqa: F811
    ask: Any,  # noqa: F811
    alice: User,  # noqa: F811
    settings: Any,
) -> None:
    settings.METRICS_TOKEN = SERVICE_TOKEN
    turn = ask("live music", location_id=SANTA_ROSA).of("turn")[0]["turn_id"]
    callers = {
        "guest": tokens.issue_tokens(create_guest())["access"],
        "logged out": left(alice),
        "service": SERVICE_TOKEN,
        "another service": of_another_service(alice),
        "refresh": tokens.issue_tokens(alice)["refresh"],
    }
    seen, wanted = {}, {}
    for method, path, given in ROUTES:
        for who, token in callers.items():
            url = f"{chat.url}{path.format(turn=turn)}"
            seen[path, who] = httpx.request(method, url, headers=bearer(token), timeout=30, **given).status_code
            wanted[path, who] = expected(path, who)
    assert seen == wanted
