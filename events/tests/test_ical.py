from __future__ import annotations

from datetime import UTC, date, datetime

from events.importers.ical import IcalContext, read_ical
from events.importers.recurrence import Window
from events.importers.shift import Shift
from events.types import BadRow, EventData

WINDOW = Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2027, 12, 25, tzinfo=UTC))
CUSTOM_ZONE = """BEGIN:VTIMEZONE
TZID:Our Zone
BEGIN:STANDARD
DTSTART:20001101T020000
TZOFFSETFROM:{0}
TZOFFSETTO:{0}
END:STANDARD
END:VTIMEZONE
"""


def read(events: str, *, head: str = "", zone: str = "", weeks: int | None = 0) -> tuple[list[EventData], list[BadRow]]:
    body = f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{events}END:VCALENDAR\n".replace("\n", "\r\n").encode()
    out = list(read_ical(body, IcalContext(Shift(date(2026, 11, 21), weeks), WINDOW, zone)))
    return [x for x in out if isinstance(x, EventData)], [x for x in out if isinstance(x, BadRow)]


def vevent(
    *lines: str, uid: str = "u1", start: str = "DTSTART;TZID=America/New_York:20261128T190000", title: str = "Jazz"
) -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", start, f"SUMMARY:{title}", *lines, "END:VEVENT"]) + "\n"


def starts(event: EventData) -> list[str]:
    return [o.start.isoformat() for o in event.occurrences]


def test_a_rule_with_exceptions_extra_dates_and_an_override() -> None:
    text = vevent(
        "DTEND;TZID=America/New_York:20261128T210000", "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=America/New_York:20261205T190000",
        "RDATE;TZID=America/New_York:20261230T190000",
    ) + vevent("RECURRENCE-ID;TZID=America/New_York:20261212T190000", "LOCATION:Small Hall, 5 Elm St, Durham, NC 27701",
               start="DTSTART;TZID=America/New_York:20261212T200000", title="Jazz with guests")  # fmt: skip
    (event,), bad = read(text)
    assert bad == []
    assert starts(event) == [
        "2026-11-28T19:00:00-05:00", "2026-12-12T20:00:00-05:00", "2026-12-19T19:00:00-05:00", "2026-12-30T19:00:00-05:00",
    ]  # fmt: skip
    moved = event.occurrences[1]
    assert (event.title, moved.title, moved.recurrence_id, moved.venue and moved.venue.city) == (
        "Jazz", "Jazz with guests", "20261213T000000Z", "Durham",
    )  # fmt: skip


def test_weekly_over_the_change_of_clocks_keeps_seven_o_clock() -> None:
    (event,), _ = read(vevent("RRULE:FREQ=WEEKLY;UNTIL=20270401T000000Z"))
    assert {s[11:19] for s in starts(event)} == {"19:00:00"}
    assert {s[19:] for s in starts(event)} == {"-05:00", "-04:00"}


def test_floating_times_are_in_the_feeds_zone() -> None:
    floating = vevent(start="DTSTART:20261128T190000")
    assert starts(read(floating, head="X-WR-TIMEZONE:America/Toronto\n")[0][0]) == ["2026-11-28T19:00:00-05:00"]
    assert starts(read(floating, zone="America/Los_Angeles")[0][0]) == ["2026-11-28T19:00:00-08:00"]
    assert starts(read(floating)[0][0]) == ["2026-11-28T19:00:00+00:00"]


def test_zones_by_other_names() -> None:
    for name in (
        "Eastern Standard Time",
        "Eastern Time (US & Canada)",
        "/freeassociation.sourceforge.net/America/New_York",
        '"America/New_York"',
    ):
        (event,), bad = read(vevent(start=f"DTSTART;TZID={name}:20261128T190000"))
        assert (event.occurrences[0].start.astimezone(UTC), event.timezone, bad) == (
            datetime(2026, 11, 29, 0, tzinfo=UTC), "America/New_York", [],
        )  # fmt: skip


def test_a_custom_zone_belongs_to_its_feed_alone() -> None:
    event = vevent(start="DTSTART;TZID=Our Zone:20261128T190000")
    first = read(event, head=CUSTOM_ZONE.format("+0200"))[0][0]
    second = read(event, head=CUSTOM_ZONE.format("-0330"))[0][0]
    assert [e.occurrences[0].start.astimezone(UTC).hour for e in (first, second)] == [17, 22]


def test_all_day_and_duration() -> None:
    (day, hour), _ = read(
        vevent(start="DTSTART;VALUE=DATE:20261128") + vevent("DURATION:PT90M", uid="u2"),
        head="X-WR-TIMEZONE:America/New_York\n",
    )
    assert [
        (o.start.isoformat(), o.end and o.end.isoformat(), o.all_day) for o in (*day.occurrences, *hour.occurrences)
    ] == [
        ("2026-11-28T00:00:00-05:00", "2026-11-29T00:00:00-05:00", True),
        ("2026-11-28T19:00:00-05:00", "2026-11-28T20:30:00-05:00", False),
    ]


def test_midnight_without_an_end_is_a_day_without_hours() -> None:
    (day, party), _ = read(
        vevent(start="DTSTART;TZID=America/New_York:20261128T000000")
        + vevent("DURATION:PT90M", uid="u2", start="DTSTART;TZID=America/New_York:20261128T000000")
    )
    assert [(o.all_day, o.end and o.end.isoformat()) for o in (*day.occurrences, *party.occurrences)] == [
        (True, "2026-11-29T00:00:00-05:00"),
        (False, "2026-11-28T01:30:00-05:00"),
    ]


def test_facts_of_the_event() -> None:
    (event,), _ = read(
        vevent(
            "DESCRIPTION:Ages 3-5\\, free admission.\\nBring a hat.", "LOCATION:Main Library\\, 5 Elm St\\, Durham\\, NC 27701", "GEO:35.99;-78.89",
            "CATEGORIES:Kids,Books", "STATUS:CANCELLED", "URL:https://example.org/x", "ORGANIZER;CN=Friends:mailto:a@example.org",
        )
    )  # fmt: skip
    assert (event.description, event.age_min, event.age_max, event.is_free, event.category, event.tags, event.status, event.organizer) == (
        "Ages 3-5, free admission.\nBring a hat.", 3, 5, True, "Kids", ("Books",), "cancelled", "Friends",
    )  # fmt: skip
    assert event.venue is not None
    assert (event.venue.name, event.venue.city, event.venue.latitude, event.venue.precision) == (
        "Main Library",
        "Durham",
        35.99,
        "exact",
    )


def test_broken_components_are_skipped_with_their_line() -> None:
    events, bad = read(
        vevent() + vevent(uid="u2", start="DTSTART:tomorrow") + vevent(uid="u3", start="X-NOTHING:1") + vevent("RRULE:FREQ=NEVER", uid="u4")
        + vevent("RRULE:FREQ=SECONDLY", uid="u5") + vevent("CLASS:PRIVATE", uid="u6") + vevent(uid="u7", title="Library closed")
        + vevent("DURATION:P15M", uid="u8") + "BEGIN:VEVENT\nUID:u9\n"
    )  # fmt: skip
    assert [e.external_id for e in events] == ["u1", "u8"]
    assert [b.line for b in sorted(bad, key=lambda b: b.line)] == [8, 13, 18, 24, 30, 36, 47]


def test_lines_that_are_no_lines_are_ignored() -> None:
    events, bad = read(vevent("  ", "rubbish without a colon", "DESCRIPTION:fol", " ded"))
    assert ([e.description for e in events], bad) == (["folded"], [])


def test_one_uid_given_to_many_single_events() -> None:
    events, _ = read(vevent() + vevent(start="DTSTART;TZID=America/New_York:20261129T190000", title="Blues"))
    assert [(e.external_id, e.title) for e in events] == [("u1#20261128T1900", "Jazz"), ("u1#20261129T1900", "Blues")]


def test_endless_rules_are_bounded() -> None:
    (event,), _ = read(vevent("RRULE:FREQ=HOURLY"))
    assert len(event.occurrences) == 800
    assert [b.reason for b in read(vevent("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"))[1]] == [
        "cannot be expanded: a recurrence rule that never matches again"
    ]


def test_events_outside_the_window_are_left_out() -> None:
    assert read(vevent(start="DTSTART:20200101T100000Z")) == ([], [])


def test_automatic_shift_goes_by_the_day_the_file_was_made() -> None:
    text = vevent("DTSTAMP:20260822T120000Z", start="DTSTART;TZID=America/New_York:20260829T190000")
    assert starts(read(text, weeks=None)[0][0]) == ["2026-11-28T19:00:00-05:00"]


def test_online_events() -> None:
    (zoom, mixed), _ = read(
        vevent("LOCATION:https://zoom.us/j/1")
        + vevent("LOCATION:Main Library", "CONFERENCE;VALUE=URI:https://example.org/live", uid="u2")
    )
    assert (zoom.attendance_mode, mixed.attendance_mode) == ("online", "mixed")


def test_bytes_that_are_not_utf8() -> None:
    body = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261128T190000Z\r\nSUMMARY:Caf\xe9\r\nEND:VEVENT\r\nEND:VCALENDAR"
    out = list(read_ical(body, IcalContext(Shift(date(2026, 11, 21), 0), WINDOW)))
    assert [e.title for e in out if isinstance(e, EventData)] == ["Café"]
