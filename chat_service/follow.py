"""A copy of a turn that runs on another worker, read from the database; PostgreSQL or Redis says when there is more."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Callable

import psycopg
from django.conf import settings
from django.db import Error
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chat_service.endings import publish_lost
from chat_service.orm import OrmBridge
from chat_service.params import ChatParams
from chat_service.run import TurnRun
from conversations.errors import TurnNotFound
from conversations.turns import read_chunks, stored_answer, touch_readers
from conversations.wakes import CHANNEL
from events.outbox import listening_parameters

log = logging.getLogger(__name__)
TROUBLE_S = 1.0


class Wakes:
    """Who waits for news of which turn in this process."""

    def __init__(self, stop: Callable[[uuid.UUID], None]) -> None:
        self._events: defaultdict[uuid.UUID, asyncio.Event] = defaultdict(asyncio.Event)
        self._stop = stop

    def event(self, turn_id: uuid.UUID) -> asyncio.Event:
        return self._events[turn_id]

    def forget(self, turn_id: uuid.UUID) -> None:
        self._events.pop(turn_id, None)

    def notified(self, payload: str) -> None:
        kind, _, ids = payload.partition(":")
        if kind != "stop" and not self._events:
            return  # nobody here follows another worker's turn; ten times a second the own ones are told of
        try:
            turn_ids = [uuid.UUID(turn_id) for turn_id in ids.split(",")]
        except ValueError:
            log.warning("a word that is none of ours: %r", payload[:80])
            return
        for turn_id in turn_ids:
            if kind == "stop":
                self._stop(turn_id)
            elif turn_id in self._events:
                self._events[turn_id].set()

    def all(self) -> None:
        """After a gap in the notifications everybody looks."""
        for event in self._events.values():
            event.set()


async def listen_for_ever(wakes: Wakes, orm: OrmBridge) -> None:
    while True:
        try:
            await (_listen_to_redis(settings.REDIS_URL, wakes) if settings.REDIS_URL else _listen(wakes, orm))
        except (psycopg.Error, RedisError, Error, OSError) as error:
            log.warning("no word from the other workers: %s", error)
        await asyncio.sleep(TROUBLE_S)


async def _listen(wakes: Wakes, orm: OrmBridge) -> None:
    parameters = await orm(listening_parameters)
    async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as own:
        await own.execute(f"LISTEN {CHANNEL}")
        wakes.all()
        async for notice in own.notifies():
            wakes.notified(notice.payload)


async def _listen_to_redis(url: str, wakes: Wakes) -> None:
    async with Redis.from_url(url, decode_responses=True) as client, client.pubsub() as own:
        await own.subscribe(CHANNEL)
        wakes.all()
        async for message in own.listen():
            if message["type"] == "message":
                wakes.notified(message["data"])


async def follow(run: TurnRun, orm: OrmBridge, wakes: Wakes, params: ChatParams) -> None:
    """Until the turn has ended. The worker that runs it learns from the database that it is being read."""
    woken = wakes.event(run.turn_id)
    touched = float("-inf")
    try:
        while not run.done:
            woken.clear()
            try:
                if run.readers and time.monotonic() - touched > params.heartbeat_s:
                    touched = time.monotonic()
                    await orm(lambda: touch_readers(run.turn_id))
                await _copy_news(run, orm)
            except Error as error:
                log.warning("turn %s cannot be read now: %s", run.turn_id, error)
            if not run.done:
                try:
                    async with asyncio.timeout(params.follow_poll_s):
                        await woken.wait()
                except TimeoutError:
                    pass
    finally:
        wakes.forget(run.turn_id)


async def _copy_news(run: TurnRun, orm: OrmBridge) -> None:
    after = run.chunks[-1].sequence if run.chunks else 0
    try:
        state, rows = await orm(lambda: read_chunks(run.turn_id, after))
        for row in rows:
            for sequence, body in row.numbered():
                run.append(sequence, body)
        if state.lost:
            publish_lost(run, await orm(lambda: stored_answer(run.turn_id, run.user_id)))
    except TurnNotFound:  # its conversation was deleted
        run.finish()
        return
    if state.finished:
        run.finish()
