"""What works in the background of the service: news from other workers, and what happens when a part of it breaks."""

from __future__ import annotations

import asyncio
import logging
import signal
import uuid

import pytest

from chat_service.app import _kept_up
from chat_service.follow import Wakes


@pytest.mark.parametrize("word", ["", "stop", "stop:", "stop:1,2", "chunks:x", "\ud83d"])
def test_a_word_that_is_none_of_ours_stops_nothing(word: str) -> None:
    told: list[uuid.UUID] = []
    wakes = Wakes(told.append)
    wakes.event(uuid.uuid4())  # somebody waits, so that the word is read
    wakes.notified(word)
    turn = uuid.uuid4()
    wakes.notified(f"stop:{turn}")
    assert told == [turn]


async def test_a_task_that_breaks_ends_the_process_and_one_that_is_stopped_does_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    raised: list[int] = []
    monkeypatch.setattr(signal, "raise_signal", raised.append)

    async def breaks() -> None:
        raise KeyError("boom")

    stopped = _kept_up(asyncio.Event().wait(), "stopped")  # type: ignore[arg-type]
    await asyncio.sleep(0)
    stopped.cancel()
    await asyncio.wait([stopped, _kept_up(breaks(), "sweep")])
    await asyncio.sleep(0)
    assert raised == [signal.SIGTERM]
    assert [(r.levelno, r.message) for r in caplog.records if r.name == "chat_service.app"] == [
        (logging.CRITICAL, "the task 'sweep' broke, so this process ends")
    ]
