"""The event records as they were: inside the context every query of this connection reads the facts of then.

What changed since is undone in temporary tables, and temporary views of the real tables' names lay them over the rest. Temporary
names come first on PostgreSQL's search path, so retrieval runs its own statements unchanged; the real rows are neither locked nor
written, and all of it is gone when the transaction is rolled back at the end.

Not known of then: rows deleted since, and popularity, which is derived and comes from the caller where a run recorded it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction
from pgvector import HalfVector

from api.rag.errors import RagError
from events.documents import document_hash
from events.event_rows import document_of_event
from events.models import Event, EventIndex, EventRevision
from traces.undo import Undone, undo

Vectors = Callable[[Sequence[str]], np.ndarray[Any, Any]]  # texts -> one row each
MAX_EMBEDDED_AGAIN = 500
MAX_CHANGES = 200_000  # taken back in memory
BATCH = 500


@dataclass(frozen=True, slots=True)
class Then:
    """What had to be undone. `stale_vectors`: events whose text of then was not embedded again, being too many."""

    moment: datetime
    changed: int = 0
    added_since: int = 0
    stale_vectors: int = 0


class TooMuchChanged(RagError):
    """The records of then cannot be had any more."""


@contextmanager
def records_as_of(
    moment: datetime, *, embed: Vectors | None = None, popularity: Mapping[int, float] | None = None
) -> Iterator[Then]:
    """Raises TooMuchChanged and what `embed` raises. Everything written inside is rolled back."""
    with transaction.atomic():
        try:
            yield _go_back(moment, embed, popularity or {})
        finally:
            transaction.set_rollback(True)


def _go_back(moment: datetime, embed: Vectors | None, popularity: Mapping[int, float]) -> Then:
    revisions: list[Any] = list(
        EventRevision.objects.filter(changed_at__gt=moment)
        .order_by("-changed_at", "-pk")
        .values_list("event_id", "occurrence_id", "field", "old", "new", named=True)[: MAX_CHANGES + 1]
    )
    if len(revisions) > MAX_CHANGES:
        raise TooMuchChanged(
            f"more than {MAX_CHANGES:,} facts changed since {moment:%Y-%m-%d %H:%M %Z}: ask of the records of now"
        )
    added = set(Event.objects.filter(created_at__gt=moment).values_list("pk", flat=True))
    moved = _other_popularity(popularity)
    touched = {r.event_id for r in revisions} | set(moved)
    if not touched and not added:
        return Then(moment)
    venues = dict(Event.objects.filter(pk__in=touched).values_list("pk", "venue_id"))
    undone = undo(revisions, venues)
    kept = sorted(touched - added)
    _lay_over(sorted(touched | added), kept, undone)
    stale = _embed_again(kept, embed)
    _set_popularity(moved)
    return Then(moment, len({r.event_id for r in revisions} - added), len(added), stale)


def _other_popularity(then: Mapping[int, float]) -> dict[int, float]:
    now = dict(EventIndex.objects.filter(pk__in=list(then)).values_list("pk", "popularity"))
    return {pk: value for pk, value in then.items() if pk in now and abs(now[pk] - value) > 1e-9}


# The views are made one by one, for the triggers' functions, which fill what is derived, read them too.
_VIEW = """
CREATE TEMP VIEW {name} AS SELECT * FROM {real}.{name} WHERE {key} NOT IN (SELECT id FROM asof_{hidden})
UNION ALL SELECT * FROM asof_{short}
"""


def _lay_over(hidden: list[int], kept: list[int], undone: Undone) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        real = str(cursor.fetchone()[0])
        # Plans that a function of this session keeps name the real tables.
        cursor.execute("DISCARD PLANS")
        cursor.execute("CREATE TEMP TABLE asof_hidden (id bigint PRIMARY KEY) ON COMMIT DROP")
        cursor.execute("INSERT INTO asof_hidden SELECT unnest(%s::bigint[])", [hidden])
        cursor.execute("CREATE TEMP TABLE asof_venues (id bigint PRIMARY KEY) ON COMMIT DROP")
        cursor.execute("INSERT INTO asof_venues SELECT unnest(%s::bigint[])", [list(undone.venues)])
        _copy(cursor, real, "venue", "x.id = ANY(%s)", list(undone.venues), undone.venues)
        cursor.execute(_VIEW.format(name="events_venue", real=real, key="id", hidden="venues", short="venue"))
        known = _known_venues(cursor, undone)
        events = {pk: _without_lost_venue(values, known) for pk, values in undone.events.items()}
        _copy(cursor, real, "event", "x.id = ANY(%s)", kept, events)
        cursor.execute(_VIEW.format(name="events_event", real=real, key="id", hidden="hidden", short="event"))
        _occurrences(cursor, real, kept, undone, known)
        _index(cursor, real, kept)


def _known_venues(cursor: Any, undone: Undone) -> set[int]:
    """Those of the venues of then that still exist; a merged one is gone, and its events stay where they are."""
    named = {v for values in (*undone.events.values(), *undone.occurrences.values(), *(o.facts for o in undone.removed))
             if (v := values.get("venue_id")) is not None}  # fmt: skip
    cursor.execute("SELECT id FROM events_venue WHERE id = ANY(%s)", [list(named)])
    return {row[0] for row in cursor.fetchall()}


def _without_lost_venue(values: Mapping[str, Any], known: set[int]) -> dict[str, Any]:
    lost = values.get("venue_id") is not None and values["venue_id"] not in known
    return {k: v for k, v in values.items() if not (lost and k == "venue_id")}


def _copy(
    cursor: Any, real: str, short: str, which: str, ids: list[int], changes: Mapping[int, Mapping[str, Any]]
) -> None:
    """Rows of `events_<short>` as `asof_<short>`, with the values of then laid over their columns."""
    cursor.execute(f"CREATE TEMP TABLE asof_{short} (LIKE {real}.events_{short} INCLUDING DEFAULTS) ON COMMIT DROP")
    cursor.execute(_INSERT.format(real=real, short=short, which=which), [_json(changes), ids])


_INSERT = """
INSERT INTO asof_{short}
SELECT (jsonb_populate_record(x, COALESCE(c.value, '{{}}'::jsonb))).*
FROM {real}.events_{short} x LEFT JOIN jsonb_each(%s::jsonb) c ON c.key = x.id::text WHERE {which}
"""


def _occurrences(cursor: Any, real: str, kept: list[int], undone: Undone, known: set[int]) -> None:
    cursor.execute(
        f"CREATE TEMP TABLE asof_occurrence (LIKE {real}.events_occurrence INCLUDING DEFAULTS) ON COMMIT DROP;"
        " CREATE TRIGGER fill BEFORE INSERT ON asof_occurrence FOR EACH ROW EXECUTE FUNCTION events_occurrence_fill()"
    )
    changes = {pk: _without_lost_venue(values, known) for pk, values in undone.occurrences.items()}
    which = "x.event_id = ANY(%s) AND x.id <> ALL(%s)"
    cursor.execute(
        _INSERT.format(real=real, short="occurrence", which=which), [_json(changes), kept, list(undone.added)]
    )
    for n, gone in enumerate(undone.removed, start=1):
        if gone.event_id in kept:
            facts = _without_lost_venue(gone.facts, known)
            row = {**facts, "id": -n, "event_id": gone.event_id, "recurrence_id": "", "external_id": "", "region": ""}
            cursor.execute(
                "INSERT INTO asof_occurrence SELECT (jsonb_populate_record(NULL::asof_occurrence, %s::jsonb)).*",
                [json.dumps({**row, "long": False, "effective_end": facts["start"]})],
            )
    cursor.execute(
        _VIEW.format(name="events_occurrence", real=real, key="event_id", hidden="hidden", short="occurrence")
    )


def _index(cursor: Any, real: str, kept: list[int]) -> None:
    """The function that keeps the index writes into whatever has its table's name: for a moment a copy of a few rows."""
    cursor.execute(
        f"CREATE TEMP TABLE events_eventindex (LIKE {real}.events_eventindex INCLUDING DEFAULTS) ON COMMIT DROP;"
        " ALTER TABLE events_eventindex ADD PRIMARY KEY (event_id)"
    )
    cursor.execute(
        f"INSERT INTO events_eventindex SELECT * FROM {real}.events_eventindex WHERE event_id = ANY(%s)",  # noqa: S608  quoted by the database
        [kept],
    )
    cursor.execute("SELECT events_refresh_index(%s)", [kept])
    cursor.execute("ALTER TABLE pg_temp.events_eventindex RENAME TO asof_index")
    cursor.execute("ANALYZE asof_index; ANALYZE asof_occurrence; ANALYZE asof_event; ANALYZE asof_hidden")
    cursor.execute(_VIEW.format(name="events_eventindex", real=real, key="event_id", hidden="hidden", short="index"))


def _embed_again(kept: list[int], embed: Vectors | None) -> int:
    """Vectors of the texts of then, for events whose text changed; how many were left as they are now."""
    events = Event.objects.filter(pk__in=kept).select_related("venue", "index_row")
    stale = []
    for event in events.iterator(chunk_size=BATCH):
        text = document_of_event(event)
        if event.index_row.embedding is not None and document_hash(text) != event.index_row.document_hash:
            stale.append((event.pk, text))
    todo = stale[:MAX_EMBEDDED_AGAIN] if embed is not None else []
    if todo and embed is not None:
        vectors = embed([text for _, text in todo])
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE asof_index SET embedding = %s::halfvec WHERE event_id = %s",
                [(HalfVector(v).to_text(), pk) for (pk, _), v in zip(todo, vectors, strict=True)],
            )
    return len(stale) - len(todo)


def _set_popularity(values: Mapping[int, float]) -> None:
    if values:
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE asof_index SET popularity = %s WHERE event_id = %s", [
                (value, pk) for pk, value in values.items()
            ])  # fmt: skip


def _json(changes: Mapping[int, Mapping[str, Any]]) -> str:
    return json.dumps({str(pk): dict(values) for pk, values in changes.items()})
