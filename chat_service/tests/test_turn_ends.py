"""The end of a turn that goes wrong."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import DataError, IntegrityError

from chat_service.tests.conftest import LAST, SANTA_ROSA, ChatServer, read_sse, scripted
from conversations.models import ChatMessage, ChatSession
from conversations.opening import OpenTurn
from conversations.services import close_turn
from conversations.sessions import delete
from traces.recorder import TurnRecorder

QUESTION = {"message": "live music in the next 3 days", "location_id": SANTA_ROSA}
Chunk = dict[str, Any]
PATIENCE_S = 12
pytestmark = pytest.mark.usefixtures("concert")


@pytest.fixture
def headers(alice: User, token_of: Callable[[User], dict[str, str]]) -> dict[str, str]:
    return token_of(alice)


def post(chat: ChatServer, headers: dict[str, str], **body: Any) -> list[Chunk]:
    with httpx.stream(
        "POST", f"{chat.url}/api/v1/chat/stream", json={**QUESTION, **body}, headers=headers, timeout=PATIENCE_S
    ) as response:
        assert response.status_code == 200, response.read()
        return told(response)


def told(response: httpx.Response) -> list[Chunk]:
    """To the end of the stream, which may be silent but not stay open."""
    chunks = []
    for _, chunk in read_sse(response.iter_lines()):
        assert chunk["type"] != "ping", chunks[-3:]
        chunks.append(chunk)
    return chunks


def done(chunks: list[Chunk]) -> list[str]:
    return [c["status"] for c in chunks if c["type"] == "done"]


def notices(chunks: list[Chunk]) -> list[str]:
    return [c["code"] for c in chunks if c["type"] == "notice"]


def text_of(chunks: list[Chunk]) -> str:
    return "".join(c["token"] for c in chunks if c["type"] == "token")


def the_answer() -> ChatMessage:
    return ChatMessage.objects.get(role="assistant")


def test_an_answer_that_the_database_will_never_take_ends_at_once_and_frees_the_conversation(
    chat: ChatServer, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def close(opened: OpenTurn, closed: Any, *rest: Any, **how: Any) -> bool:
        tried.append(closed[0].status)
        if closed[0].receipt:
            raise DataError("unsupported Unicode escape sequence")
        return close_turn(opened, closed, *rest, **how)

    monkeypatch.setattr("chat_service.turn.close_turn", close)
    chunks = post(chat, headers)
    assert tried == ["complete", "failed"]
    assert notices(chunks)[-1] == "answer_cut"
    answer = the_answer()
    assert (answer.status, answer.error_code, answer.content) == ("failed", "server_error", text_of(chunks))
    monkeypatch.undo()
    assert done(post(chat, headers, session_id=chunks[0]["session_id"])) == ["complete"]


@pytest.mark.parametrize("failure", [TypeError("no JSON"), IntegrityError("no such conversation")])
def test_a_trace_that_cannot_be_written_costs_no_answer(
    chat: ChatServer, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    finalize = Mock(side_effect=failure)
    monkeypatch.setattr(TurnRecorder, "finalize", finalize)
    assert done(post(chat, headers)) == ["complete"]
    assert finalize.call_count == 1  # to try again would keep the reader waiting
    assert the_answer().status == "complete"
    assert chat.services.registry._runs[the_answer().turn_id].done


def test_a_turn_is_over_whatever_breaks_its_end(
    chat: ChatServer, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat_service.turn.ending_chunks", Mock(side_effect=TypeError("no end")))
    chunks = post(chat, headers)
    assert chat.services.registry._runs[uuid.UUID(chunks[0]["turn_id"])].done


def test_a_conversation_that_is_deleted_ends_its_answer_at_once(
    chat: ChatServer, alice: User, headers: dict[str, str]
) -> None:
    scripted(chat, delay_s=0.5)
    with httpx.stream(
        "POST", f"{chat.url}/api/v1/chat/stream", json=QUESTION, headers=headers, timeout=PATIENCE_S
    ) as response:
        chunks = read_sse(response.iter_lines())
        while next(chunks)[1]["type"] != "token":
            pass
        delete(alice.pk, ChatSession.objects.get().pk)
        rest = [chunk for _, chunk in chunks]
    assert [c["type"] for c in rest][-2:] == ["done", "system"]
    assert LAST not in text_of(rest)
