"""What a provider can do to us over a real socket, and what the reader of the answer then gets."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from api.rag.errors import InvalidRequest, LLMError, LLMTimeout, LLMUnauthorised, LLMUnavailable
from api.rag.llm.base import ModelTiers, Provider
from api.rag.llm.groq import GroqProvider
from api.rag.llm.openai_compatible import OpenAICompatibleProvider
from api.rag.llm.router import RoutedStream, Router
from api.rag.llm.scripted import ScriptedProvider
from api.rag.params import LLMParams
from api.rag.tests.llm_server import PARAMS, SSE, LLMServer, chunk, delta, dies, hangs, llm_server, refuses, says, sends
from api.rag.types import HistoryMessage, Prompt

PROMPT = Prompt(system="rules", messages=(HistoryMessage("user", "hi"),), sources=(), version="v")
Make = Callable[[LLMServer], Provider]


def openai(server: LLMServer, name: str = "openai", params: LLMParams = PARAMS) -> Provider:
    return OpenAICompatibleProvider(base_url=server.url, models=ModelTiers("m", fast="small"), params=params, name=name)


def groq(server: LLMServer) -> Provider:
    return GroqProvider(api_key="k", base_url=server.url.removesuffix("/v1"), models=ModelTiers("m"), params=PARAMS)


@pytest.fixture(params=[openai, groq], ids=["openai", "groq"])
def make(request: pytest.FixtureRequest) -> Make:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
async def routers() -> AsyncIterator[Callable[..., Router]]:
    made: list[Router] = []

    def build(*providers: Provider, params: LLMParams = PARAMS) -> Router:
        made.append(Router(providers, params, rng=random.Random(1)))
        return made[-1]

    yield build
    for router in made:
        await router.aclose()


async def read(stream: RoutedStream) -> tuple[str, LLMError | None]:
    """What was streamed, and the error that ended it."""
    text = ""
    try:
        async for piece in stream:
            text += piece
    except LLMError as error:
        return text, error
    finally:
        await stream.aclose()
    return text, None


def outcomes(stream: RoutedStream) -> list[tuple[str, str]]:
    return [(a.provider, a.outcome) for a in stream.attempts]


async def test_an_answer_streams_with_its_usage(make: Make, routers: Callable[..., Router]) -> None:
    async with llm_server(says("Hel", "lo", "!")) as server:
        stream = routers(make(server)).stream(PROMPT)
        assert await read(stream) == ("Hello!", None)
        assert (stream.usage.model, stream.usage.tokens_in, stream.usage.tokens_out) == ("m", 11, 3)
        assert stream.usage.first_token_ms is not None
        assert stream.usage.total_ms is not None
        assert server.requests[0]["messages"] == [
            {"role": "system", "content": "rules"},
            {"role": "user", "content": "hi"},
        ]


async def test_killed_before_the_first_token_it_is_asked_again(make: Make, routers: Callable[..., Router]) -> None:
    async with llm_server(dies(), says("second")) as server:
        assert await read(routers(make(server)).stream(PROMPT)) == ("second", None)
        assert len(server.requests) == 2


async def test_killed_before_the_first_token_twice_the_next_provider_answers(routers: Callable[..., Router]) -> None:
    async with llm_server(dies(), dies(SSE)) as bad, llm_server(says("other")) as good:
        stream = routers(openai(bad, "bad"), openai(good, "good")).stream(PROMPT)
        assert await read(stream) == ("other", None)
        assert outcomes(stream) == [("bad", "llm_unavailable"), ("bad", "llm_unavailable"), ("good", "answered")]
        assert stream.usage.provider == "good"


async def test_killed_during_the_answer_what_came_stands_and_nobody_is_asked_again(
    make: Make, routers: Callable[..., Router]
) -> None:
    async with llm_server(dies(SSE, delta("half an "), delta("answer"))) as server:
        text, error = await read(routers(make(server)).stream(PROMPT))
        assert text in ("half an answer", "half an ", "half an answer")
        assert isinstance(error, LLMUnavailable)
        assert len(server.requests) == 1


async def test_killed_after_the_last_token_the_text_is_whole(make: Make, routers: Callable[..., Router]) -> None:
    async with llm_server(dies(SSE, delta("whole"), chunk(b"data: [DONE]\n\n"))) as server:
        text, _ = await read(routers(make(server)).stream(PROMPT))
        assert text == "whole"


async def test_hanging_before_the_first_token_is_a_timeout(make: Make, routers: Callable[..., Router]) -> None:
    async with llm_server(hangs(), hangs(SSE)) as server:
        text, error = await read(routers(make(server)).stream(PROMPT))
        assert (text, type(error)) == ("", LLMTimeout)


async def test_hanging_between_tokens_ends_the_answer(make: Make, routers: Callable[..., Router]) -> None:
    async with llm_server(hangs(SSE, delta("so far"))) as server:
        text, error = await read(routers(make(server)).stream(PROMPT))
        assert (text, type(error)) == ("so far", LLMTimeout)


async def test_a_drip_of_tokens_ends_at_the_total_deadline(routers: Callable[..., Router]) -> None:
    params = LLMParams(first_token_s=1.0, between_tokens_s=1.0, total_s=0.3)
    async with llm_server(says(*["x"] * 100, pause=0.05)) as server:
        text, error = await read(routers(openai(server, params=params), params=params).stream(PROMPT))
        assert isinstance(error, LLMTimeout)
        assert 0 < len(text) < 100


async def test_nobody_listening_is_unavailable(routers: Callable[..., Router]) -> None:
    async with llm_server() as server:
        url = server.url
    gone = OpenAICompatibleProvider(base_url=url, models=ModelTiers("m"), params=PARAMS)
    text, error = await read(routers(gone).stream(PROMPT))
    assert (text, type(error)) == ("", LLMUnavailable)


async def test_429_with_a_short_retry_after_waits_and_asks_again(make: Make, routers: Callable[..., Router]) -> None:
    async with llm_server(refuses(429, "retry-after: 0.2"), says("then")) as server:
        began = asyncio.get_running_loop().time()
        assert await read(routers(make(server)).stream(PROMPT)) == ("then", None)
        assert asyncio.get_running_loop().time() - began >= 0.2


async def test_429_with_a_long_retry_after_goes_to_the_next_provider_at_once(routers: Callable[..., Router]) -> None:
    async with llm_server(refuses(429, "retry-after: 60")) as busy, llm_server(says("other")) as free:
        stream = routers(openai(busy, "busy"), openai(free, "free")).stream(PROMPT)
        assert await read(stream) == ("other", None)
        assert outcomes(stream) == [("busy", "llm_unavailable"), ("free", "answered")]


async def test_a_retry_after_that_names_a_moment_is_read_too(routers: Callable[..., Router]) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    async with llm_server(refuses(429, f"retry-after: {later}")) as busy, llm_server(says("other")) as free:
        stream = routers(openai(busy, "busy"), openai(free, "free")).stream(PROMPT)
        assert await read(stream) == ("other", None)
        assert outcomes(stream) == [("busy", "llm_unavailable"), ("free", "answered")]


async def test_a_bad_key_is_not_tried_twice(make: Make, routers: Callable[..., Router]) -> None:
    async with llm_server(refuses(401)) as server:
        text, error = await read(routers(make(server)).stream(PROMPT))
        assert (text, type(error), len(server.requests)) == ("", LLMUnauthorised, 1)
        assert "secret" not in str(error)


@pytest.mark.parametrize(
    "body",
    [
        chunk(b"data: {not json\n\n"),
        chunk(b"data: [1, 2]\n\n"),
        chunk(b"data: {}\n\n"),
        chunk(b"\xff\xfe\x00data\n\n"),
        chunk(b'data: {"error": {"message": "overloaded"}}\n\n'),
        chunk(b'data: {"choices": [{"delta": {"content": 7}}]}\n\n'),
        chunk(b'data: {"choices": "none"}\n\n'),
        b"",
    ],
)
async def test_a_malformed_stream_is_unavailable_and_the_next_provider_answers(
    body: bytes, routers: Callable[..., Router]
) -> None:
    async with llm_server(sends(body), sends(body)) as bad, llm_server(says("fine")) as good:
        stream = routers(openai(bad, "bad"), openai(good, "good")).stream(PROMPT)
        assert await read(stream) == ("fine", None)


async def test_a_token_of_10_megabytes_is_refused_and_the_next_provider_answers(routers: Callable[..., Router]) -> None:
    async with llm_server(sends(delta("x" * 10_000_000))) as bad, llm_server(says("fine")) as good:
        stream = routers(openai(bad, "bad"), openai(good, "good")).stream(PROMPT)
        assert await read(stream) == ("fine", None)
        assert outcomes(stream) == [("bad", "llm_unavailable"), ("good", "answered")]


async def test_a_token_of_one_megabyte_is_cut_to_the_longest_delta(routers: Callable[..., Router]) -> None:
    async with llm_server(says("x" * 1_000_000)) as server:
        text, error = await read(routers(openai(server)).stream(PROMPT))
        assert (len(text), error) == (PARAMS.max_delta_chars, None)


async def test_a_stream_without_line_ends_is_bounded(routers: Callable[..., Router]) -> None:
    async with llm_server(sends(*[chunk(b"x" * 100_000)] * 30)) as server:
        text, error = await read(routers(openai(server)).stream(PROMPT))
        assert text == ""
        assert isinstance(error, LLMError)


async def test_cancelling_the_turn_hangs_up_on_the_provider(make: Make, routers: Callable[..., Router]) -> None:
    async with llm_server(hangs(SSE, delta("start"))) as server:
        stream = routers(make(server)).stream(PROMPT)
        assert await anext(aiter(stream)) == "start"
        waiting = asyncio.create_task(anext(aiter(stream)))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await stream.aclose()
        await asyncio.wait_for(server.hung_up.wait(), 2)


async def test_leaving_the_loop_hangs_up_on_the_provider(make: Make, routers: Callable[..., Router]) -> None:
    async with llm_server(hangs(SSE, delta("start"))) as server:
        stream = routers(make(server)).stream(PROMPT)
        async for _ in stream:
            break
        await stream.aclose()
        await asyncio.wait_for(server.hung_up.wait(), 2)


async def test_after_five_failures_a_provider_is_left_alone_and_asked_again_later(
    routers: Callable[..., Router],
) -> None:
    params = LLMParams(max_attempts=1, breaker_failures=5, breaker_reset_s=0.2, first_token_s=0.4)
    async with llm_server(*[dies()] * 5, says("back")) as server:
        router = routers(openai(server, params=params), params=params)
        for _ in range(5):
            await read(router.stream(PROMPT))
        skipped = router.stream(PROMPT)
        assert type((await read(skipped))[1]) is LLMUnavailable
        assert outcomes(skipped) == [("openai", "skipped")]
        assert len(server.requests) == 5
        await asyncio.sleep(0.25)
        assert await read(router.stream(PROMPT)) == ("back", None)
        assert router.breakers["openai"].state == "closed"


async def test_the_tier_picks_the_model_and_a_named_model_wins(routers: Callable[..., Router]) -> None:
    async with llm_server(says("a"), says("b")) as server:
        router = routers(openai(server))
        await read(router.stream(PROMPT, tier="fast"))
        await read(router.stream(PROMPT, tier="fast", model="m"))
        assert [r["model"] for r in server.requests] == ["small", "m"]
        with pytest.raises(InvalidRequest, match="model"):
            router.stream(PROMPT, model="gpt-of-my-own")


async def test_with_no_provider_nothing_is_available(routers: Callable[..., Router]) -> None:
    router = routers()
    assert router.available is False
    assert type((await read(router.stream(PROMPT)))[1]) is LLMUnavailable


async def test_a_script_fails_where_it_is_told_to(routers: Callable[..., Router]) -> None:
    scripted = ScriptedProvider(["one ", "two ", "three"], fail_after=2, error=LLMUnavailable("cut"))
    text, error = await read(routers(scripted).stream(PROMPT))
    assert (text, str(error)) == ("one two ", "cut")


async def test_two_streams_of_one_provider_do_not_share_their_usage(routers: Callable[..., Router]) -> None:
    router = routers(ScriptedProvider(lambda prompt: ["a"] * len(prompt.messages)))
    longer = Prompt("s", (HistoryMessage("user", "1"), HistoryMessage("user", "2")), (), "v")
    first, second = router.stream(PROMPT), router.stream(longer)
    await asyncio.gather(read(first), read(second))
    assert (first.usage.tokens_out, second.usage.tokens_out) == (1, 2)
