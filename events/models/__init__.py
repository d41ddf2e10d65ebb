from events.models.event import Event, EventIndex, EventRevision, EventSource
from events.models.occurrence import Occurrence
from events.models.outbox import DeadLetter, OutboxConsumer, OutboxMessage
from events.models.venue import Venue

__all__ = [
    "DeadLetter",
    "Event",
    "EventIndex",
    "EventRevision",
    "EventSource",
    "Occurrence",
    "OutboxConsumer",
    "OutboxMessage",
    "Venue",
]
