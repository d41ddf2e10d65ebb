"""One writer per source at a time: two imports of one feed must not interleave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_SOURCE_LOCKS = 7_302_100  # first key of the advisory lock; the second is the source's id
_IMPORT_LOCKS = 7_302_110  # the second is the hash of its slug


def lock_sources(ids: set[int]) -> None:
    """Until the transaction ends."""
    with connection.cursor() as cursor:
        for pk in sorted(ids):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_SOURCE_LOCKS, pk])


@contextmanager
def one_import_of(slug: str) -> Iterator[None]:
    """Others wait, and fetch only then: what was fetched earlier must not be written later. A killed process holds nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [_IMPORT_LOCKS, slug])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_IMPORT_LOCKS, slug])
