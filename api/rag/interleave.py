"""Several streams as one, each at its own pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")
AHEAD = 2  # values of one stream that may wait for the reader


def interleave(streams: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
    """Values in the order in which they come. An error of one stream ends all; so does closing this one, which closes each of them."""
    return streams[0] if len(streams) == 1 else _together(streams)


async def _together(streams: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
    news: asyncio.Queue[tuple[T, asyncio.Semaphore] | asyncio.Task[None]] = asyncio.Queue()
    pumps = [asyncio.create_task(_pump(stream, news)) for stream in streams]
    for pump in pumps:
        pump.add_done_callback(news.put_nowait)
    left = len(pumps)
    try:
        while left:
            item = await news.get()
            if isinstance(item, asyncio.Task):
                item.result()
                left -= 1
            else:
                value, room = item
                yield value
                room.release()
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(
    stream: AsyncGenerator[T, None], news: asyncio.Queue[tuple[T, asyncio.Semaphore] | asyncio.Task[None]]
) -> None:
    room = asyncio.Semaphore(AHEAD)
    async with aclosing(stream) as values:
        async for value in values:
            await room.acquire()
            news.put_nowait((value, room))
