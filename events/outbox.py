"""Changes waiting for the indexes. Triggers write the rows; a relay claims and removes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_CLAIM = """
SELECT id, event_id FROM events_outboxmessage
WHERE dead_at IS NULL AND available_at <= now()
ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""


@contextmanager
def claimed_events(*, limit: int) -> Iterator[list[int]]:
    """Ids of changed events, oldest change first. The messages are removed when the block ends well, else they stay."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [limit])
        rows = cursor.fetchall()
        yield list(dict.fromkeys(event_id for _, event_id in rows))
        if rows:
            cursor.execute("DELETE FROM events_outboxmessage WHERE id = ANY(%s)", [[row[0] for row in rows]])
