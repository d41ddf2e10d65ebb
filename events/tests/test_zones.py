"""By which clock an event is told and its times are read: the zone that the feed names, else the venue's, else UTC."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from events.importers.formats import Reading
from events.importers.runner import ImportJob, ImportReport, run_import
from events.models import Event, Occurrence
from events.tests.conftest import NOW
from locations.testing import load_test_places

SANTA_ROSA = {"@type": "Place", "name": "Elm Hall", "address": "5 Elm St, Santa Rosa, CA 95404"}
LA = "America/Los_Angeles"


@pytest.fixture(autouse=True)
def places(db: None) -> None:
    load_test_places()


def jsonld(folder: Path, **changes: object) -> Path:
    node = {
        "@type": "Event",
        "name": "Choir",
        "startDate": "2026-12-05T19:00:00-08:00",
        "location": SANTA_ROSA,
    } | changes
    path = folder / "feed.jsonld"
    path.write_text(json.dumps(node))
    return path


def ics(folder: Path, *lines: str, head: str = "", where: str = "LOCATION:Elm Hall\\, Santa Rosa\\, CA") -> Path:
    path = folder / "feed.ics"
    event = "\n".join(["BEGIN:VEVENT", "UID:1", "SUMMARY:Choir", where, *lines, "END:VEVENT"])
    path.write_text(f"BEGIN:VCALENDAR\n{head}{event}\nEND:VCALENDAR\n")
    return path


def jsonl(folder: Path, **changes: object) -> Path:
    row = {
        "title": "Choir",
        "start": "2026-12-05T19:00",
        "venue": {"name": "Elm Hall", "city": "Santa Rosa", "state": "CA"},
    }
    path = folder / "feed.jsonl"
    path.write_text(json.dumps(row | changes))
    return path


def load(path: Path, *, zone: str = "", place: str = "") -> ImportReport:
    report = run_import(ImportJob(str(path), Reading(NOW, zone=zone, place=place), source=path.suffix[1:]))
    assert report.bad == {}
    return report


def told() -> list[str]:
    """Every time by the clock of its event."""
    rows = Occurrence.objects.select_related("event").order_by("start")
    return [f"{o.start.astimezone(ZoneInfo(o.event.timezone)):%a %H:%M} {o.event.timezone}" for o in rows]


@pytest.mark.parametrize("start", ["2026-12-05T19:00:00-08:00", "2026-12-06T03:00:00Z", "2026-12-05T19:00"])
def test_json_ld_goes_by_the_venues_clock(tmp_path: Path, start: str) -> None:
    load(jsonld(tmp_path, startDate=start))
    assert told() == [f"Sat 19:00 {LA}"]


@pytest.mark.parametrize("start", ["2026-12-05T19:00:00-08:00", "2026-12-06T03:00:00Z", "2026-12-05T19:00"])
def test_a_json_row_goes_by_the_venues_clock(tmp_path: Path, start: str) -> None:
    load(jsonl(tmp_path, start=start))
    assert told() == [f"Sat 19:00 {LA}"]


@pytest.mark.parametrize(
    ("start", "head"),
    [("20261206T030000Z", ""), ("20261206T030000Z", "X-WR-TIMEZONE:UTC\n"), ("20261205T190000", "")],
)
def test_a_calendar_without_a_zone_goes_by_the_venues_clock(tmp_path: Path, start: str, head: str) -> None:
    load(ics(tmp_path, f"DTSTART:{start}", head=head))
    assert told() == [f"Sat 19:00 {LA}"]


def test_what_a_feed_names_goes_first(tmp_path: Path) -> None:
    load(jsonld(tmp_path, timezone="America/Denver"))
    load(jsonl(tmp_path), zone="America/Denver")
    load(ics(tmp_path, "DTSTART:20261205T190000", head="X-WR-TIMEZONE:America/Denver\n"))
    assert told() == ["Sat 19:00 America/Denver", "Sat 19:00 America/Denver", "Sat 20:00 America/Denver"]


def test_without_a_zone_or_a_known_town_it_is_utc(tmp_path: Path) -> None:
    load(jsonld(tmp_path, startDate="2026-12-05T19:00", location="Elm Hall"))
    load(jsonl(tmp_path, venue={"name": "Elm Hall"}))
    load(ics(tmp_path, "DTSTART:20261205T190000", where="LOCATION:Elm Hall"))
    assert told() == ["Sat 19:00 UTC"] * 3


def test_the_town_of_the_feed_has_a_clock_too(tmp_path: Path) -> None:
    load(jsonld(tmp_path, startDate="2026-12-05T19:00", location=None), place="Davis, CA")
    load(jsonl(tmp_path, venue=None, online=True), place="Davis, CA")
    load(ics(tmp_path, "DTSTART:20261205T190000", where="LOCATION:Elm Hall"), place="Davis, CA")
    assert told() == [f"Sat 19:00 {LA}"] * 3


def test_a_day_is_the_day_there(tmp_path: Path) -> None:
    load(jsonld(tmp_path, startDate="2026-12-05"))
    load(jsonl(tmp_path, start="2026-12-05"))
    load(ics(tmp_path, "DTSTART;VALUE=DATE:20261205"))
    assert told() == [f"Sat 00:00 {LA}"] * 3
    assert {(o.all_day, o.end - o.start) for o in Occurrence.objects.all() if o.end} == {(True, timedelta(days=1))}


def test_rules_repeat_by_the_clock_there(tmp_path: Path) -> None:
    weekly = {"rule": "FREQ=WEEKLY;BYDAY=SA", "time": "19:00", "from": "2026-12-05", "until": "2026-12-12"}
    load(jsonl(tmp_path, repeat=weekly))
    load(ics(tmp_path, "DTSTART:20261205T190000", "RRULE:FREQ=WEEKLY;COUNT=2"))
    assert told() == [f"Sat 19:00 {LA}"] * 4


def forget_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    """As imports read feeds before they asked the venue."""
    monkeypatch.setattr("events.places.PlaceBook.zone_of", lambda *_: "UTC")


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (jsonld, {"startDate": "2026-12-05T19:00:00-08:00"}),
        (jsonld, {"startDate": "2026-12-05T19:00", "@id": "choir-1"}),
        (jsonld, {"startDate": "2026-12-05T19:00", "url": "https://example.org/choir"}),
        (jsonld, {"startDate": "2026-12-05"}),
        (jsonl, {"start": "2026-12-05T19:00", "id": "7"}),
        (jsonl, {"start": "2026-12-05T19:00"}),
        (jsonl, {"repeat": {"rule": "FREQ=WEEKLY;COUNT=1", "time": "19:00", "from": "2026-12-05"}}),
    ],
)
def test_learning_the_zone_corrects_the_time_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object, changes: dict[str, object]
) -> None:
    path = make(tmp_path, **changes)  # type: ignore[operator]
    with monkeypatch.context() as before:
        forget_zones(before)
        load(path)
    first = Event.objects.get()
    assert first.timezone == "UTC"
    report = load(path)
    assert (report.created, report.changed, Event.objects.get().pk) == (0, 1, first.pk)
    assert told() == [f"Sat {'00:00' if changes.get('startDate') == '2026-12-05' else '19:00'} {LA}"]
    assert load(path).unchanged == 1


@pytest.mark.parametrize("start", ["20261206T030000Z", "20261205T190000"])
def test_learning_the_zone_of_a_calendar_cancels_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    path = ics(tmp_path, f"DTSTART:{start}")
    with monkeypatch.context() as before:
        forget_zones(before)
        load(path)
    load(path)
    assert told() == [f"Sat 19:00 {LA}"]
    assert Occurrence.objects.get().status == "scheduled"
