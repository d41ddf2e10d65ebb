"""Word to the other workers that a turn has news: PostgreSQL carries it, or Redis where REDIS_URL is set.

Only a hint: who misses it finds the news in the database a second later.
"""

from __future__ import annotations

import logging
from functools import cache

import redis
from django.conf import settings
from django.db import connection, transaction

log = logging.getLogger(__name__)
CHANNEL = "eventzombie_turns"


def over_postgres() -> bool:
    """Then a statement may carry the word itself, by pg_notify."""
    return not settings.REDIS_URL


def send(payload: str) -> None:
    """When the transaction commits, and not at all if it does not."""
    if settings.REDIS_URL:
        url = settings.REDIS_URL
        transaction.on_commit(lambda: _publish(url, payload))
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def _publish(url: str, payload: str) -> None:
    try:
        _client(url).publish(CHANNEL, payload)
    except redis.RedisError as error:
        log.warning("no word to the other workers: %s", error)


@cache
def _client(url: str) -> redis.Redis:
    wait_s = settings.REDIS_TIMEOUT_S
    return redis.Redis.from_url(url, socket_timeout=wait_s, socket_connect_timeout=wait_s)
