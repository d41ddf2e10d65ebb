from events.models.event import Event, EventIndex, EventRevision, EventSource
from events.models.occurrence import Occurrence
from events.models.outbox import OutboxMessage
from events.models.venue import Venue

__all__ = ["Event", "EventIndex", "EventRevision", "EventSource", "Occurrence", "OutboxMessage", "Venue"]
