"""The ledger as JSON, for the session's row and for clients, and the edits a request may make to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from api.rag.query.dates import When
from api.rag.query.dates.types import DailyMask, DateRange
from api.rag.query.ledger import LedgerState, Offer
from api.rag.query.text import storable
from api.rag.types import Audience, Place, PriceLimit

VERSION = 1


class BadLedger(ValueError):
    """The stored or sent value does not have the shape of a ledger field; the text says which."""


def to_json(state: LedgerState) -> dict[str, Any]:
    """Fields in force only; `from_json(to_json(s)) == s` but for spans and alternatives, which belong to one message."""
    data: dict[str, Any] = {"v": VERSION}
    if state.when is not None:
        data["when"] = when_json(state.when)
    if state.place is not None:
        data["place"] = {**place_json(state.place), "said": state.place_said}
    if state.audience is not None:
        data["audience"] = audience_json(state.audience, hard=state.audience_hard)
    if state.price is not None:
        p = state.price
        amount = None if p.max_price is None else str(p.max_price)
        data["price"] = {"max_price": amount, "free_only": p.free_only, "label": p.label, "hard": state.price_hard}
    for name in ("radius", "attendance", "setting", "text", "venue"):
        if getattr(state, name):
            data[name] = getattr(state, name)
    for name in ("access", "topics", "quoted", "excluded", "shown", "focus"):
        if getattr(state, name):
            data[name] = list(getattr(state, name))
    if state.told:
        data["told"] = [list(pair) for pair in state.told]
    if state.names:
        data["names"] = [list(pair) for pair in state.names]
    if state.told_hours is not None:
        data["told_hours"] = list(state.told_hours)
    if state.dearest_shown is not None:
        data["dearest_shown"] = str(state.dearest_shown)
    if state.offer is not None:
        data["offer"] = {"label": state.offer.label, "change": dict(state.offer.change)}
    if state.words:
        data["words"] = dict(state.words)
    if state.previous is not None:
        data["previous"] = to_json(state.previous)
    return data


def from_json(data: Mapping[str, Any]) -> LedgerState:
    """Raises BadLedger. Unknown keys are ignored: a newer version may have written them."""
    radius, audience, price, offer = data.get("radius"), data.get("audience"), data.get("price"), data.get("offer")
    place = data.get("place")
    return LedgerState(
        when=when_from(data["when"]) if data.get("when") is not None else None,
        place=place_from(place) if place is not None else None,
        place_said=isinstance(place, Mapping) and bool(place.get("said", True)),
        radius=_number(radius, "radius", 0.1, 25_000) if radius is not None else None,
        audience=audience_from(audience) if audience is not None else None,
        audience_hard=isinstance(audience, Mapping) and bool(audience.get("hard", True)),
        price=price_from(price) if price is not None else None,
        price_hard=isinstance(price, Mapping) and bool(price.get("hard", True)),
        access=strings(data.get("access"), "access"),
        attendance=one_of(data.get("attendance"), "attendance", ("online", "in_person")),
        setting=one_of(data.get("setting"), "setting", ("indoor", "outdoor")),
        topics=strings(data.get("topics"), "topics"),
        text=_string(data.get("text") or "", "text"),
        quoted=strings(data.get("quoted"), "quoted"),
        venue=_string(data.get("venue") or "", "venue"),
        excluded=strings(data.get("excluded"), "excluded"),
        words={str(k): str(v) for k, v in _mapping(data.get("words") or {}, "words").items()},
        shown=tuple(_id(n, "shown") for n in _list(data.get("shown"), "shown")),
        dearest_shown=_amount(data["dearest_shown"], "dearest_shown")
        if data.get("dearest_shown") is not None
        else None,
        told=tuple(_numbers(pair, "told") for pair in _list(data.get("told"), "told")),
        names=tuple(_named(pair) for pair in _list(data.get("names"), "names")),
        told_hours=_numbers(data["told_hours"], "told_hours") if data.get("told_hours") is not None else None,
        focus=tuple(_id(n, "focus") for n in _list(data.get("focus"), "focus")),
        offer=_offer(offer) if offer is not None else None,
        previous=_previous(data["previous"]) if data.get("previous") is not None else None,
    )


def _previous(value: Any) -> LedgerState:
    """One state only, however deep a stored value may be."""
    return from_json({k: v for k, v in _mapping(value, "previous").items() if k != "previous"})


def audience_json(a: Audience, *, hard: bool) -> dict[str, Any]:
    return {"age_min": a.age_min, "age_max": a.age_max, "ages": list(a.ages), "label": a.label, "hard": hard}


def when_json(when: When) -> dict[str, Any]:
    mask = when.mask
    return {
        "start": when.range.start.isoformat(),
        "end": when.range.end.isoformat(),
        "ranges": [[r.start.isoformat(), r.end.isoformat()] for r in when.ranges],
        "mask": None
        if mask is None
        else {
            "weekdays": None if mask.weekdays is None else sorted(mask.weekdays),
            "start_minute": mask.start_minute,
            "end_minute": mask.end_minute,
        },
        "grain": when.grain,
        "label": when.label,
        "words": list(when.words),
        "time_only": when.time_only,
        "must_end": when.must_end,
        "zone": when.zone,
    }


def when_from(value: Any, zone: str | None = None) -> When:
    """A stored `when`, or an edit {start, end[, label]}; a start without an offset is wall-clock time in `zone`."""
    data = _mapping(value, "when")
    name = zone_name(data.get("zone") or zone or "UTC")
    span = _range(data.get("start"), data.get("end"), name)
    ranges = tuple(_range(*_pair(pair), name) for pair in _list(data.get("ranges"), "when")) or (span,)
    return When(
        range=span,
        ranges=ranges,
        mask=_mask(data["mask"]) if data.get("mask") is not None else None,
        grain=_string(data.get("grain") or "range", "when"),
        label=_string(data.get("label") or range_label(span), "when"),
        words=strings(data.get("words"), "when"),
        spans=(),
        ambiguous=False,
        alternatives=(),
        time_only=bool(data.get("time_only", False)),
        must_end=bool(data.get("must_end", False)),
        zone=name,
    )


def sent_when(ranges: tuple[DateRange, ...], zone: str) -> When:
    """Of days that a client named beside the words."""
    span = DateRange(ranges[0].start, max(r.end for r in ranges))
    return When(
        range=span,
        ranges=ranges,
        mask=None,
        grain="range",
        label=range_label(span),
        words=(),
        spans=(),
        ambiguous=False,
        alternatives=(),
        time_only=False,
        zone=zone,
    )


def range_label(span: DateRange) -> str:
    last = (span.end - timedelta(microseconds=1)).date()
    first = f"{span.start:%a} {span.start.day} {span.start:%b}"
    return first if last == span.start.date() else f"{first} - {last:%a} {last.day} {last:%b}"


def zone_name(name: Any) -> str:
    """The name, once the zone is known to exist."""
    try:
        return ZoneInfo(str(name)).key
    except (KeyError, ValueError, OSError) as error:  # OSError: a name that is a folder of the zone database
        raise BadLedger(f"zone: {name!r} is not an IANA time zone") from error


def place_json(place: Place) -> dict[str, Any]:
    return {
        "id": place.location_id,
        "label": place.label,
        "lat": place.lat,
        "lng": place.lng,
        "radius_miles": place.radius_miles,
        "zone": place.zone,
        "country_code": place.country_code,
        "kind": place.kind,
        "region": place.region,
    }


def place_from(value: Any) -> Place:
    data = _mapping(value, "place")
    location_id = data.get("id")
    return Place(
        location_id=None if location_id is None else _id(location_id, "place"),
        label=_string(data.get("label"), "place"),
        lat=_number(data.get("lat"), "place", -90, 90),
        lng=_number(data.get("lng"), "place", -180, 180),
        radius_miles=_number(data.get("radius_miles"), "place", 0.1, 25_000),
        zone=zone_name(data.get("zone")),
        country_code=_string(data.get("country_code") or "", "place"),
        kind=_string(data.get("kind") or "city", "place"),
        confidence=1.0,
        why="from earlier in the conversation",
        region=None if data.get("region") is None else _string(data["region"], "place"),
    )


def audience_from(value: Any) -> Audience:
    data = _mapping(value, "audience")
    low, high = data.get("age_min"), data.get("age_max")
    ages = tuple(_age(n) for n in _list(data.get("ages"), "audience"))
    low, high = (None if low is None else _age(low)), (None if high is None else _age(high))
    if low is None and high is None and ages:
        low, high = min(ages), max(ages)
    label = _string(data.get("label") or "", "audience") or age_label(low, high, ages)
    return Audience(low, high, ages, label)


def age_label(low: int | None, high: int | None, ages: tuple[int, ...] = ()) -> str:
    if ages:
        return ", ".join(f"{n}-year-old" if n else "baby" for n in ages)
    if high is None:
        return "all ages" if low is None else f"{low}+"
    return f"ages {low or 0}-{high}"


def price_from(value: Any) -> PriceLimit:
    """A stored limit, a bare number, or the word 'free'."""
    if value == "free":
        return PriceLimit(Decimal(0), free_only=True, label="free")
    if not isinstance(value, Mapping):
        value = {"max_price": value}
    free = bool(value.get("free_only", False))
    amount = (
        _amount(value["max_price"], "price") if value.get("max_price") is not None else Decimal(0) if free else None
    )
    if amount is None:
        raise BadLedger("price: needs max_price or free_only")
    free = free or amount == 0
    label = _string(value.get("label") or "", "price") or ("free" if free else f"up to {amount.normalize():f}")
    return PriceLimit(amount, free_only=free, label=label)


def day_range(first: date, last: date, zone: str) -> DateRange:
    """Both days whole, in the zone."""
    tz = ZoneInfo(zone)
    return DateRange(datetime.combine(first, time(), tz), datetime.combine(last + timedelta(days=1), time(), tz))


def strings(value: Any, name: str) -> tuple[str, ...]:
    return tuple(_string(v, name) for v in _list(value, name))


def one_of(value: Any, name: str, known: tuple[str, ...]) -> Any:
    if value is None or value in known:
        return value
    raise BadLedger(f"{name}: {value!r} is none of {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class _Limits:
    items: int = 500
    characters: int = 500


_LIMITS = _Limits()


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadLedger(f"{name}: an object is needed, got {type(value).__name__}")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list | tuple) or len(value) > _LIMITS.items:
        raise BadLedger(f"{name}: a list of at most {_LIMITS.items} is needed")
    return list(value)


def _string(value: Any, name: str) -> str:
    if not isinstance(value, str) or len(value) > _LIMITS.characters:
        raise BadLedger(f"{name}: text of at most {_LIMITS.characters} characters is needed")
    return storable(value)


def _number(value: Any, name: str, low: float, high: float) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not low <= value <= high
    ):
        raise BadLedger(f"{name}: a number from {low:g} to {high:g} is needed, got {value!r}")
    return float(value)


def number_between(value: Any, name: str, low: float, high: float) -> float:
    return _number(value, name, low, high)


def _id(value: Any, name: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadLedger(f"{name}: an id is a whole number, got {value!r}")
    return value


def location_id(value: Any) -> int:
    return _id(value, "place")


def _age(value: Any) -> int:
    return int(_number(value, "audience", 0, 120))


def _amount(value: Any, name: str) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise BadLedger(f"{name}: {value!r} is not an amount") from error
    if isinstance(value, bool) or not amount.is_finite() or amount < 0 or amount > 1_000_000:
        raise BadLedger(f"{name}: {value!r} is not an amount")
    return amount


def _pair(value: Any) -> tuple[Any, Any]:
    pair = _list(value, "when")
    if len(pair) != 2:
        raise BadLedger("when: a range is [start, end]")
    return pair[0], pair[1]


def _range(start: Any, end: Any, zone: str) -> DateRange:
    first, last = _moment(start, zone), _moment(end, zone)
    if not first < last:
        raise BadLedger("when: the end must be after the start")
    return DateRange(first, last)


def _moment(value: Any, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_string(value, "when"))
    except ValueError as error:
        raise BadLedger(f"when: {value!r} is not an ISO date and time") from error
    tz = ZoneInfo(zone)
    if not 1900 < moment.year < 2200:
        raise BadLedger(f"when: {value!r} is out of range")
    return moment.replace(tzinfo=tz) if moment.tzinfo is None else moment.astimezone(tz)


def _mask(value: Any) -> DailyMask:
    data = _mapping(value, "when")
    days = data.get("weekdays")
    return DailyMask(
        weekdays=None if days is None else frozenset(int(_number(d, "when", 0, 6)) for d in _list(days, "when")),
        start_minute=int(_number(data.get("start_minute"), "when", 0, 1440)),
        end_minute=int(_number(data.get("end_minute"), "when", 0, 2880)),
    )


def _numbers(value: Any, name: str) -> tuple[int, int]:
    pair = _list(value, name)
    if len(pair) != 2:
        raise BadLedger(f"{name}: two whole numbers are needed")
    return _id(pair[0], name), _id(pair[1], name)


def _named(value: Any) -> tuple[int, str]:
    pair = _list(value, "names")
    if len(pair) != 2:
        raise BadLedger("names: an event id and its title are needed")
    return _id(pair[0], "names"), _string(pair[1], "names")


def _offer(value: Any) -> Offer:
    data = _mapping(value, "offer")
    return Offer(_string(data.get("label") or "", "offer"), _mapping(data.get("change") or {}, "offer"))
