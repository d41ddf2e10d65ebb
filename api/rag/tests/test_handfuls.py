from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from api.rag.handfuls import handfuls

LONG_S = 60.0


async def said(*words: str, pause_s: float = 0.0, error: Exception | None = None) -> AsyncIterator[str]:
    for word in words:
        yield word
        await asyncio.sleep(pause_s)
    if error is not None:
        raise error


async def test_the_first_comes_at_once_and_the_end_waits_for_no_pace() -> None:
    async with asyncio.timeout(LONG_S / 2):
        assert [h async for h in handfuls(said(*"abcdef"), lambda: LONG_S)] == [["a"], [*"bcdef"]]


async def test_what_comes_within_a_pace_comes_together_and_in_order() -> None:
    words = [str(n) for n in range(200)]
    hands = [h async for h in handfuls(said(*words, pause_s=0.001), lambda: 0.02)]
    assert [word for hand in hands for word in hand] == words
    assert all(hands)
    assert len(hands) < len(words) / 2


async def test_without_a_pace_nothing_waits_for_the_next() -> None:
    assert [h async for h in handfuls(said(*"abc", pause_s=0.02))] == [["a"], ["b"], ["c"]]


async def test_a_silent_stream_keeps_nothing_back() -> None:
    spoken = asyncio.Event()

    async def halting() -> AsyncIterator[str]:
        yield "a"
        await asyncio.sleep(0.001)
        yield "b"
        await spoken.wait()
        yield "c"

    async with asyncio.timeout(LONG_S), aclosing(handfuls(halting(), lambda: 0.01)) as hands:
        assert [await anext(hands), await anext(hands)] == [["a"], ["b"]]
        spoken.set()
        assert [h async for h in hands] == [["c"]]


async def test_an_error_comes_after_what_came_before_it() -> None:
    got: list[str] = []

    async def read() -> None:
        async for hand in handfuls(said(*"abc", error=ValueError("cut")), lambda: LONG_S):
            got.extend(hand)

    with pytest.raises(ValueError, match="cut"):
        await read()
    assert got == [*"abc"]


@pytest.mark.parametrize("how", ["closed", "cancelled"])
async def test_who_leaves_ends_the_reading(how: str) -> None:
    left = asyncio.Event()

    async def endless() -> AsyncIterator[str]:
        try:
            while True:
                yield "on"
                await asyncio.sleep(0)
        finally:
            left.set()

    async def read() -> None:
        async with aclosing(handfuls(endless(), lambda: 0.001)) as hands:
            async for _ in hands:
                if how == "closed":
                    break

    before = asyncio.all_tasks()
    reader = asyncio.create_task(read())
    async with asyncio.timeout(LONG_S):
        if how == "cancelled":
            await asyncio.sleep(0.02)
            reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await left.wait()
    assert asyncio.all_tasks() <= before
