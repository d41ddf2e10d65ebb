"""What a restart of the database leaves behind: a pool whose connections are all dead."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)
IDLE = 6


@pytest.fixture
def end() -> Iterator[Callable[[list[int]], None]]:
    """Ends the sessions of these backends, as a restart does."""
    address = {
        k: v
        for k, v in connection.get_connection_params().items()
        if k in ("host", "port", "user", "password", "dbname")
    }
    with psycopg.connect(**address, autocommit=True) as other:
        yield lambda backends: other.execute(
            "SELECT count(pg_terminate_backend(pid, 2000)) FROM unnest(%s::int[]) AS pid", [backends]
        ).fetchone()  # type: ignore[func-returns-value]


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_pool_of_dead_connections_is_alive_again_at_once(end: Callable[[list[int]], None]) -> None:
    connection.close()
    pool = connection.pool
    pool.open()
    idle = [pool.getconn() for _ in range(IDLE)]
    for one in idle:
        pool.putconn(one)
    dead = [one.info.backend_pid for one in idle]
    end(dead)
    usual, pool.timeout = pool.timeout, 4.0  # less than a try with a longer and longer pause for each of them takes
    try:
        assert backend() not in dead
    finally:
        pool.timeout = usual


def test_a_connection_is_usable_until_the_server_ends_it(end: Callable[[list[int]], None]) -> None:
    own = backend()
    assert connection.is_usable()
    end([own])
    assert not connection.is_usable()
    connection.close()
    assert backend() != own
