"""Two transactions may each wait for a row of the other's: imports of feeds that list one happening, an import and an operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

from events.params import DEADLOCK_TRIES

T = TypeVar("T")


def past_deadlocks(work: Callable[[], T]) -> T:
    """What `work` gives, which is one transaction. The database ends one of the two; where it is ours, it tries again."""
    for _ in range(DEADLOCK_TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                raise
    return work()
