"""How far the indexes are behind the events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

_STATUS = """
SELECT c.name, count(m.id), count(m.id) FILTER (WHERE m.attempts > 0),
  COALESCE(extract(epoch FROM clock_timestamp() - min(m.created_at)), 0)::float8,
  (SELECT count(*) FROM events_deadletter d WHERE d.consumer = c.name),
  c.delivered, c.retried, c.buried, c.last_delivered_at, c.down_since, c.last_error
FROM events_outboxconsumer c LEFT JOIN events_outboxmessage m ON m.consumer = c.name
GROUP BY c.name ORDER BY c.name
"""


@dataclass(frozen=True, slots=True)
class ConsumerStatus:
    """`lag_s`: age of the oldest change it has not taken, in seconds. The totals count since it subscribed."""

    name: str
    waiting: int
    retrying: int
    lag_s: float
    dead: int
    delivered: int
    retried: int
    buried: int
    last_delivered_at: datetime | None
    down_since: datetime | None
    last_error: str


def relay_status() -> list[ConsumerStatus]:
    with connection.cursor() as cursor:
        cursor.execute(_STATUS)
        return [ConsumerStatus(*row) for row in cursor.fetchall()]


_METRICS = (
    ("waiting", "gauge", "Changes that wait for the consumer."),
    ("retrying", "gauge", "Of these, changes that failed before."),
    ("lag_s", "gauge", "Age in seconds of the oldest change that waits."),
    ("dead", "gauge", "Dead letters."),
    ("delivered", "counter", "Changes delivered."),
    ("retried", "counter", "Deliveries put off after a failure."),
    ("buried", "counter", "Changes buried as dead letters."),
)


def prometheus_text() -> str:
    """The status as Prometheus reads it."""
    rows = relay_status()
    lines: list[str] = []
    for field, kind, help_text in _METRICS:
        name = f"eventzombie_relay_{field.replace('_s', '_seconds')}" + ("_total" if kind == "counter" else "")
        lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
        lines += [f'{name}{{consumer="{row.name}"}} {getattr(row, field):g}' for row in rows]
    return "\n".join([*lines, ""])
