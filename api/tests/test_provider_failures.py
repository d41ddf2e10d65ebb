"""What a provider does to us over a real socket, and what the reader sees of it: the text, the notices, the status."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from api.rag.llm.base import ModelTiers
from api.rag.llm.composer import compose
from api.rag.llm.openai_compatible import OpenAICompatibleProvider
from api.rag.llm.prices import PriceTable
from api.rag.llm.router import Router
from api.rag.tests.answer_rows import NOW, ZONE, result
from api.rag.tests.llm_server import (
    PARAMS,
    SSE,
    LLMServer,
    Reply,
    chunk,
    delta,
    dies,
    hangs,
    llm_server,
    refuses,
    says,
    sends,
)
from api.rag_service import Ask
from api.toolbox import Toolbox
from api.turn_state import Draft, Turn
from api.writing import Desk, write

TRUE = "Toddler Story Time [1] is on Saturday at 10:30 AM."
LIE = "Toddler Story Time [1] is on Sun"
CORRECTED = "Toddler Story Time [1] is on Saturday, November 21."
FELL_BACK, CUT = "composer_fallback", "answer_cut"


@dataclass(frozen=True)
class Seen:
    text: str
    notices: list[str]
    status: str


def composed() -> str:
    return "".join(compose(result()))


def asked() -> Turn:
    turn = Turn(Ask("what is on for a 4-year-old?", now=NOW, zone=ZONE))
    turn.result = result()
    return turn


async def events(turn: Turn, server: LLMServer, shown: list[str]) -> Draft:
    provider = OpenAICompatibleProvider(base_url=server.url, models=ModelTiers("m"), params=PARAMS)
    router, draft = Router([provider], PARAMS), Draft("A", None)
    unused: Any = None
    try:
        async for event in write(
            turn, draft, Desk(router, PriceTable(), PARAMS), Toolbox(unused, unused, turn, PARAMS)
        ):
            if event.type == "token":
                shown.append(event.data["token"])
    finally:
        await router.aclose()
    return draft


async def seen(*replies: Reply) -> Seen:
    shown: list[str] = []
    async with llm_server(*replies) as server:
        draft = await events(asked(), server, shown)
    assert draft.answer is not None
    assert "".join(shown) == draft.answer.text
    return Seen(draft.answer.text, [n.code for n in draft.answer.notices], draft.answer.status)


@pytest.mark.parametrize(
    "replies",
    [
        (dies(), dies(SSE)),
        (hangs(), hangs(SSE)),
        (refuses(429, "retry-after: 60"),),
        (refuses(500), refuses(503)),
        (refuses(401),),
        (sends(chunk(b"data: {not json\n\n")), sends(chunk(b"\xff\xfe\x00data\n\n"))),
        (sends(delta("x" * 10_000_000)),),
    ],
    ids=["killed", "hanging", "429 for long", "server errors", "bad key", "malformed", "token of 10 MB"],
)
async def test_without_a_word_of_the_model_the_listings_answer_and_it_is_said(replies: tuple[Reply, ...]) -> None:
    assert await seen(*replies) == Seen(composed(), [FELL_BACK], "complete")


async def test_killed_during_the_answer_what_was_true_stands_and_the_cut_is_said() -> None:
    during = await seen(dies(SSE, delta(f"{TRUE} "), delta(f"{LIE}day. And"), delta(" more")))
    assert during.text.startswith(TRUE)
    assert "Sunday" not in during.text
    assert (during.notices, during.status) == ([CUT], "complete")


async def test_killed_in_the_middle_of_a_lie_the_half_of_it_is_not_shown() -> None:
    half = await seen(dies(SSE, delta(f"{TRUE} "), delta(LIE)))
    assert half.text.startswith(TRUE)
    assert "Sun" not in half.text


async def test_killed_after_the_last_token_the_answer_is_whole() -> None:
    whole = await seen(dies(SSE, delta(TRUE), chunk(b"data: [DONE]\n\n")))
    assert (whole.text, whole.status) == (TRUE, "complete")


async def test_hanging_between_tokens_what_came_stands_and_the_cut_is_said() -> None:
    so_far = delta(f"{LIE}day. It")
    assert await seen(hangs(SSE, so_far)) == Seen(f"{CORRECTED} It", [CUT], "complete")


async def test_what_was_held_back_when_it_broke_off_gives_way_to_a_whole_answer() -> None:
    assert await seen(hangs(SSE, delta("Toddler Story Time [1] is"))) == Seen(composed(), [FELL_BACK], "complete")


async def test_429_with_a_short_retry_after_is_waited_for_and_not_noticed() -> None:
    assert await seen(refuses(429, "retry-after: 0.1"), says(TRUE)) == Seen(TRUE, [], "complete")


async def test_malformed_after_the_first_words_these_stand() -> None:
    broken = await seen(sends(delta(f"{TRUE} Enjoy"), chunk(b"data: {not json\n\n")))
    assert (broken.text, broken.notices) == (f"{TRUE} Enjoy", [CUT])


async def test_a_reader_who_leaves_ends_the_request_upstream() -> None:
    async with llm_server(hangs(SSE, delta(f"{TRUE} "))) as server:
        shown: list[str] = []
        task = asyncio.create_task(events(asked(), server, shown))
        await asyncio.wait_for(server.asked.wait(), 2)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.hung_up.wait(), 2)
