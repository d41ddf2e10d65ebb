"""One writer per source at a time: two imports of one feed must not interleave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

_SOURCE_LOCKS = 7_302_100  # first key of the advisory lock; the second is the source's id
_IMPORT_LOCKS = 7_302_110  # the second is the hash of its slug


def lock_sources(ids: set[int]) -> None:
    """Until the transaction ends."""
    with connection.cursor() as cursor:
        for pk in sorted(ids):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_SOURCE_LOCKS, pk])


class SourceBusy(Exception):
    """Another import of the source is at work."""


@contextmanager
def one_import_of(slug: str, *, wait_s: float) -> Iterator[None]:
    """Others wait, and fetch only then: what was fetched earlier must not be written later. A killed process holds nothing.

    Raises SourceBusy where it is not their turn after `wait_s`.
    """
    _wait_for(slug, wait_s)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_IMPORT_LOCKS, slug])


def _wait_for(slug: str, wait_s: float) -> None:
    """The lock is the connection's and outlives the transaction, which bounds the wait alone."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{wait_s * 1000:.0f}ms"])
            cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [_IMPORT_LOCKS, slug])
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise SourceBusy(f"another import of {slug} has been at work for {wait_s:g} s: try again later") from error
