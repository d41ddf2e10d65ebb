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
     (b'"ledger": {"x": ' + b"[" * 600 + b"]" * 600 + b"}", "ledger")],
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
