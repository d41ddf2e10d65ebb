"""The process's copy of the gazetteer index: mapped from a file that all processes share, replaced when the gazetteer changes."""

from __future__ import annotations

import logging
import mmap
import os
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from locations.index import FORMAT, GazetteerIndex, IndexedPlace, build_index
from locations.nicknames import NICKNAMES
from locations.normalize import is_latin, place_key
from locations.params import CODE_MAX_CHARS, INDEX_FILE_MIN_BYTES, place_weight
from locations.regions import regions_by_key

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Held:
    number: int
    index: GazetteerIndex
    checked: float


_held: _Held | None = None
_lock = threading.Lock()


def gazetteer() -> GazetteerIndex:
    """The index of all places. The first call loads it (0.01 s from its file, else it is built, some ten seconds); later calls cost nothing.

    A change by another process is noticed within GAZETTEER_CHECK_SECONDS and loaded by a thread of its own: callers on an event loop
    never wait for the database.
    """
    held = _held
    if held is None:
        return _load_first()
    every = settings.GAZETTEER_CHECK_SECONDS
    if every and time.monotonic() - held.checked > every:
        held.checked = time.monotonic()
        threading.Thread(target=_refresh, name="gazetteer", daemon=True).start()
    return held.index


def forget_gazetteer() -> None:
    """The next call loads anew. For writers in this process."""
    global _held
    _held = None


def _load_first() -> GazetteerIndex:
    global _held
    with _lock:
        if _held is None:
            number = current_number()
            _held = _Held(number, _load(number), time.monotonic())
        return _held.index


def _refresh() -> None:
    global _held
    try:
        with _lock:
            number = current_number()
            if _held is None or _held.number != number:
                _held = _Held(number, _load(number), time.monotonic())
    except DatabaseError as error:
        log.warning("could not look whether the gazetteer changed: %s", error)
    finally:
        connection.close()


def current_number() -> int:
    """0 before anything was written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM locations_gazetteerversion")
        row = cursor.fetchone()
    return row[0] if row else 0


def change_number() -> None:
    """Within the writer's transaction: other processes will see a new number, this one loads anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO locations_gazetteerversion (id, number) VALUES (1, %s)
               ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number""",
            [secrets.randbits(62)],
        )
    forget_gazetteer()


def _load(number: int) -> GazetteerIndex:
    path = _path(number)
    if not path.exists():
        data = build_index(_places(), _names())
        if len(data) < INDEX_FILE_MIN_BYTES or not _write(path, data):
            return GazetteerIndex(data, regions_by_key())
    with path.open("rb") as file:
        return GazetteerIndex(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), regions_by_key())


def _path(number: int) -> Path:
    return Path(settings.DATA_DIR) / "gazetteer" / f"{number}-{FORMAT}.index"


def _write(path: Path, data: bytes) -> bool:
    """Whole or not at all; older files go (whoever has one mapped keeps it). False where the folder cannot be written."""
    fresh = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(data)
        fresh.replace(path)
        for old in path.parent.glob("*.index"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError as error:
        log.info("this process keeps the gazetteer to itself: %s", error)
        return False
    return True


def _places() -> Iterator[IndexedPlace]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, name, label, lat, lng, population, country_code, admin1, timezone, kind, radius_miles
               FROM locations_location ORDER BY id"""
        )
        while rows := cursor.fetchmany(5000):
            for id_, name, label, lat, lng, population, country, admin1, zone, kind, radius in rows:
                weight = place_weight(kind, country, population)
                yield IndexedPlace(id_, name, label, lat, lng, population, weight, country, admin1, zone, kind, radius)


def _names() -> Iterator[tuple[int, str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute('SELECT location_id, key, "primary" FROM locations_locationname')
        while rows := cursor.fetchmany(5000):
            yield from indexed_names(rows)


def indexed_names(rows: Iterable[tuple[int, str, bool]]) -> Iterator[tuple[int, str, bool]]:
    """(location id, key, own name) of the names that count in messages. Codes of a few letters (airports) are words there; of these
    only nicknames count, and as names of their own."""
    for location_id, key, primary in rows:
        if (location_id, key) in _nicknames():
            yield location_id, key, True
        elif primary or len(key) > CODE_MAX_CHARS or not is_latin(key):
            yield location_id, key, primary


@cache
def _nicknames() -> frozenset[tuple[int, str]]:
    return frozenset((location_id, place_key(name)) for location_id, names in NICKNAMES.items() for name in names)
