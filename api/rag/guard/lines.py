"""The guard over outside data: one JSON object in, one out. Knows no file and no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.rag.errors import InvalidRequest
from api.rag.guard.normal import fold
from api.rag.guard.stream import Guard
from api.rag.guard.values import AgeClaim, PriceClaim
from api.rag.guard.worth import find_ages, find_prices
from api.rag.types import EventFacts, ParsedQuery, Source

DATE_LENGTH = len("2026-11-21")


def guard_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """{id, now, zone, sources: [{n, facts}], deltas: [...], message?} -> what a client would see and what was found in it.

    `facts` takes the names of EventFacts, or those of an event row: start_time, end_time, venue {name, street, city, state},
    price {min, max, currency, is_free} or words ('Free', '$5-10'), age {min, max} or words ('ages 3-5'). Raises InvalidRequest naming the field that cannot be read.
    """
    zone = _zone(line.get("zone") or "UTC", "zone")
    now = _moment(line.get("now"), zone, "now")
    if now is None:
        raise InvalidRequest("now", "is missing")
    deltas = line.get("deltas")
    if not isinstance(deltas, list) or not all(isinstance(d, str) for d in deltas):
        raise InvalidRequest("deltas", "must be a list of strings")
    sources = [_source(i, s, zone) for i, s in enumerate(_list(line, "sources"))]
    message = str(line.get("message") or "")
    query = ParsedQuery(message=message, now=now, zone=zone.key, search_text=message)
    guard = Guard(sources, query=query)
    shown = [guard.feed(delta) for delta in deltas]
    text = "".join(shown) + guard.finish()
    report = guard.report()
    return {
        "id": line.get("id"),
        "text": text,
        "checked": report.checked,
        "corrected": report.corrected,
        "withheld": report.withheld,
        "findings": [dict(f) for f in report.findings],
        "cited_event_ids": list(guard.cited_event_ids()),
    }


def _list(line: Mapping[str, Any], name: str) -> list[Any]:
    value = line.get(name)
    if not isinstance(value, list):
        raise InvalidRequest(name, "must be a list")
    return value


def _source(index: int, source: Any, zone: ZoneInfo) -> Source:
    where = f"sources[{index}]"
    if not isinstance(source, Mapping) or not isinstance(source.get("facts"), Mapping):
        raise InvalidRequest(where, "must be an object with n and facts")
    n = source.get("n", index + 1)
    if isinstance(n, bool) or not isinstance(n, int):
        raise InvalidRequest(f"{where}.n", "must be a whole number")
    return Source(n, facts_of(source["facts"], n, zone, where))


def facts_of(row: Mapping[str, Any], n: int, zone: ZoneInfo, where: str) -> EventFacts:
    place = row.get("venue") if isinstance(row.get("venue"), Mapping) else {}
    assert isinstance(place, Mapping)
    price, age = _price(row.get("price")), _ages(row.get("age", row.get("ages")))
    own = _zone(row.get("zone") or row.get("timezone") or zone.key, f"{where}.facts.zone")
    given = row.get("start", row.get("start_time"))
    start = _moment(given, own, f"{where}.facts.start")
    if start is None:
        raise InvalidRequest(f"{where}.facts.start", "is missing")
    return EventFacts(
        event_id=_whole(row.get("event_id", row.get("id"))) or n,
        occurrence_id=_whole(row.get("occurrence_id")) or n,
        title=_text(row.get("title")),
        start=start,
        end=_moment(row.get("end", row.get("end_time")), own, f"{where}.facts.end"),
        all_day=bool(row.get("all_day", isinstance(given, str) and len(given) == DATE_LENGTH)),
        zone=own.key,
        venue=_text(place.get("name") or row.get("venue_name")) if place else _text(row.get("venue")),
        street=_text(row.get("street") or place.get("street") or place.get("street_address")),
        city=_text(row.get("city") or place.get("city")),
        region=_text(row.get("region") or row.get("state") or place.get("state")),
        country_code=_text(row.get("country_code") or place.get("country")),
        price_min=_money(row.get("price_min", price.get("min")), f"{where}.facts.price_min"),
        price_max=_money(row.get("price_max", price.get("max")), f"{where}.facts.price_max"),
        currency=_text(row.get("currency") or price.get("currency")) or "USD",
        is_free=_flag(row.get("is_free", price.get("is_free"))),
        age_min=_whole(row.get("age_min", age.get("min"))),
        age_max=_whole(row.get("age_max", age.get("max"))),
        status=_text(row.get("status") or row.get("event_status")) or "scheduled",
        attendance=_text(row.get("attendance") or row.get("event_attendance_mode")) or "offline",
        url=_text(row.get("url")),
        organizer=_text(row.get("organizer")),
        description=_text(row.get("description")),
        tags=tuple(_text(t) for t in row["tags"]) if isinstance(row.get("tags"), list) else (),
        category=_text(row.get("category")),
        room=_text(row.get("room") or row.get("room_name")),
        lat=_real(row.get("lat", place.get("lat"))),
        lng=_real(row.get("lng", place.get("lng"))),
    )


def _price(value: Any) -> Mapping[str, Any]:
    """An object as it is; words as this package spells them: 'Free', '$5', 'CA$15-20', 'from $5', 'up to $20'."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"min": value, "max": value}
    found = next(iter(find_prices(fold(value))), None) if isinstance(value, str) else None
    if found is None or not isinstance(found.value, PriceClaim):
        return {}
    claim = found.value
    if claim.free:
        return {"is_free": True}
    currency = next(iter(claim.currencies)) if len(claim.currencies) == 1 else None
    low = None if claim.bound in ("under", "up to") else claim.low
    high = claim.high if claim.high is not None else None if claim.bound == "from" else claim.low
    return {"min": low, "max": high, "currency": currency}


def _ages(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    found = next(iter(find_ages(fold(value))), None) if isinstance(value, str) else None
    if found is None or not isinstance(found.value, AgeClaim):
        return {}
    return {"min": 0, "max": None} if found.value.bound == "all" else {"min": found.value.low, "max": found.value.high}


def _zone(name: Any, field: str) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise InvalidRequest(field, f"is no time zone: {name!r}") from exc


def _moment(value: Any, zone: ZoneInfo, field: str) -> datetime | None:
    """ISO date or time; wall-clock time without an offset is the zone's own."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and len(value) == DATE_LENGTH:
            return datetime.combine(date.fromisoformat(value), time(), zone)
        moment = datetime.fromisoformat(str(value))
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, OverflowError) as exc:  # year 1 has no day before it
        raise InvalidRequest(field, f"is no ISO time: {value!r}") from exc


def _money(value: Any, field: str) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation as exc:
        raise InvalidRequest(field, f"is no amount: {value!r}") from exc
    if not amount.is_finite() or amount < 0:
        raise InvalidRequest(field, f"is no amount: {value!r}")
    return amount


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _real(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
