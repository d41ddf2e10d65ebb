"""Writes of the gazetteer: the import, and the search rows of locations edited by hand."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, LiteralString

from django.db import connection, transaction
from django.db.models import Max

from locations.geo import cell_of
from locations.memory import change_number
from locations.models import OWN_IDS, Location, LocationName, TypoKey
from locations.nicknames import NICKNAMES
from locations.normalize import key_variants, place_key
from locations.params import TYPO_PREFIX_CHARS, place_weight
from locations.sources import Gathered, LocationRow, NameRow, Progress, deletions, gather, silent, typo_indexed

# One import at a time; a second waits here.
_IMPORT_LOCK = 7_302_001
_NAME_COLUMNS = NameRow._fields
_LOCATION_COLUMNS = LocationRow._fields


@dataclass(frozen=True, slots=True)
class ImportReport:
    locations: int
    names: int
    added: int
    changed: int
    removed: int
    seconds: float


def import_gazetteer(countries: Collection[str] = (), *, progress: Progress = silent) -> ImportReport:
    """Bring the sources' rows into the database, in one transaction. Rows added by hand stay. Importing again changes nothing.

    With `countries` (ISO codes), rows of other countries are left as they are.
    """
    started = time.monotonic()
    report = store_gazetteer(gather(countries, progress=progress), countries, progress=progress)
    return replace(report, seconds=round(time.monotonic() - started, 1))


def store_gazetteer(
    gathered: Gathered, countries: Collection[str] = (), *, progress: Progress = silent
) -> ImportReport:
    """The half of the import that writes; `seconds` is its own time."""
    started = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])
        if Location.objects.exists():
            added, changed, removed, name_changes = _merge(
                cursor, gathered.locations, gathered.names, countries, progress
            )
        else:
            _copy(cursor, "locations_location", _LOCATION_COLUMNS, gathered.locations, "write towns", progress)
            with _indexes_later(cursor, "locations_locationname"):
                _copy(cursor, "locations_locationname", _NAME_COLUMNS, gathered.names, "write names", progress)
            added, changed, removed, name_changes = len(gathered.locations), 0, 0, len(gathered.names)
        _write_typo_keys(cursor, gathered.typo_pairs(), progress)
        if added or changed or removed or name_changes:
            change_number()
        cursor.execute("ANALYZE locations_location, locations_locationname, locations_typokey")
    return ImportReport(
        len(gathered.locations), len(gathered.names), added, changed, removed, round(time.monotonic() - started, 1)
    )


@contextmanager
def _indexes_later(cursor: Any, table: LiteralString) -> Iterator[None]:
    """Load first, index after: the checks and indexes over the loaded table take a quarter of the time of doing them row by row."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('u', 'f')",
        [table],
    )
    constraints = cursor.fetchall()
    for name, _ in constraints:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute(
        """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
           WHERE indrelid = %s::regclass AND NOT indisprimary""",
        [table],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        cursor.execute(definition)
    for name, definition in constraints:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def _copy(
    cursor: Any, table: LiteralString, columns: Sequence[str], rows: Sequence[Any], label: str, progress: Progress
) -> None:
    with cursor.copy(f"COPY {table} ({_listed(columns)}) FROM STDIN") as copy:
        for row in progress(rows, label, len(rows)):
            copy.write_row(row)


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{c}"' for c in columns)


def _merge(
    cursor: Any,
    locations: Sequence[LocationRow],
    names: Sequence[NameRow],
    countries: Collection[str],
    progress: Progress,
) -> tuple[int, int, int, int]:
    """(added, changed, removed) locations and names written or deleted. Only what differs is written."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.new_location, pg_temp.new_name")
    cursor.execute("CREATE TEMP TABLE new_location (LIKE locations_location) ON COMMIT DROP")
    cursor.execute("CREATE TEMP TABLE new_name (LIKE locations_locationname) ON COMMIT DROP")
    cursor.execute("ALTER TABLE new_name ALTER id DROP NOT NULL")
    _copy(cursor, "new_location", _LOCATION_COLUMNS, locations, "compare towns", progress)
    _copy(cursor, "new_name", _NAME_COLUMNS, names, "compare names", progress)
    cursor.execute("ALTER TABLE new_location ADD PRIMARY KEY (id)")
    cursor.execute("CREATE UNIQUE INDEX ON new_name (location_id, key)")
    cursor.execute("ANALYZE new_location, new_name")
    cursor.execute(
        """DELETE FROM locations_locationname n USING locations_location old WHERE n.location_id = old.id AND old.source <> 'own'
           AND (%(all)s OR old.country_code = ANY(%(countries)s))
           AND NOT EXISTS (SELECT FROM new_location l WHERE l.id = old.id)""",
        {"all": not countries, "countries": list(countries)},
    )
    cursor.execute(
        """DELETE FROM locations_location old WHERE source <> 'own' AND (%(all)s OR country_code = ANY(%(countries)s))
           AND NOT EXISTS (SELECT FROM new_location n WHERE n.id = old.id)""",
        {"all": not countries, "countries": list(countries)},
    )
    removed = cursor.rowcount
    changes = ", ".join(f"{c} = EXCLUDED.{c}" for c in _LOCATION_COLUMNS if c != "id")
    cursor.execute(
        f"""WITH written AS (
              INSERT INTO locations_location AS old ({_listed(_LOCATION_COLUMNS)})
              SELECT {_listed(_LOCATION_COLUMNS)} FROM new_location
              ON CONFLICT (id) DO UPDATE SET {changes} WHERE old.source <> 'own' AND old IS DISTINCT FROM EXCLUDED
              RETURNING xmax = 0 AS fresh)
            SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM written"""  # noqa: S608 our own column names
    )
    added, changed = cursor.fetchone()
    return added, changed, removed, _merge_names(cursor)


def _merge_names(cursor: Any) -> int:
    cursor.execute(
        """DELETE FROM locations_locationname old USING new_location l WHERE old.location_id = l.id
           AND NOT EXISTS (SELECT FROM new_name n WHERE n.location_id = old.location_id AND n.key = old.key)"""
    )
    deleted = cursor.rowcount
    cursor.execute(
        """INSERT INTO locations_locationname AS old (location_id, key, name, "primary", rank, cell)
           SELECT n.location_id, n.key, n.name, n."primary", n.rank, n.cell FROM new_name n
           WHERE NOT EXISTS (SELECT FROM locations_locationname o WHERE
             (o.location_id, o.key, o.name, o."primary", o.rank, o.cell)
             = (n.location_id, n.key, n.name, n."primary", n.rank, n.cell))
           ON CONFLICT (location_id, key) DO UPDATE
           SET name = EXCLUDED.name, "primary" = EXCLUDED."primary", rank = EXCLUDED.rank, cell = EXCLUDED.cell"""
    )
    return int(deleted + cursor.rowcount)


def _write_typo_keys(cursor: Any, pairs: Collection[tuple[str, str]], progress: Progress) -> None:
    """Add the missing ones. None is taken away: a beginning that no name has any more finds nothing."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.new_typo")
    cursor.execute("CREATE TEMP TABLE new_typo (deletion text, prefix text) ON COMMIT DROP")
    _copy(cursor, "new_typo", ("deletion", "prefix"), list(pairs), "write misspellings", progress)
    cursor.execute(
        """INSERT INTO locations_typokey (deletion, prefix) SELECT deletion, prefix FROM new_typo
           ON CONFLICT (deletion, prefix) DO NOTHING"""
    )


@transaction.atomic
def save_location(location: Location, *, other_names: Iterable[str] = ()) -> Location:
    """Store a location edited or added by hand, numbered from 10**12 upward when new, with the rows that make it found.

    `other_names` are added to those it has.
    """
    if location.pk is None:
        last = Location.objects.filter(source=Location.Source.OWN, id__lt=OWN_IDS + 10**6).aggregate(last=Max("id"))[
            "last"
        ]
        location.pk = max(last or 0, OWN_IDS + 10**5) + 1  # above the ZIP codes, below the states
    location.name_key = place_key(location.name)
    location.ascii_name = location.ascii_name or location.name
    location.save()
    kept = list(location.names.filter(primary=False).values_list("name", flat=True))
    index_names([(location, (*kept, *other_names))])
    return location


def index_names(entries: Iterable[tuple[Location, Iterable[str]]]) -> None:
    """Replace the search rows of these locations by their own name and the given other ones."""
    rows: dict[tuple[int, str], LocationName] = {}
    for location, others in entries:
        facts = {
            "rank": place_weight(location.kind, location.country_code, location.population),
            "cell": cell_of(location.lat, location.lng),
        }
        own = (location.name, *NICKNAMES.get(location.pk, ()))
        for primary, name in (*((True, n) for n in own), *((False, n) for n in others)):
            key = place_key(name)
            for spelling in (key, *key_variants(key)):
                if spelling:
                    row = LocationName(location=location, key=spelling, name=name, primary=primary, **facts)
                    rows.setdefault((location.pk, spelling), row)
    LocationName.objects.filter(location_id__in={pk for pk, _ in rows}).delete()
    LocationName.objects.bulk_create(rows.values(), batch_size=2000)
    starts = {key[:TYPO_PREFIX_CHARS] for _, key in rows if typo_indexed(key)}
    pairs = {pair for start in starts for pair in deletions(start)}
    TypoKey.objects.bulk_create(
        (TypoKey(deletion=d, prefix=p) for d, p in sorted(pairs)), batch_size=5000, ignore_conflicts=True
    )
    change_number()
