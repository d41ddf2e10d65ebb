"""399 calendars of other projects' tests and of real feeds, against what another reader counted in a window of 365 days."""

from __future__ import annotations

import functools
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from events.importers.ical import IcalContext, read_ical
from events.importers.recurrence import Window
from events.importers.shift import Shift
from events.types import BadRow, EventData

# file -> (their count, ours, why they differ). Everything else must be equal.
DIFFERENCES = {
    "peer_icalendar/invalid_duration.ics": (0, 1, "the broken DURATION is dropped, the event kept"),
    "peer_icalendar/issue_1426.ics": (3, 0, "no SUMMARY"),
    "peer_icalendar/issue_1426_value_parameters.ics": (1, 0, "no SUMMARY"),
    "peer_icalendar/issue_1633_rdate_with_dates.ics": (2, 0, "no SUMMARY"),
    "peer_icalendar/issue_1633_rdate_with_dates_and_tzid.ics": (2, 0, "no SUMMARY"),
    "peer_icalendar/issue_168_expected_output.ics": (1, 0, "no SUMMARY"),
    "peer_icalendar/issue_168_input.ics": (1, 0, "no SUMMARY"),
    "peer_icalendar/issue_178_custom_component_contains_other.ics": (1, 0, "no SUMMARY"),
    "peer_icalendar/issue_722_missing_VTIMEZONE_custom.ics": (1, 0, "no SUMMARY"),
    "peer_icalendar/parsing_error.ics": (20, 0, "no SUMMARY"),
    "peer_icalendar/rfc_9253_examples.ics": (2, 0, "no SUMMARY"),
    "peer_icalendar/issue_157_removes_trailing_semicolon.ics": (2, 0, "no SUMMARY"),
    "peer_icalendar/issue_184_broken_representation_of_period.ics": (1, 0, "no SUMMARY"),
    "peer_icalendar/rfc_7265_example_4.ics": (1, 0, "no SUMMARY"),
    "peer_recurring_ical_events/issue_107_omitting_last_event.ics": (23, 0, "no SUMMARY"),
    "peer_recurring_ical_events/issue_179_example.ics": (1, 0, "marked private"),
    "peer_recurring_ical_events/issue_201_test_matrix.ics": (15, 0, "no SUMMARY"),
    "peer_icalendar/issue_165_missing_event.ics": (0, 14, "blanks in a rule of Exchange are left out"),
    "peer_recurring_ical_events/issue_28_rrule_with_UTC_endinginZ.ics": (
        24,
        26,
        "UNTIL is midnight in London: that day is one of them",
    ),
    "real_feeds/bloomington__rbbschools_cal_7.ics": (21, 14, "closures are no events"),
    "real_feeds/montclair__libcal_bccls_10270.ics": (113, 112, "a closure is no event"),
    "real_feeds/asheville__eventbrite_bmca.ics": (6, 7, "one UID given to two events: both are kept"),
}
# Where the other reader takes an end before the start for the start.
SWAPPED = {"real_feeds/raleighdurham__duke_arts.ics": {datetime(2026, 1, 4, 3, tzinfo=UTC)}}
# Where the other reader failed altogether.
SAVED = {
    "real_feeds/santarosa__gunbun.ics": 14,
    "real_feeds/raleighdurham__calendar_group_gregg_museum_of_art_design.ics": 31,
    "real_feeds/raleighdurham__ncsu_gregg_museum.ics": 35,
    "real_feeds/toronto__tockify_jamaalmyers.ics": 21,
}


@pytest.fixture(scope="module")
def corpus(shared_data: Path) -> list[dict[str, object]]:
    index = shared_data / "ics" / "index.jsonl"
    return [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]


@functools.cache
def _read(path: Path, first: date, days: int) -> tuple[list[EventData], list[BadRow]]:
    start = datetime.combine(first, datetime.min.time(), tzinfo=UTC)
    context = IcalContext(Shift(first, 0), Window(start, start + timedelta(days=days)))
    out = list(read_ical(path.read_bytes(), context))
    return [x for x in out if isinstance(x, EventData)], [x for x in out if isinstance(x, BadRow)]


def test_counts_equal_the_oracle_but_for_known_reasons(corpus: list[dict[str, object]], shared_data: Path) -> None:
    found: dict[str, tuple[int, int]] = {}
    compared = 0
    for entry in corpus:
        oracle = entry["oracle_recurring_ical_events"]
        if not isinstance(oracle, dict) or "count" not in oracle:
            continue
        compared += 1
        events, _ = _read(
            shared_data / "ics" / str(entry["file"]), date.fromisoformat(oracle["window"][0]), oracle["window"][1]
        )
        ours = sum(len(e.occurrences) for e in events)
        if ours != oracle["count"]:
            found[str(entry["file"])] = (oracle["count"], ours)
    assert compared == 324
    assert found == {name: (theirs, ours) for name, (theirs, ours, _) in DIFFERENCES.items()}


def test_first_occurrences_equal_the_oracle_in_real_feeds(corpus: list[dict[str, object]], shared_data: Path) -> None:
    checked = 0
    for entry in corpus:
        oracle = entry["oracle_recurring_ical_events"]
        name = str(entry["file"])
        if (
            not name.startswith("real_feeds/")
            or not isinstance(oracle, dict)
            or "count" not in oracle
            or name in DIFFERENCES
        ):
            continue
        events, _ = _read(shared_data / "ics" / name, date.fromisoformat(oracle["window"][0]), oracle["window"][1])
        ours = {o.start.astimezone(UTC) for e in events for o in e.occurrences}
        theirs = {
            datetime.fromisoformat(when).astimezone(UTC)
            for when, _ in oracle["first"]
            if "+" in when or when.count("-") == 3
        }
        assert theirs - ours == SWAPPED.get(name, set()), name
        checked += len(theirs)
    assert checked == 675


def test_feeds_that_the_other_reader_gave_up(corpus: list[dict[str, object]], shared_data: Path) -> None:
    counts = {
        name: sum(len(e.occurrences) for e in _read(shared_data / "ics" / name, date(2026, 1, 1), 365)[0])
        for name in SAVED
    }
    assert counts == SAVED


def test_no_file_of_the_corpus_raises(corpus: list[dict[str, object]], shared_data: Path) -> None:
    outcome: Counter[bool] = Counter()
    for entry in corpus:
        if entry["parses_icalendar7"]:
            continue
        events, bad = _read(shared_data / "ics" / str(entry["file"]), date(2026, 1, 1), 365)
        outcome[bool(events or bad)] += 1
    assert outcome[True] >= 10
