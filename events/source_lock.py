"""One writer per source at a time: two imports of one feed must not interleave."""

from __future__ import annotations

from django.db import connection

_SOURCE_LOCKS = 7_302_100  # first key of the advisory lock; the second is the source's id


def lock_sources(ids: set[int]) -> None:
    """Until the transaction ends."""
    with connection.cursor() as cursor:
        for pk in sorted(ids):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_SOURCE_LOCKS, pk])
