"""Django's PostgreSQL, whose pool forgets every dead connection at the first sign of one.

A restart of the database leaves a pool of dead connections. psycopg's own check takes them out one at a time with a pause that
doubles: a pool of six was alive again after 15 s, while its callers gave up after ten.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, Error


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        own = super().get_new_connection(conn_params)
        if self.pool and not _alive(own):
            self.pool.putconn(own)
            self.pool.check()
            own = super().get_new_connection(conn_params)
        return own

    def is_usable(self) -> bool:
        return self.connection is not None and _alive(self.connection)


def _alive(connection: Connection[Any]) -> bool:
    """A look at the socket costs microseconds, where asking costs a round trip: a server that ends a session says so or hangs up."""
    if connection.closed:
        return False
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    if not look.poll(0):
        return True
    try:
        connection.execute("")
    except Error:
        return False
    return True
