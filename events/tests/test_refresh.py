"""A source fetched again is read as it was at first, and says how that went."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from events.importers.fetch import FetchLimits
from events.importers.formats import Reading
from events.importers.refresh import Refreshed, refresh_source
from events.importers.runner import ImportJob, ImportReport, run_import
from events.models import Event, EventSource, Occurrence
from events.source_lock import one_import_of
from events.tests.conftest import NOW
from locations.testing import load_test_places

HERE = FetchLimits(allow_private=True, deadline_s=10)
NODES = [
    {"@type": "Event", "name": f"Choir {n}", "url": f"/c/{n}", "startDate": f"2026-12-0{n}T19:00"} for n in range(1, 6)
]


class _Feed(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        same = self.headers.get("If-None-Match") == '"v1"'
        self.send_response(304 if same else 200)
        self.send_header("ETag", '"v1"')
        self.end_headers()
        if not same:
            self.wfile.write(json.dumps(NODES).encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def url(db: None) -> Iterator[str]:
    load_test_places()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Feed) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}/feed.jsonld"
        http.shutdown()


def load(url: str, *, limit: int = 0, zone: str = "", place: str = "") -> ImportReport:
    reading = Reading(NOW, zone=zone, place=place)
    return run_import(ImportJob(url, reading, source="choirs", limit=limit, limits=HERE))


def refresh() -> str:
    EventSource.objects.update(etag="")
    return refresh_source(EventSource.objects.get(), now=NOW, limits=HERE).text


@pytest.mark.parametrize("options", [{"zone": "America/Los_Angeles"}, {"place": "Davis, CA"}])
def test_a_refresh_reads_the_feed_as_the_import_did(url: str, options: dict[str, str]) -> None:
    out = StringIO()
    call_command("import_events", url, source="choirs", allow_private=True, stdout=out, stderr=StringIO(), **options)
    assert ": 5 new" in out.getvalue()
    assert refresh() == "0 new, 0 changed, 5 unchanged, 0 skipped"
    assert (Event.objects.count(), Occurrence.objects.earliest("start").start.isoformat()) == (
        5,
        "2026-12-02T03:00:00+00:00",
    )


def test_a_path_in_a_feed_is_of_its_host(url: str) -> None:
    load(url)
    assert Event.objects.earliest("pk").url == url.replace("/feed.jsonld", "/c/1")


def test_an_import_that_says_less_goes_by_what_was_said_before(url: str) -> None:
    load(url, zone="America/Los_Angeles", place="Davis, CA")
    EventSource.objects.update(etag="")
    assert load(url).unchanged == 5
    source = EventSource.objects.get()
    assert (source.zone, source.place) == ("America/Los_Angeles", "Davis, CA")


def test_another_town_is_read_though_the_feed_did_not_change(url: str) -> None:
    load(url, zone="America/New_York")
    assert load(url, place="Davis, CA").changed == 5
    assert load(url).not_modified


def test_a_part_of_a_feed_is_not_taken_for_all_of_it(url: str) -> None:
    assert load(url, limit=3).created == 3
    rest = load(url)
    assert (rest.created, rest.unchanged, rest.not_modified) == (2, 3, False)
    assert load(url).not_modified


def test_a_feed_that_did_not_change_is_a_feed_that_was_reached(url: str) -> None:
    load(url)
    EventSource.objects.update(last_error="the server answered 503", last_imported_at=NOW - timedelta(days=9))
    assert refresh_source(EventSource.objects.get(), now=NOW, limits=HERE).text == "not modified"
    source = EventSource.objects.get()
    assert (source.last_error, source.last_imported_at, source.etag) == ("", NOW, '"v1"')


def test_a_feed_that_does_not_change_is_read_once_a_month_for_its_rules_go_on(url: str) -> None:
    load(url)
    source = EventSource.objects.get()
    texts = [refresh_source(source, now=NOW + timedelta(days=days), limits=HERE).text for days in (1, 11, 12)]
    assert texts == ["not modified", "0 new, 0 changed, 5 unchanged, 0 skipped", "not modified"]


def test_an_import_that_died_half_way_is_not_told_not_modified_and_seen_by_operators(url: str) -> None:
    load(url)
    EventSource.objects.update(etag='"v0"')
    job = ImportJob(url, Reading(NOW), source="choirs", limits=HERE)

    def die(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_import(job, on_progress=die)
    source = EventSource.objects.get()
    assert (source.etag, source.last_error) == ("", "The import of 2026-11-21 12:00 UTC has not ended.")
    load(url)
    source.refresh_from_db()
    assert (source.etag, source.last_error) == ('"v1"', "")


@pytest.mark.django_db(transaction=True)
def test_of_two_imports_at_once_the_later_answer_counts() -> None:
    """The first asks, and its answer comes late; meanwhile the feed changes and a second import asks."""
    load_test_places()
    first_asks, go_on = threading.Event(), threading.Event()
    answers = iter([NODES[:2], NODES[1:]])

    class _Changing(_Feed):
        def do_GET(self) -> None:
            body = json.dumps({"@graph": next(answers)}).encode()
            first_asks.set()
            if b"Choir 1" in body:
                go_on.wait(20)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), _Changing) as http, ThreadPoolExecutor(2) as pool:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{http.server_port}/feed.jsonld"
        first = pool.submit(_import_alone, address)
        first_asks.wait(20)
        second = pool.submit(_import_alone, address)
        wait([second], timeout=1)
        go_on.set()
        assert (first.result(30).created, second.result(30).unchanged) == (2, 1)
        http.shutdown()


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_for_another_import_is_told() -> None:
    def refreshed() -> Refreshed:
        try:
            return refresh_source(choirs, now=NOW, limits=FetchLimits(deadline_s=0.2, allow_private=True))
        finally:
            connection.close()

    choirs = EventSource.objects.create(name="Choirs", slug="choirs", kind="jsonld", url="http://127.0.0.1:9/feed")
    with one_import_of("choirs", wait_s=1), ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(refreshed).result(30)
    assert outcome == Refreshed(False, "failed: another import of choirs has been at work for 0.2 s: try again later")
    assert "at work" not in refreshed().text


def _import_alone(address: str) -> ImportReport:
    try:
        return load(address)
    finally:
        connection.close()
