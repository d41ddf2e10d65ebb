from events.models.attention import AttentionMark, EventAttention
from events.models.event import Event, EventIndex, EventRevision, EventSource
from events.models.occurrence import Occurrence
from events.models.outbox import DeadLetter, OutboxConsumer, OutboxMessage
from events.models.venue import Venue

__all__ = [
    "AttentionMark",
    "DeadLetter",
    "Event",
    "EventAttention",
    "EventIndex",
    "EventRevision",
    "EventSource",
    "Occurrence",
    "OutboxConsumer",
    "OutboxMessage",
    "Venue",
]
