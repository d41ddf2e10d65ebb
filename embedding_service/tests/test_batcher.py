from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedding_service.backend import HashBackend, Tokens
from embedding_service.batcher import LANE_NICENESS, Batcher, Limits, sub_batches
from embedding_service.queues import CallerLeft, DeadlineExceeded, Draining, Overloaded


class GatedBackend(HashBackend):
    """The hash embedder behind a gate: tests decide when the model is busy, and read which texts it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.batches: list[list[str]] = []

    def embed(self, batch: list[Tokens]) -> np.ndarray:
        self.batches.append([" ".join(tokens.ids) for tokens in batch])
        self.entered.set()
        self.gate.wait(10)
        return super().embed(batch)


@pytest.fixture
def backend():
    backend = GatedBackend()
    yield backend
    backend.gate.set()


@pytest.fixture
async def batcher(backend):
    batcher = Batcher(
        backend, Limits(interactive_texts=2, interactive_wait_s=0.5, bulk_wait_s=5.0, bulk_patience_s=60.0)
    )
    await batcher.start()
    backend.batches.clear()
    yield batcher
    backend.gate.set()
    await batcher.drain()


def soon() -> float:
    return asyncio.get_running_loop().time() + 30


async def busy(backend: GatedBackend, batcher: Batcher):
    """Close the gate with one text inside, so that what follows queues up."""
    backend.gate.clear()
    backend.entered.clear()
    first = batcher.submit(["warm"], soon())
    assert await asyncio.to_thread(backend.entered.wait, 10)
    return first


async def test_what_queued_while_the_model_ran_goes_as_one_batch(backend, batcher):
    first = await busy(backend, batcher)
    waiting = [batcher.submit([f"question {n}"], soon()) for n in range(8)]
    await asyncio.sleep(0.01)
    backend.gate.set()
    await asyncio.gather(first.future, *(one.future for one in waiting))
    assert backend.batches == [["warm"], [f"question {n}" for n in range(8)]]


async def test_identical_texts_in_flight_are_computed_once(backend, batcher):
    first = await busy(backend, batcher)
    waiting = [batcher.submit(["jazz", "jazz"], soon()) for _ in range(5)]
    backend.gate.set()
    await asyncio.gather(first.future, *(one.future for one in waiting))
    assert backend.batches == [["warm"], ["jazz"]]
    assert [len(one.results()) for one in waiting] == [2] * 5


async def test_a_text_whose_caller_left_is_not_computed_unless_another_waits(backend, batcher):
    first = await busy(backend, batcher)
    gone = batcher.submit(["only mine", "ours"], soon())
    stays = batcher.submit(["ours"], soon())
    batcher.abandon(gone)
    backend.gate.set()
    await asyncio.gather(first.future, stays.future)
    with pytest.raises(CallerLeft):
        await gone.future
    assert backend.batches == [["warm"], ["ours"]]


async def test_a_passed_deadline_is_answered_without_computing(backend, batcher):
    first = await busy(backend, batcher)
    late = batcher.submit(["too late"], asyncio.get_running_loop().time())
    backend.gate.set()
    await first.future
    with pytest.raises(DeadlineExceeded):
        await late.future
    assert backend.batches == [["warm"]]


async def test_bulk_goes_on_where_every_question_before_it_has_expired(backend, batcher):
    first = await busy(backend, batcher)
    late = batcher.submit(["too late"], asyncio.get_running_loop().time())
    bulk = batcher.submit([f"event {n}" for n in range(10)], soon())
    backend.gate.set()
    await asyncio.wait_for(asyncio.gather(first.future, bulk.future), 10)
    with pytest.raises(DeadlineExceeded):
        await late.future
    assert backend.batches == [["warm"], [f"event {n}" for n in range(10)]]


async def test_questions_overtake_bulk(backend, batcher):
    first = await busy(backend, batcher)
    bulk = batcher.submit([f"event {n}" for n in range(10)], soon())
    question = batcher.submit(["question"], soon())
    backend.gate.set()
    await asyncio.gather(first.future, bulk.future, question.future)
    assert backend.batches[1] == ["question"]


async def test_bulk_that_waited_long_enough_goes_first(backend):
    batcher = Batcher(backend, Limits(interactive_texts=2, bulk_patience_s=0.0))
    await batcher.start()
    backend.batches.clear()
    first = await busy(backend, batcher)
    bulk = batcher.submit([f"event {n}" for n in range(10)], soon())
    question = batcher.submit(["question"], soon())
    await asyncio.sleep(0.01)
    backend.gate.set()
    await asyncio.gather(first.future, bulk.future, question.future)
    await batcher.drain()
    assert backend.batches[1] == [f"event {n}" for n in range(10)]


async def test_a_question_that_joins_a_queued_bulk_text_takes_it_along(backend, batcher):
    first = await busy(backend, batcher)
    bulk = batcher.submit([f"event {n}" for n in range(10)], soon())
    question = batcher.submit(["event 7"], soon())
    backend.gate.set()
    await asyncio.gather(first.future, bulk.future, question.future)
    assert backend.batches[1] == ["event 7"]
    assert sorted(text for batch in backend.batches[1:] for text in batch) == sorted(f"event {n}" for n in range(10))


async def test_a_full_queue_refuses_at_once_and_says_when_to_come_again(backend, batcher):
    first = await busy(backend, batcher)
    batcher._tokens_per_s = 100.0
    accepted = []
    with pytest.raises(Overloaded) as refused:  # noqa: PT012 - the loop is the statement: how many fit is the fact
        for n in range(1000):
            accepted.append(batcher.submit([f"a question of forty characters, number {n:03}"], soon()))
    # 4 x 12 estimated tokens at 100 tokens/s and the batch that runs: more than half a second
    assert len(accepted) == 4
    assert refused.value.retry_after_s > 0
    backend.gate.set()
    await asyncio.gather(first.future, *(one.future for one in accepted))


async def test_an_empty_queue_takes_a_request_of_any_size(backend, batcher):
    batcher._tokens_per_s = 1.0
    found = batcher.submit([f"event {n}" for n in range(256)], soon())
    await found.future
    assert len(found.results()) == 256


async def test_a_failing_model_answers_its_callers_and_the_next_batch_is_served(backend, batcher):
    def broken(texts):
        raise MemoryError("no room")

    tokenize, backend.tokenize = backend.tokenize, broken
    with pytest.raises(RuntimeError, match="no room"):
        await batcher.submit(["jazz"], soon()).future
    backend.tokenize = tokenize
    await batcher.submit(["jazz"], soon()).future


async def test_draining_finishes_what_is_queued_and_refuses_the_rest(backend):
    batcher = Batcher(backend)
    await batcher.start()
    backend.batches.clear()
    first = await busy(backend, batcher)
    queued = batcher.submit(["queued"], soon())
    draining = asyncio.create_task(batcher.drain())
    await asyncio.sleep(0)
    with pytest.raises(Draining):
        batcher.submit(["new"], soon())
    backend.gate.set()
    await draining
    assert first.future.done()
    assert queued.results()[0].vector.shape == (384,)


class Niceness(HashBackend):
    def embed(self, batch: list[Tokens]) -> np.ndarray:
        self.found = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        return super().embed(batch)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere priorities are of whole processes")
async def test_lanes_step_back_from_where_the_process_stands():
    backend = Niceness()

    async def warmed_up() -> None:
        batcher = Batcher(backend)
        await batcher.start()
        await batcher.drain()

    def in_a_nicer_thread() -> None:
        os.nice(3)
        asyncio.run(warmed_up())

    before = os.getpriority(os.PRIO_PROCESS, 0)
    thread = threading.Thread(target=in_a_nicer_thread)  # of its own, because it stays nicer
    thread.start()
    await asyncio.to_thread(thread.join)
    assert backend.found == before + 3 + LANE_NICENESS


async def test_several_lanes_share_a_queue(backend):
    backend.info = dataclasses.replace(backend.info, lanes=2)
    batcher = Batcher(backend)
    await batcher.start()
    backend.batches.clear()
    texts = [f"{n} " + "word " * 60 for n in range(20)]
    submission = batcher.submit(texts, soon())
    await submission.future
    await batcher.drain()
    assert max(len(batch) for batch in backend.batches) <= 10
    assert sum(len(batch) for batch in backend.batches) == 20


@given(
    lengths=st.lists(st.integers(1, 256), max_size=80), most_tokens=st.integers(1, 2000), most_texts=st.integers(1, 40)
)
@settings(max_examples=200)
def test_sub_batches_hold_every_row_once_within_both_bounds(lengths, most_tokens, most_texts):
    tokens = [Tokens(range(length), False) for length in lengths]
    found = list(sub_batches(tokens, most_texts, most_tokens))
    assert sorted(row for batch in found for row in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) <= most_texts
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= most_tokens
