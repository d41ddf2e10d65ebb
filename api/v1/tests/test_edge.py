"""What holds for every route: CORS, error bodies, no slashes, no redirects, a declared policy."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.urls import get_resolver
from redis.exceptions import RedisError
from rest_framework.permissions import AllowAny, IsAuthenticated

from accounts.params import SUGGEST_PER_ADDRESS, Rate
from api.v1 import event_rows, feed_suggestions
from api.v1.urls import urlpatterns
from api.v1.views import locations as location_views
from api.v1.views.base import PublicView, UnknownPath
from events.models import EventSource
from locations.models import Location

ORIGIN = "http://localhost:5173"
PUBLIC = {
    "token", "token/refresh", "auth/guest", "logout", "users", "users/verify/<str:token>", "users/resend-verification",
    "reset", "reset/confirm", "locations/suggest", "locations/<int:location_id>",
}  # fmt: skip


@pytest.fixture
def davis(db):
    return Location.objects.create(
        id=5341704, name="Davis", ascii_name="Davis", name_key="davis", admin1="CA", admin1_name="California",
        country_code="US", lat=38.54491, lng=-121.74052, population=66205, timezone="America/Los_Angeles",
        kind="city", label="Davis, CA, USA",
    )  # fmt: skip


def routes():
    return {str(pattern.pattern): pattern.callback.view_class for pattern in urlpatterns}


def test_only_the_routes_named_here_are_open_to_anybody():
    views = routes()
    assert views.pop("") is UnknownPath
    assert {path for path, view in views.items() if issubclass(view, PublicView)} == PUBLIC
    for path, view in views.items():
        assert list(view.permission_classes) == ([AllowAny] if path in PUBLIC else [IsAuthenticated]), path


def test_no_path_ends_in_a_slash():
    assert [path for path in routes() if path.endswith("/")] == []


def test_every_public_route_has_a_rate():
    limited = {path for path, view in routes().items() if path in PUBLIC and view.throttle_classes}
    assert limited == PUBLIC


@pytest.mark.parametrize("path", ["token/", "events/", "nothing", "", "locations/suggest/", "users/me/"])
@pytest.mark.parametrize("method", ["get", "post", "options"])
def test_an_unknown_path_is_a_json_404_and_never_a_redirect(alice, path, method):
    answer = getattr(alice, method)(f"/api/v1/{path}", HTTP_ORIGIN=ORIGIN)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer["Access-Control-Allow-Origin"] == ORIGIN


def test_a_preflight_is_answered_for_a_day(nobody):
    answer = nobody.options(
        "/api/v1/token",
        HTTP_ORIGIN=ORIGIN,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization,content-type",
    )
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert answer["Access-Control-Max-Age"] == "86400"
    assert {"authorization", "content-type", "accept"} <= set(answer["Access-Control-Allow-Headers"].split(", "))
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_stranger_origin_gets_no_cors_header(nobody):
    assert "Access-Control-Allow-Origin" not in nobody.get("/api/v1/users/me", HTTP_ORIGIN="https://evil.example")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RuntimeError("boom"), 500, "server_error"),
        (OperationalError("gone"), 503, "server_error"),
        (RedisError("away"), 503, "server_error"),
    ],
)
def test_a_failure_of_ours_is_json_with_cors_and_in_the_log(alice, monkeypatch, caplog, error, status, code):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(event_rows, "upcoming", fail)
    answer = alice.get("/api/v1/events?limit=1", HTTP_ORIGIN=ORIGIN)
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (status, code, True)
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert str(error) not in answer.content.decode()
    assert [type(record.exc_info[1]) for record in caplog.records if record.name == "api.v1.exceptions"] == [
        type(error)
    ]


def test_every_kind_of_error_carries_cors(alice, nobody):
    answers = {
        401: nobody.get("/api/v1/users/me", HTTP_ORIGIN=ORIGIN),
        404: alice.get("/api/v1/events/1", HTTP_ORIGIN=ORIGIN),
        400: alice.get("/api/v1/events?limit=x", HTTP_ORIGIN=ORIGIN),
        405: alice.put("/api/v1/token", {}, HTTP_ORIGIN=ORIGIN),
        415: nobody.post("/api/v1/token", "a=b", content_type="text/plain", HTTP_ORIGIN=ORIGIN),
    }
    for status, answer in answers.items():
        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (status, ORIGIN)
        assert {"code", "message", "retryable", "retry_after", "detail"} <= set(answer.json())
        assert answer.json()["detail"] == {"message": answer.json()["message"], "error_code": answer.json()["code"]}


@pytest.mark.parametrize("raw", ["{", "[]", "null", '"x"', "7", '{"username": NaN}', "[" * 5000, "\ud83d"])
def test_a_body_that_is_no_object_is_refused(nobody, raw):
    answer = nobody.post("/api/v1/token", raw.encode("utf-8", "surrogatepass"), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_huge_body_is_refused(nobody):
    answer = nobody.post("/api/v1/token", {"username": "a" * 300_000, "password": "b"})
    assert (answer.status_code, answer.json()["code"]) == (413, "invalid_request")


def test_suggest_answers_anybody_even_with_a_stale_token(nobody, davis, monkeypatch):
    found = location_views.selectors.get_location(davis.pk)
    monkeypatch.setattr(location_views.selectors, "suggest", lambda q, **_: [found])
    nobody.credentials(HTTP_AUTHORIZATION="Bearer x.y.z")
    answer = nobody.get("/api/v1/locations/suggest?q=dav&limit=8")
    place = {
        "id": 5341704, "name": "Davis", "admin1": "CA", "country_code": "US", "lat": 38.54491, "lng": -121.74052,
        "label": "Davis, CA, USA", "population": 66205,
    }  # fmt: skip
    assert (answer.status_code, answer.json()) == (200, {"results": [place]})
    assert nobody.get(f"/api/v1/locations/{davis.pk}").json() == place


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "q"), ("q=", "q"), ("q=%20%20", "q"), ("q=%00", "q"), ("q=da%00vis", "q"), ("q=%25", "q"), ("q=%25%25_", "q"),
        ("q=%F0%9F%98%80", "q"), ("q=" + "a" * 101, "q"), ("q=da&limit=-1", "limit"), ("q=da&limit=0", "limit"),
        ("q=da&limit=21", "limit"), ("q=da&limit=x", "limit"), ("q=da&near=1", "near"), ("q=da&near=91,0", "near"),
        ("q=da&near=nan,0", "near"), ("q=da&country=USA", "country"), ("q=da&admin1=" + "a" * 21, "admin1"),
    ],
)  # fmt: skip
def test_a_suggestion_that_cannot_be_looked_up_is_named(nobody, query, field):
    answer = nobody.get(f"/api/v1/locations/suggest?{query}")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid_request", field)


@pytest.mark.parametrize("location_id", ["0", "1", str(2**63), "9" * 50])
def test_a_location_that_is_not_there_is_not_found(nobody, location_id):
    assert nobody.get(f"/api/v1/locations/{location_id}").status_code == 404


def test_a_suggested_site_waits_for_an_operator(alice, bob):
    site = {"base_url": "https://events.example.org/calendar", "name": "Town calendar"}
    first, again = alice.post("/api/v1/sources", site), bob.post("/api/v1/sources", site)
    assert (first.status_code, again.status_code) == (201, 200)
    source = EventSource.objects.get()
    assert (source.name, source.approved, source.active, source.submitted_by) == (
        "Town calendar",
        False,
        False,
        alice.user,
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "events.example.org",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://a.example",
        "http://me:secret@a.example/feed",
    ],
)
def test_what_is_no_web_address_is_no_site(alice, url):
    answer = alice.post("/api/v1/sources", {"base_url": url})
    assert (answer.status_code, answer.json()["field"]) == (400, "base_url")
    assert not EventSource.objects.exists()


def test_rates_hold_over_requests_and_name_the_wait(nobody, monkeypatch):
    few = Rate("suggest-few", 2, SUGGEST_PER_ADDRESS.seconds)
    throttle = location_views.SuggestView.throttle_classes[0]
    monkeypatch.setattr(throttle, "rate", few)
    codes = [nobody.get("/api/v1/locations/suggest?q=zzzz").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = nobody.get("/api/v1/locations/suggest?q=zzzz", HTTP_ORIGIN=ORIGIN)
    assert 0 < refused.json()["retry_after"] <= 60
    assert (refused.json()["code"], refused["Access-Control-Allow-Origin"]) == ("rate_limited", ORIGIN)
    other = nobody.get("/api/v1/locations/suggest?q=zzzz", REMOTE_ADDR="203.0.113.7")
    assert other.status_code == 200


def test_routes_of_the_api_are_all_under_one_prefix():
    assert any(str(pattern.pattern) == "api/v1/" for pattern in get_resolver().url_patterns)


def test_the_same_site_is_one_site():
    assert feed_suggestions.slug_of("https://A.example/x/") == feed_suggestions.slug_of("https://a.example/x")
