"""Django's cache in the database, saving with one statement and never in silence.

Django counts the rows at every save, looks whether the key is there in a transaction, and keeps a failure to itself: a search handle
was then given out that led nowhere.
"""

from __future__ import annotations

import base64
import itertools
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache as DjangoDatabaseCache
from django.db import connections, router

COUNTED_EVERY = 100  # saves: MAX_ENTRIES may be passed by so many a process
_saves = itertools.count(1)  # of the process: each request has a cache object of its own


class DatabaseCache(DjangoDatabaseCache):
    def set(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Raises DatabaseError where it could not be saved."""
        key = self.make_and_validate_key(key, version=version)
        ends = self.get_backend_timeout(timeout)
        expires = datetime.max.replace(tzinfo=UTC) if ends is None else datetime.fromtimestamp(ends, UTC)
        pickled = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")
        using = router.db_for_write(self.cache_model_class)
        table = connections[using].ops.quote_name(self._table)  # type: ignore[attr-defined]
        with connections[using].cursor() as cursor:
            if next(_saves) % COUNTED_EVERY == 0:
                self._make_room(using, cursor, table)
            cursor.execute(
                f"INSERT INTO {table} AS kept (cache_key, value, expires) VALUES (%s, %s, %s)"  # noqa: S608  the name of our own table
                " ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires",
                [key, pickled, expires.replace(microsecond=0)],
            )

    def _make_room(self, using: str, cursor: Any, table: str) -> None:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  as above
        (entries,) = cursor.fetchone()
        if entries > self._max_entries:
            self._cull(using, cursor, datetime.now(UTC).replace(microsecond=0), entries)  # type: ignore[attr-defined]
