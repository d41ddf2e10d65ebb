"""Events as an import leaves them: a venue, a series and its times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from events.models import Event, EventSource, Occurrence, Venue

NOW = datetime.now(UTC).replace(microsecond=0)


def make_event(n=1, *, starts=(), venue=True, **changes):
    source, _ = EventSource.objects.get_or_create(slug="own", defaults={"name": "Own", "kind": "manual"})
    place = make_venue() if venue is True else venue
    event = Event.objects.create(
        source=source,
        external_id=str(n),
        venue=place,
        **{
            "title": f"Story time {n}",
            "timezone": "America/Los_Angeles",
            "tags": ["kids", "books"],
            "price_min": Decimal(5),
            "price_max": Decimal(8),
            "price_currency": "USD",
            "age_min": 3,
            "age_max": 5,
            **changes,
        },
    )
    for start in starts or (NOW + timedelta(days=n),):
        Occurrence.objects.create(event=event, start=start, end=start + timedelta(hours=1))
    return event


def make_venue(**changes):
    key = changes.setdefault("key", "library")
    found = Venue.objects.filter(key=key).first()
    return found or Venue.objects.create(
        **{
            "name": "Harbour Library",
            "street_address": "12 Mill St",
            "city": "Santa Rosa",
            "state": "CA",
            "postal_code": "95404",
            "country_code": "US",
            "latitude": 38.44,
            "longitude": -122.71,
            "precision": "exact",
            "timezone": "America/Los_Angeles",
            **changes,
        }
    )
