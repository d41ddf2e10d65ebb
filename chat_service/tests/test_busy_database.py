"""One key posted many times to two workers, and a database that has no connection left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection

from chat_service.tests.conftest import SANTA_ROSA, ChatServer, read_sse, scripted
from conversations.models import ChatMessage

QUESTION = {"message": "live music in the next 3 days", "location_id": SANTA_ROSA}
pytestmark = pytest.mark.usefixtures("concert")


@contextmanager
def no_connection_left(timeout_s: float) -> Iterator[None]:
    """Everything the pool has is taken; who asks for one is told so after `timeout_s`."""
    pool, taken = connection.pool, []
    usual, pool.timeout = pool.timeout, timeout_s
    try:
        for _ in range(pool.max_size):
            taken.append(pool.getconn(timeout=5))
            if pool.get_stats()["pool_size"] >= pool.max_size and not pool.get_stats()["pool_available"]:
                break
        yield
    finally:
        pool.timeout = usual
        for one in taken:
            pool.putconn(one)


def test_a_database_without_a_free_connection_is_a_503_that_may_come_again(
    chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]]
) -> None:
    headers = {**token_of(alice), "Idempotency-Key": "k-9"}
    for own in (connection, *chat.app.state.orm._held):  # this test's own, and those that the service keeps
        own.close()
    with no_connection_left(0.2):
        answer = httpx.post(f"{chat.url}/api/v1/chat/stream", json=QUESTION, headers=headers, timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (503, "server_error")
        assert (answer.json()["retryable"], answer.json()["retry_after"], answer.headers["retry-after"]) == (
            True,
            2,
            "2",
        )
    answer = httpx.post(f"{chat.url}/api/v1/chat/stream", json=QUESTION, headers=headers, timeout=30)
    assert answer.status_code == 200
    assert ChatMessage.objects.filter(role="assistant").count() == 1


def test_one_key_posted_many_times_at_once_to_two_workers_is_one_turn(
    chat: ChatServer, other_chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]]
) -> None:
    scripted(chat, delay_s=0.01)
    scripted(other_chat, delay_s=0.01)
    headers = token_of(alice)

    def post(job: tuple[ChatServer, str]) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
        worker, key = job
        keyed = {**headers, "Idempotency-Key": key}
        with httpx.stream(
            "POST", f"{worker.url}/api/v1/chat/stream", json=QUESTION, headers=keyed, timeout=60
        ) as response:
            assert response.status_code == 200, response.read()
            return key, [event for event in read_sse(response.iter_lines()) if event[1]["type"] != "ping"]

    keys = [f"k-{n}" for n in range(4)]
    jobs = [(worker, key) for _ in range(4) for key in keys for worker in (chat, other_chat)]
    with ThreadPoolExecutor(len(jobs)) as pool:
        told = list(pool.map(post, jobs))
    for key in keys:
        first, *others = [events for name, events in told if name == key]
        assert others == [first] * len(others)
    assert ChatMessage.objects.filter(role="assistant", status="complete").count() == len(keys)


def test_a_connection_that_the_server_ended_is_replaced_unnoticed(
    chat: ChatServer, alice: User, token_of: Callable[[User], dict[str, str]]
) -> None:
    """A restart of the database looks like this to whoever kept a connection."""
    for _ in range(2):
        held = [own.connection.info.backend_pid for own in chat.app.state.orm._held if own.connection is not None]
        assert held
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(pg_terminate_backend(pid, 2000)) FROM unnest(%s::int[]) AS pid", [held])
        answer = httpx.post(f"{chat.url}/api/v1/chat/stream", json=QUESTION, headers=token_of(alice), timeout=30)
        assert (answer.status_code, answer.text.count('"type":"done"')) == (200, 1)
