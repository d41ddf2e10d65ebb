"""Text of a request that can be kept by no database and told to no model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User

from chat_service.tests.conftest import SANTA_ROSA, ChatServer, Chunks
from conversations.models import ChatMessage, ChatSession

pytestmark = pytest.mark.usefixtures("concert")


@pytest.mark.parametrize(
    ("body", "field"),
    [(b'"ledger": {"topics": ["a\\ud800"]}', "ledger"), (b'"ledger": {"\\udfff": 1}', "ledger"),
     (b'"chat_history": [{"role": "user", "content": "\\ud83d"}]', "chat_history"), (b'"weights": {"\\ud800": 1}', "weights"),
     (b'"context": {"location": "\\ud800"}', "context"),
     (b'"ledger": {"x": ' + b"[" * 600 + b"]" * 600 + b"}", "ledger"), (b'"ledger": {"x": ' + b"[" * 300 + b"]" * 300 + b"}", "ledger")],
)  # fmt: skip
def test_text_that_nobody_can_keep_is_refused_and_named(
    chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]], body: bytes, field: str
) -> None:
    answer = httpx.post(
        f"{chat.url}/api/v1/chat/stream",
        content=b'{"message": "jazz", ' + body + b"}",
        headers={**token_of(alice), "Content-Type": "application/json"},
        timeout=12,
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (422, "invalid_request", False)
    assert answer.json()["message"].startswith(f"{field}: ")
    assert not ChatMessage.objects.exists()


HERE = {"label": "He\0re", "lat": 38.44, "lng": -122.71, "zone": "America/Los_Angeles"}


@pytest.mark.parametrize(
    "ledger",
    [{"access": ["step-free\0 way"]}, {"place": HERE}, {"when": "this\0weekend"}, {"audience": "4\0 year old"}],
)
def test_a_nul_in_the_ledger_loses_no_answer(ask: Callable[..., Chunks], ledger: dict[str, Any]) -> None:
    got = ask("live music in the next 3 days", location_id=SANTA_ROSA, ledger=ledger)
    assert got.of("done")[0]["status"] in ("complete", "no_matches")
    assert "answer_cut" not in [notice["code"] for notice in got.of("notice")]
    assert "\\x00" not in str(ChatSession.objects.get().ledger)


@pytest.mark.parametrize(
    ("body", "message"),
    [(b"{", "body: is no JSON"), (b'{"message": "jazz"', "body: is no JSON"), (b"[]", "body: must be an object"), (b"", "body: must be there"),
     (b'{"location_id": 1}', "message: must be there"),
     (b'{"message": "jazz", "location_id": -1}', "location_id: must be a whole number"),
     (b'{"message": "jazz", "chat_history": [{"role": "user", "content": 5}]}', "chat_history.0.content: Input should be a valid string"),
     (b'{"message": "jazz", "weights": {"semantic": 1e308, "location": 1e308}}', "weights: their sum must be finite")],
)  # fmt: skip
def test_what_cannot_be_read_is_named_before_a_turn_begins(
    chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]], body: bytes, message: str
) -> None:
    headers = {**token_of(alice), "Content-Type": "application/json"}
    answer = httpx.post(f"{chat.url}/api/v1/chat/stream", content=body, headers=headers, timeout=12)
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (422, "invalid_request", message)
    assert not ChatMessage.objects.exists()


@pytest.mark.parametrize(
    "kind", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}]
)
def test_a_body_that_is_not_called_json_is_told_how_to_be(
    chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]], kind: dict[str, str]
) -> None:
    headers = {**token_of(alice), **kind}
    answer = httpx.post(f"{chat.url}/api/v1/chat/stream", content=b'{"message": "jazz"}', headers=headers, timeout=12)
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "body: send JSON, with Content-Type: application/json",
    )


@pytest.mark.parametrize("path", ["/api/v1/chat/stream/", "/api/v1/chat/ping/", "/livez/"])
def test_a_path_with_a_slash_at_its_end_is_a_404_and_no_redirect(chat: ChatServer, path: str) -> None:
    answers = [httpx.request(method, f"{chat.url}{path}", timeout=12) for method in ("GET", "POST")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 2
