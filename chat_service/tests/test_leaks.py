"""Clients that leave, many and anywhere: the model is told to stop within a second of the turn's end, and nothing stays behind."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User

from api.rag.llm.base import ModelTiers
from api.rag.llm.openai_compatible import OpenAICompatibleProvider
from api.rag.llm.router import Router
from api.rag.params import LLMParams
from chat_service.params import ChatParams
from chat_service.tests.conftest import SANTA_ROSA, ChatServer, read_sse, wait_until
from chat_service.tests.llm_upstream import Upstream, endless_model
from conversations.models import ChatMessage, ChatTurn

IMPATIENT = ChatParams(abandoned_s=0.3, sweep_s=0.1, keep_finished_s=0.3, turns_at_once=100)
AT_ONCE = 4  # clients, service and model share this process: more of them would wait for each other
CANCELLED_WITHIN_S = 1.0
PLACES_TO_LEAVE = (("turn", 1), ("events", 1), ("token", 1), ("token", 4))


@dataclass(frozen=True)
class Left:
    word: str  # of its prompt, and of no other
    at: float


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("concert")
@pytest.mark.parametrize("chat_params", [IMPATIENT])
def test_whoever_leaves_leaves_nothing_behind(
    chat: ChatServer,
    token_of: Callable[[User], dict[str, str]],
    settings: Any,
    pytestconfig: pytest.Config,
) -> None:
    runs = 1000 if pytestconfig.getoption("slow") else 24
    settings.RATE_LIMIT_FACTOR = 1e6
    people = [token_of(User.objects.create_user(f"leaver-{n}")) for n in range(AT_ONCE)]
    with endless_model(0.02) as upstream:
        provider = OpenAICompatibleProvider(base_url=upstream.url, models=ModelTiers(balanced="m"), params=LLMParams())
        chat.services.pipeline.router = Router([provider], LLMParams())
        before = tasks(chat)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            left = list(pool.map(lambda n: leave(chat, people[n % AT_ONCE], n), range(runs)))
        wait_until(lambda: not chat.services.registry.runs and upstream.open == 0, 20)
        late = [took for took in cancelled(upstream, left) if took > IMPATIENT.abandoned_s + CANCELLED_WITHIN_S]
    assert late == []
    assert len(upstream.hung_up) == upstream.calls  # none was read to its end, none is still read
    assert upstream.calls >= runs // 4
    assert chat.app.state.streams.open == set()
    assert chat.services.registry.journal._runs == set()
    assert chat.services.registry.wakes._events == {}
    wait_until(lambda: tasks(chat) <= before)
    assert ChatTurn.objects.filter(finished_at=None).count() == 0
    statuses = set(ChatMessage.objects.filter(role="assistant").values_list("status", flat=True))
    assert statuses == {"cancelled"}


def leave(chat: ChatServer, headers: dict[str, str], n: int) -> Left:
    """Asks, reads as far as the dice say, and closes the socket."""
    word = f"qq{n}qq"
    kind, times = random.Random(n).choice(PLACES_TO_LEAVE)
    history = [{"role": "assistant", "content": f"Hello {word}."}]
    question = {"message": "live music in the next 3 days", "location_id": SANTA_ROSA, "chat_history": history}
    url = f"{chat.url}/api/v1/chat/stream"
    with httpx.stream("POST", url, json=question, headers=headers, timeout=30) as response:
        assert response.status_code == 200, response.read()
        events = read_sse(response.iter_lines())
        while times:
            times -= next(events)[1]["type"] == kind
    return Left(word, time.monotonic())


def cancelled(upstream: Upstream, left: list[Left]) -> list[float]:
    """Seconds from each leave to the end of its model call, where there was one."""
    ends = {asked.split("qq")[1]: at for at, asked in upstream.hung_up}
    return [ends[word] - one.at for one in left if (word := one.word.strip("q")) in ends]


def tasks(chat: ChatServer) -> int:
    return len(asyncio.all_tasks(chat.loop))
