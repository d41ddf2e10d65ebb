"""What tests of the runner ask about: a few events of one town, written by the service that leaves revisions."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from api.rag.types import QueryContext
from api.rag_service import Ask
from events.models import Event, EventIndex, EventSource
from events.services import save_event
from events.types import EventData, OccurrenceData, VenueData
from traces.asking import Asked
from traces.live import told_live
from traces.models import ChatDebugRun
from traces.replay import Order

SANTA_ROSA = 5393287
ZONE = "America/Los_Angeles"
QUESTION = "live music in the next 9 days"
TITLES = (
    "Live music at the depot", "Jazz music quartet", "Folk music evening", "Choir music rehearsal", "Pottery for beginners",
    "Morning stretch class",
)  # fmt: skip


def venue(name: str, lat: float = 38.4405) -> VenueData:
    return VenueData(
        name=name, city="Santa Rosa", state="CA", country_code="US", latitude=lat, longitude=-122.7144, precision="exact",
        timezone=ZONE,
    )  # fmt: skip


def data(n: int, title: str, start: datetime, **fields: Any) -> EventData:
    at = fields.pop("venue", venue(f"Hall {n}", 38.4405 + n * 0.01))
    when = (OccurrenceData(start=start, end=start + timedelta(hours=2)),)
    return EventData(
        external_id=str(n), title=title, description=f"About {title}.", venue=at, timezone=ZONE, occurrences=when,
        **{"price_min": Decimal(10), "price_max": Decimal(10), "price_currency": "USD", **fields},
    )  # fmt: skip


def write_events(embed: Any) -> list[Event]:
    """Six events, one each evening from tomorrow on, embedded."""
    source = EventSource.objects.create(name="Town", slug="town", kind="manual")
    tomorrow = (datetime.now(ZoneInfo(ZONE)) + timedelta(days=1)).replace(hour=19, minute=0, second=0, microsecond=0)
    for n, title in enumerate(TITLES):
        save_event(data(n, title, tomorrow + timedelta(days=n)), source=source, changed_by="town")
    from api.rag.indexing import embed_all_stale

    list(embed_all_stale(embed))
    assert not EventIndex.objects.filter(embedding=None).exists()
    return list(Event.objects.order_by("pk"))


def asked(message: str = QUESTION, **context: Any) -> Asked:
    known = {"location_id": SANTA_ROSA, "zone": ZONE, **context}
    return Asked(Ask(message, now=datetime.now(UTC), zone=ZONE, context=QueryContext(**known)))


def told(order: Order) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        return [json.loads(line) async for line in told_live(order)]

    return asyncio.run(read())


def run(order: Order | None = None, **changes: Any) -> ChatDebugRun:
    lines = told(replace(order or Order(asked(), None), **changes))
    return ChatDebugRun.objects.get(pk=lines[0]["id"])


def payload(run: ChatDebugRun, stage: str) -> dict[str, Any]:
    return dict(run.events.filter(stage=stage).latest("sequence").payload)
