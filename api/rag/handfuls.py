"""What a model wrote since the last look, at once: words that are judged, kept and sent together cost little more than one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TypeVar

T = TypeVar("T")
Pace = Callable[[], float]  # seconds until the next look


def unhurried() -> float:
    return 0.0


async def handfuls(stream: AsyncIterator[T], pace: Pace = unhurried) -> AsyncGenerator[list[T], None]:
    """The first value as soon as it comes, then all that came within each `pace`; the end does not wait for it.

    An error of the stream is raised after what came before it. Closing this, or cancelling who reads it, ends the reading of the
    stream; the stream itself is the caller's to close.
    """
    came: list[T] = []
    news = asyncio.Event()
    resting = False

    async def read() -> None:
        try:
            async for value in stream:
                came.append(value)
                if not resting:
                    news.set()
        finally:
            news.set()

    def rested() -> None:
        nonlocal resting
        resting = False
        news.set()

    reading = asyncio.create_task(read())
    try:
        while came or not reading.done():
            if came and (not resting or reading.done()):
                handful = came.copy()
                came.clear()
                yield handful
                if pause := pace():
                    resting = True
                    reading.get_loop().call_later(pause, rested)
            else:
                news.clear()
                await news.wait()
        reading.result()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
