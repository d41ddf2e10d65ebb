from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from config import database_cache
from config.database_cache import DatabaseCache

pytestmark = pytest.mark.django_db


def cache(table: str = "django_cache", **options: Any) -> DatabaseCache:
    return DatabaseCache(table, {"OPTIONS": options})


def entries() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_cache")
        return int(cursor.fetchone()[0])


def test_the_last_value_saved_is_read() -> None:
    cache().set("ids", [1, 2])
    cache().set("ids", {"3": b"\x00"})
    assert cache().get("ids") == {"3": b"\x00"}
    cache().set("ids", 4, timeout=None)
    assert cache().get("ids") == 4


def test_a_value_that_is_over_is_gone() -> None:
    cache().set("ids", [1, 2], timeout=-1)
    assert cache().get("ids") is None


def test_a_value_that_could_not_be_saved_is_an_error() -> None:
    with pytest.raises(DatabaseError, match="no_such_table"), transaction.atomic():
        cache("no_such_table").set("ids", [1, 2])


def test_old_values_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_cache, "COUNTED_EVERY", 3)
    small = cache(MAX_ENTRIES=10, CULL_FREQUENCY=2)
    for n in range(10):
        small.set(f"over-{n}", n, timeout=-1)
    for n in range(30):
        small.set(f"key-{n:02}", n)
    assert entries() <= 13
    assert small.get("key-29") == 29
