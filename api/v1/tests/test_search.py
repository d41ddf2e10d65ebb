from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from pgvector import HalfVector

from api.rag.bootstrap import rag_service
from api.rag.tests.records import unit
from api.search.params import PREVIEW_EVENTS
from api.search_service import search_backend, search_service
from api.v1.tests.conftest import Client
from api.v1.tests.rows import make_event, make_venue
from conftest import free_port
from events.models import Event, EventIndex

SANTA_ROSA, OAKLAND = 5393287, 5378538
WITHOUT_TIME = {"search_time_ms", "search_handle", "next_cursor"}
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _search(stored_places: None, settings: Any, embedding_process: str) -> Any:
    """The search of this test's settings, over the towns of the test gazetteer."""
    settings.EMBEDDING_URL = embedding_process
    _forget()
    yield
    rag_service().embedder.close()
    _forget()


def _forget() -> None:
    for made_once in (search_backend, search_service, rag_service):
        made_once.cache_clear()


def events(count: int, **changes: Any) -> list[int]:
    return [make_event(n, **changes).pk for n in range(1, count + 1)]


def found(client: Client, **asked: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/search", asked)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def refused(client: Client, **asked: Any) -> tuple[int, str, str]:
    answer = client.post("/api/v1/search", asked)
    body = answer.json()
    return answer.status_code, body["code"], body.get("field") or ""


def test_a_search_tells_what_it_found_and_how(alice: Client) -> None:
    ids = events(12)
    told = found(alice, location_id=SANTA_ROSA)
    assert (told["total_hits"], told["event_ids"], told["recall"], told["page"]) == (12, ids, "exact", 1)
    assert [event["id"] for event in told["preview_events"]] == ids[:PREVIEW_EVENTS]
    assert told["preview_events"][0] == alice.get(f"/api/v1/events/{ids[0]}").json()
    assert told["facets"]["city"] == {
        "buckets": [{"value": "Santa Rosa, CA", "label": "Santa Rosa, CA", "count": 12}],
        "more": 0,
    }
    assert [b["count"] for b in told["facets"]["day"]["buckets"]] == [1] * 12
    assert told["understood"]["place"]["id"] == SANTA_ROSA
    assert found(alice, location_id=OAKLAND)["total_hits"] == 0


def test_cheap_takes_what_names_no_price_and_a_price_does_not(alice: Client) -> None:
    make_event(1)
    make_event(2, price_min=None, price_max=None)
    make_event(3, price_min=90, price_max=90)
    asked: dict[str, Any] = {"location_id": SANTA_ROSA}
    assert found(alice, **asked, query="cheap")["total_hits"] == 2
    assert found(alice, **asked, price=10)["total_hits"] == 1
    assert found(alice, **asked, query="cheap", price=10)["total_hits"] == 1


def test_a_link_finds_what_a_body_finds_under_both_names(alice: Client) -> None:
    events(3, category="Music / Concerts")
    make_event(4, category="Comedy")
    asked: dict[str, Any] = {
        "location_id": SANTA_ROSA, "categories": ["music / concerts", "Film"], "price": "5", "ages": "3-5", "is_virtual": "false",
        "date_to": f"{timezone.now() + 9 * DAY:%Y-%m-%d}", "radius": 5, "limit": 2,
    }  # fmt: skip
    answers = [
        ask(path, asked).json()
        for path in ("/api/v1/search", "/api/search")
        for ask in (alice.post, lambda path, asked: alice.get(path, asked))
    ]
    assert answers[0]["total_hits"] == 3
    for answer in answers:
        answer["understood"].pop("now")
    same = [{name: value for name, value in answer.items() if name not in WITHOUT_TIME} for answer in answers]
    assert same == [same[0]] * 4


def test_empty_parameters_of_a_form_ask_nothing(alice: Client) -> None:
    events(2)
    answer = alice.get("/api/v1/search?query=&location_id=&date_from=&categories=&is_virtual=&sort=&price=")
    assert (answer.status_code, answer.json()["total_hits"]) == (200, 2)
    for name in ("search_handle", "cursor"):
        refused = alice.get(f"/api/v1/search?{name}=")
        assert (refused.status_code, refused.json()["field"]) == (400, name)


def test_pages_are_those_of_the_search_that_was_made(alice: Client) -> None:
    ids = events(7)
    first = found(alice, limit=3)
    make_event(8, starts=(timezone.now() + timedelta(hours=1),))
    Event.objects.filter(pk=ids[6]).update(status="cancelled")
    second = found(alice, cursor=first["next_cursor"])
    third = found(alice, search_handle=first["search_handle"], page=3, limit=3)
    assert first["event_ids"] + second["event_ids"] + third["event_ids"] == ids
    assert [page["total_hits"] for page in (first, second, third)] == [7, 7, 7]
    assert third["preview_events"][0]["event_status"] == "cancelled"
    assert (second["facets"], second["next_cursor"] is None, third["next_cursor"]) == (first["facets"], False, None)
    assert refused(alice, search_handle=first["search_handle"], page=4, limit=3) == (400, "invalid_request", "page")


@pytest.mark.parametrize("way", ["search_handle", "cursor"])
def test_a_handle_is_its_callers_alone_and_for_an_hour(alice: Client, bob: Client, way: str) -> None:
    events(3)
    first = found(alice, limit=2)
    value = first["search_handle"] if way == "search_handle" else first["next_cursor"]
    expired = (404, "search_handle_expired", "")
    assert refused(bob, **{way: value}) == expired
    assert refused(alice, search_handle="x" * 32) == expired
    assert found(alice, **{way: value})["total_hits"] == 3
    cache.clear()
    assert refused(alice, **{way: value}) == expired


def test_a_cache_that_does_not_answer_is_no_expired_search(alice: Client, settings: Any) -> None:
    events(1)
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}",
        }
    }
    for asked in ({}, {"search_handle": "x" * 32}):
        answer = alice.post("/api/v1/search", asked)
        assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (
            503,
            "search_unavailable",
            True,
        )


def test_handles_do_not_repeat(alice: Client) -> None:
    assert len({found(alice)["search_handle"] for _ in range(5)}) == 5


def test_a_place_that_the_words_name_is_not_known(alice: Client) -> None:
    events(2)
    told = found(alice, query="story time in Xyzzyville")
    assert (told["total_hits"], told["notices"][0]["code"]) == (0, "unknown_place")


def test_words_and_parameters_both_hold(alice: Client) -> None:
    ids = events(2)
    make_event(3, price_min=0, price_max=0, is_free=True)
    assert found(alice, query="free things")["total_hits"] == 1
    assert found(alice, query="under $6", price=20)["total_hits"] == 3
    assert found(alice, query="online", is_virtual=False)["total_hits"] == 0
    assert set(found(alice, query="story time", price=5)["event_ids"]) >= set(ids)


def test_a_parameter_that_there_is_not_is_told(alice: Client) -> None:
    events(2)
    slip = [("unknown_parameter", {"names": ["date_form"], "count": 1})]
    told = found(alice, date_form="2026-12-01")
    assert (told["total_hits"], [(n["code"], n["detail"]) for n in told["notices"]]) == (2, slip)
    link = alice.get("/api/v1/search?date_form=2026-12-01").json()
    assert [(n["code"], n["detail"]) for n in link["notices"]] == slip
    odd = alice.generic("POST", "/api/v1/search", b'{"\\ud800": 1}', content_type="application/json")
    assert odd.json()["notices"][0]["detail"] == {"names": ["?"], "count": 1}
    many = found(alice, **{f"{n}" * 500: n for n in range(100)})["notices"][0]["detail"]
    assert (len(many["names"]), many["count"], max(map(len, many["names"]))) == (20, 100, 60)


def test_online_narrows_at_a_place_and_looks_everywhere_when_the_words_ask(alice: Client) -> None:
    events(2)
    here = make_event(3, attendance_mode="mixed")
    nowhere = make_event(4, attendance_mode="online", venue=None)
    assert found(alice, location_id=SANTA_ROSA)["total_hits"] == 3
    assert found(alice, location_id=SANTA_ROSA, is_virtual=True)["event_ids"] == [here.pk]
    assert set(found(alice, is_virtual=True)["event_ids"]) == {here.pk, nowhere.pk}
    assert set(found(alice, query="online", location_id=SANTA_ROSA)["event_ids"]) == {here.pk, nowhere.pk}


def test_sorted_by_distance_and_by_date(alice: Client) -> None:
    near, far = make_event(5), make_event(1, venue=make_venue(key="far", latitude=38.5, longitude=-122.75))
    assert found(alice, location_id=SANTA_ROSA, sort="distance")["event_ids"] == [near.pk, far.pk]
    assert found(alice, location_id=SANTA_ROSA, sort="date")["event_ids"] == [far.pk, near.pk]


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"query": 5}, "query"),
    ({"query": "x" * 501}, "query"),
    ({"query": "a\x00b"}, "query"),
    ({"location_id": "town"}, "location_id"),
    ({"location_id": True}, "location_id"),
    ({"location_id": 99}, "location_id"),
    ({"location_id": 2**63}, "location_id"),
    ({"date_from": "soon"}, "date_from"),
    ({"date_from": "2026-13-01"}, "date_from"),
    ({"date_to": "9999-12-31"}, "date_to"),
    ({"date_from": "2026-12-02", "date_to": "2026-12-01"}, "date_to"),
    ({"categories": "Music"}, "categories"),
    ({"categories": ["a"] * 21}, "categories"),
    ({"is_virtual": "maybe"}, "is_virtual"),
    ({"ages": "old"}, "ages"),
    ({"ages": "9-4"}, "ages"),
    ({"ages": [4, 8]}, "ages"),
    ({"ages": 131}, "ages"),
    ({"price": -1}, "price"),
    ({"price": "cheap"}, "price"),
    ({"price": True}, "price"),
    ({"price": "NaN"}, "price"),
    ({"location_id": SANTA_ROSA, "radius": 0}, "radius"),
    ({"location_id": SANTA_ROSA, "radius": 501}, "radius"),
    ({"location_id": SANTA_ROSA, "radius": "nan"}, "radius"),
    ({"radius": 5}, "radius"),
    ({"sort": "best"}, "sort"),
    ({"sort": "distance"}, "sort"),
    ({"timezone": "Mars/Olympus"}, "timezone"),
    ({"timezone": "posixrules"}, "timezone"),
    ({"timezone": "localtime"}, "timezone"),
    ({"timezone": "../UTC"}, "timezone"),
    ({"page": 0}, "page"),
    ({"page": 1.5}, "page"),
    ({"page": 2}, "page"),
    ({"limit": 1001}, "limit"),
    ({"search_handle": "x" * 65}, "search_handle"),
    ({"search_handle": ""}, "search_handle"),
    ({"cursor": ""}, "cursor"),
    ({"search_handle": "x", "query": "music"}, "search_handle"),
    ({"search_handle": "x", "cursor": "x.1.1"}, "cursor"),
    ({"cursor": "x"}, "cursor"),
    ({"cursor": "x.1.5000"}, "cursor"),
]


def test_what_cannot_be_used_is_named(alice: Client) -> None:
    told = [(asked, *refused(alice, **asked)) for asked, _ in UNUSABLE]
    assert told == [(asked, 400, "invalid_request", field) for asked, field in UNUSABLE]


@pytest.mark.parametrize("name", ["query", "sort", "timezone", "search_handle", "date_from", "ages", "is_virtual"])
def test_half_a_character_is_refused(alice: Client, name: str) -> None:
    body = f'{{"{name}": "\\ud800"}}'.encode()
    answer = alice.generic("POST", "/api/v1/search", body, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, name)


def test_a_body_that_is_no_object_is_refused(alice: Client) -> None:
    assert alice.post("/api/v1/search", [1]).status_code == 400


def test_the_other_name_asks_who_is_there(nobody: Client) -> None:
    assert [nobody.get(path).status_code for path in ("/api/search", "/api/v1/search")] == [401, 401]


def test_similar_events_are_near_and_of_different_titles(alice: Client) -> None:
    jazz, blues, twin, art, far = (
        make_event(n, title=title, venue=make_venue(key=key, latitude=latitude))
        for n, (title, key, latitude) in enumerate(
            [
                ("Jazz", "a", 38.44),
                ("Blues", "a", 38.44),
                ("Blues 2", "a", 38.44),
                ("Art", "a", 38.44),
                ("Swing", "far", 42.0),
            ],
            1,
        )
    )
    for event, axes in ((jazz, (1, 2)), (blues, (1, 3)), (twin, (1, 4, 5)), (art, (9,)), (far, (1, 2))):
        EventIndex.objects.filter(pk=event.pk).update(embedding=HalfVector(unit(*axes)), model="test")
    path = f"/api/v1/events/{jazz.pk}/similar"
    told = alice.get(path).json()
    assert [(event["id"], event["similarity"]) for event in told["events"]] == [(blues.pk, 0.5), (art.pk, 0.0)]
    assert [event["id"] for event in alice.get(path, {"radius": 500}).json()["events"]] == [far.pk, blues.pk, art.pk]
    assert alice.get(path, {"limit": 1}).json()["events"] == told["events"][:1]
    assert alice.get(path, {"date_to": "2020-01-01"}).json()["events"] == []


def test_similar_to_what_is_not_there_or_not_compared_yet(alice: Client) -> None:
    event = make_event()
    told = alice.get(f"/api/v1/events/{event.pk}/similar").json()
    assert (told["events"], [n["code"] for n in told["notices"]]) == ([], ["not_embedded"])
    assert alice.get("/api/v1/events/999999/similar").status_code == 404
    assert alice.get(f"/api/v1/events/{10**30}/similar").status_code == 404
    assert alice.get(f"/api/v1/events/{event.pk}/similar?limit=0").json()["field"] == "limit"
