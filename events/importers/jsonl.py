"""The JSON feed: one event row a line (.jsonl), or {"feed": ..., "events": [rows]} in one .json file.

A row is one time to attend. Rows of one feed with the same title at the same venue are one series with several occurrences, unless
their prices or descriptions differ: then they are different shows. A row may carry `repeat` in place of `start` and `end`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from events.derive import ages_of, is_sold_out, not_open_to_public, price_in_text, status_of_title, without_sold_out
from events.importers.addresses import room_and_name
from events.importers.clocks import ZoneAt, clock_of, unknown_zone
from events.importers.hours import is_hourless, whole_days
from events.importers.recurrence import RuleError, Window, expand
from events.importers.shift import Shift, moved
from events.importers.venues import venue_of_fields
from events.params import (
    CITY_MAX,
    DESCRIPTION_MAX,
    EXTERNAL_ID_MAX,
    LINE_MAX_BYTES,
    MAX_OCCURRENCES_PER_EVENT,
    NAME_MAX,
    SERIES_DESCRIPTION_OVERLAP,
    SERIES_SHOWS_COMPARED,
    SHORT_MAX,
    TAG_MAX,
    TAGS_MAX,
    TITLE_MAX,
    URL_MAX,
    YEARS,
)  # fmt: skip
from events.prices import UNKNOWN, Price, currency_of, dollars_of, price_of
from events.text import digest, id_within, key_of, name_in, one_line, plain_text, safe_url, slug_of, words, zone_or_none
from events.types import (
    Attendance,
    BadRow,
    EventData,
    FeedData,
    ImportedRow,
    OccurrenceData,
    Precision,
    Rows,
    Status,
    VenueData,
    check_rows,
)

_RULE_ANCHOR = date(2024, 1, 1)  # a Monday: where rules without a first day start counting


class RowError(ValueError):
    """A row that cannot be an event; the text is the reason reported."""


class NotPublic(RowError):
    """A row that was read well and is for nobody to attend."""


@dataclass(frozen=True, slots=True)
class JsonContext:
    """How to read a feed: the shift of its dates, the window of its rules, its zone where rows name none, the zone of a venue, its address."""

    shift: Shift
    window: Window
    zone: str = ""
    feed: str = ""
    zone_at: ZoneAt = unknown_zone
    address: str = ""


def read_jsonl(lines: Iterable[bytes], context: JsonContext) -> Rows:
    """Rows of a .jsonl file. The whole file is read before the first event: a series may be spread over it."""
    events: list[EventData] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) > LINE_MAX_BYTES:
            yield BadRow(number, "the line is too long")
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield BadRow(number, f"not JSON: {str(error)[:80]}")
            continue
        item = event_of_row(row, number, context)
        if isinstance(item, BadRow):
            yield item
        else:
            events.append(item)
    yield from series_of(events)


def read_json(document: Mapping[str, Any], context: JsonContext) -> Rows:
    """A .json feed: {"feed", "license", "url", "timezone", "events": [rows]}. Line numbers are the rows' places in the list."""
    rows = document.get("events")
    if not isinstance(rows, list):
        yield BadRow(0, 'a JSON feed needs a list "events"')
        return
    check_rows(len(rows))
    shared = {k: document[k] for k in ("feed", "license", "snapshot", "timezone", "feed_url") if k in document}
    events: list[EventData] = []
    for number, row in enumerate(rows, 1):
        item = event_of_row({**shared, **row} if isinstance(row, dict) else row, number, context)
        if isinstance(item, BadRow):
            yield item
        else:
            events.append(item)
    yield from series_of(events)


def event_of_row(row: object, number: int, context: JsonContext) -> ImportedRow:
    if not isinstance(row, dict):
        return BadRow(number, "a row must be an object")
    try:
        return _event(row, number, context)
    except NotPublic as error:
        return BadRow(number, str(error), True, _row_id(row.get("id")), _feed(row, context))
    except RowError as error:
        return BadRow(number, str(error))


def _feed(row: Mapping[str, Any], context: JsonContext) -> FeedData:
    return FeedData(one_line(row.get("feed"), SHORT_MAX) or context.feed, one_line(row.get("license"), SHORT_MAX))


def _event(row: Mapping[str, Any], number: int, context: JsonContext) -> EventData:
    full_title = one_line(row.get("title"), TITLE_MAX)
    if not full_title:
        raise RowError("no title")
    if reason := not_open_to_public(full_title):
        raise NotPublic(reason)
    title, status = status_of_title(full_title)
    sold_out = is_sold_out(title)
    title = without_sold_out(title) if sold_out else title
    named = zone_or_none(row.get("timezone")) or zone_or_none(context.zone)
    given = row.get("venue")
    venue, room = _venue(given if isinstance(given, dict) else {}, named)
    timezone, zone = clock_of(named, venue, context.zone_at)
    description = _description(row)
    price = _price(row, full_title, description, venue)
    audience = _labels(row.get("audience"), 40)
    ages = _ages(row, full_title, description, audience)
    external_id = _row_id(row.get("id"))
    occurrences = _occurrences(row, zone, context, status if status != "scheduled" else _status(row), external_id)
    mode: Attendance = "online" if row.get("online") is True else "offline"
    if row.get("online") == "mixed":
        mode = "mixed"
    if mode == "online" and venue is None:
        venue = VenueData(name="Online", kind="online", timezone=named.key if named else "")
    tags = _labels(row.get("tags"), TAG_MAX)
    return EventData(
        external_id=external_id,
        title=title,
        occurrences=occurrences,
        description=description,
        venue=venue,
        room_name=name_in(row.get("room"), SHORT_MAX) or room,
        organizer=name_in(row.get("organizer"), NAME_MAX),
        url=safe_url(row.get("url")),
        category=one_line(row.get("category"), TAG_MAX),
        tags=(*tags, "sold out") if sold_out else tags,
        audience=audience,
        age_min=ages[0],
        age_max=ages[1],
        price_min=price.minimum,
        price_max=price.maximum,
        price_currency=price.currency,
        is_free=price.is_free,
        attendance_mode=mode,
        timezone=timezone,
        language=one_line(row.get("lang"), 8),
        feed=_feed(row, context),
        line=number,
        by_rule=isinstance(row.get("repeat"), dict),
    )


def _row_id(given: object) -> str:
    """Numbers are ids, too."""
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    return id_within(one_line(text, URL_MAX), EXTERNAL_ID_MAX)


def _status(row: Mapping[str, Any]) -> Status:
    given = row.get("status")
    return given if given in ("cancelled", "postponed", "rescheduled") else "scheduled"


def _venue(given: Mapping[str, Any], named: ZoneInfo | None) -> tuple[VenueData | None, str]:
    name, room = room_and_name(one_line(given.get("name"), NAME_MAX))
    precision: Precision = "city" if given.get("geo_source") == "city_centroid" else "exact"
    fields = {**given, "name": name, "city": one_line(given.get("city"), CITY_MAX)}
    return venue_of_fields(fields, precision=precision, zone=named.key if named else ""), room


def _description(row: Mapping[str, Any]) -> str:
    text = plain_text(row.get("description"), DESCRIPTION_MAX)
    # a mark of the collector
    return "" if text.startswith("Source: ") and "\n" not in text and len(text) < 120 else text


def _price(row: Mapping[str, Any], title: str, description: str, venue: VenueData | None) -> Price:
    given, country = row.get("price"), venue.country_code if venue else ""
    if isinstance(given, dict):
        currency = given.get("currency") or currency_of(country)
        price = price_of(given.get("min"), given.get("max"), currency, given.get("is_free"))
        if price != UNKNOWN:
            return price
    return price_in_text(title, description, dollars_of(country))


def _ages(
    row: Mapping[str, Any], title: str, description: str, audience: tuple[str, ...]
) -> tuple[int | None, int | None]:
    low, high = row.get("age_min"), row.get("age_max")
    if isinstance(low, int) or isinstance(high, int):
        low = low if isinstance(low, int) and 0 <= low <= 120 else None
        high = high if isinstance(high, int) and 0 <= high <= 120 else None
        return (low, high) if low is None or high is None or low <= high else (None, None)
    ages = ages_of(title, description, *audience)
    return ages.minimum, ages.maximum


def _labels(value: object, limit: int) -> tuple[str, ...]:
    """A clean list of tags: no duplicates, no crumbs that a splitter left behind."""
    seen: dict[str, str] = {}
    for item in value if isinstance(value, list) else []:
        label = one_line(item, limit).strip(" ,;|").removeprefix("and ").strip()
        if len(label) > 1 and label.lower() not in seen:
            seen[label.lower()] = label
    return tuple(seen.values())[:TAGS_MAX]


def _occurrences(
    row: Mapping[str, Any], zone: ZoneInfo, context: JsonContext, status: Status, external_id: str
) -> tuple[OccurrenceData, ...]:
    if isinstance(row.get("repeat"), dict):
        return tuple(_repeated(row["repeat"], zone, context, status))
    weeks = context.shift.weeks_for(_date_or_none(row.get("snapshot")))
    start, start_has_time = _moment(row.get("start"), zone, "start")
    end, end_has_time = _moment(row["end"], zone, "end") if row.get("end") else (None, False)
    all_day = row.get("all_day") is True or not start_has_time or is_hourless(start, end)
    if all_day:
        start, end = whole_days(start, end, zone, last_day=not end_has_time)
    if end is not None and end <= start:
        end = None  # the feed gives no usable end
    start = moved(start, weeks, zone)
    end = moved(end, weeks, zone) if end else None
    return (OccurrenceData(start, end, all_day, status, external_id=external_id),)


def _moment(value: object, zone: ZoneInfo, name: str) -> tuple[datetime, bool]:
    """An ISO date or time in `zone`, and whether it has a time of day."""
    if not isinstance(value, str) or not value.strip():
        raise RowError(f"no {name}")
    text = value.strip()
    try:
        moment = datetime.fromisoformat(text)
        local = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, OverflowError) as error:
        raise RowError(f"{name} is not a date: {text[:40]!r}") from error
    if local.year not in YEARS:
        raise RowError(f"{name} in the year {local.year}")
    return local, len(text) > 10


def _date_or_none(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _repeated(
    repeat: Mapping[str, Any], zone: ZoneInfo, context: JsonContext, status: Status
) -> Iterator[OccurrenceData]:
    """`repeat`: {"rule": RRULE, "time": "HH:MM", "minutes": int, "from", "until": dates, "except": [dates]}."""
    rule = repeat.get("rule")
    if not isinstance(rule, str):
        raise RowError('"repeat" needs a "rule"')
    clock, minutes = repeat.get("time"), repeat.get("minutes")
    try:
        of_day = time.fromisoformat(clock) if isinstance(clock, str) else time()
    except ValueError as error:
        raise RowError(f'"repeat.time" is not a time: {str(clock)[:20]!r}') from error
    first = _date_or_none(repeat.get("from")) or _RULE_ANCHOR
    until = _date_or_none(repeat.get("until"))
    given = repeat.get("except")
    excluded = [d for d in map(_date_or_none, given if isinstance(given, list) else []) if d]
    all_day = clock is None
    length = (
        timedelta(days=1)
        if all_day
        else timedelta(minutes=minutes)
        if isinstance(minutes, int) and 0 < minutes < 44_640
        else None
    )
    try:
        for start in expand(rule, datetime.combine(first, of_day), context.window, zone=zone, exclude=excluded):
            if until and start.date() > until:
                return
            yield OccurrenceData(
                start, start + length if length else None, all_day, status, recurrence_id=f"{start:%Y%m%dT%H%M}"
            )
    except RuleError as error:
        raise RowError(str(error)) from error


# -- Rows into series ---------------------------------------------------------------------------------------------------------


def series_of(rows: Iterable[EventData]) -> Iterator[EventData]:
    """One event per series, in order of first appearance. A row with a rule is a series already."""
    groups: dict[str, list[EventData]] = defaultdict(list)
    for row in rows:
        groups[_series_key(row)].append(row)
    for key, members in groups.items():
        shows = _shows(
            sorted(members, key=lambda r: (r.occurrences[0].start if r.occurrences else _NEVER, r.external_id))
        )
        parts: Counter[str] = Counter()  # of a show with more times than one event may have
        for show in shows:
            name = key if len(shows) == 1 else f"{key}-{_signature(show[0])}"
            parts[name] += 1
            yield _merged(show, name if parts[name] == 1 else f"{name}-{parts[name]}")


_NEVER = datetime(2101, 1, 1, tzinfo=ZoneInfo("UTC"))


def _series_key(row: EventData) -> str:
    venue = row.venue
    if len(row.occurrences) != 1 or row.occurrences[0].recurrence_id:
        # No zone is written as UTC here: the identity must not change with what is known of the venue's.
        spot = replace(venue, timezone=venue.timezone or "UTC") if venue else None
        return row.external_id or digest(f"{row.title}|{spot}")[:20]
    place = (
        key_of(f"{venue.name} {venue.street_address} {venue.city} {venue.state} {venue.country_code}") if venue else ""
    )
    feed = slug_of(row.feed.name) if row.feed else ""
    return "s-" + digest(f"{feed}|{key_of(row.title) or row.title}|{place}")[:20]


def _shows(rows: list[EventData]) -> list[list[EventData]]:
    """Rows of one title and venue, split where price, ages or description say they are different shows."""
    shows: list[_Show] = []
    known: dict[_Said, _Show] = {}
    for row in rows:
        said = _said(row)
        show = known.get(said)
        if show is None or show.full:
            # Not with all of them: a feed that gives one title to thousands of different shows would take hours.
            show = next((s for s in shows[:SERIES_SHOWS_COMPARED] if not s.full and _alike(s.said, said)), None)
            if show is None:
                show = _Show(said)
                shows.append(show)
            known[said] = show
        show.rows.append(row)
    return [show.rows for show in shows]


_Terms = tuple[Decimal | None, Decimal | None, bool | None, int | None, int | None, Attendance]
_Said = tuple[_Terms, frozenset[str]]  # the words are the description's


@dataclass(slots=True)
class _Show:
    said: _Said
    rows: list[EventData] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.rows) >= MAX_OCCURRENCES_PER_EVENT


def _said(row: EventData) -> _Said:
    terms = (row.price_min, row.price_max, row.is_free, row.age_min, row.age_max, row.attendance_mode)
    return terms, frozenset(words(row.description))


def _alike(one: _Said, other: _Said) -> bool:
    return one[0] == other[0] and _overlap(one[1], other[1]) >= SERIES_DESCRIPTION_OVERLAP


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0


def _signature(row: EventData) -> str:
    terms = f"{row.price_min}|{row.price_max}|{row.is_free}|{row.age_min}|{row.age_max}|{row.attendance_mode}"
    return digest(f"{key_of(row.description)}|{terms}")[:8]


def _merged(rows: list[EventData], external_id: str) -> EventData:
    """The fullest row speaks for the series; times and links stay each row's own. Of two rows at one time the first counts."""
    first = rows[0]
    fullest = max(rows, key=lambda r: len(r.description))
    by_start: dict[datetime, OccurrenceData] = {}
    for row in rows:
        link = row.url if row.url != first.url else ""
        for occurrence in row.occurrences:
            by_start.setdefault(occurrence.start, replace(occurrence, url=link))
    counted = {o.external_id for o in by_start.values()}
    occurrences = tuple(by_start[start] for start in sorted(by_start))
    statuses = {o.status for o in occurrences}
    status: Status = statuses.pop() if len(statuses) == 1 else "scheduled"
    category = next((r.category for r in rows if r.category), "")
    tags = tuple(dict.fromkeys(tag for r in rows for tag in r.tags))[:TAGS_MAX]
    return replace(
        first,
        external_id=external_id,
        occurrences=occurrences,
        description=fullest.description,
        status=status,
        category=category,
        tags=tags,
        repeated=tuple(r.external_id for r in rows if r.external_id and r.external_id not in counted),
    )
