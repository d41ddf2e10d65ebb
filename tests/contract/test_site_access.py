"""Everything Django serves beside the REST routes: pages and probes are open, whatever lies under /admin/ is for staff."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter

import web.urls
from accounts.services import create_guest

OPEN_AT_ADMIN = {"admin/login/", "admin/logout/"}
OF_EVERY_STAFF_ACCOUNT = {"admin/password_change/done/"}
# what is not the REST edge and not the admin: each is open to anybody
OPEN_TO_ALL = {"livez", "readyz"}
TO_THE_ADMIN = {"admin"}  # as people type it
SIGNED_IN = {"api/search"}  # the REST edge's search under another name


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path, pattern


def example(path: str, pattern: URLPattern) -> str:
    """A path that the route answers to."""
    for name, converter in getattr(pattern.pattern, "converters", {}).items():
        value = "1" if isinstance(converter, IntConverter) else "x"
        if isinstance(converter, UUIDConverter):
            value = "00000000-0000-0000-0000-000000000000"
        for spelled in (
            f"<int:{name}>",
            f"<uuid:{name}>",
            f"<path:{name}>",
            f"<str:{name}>",
            f"<slug:{name}>",
            f"<{name}>",
        ):
            path = path.replace(spelled, value)
    return "/" + path


def site() -> list[tuple[str, URLPattern]]:
    return [(path, pattern) for path, pattern in routes(get_resolver().url_patterns) if not path.startswith("api/v1/")]


@pytest.fixture
def callers(db: None) -> dict[str, Client]:
    people = {
        "guest": create_guest(),
        "alice": User.objects.create_user("alice@example.org"),
        "staff without rights": User.objects.create_user("staff", is_staff=True),
    }
    clients = {"anonymous": Client(raise_request_exception=False)}
    for name, user in people.items():
        clients[name] = Client(raise_request_exception=False)
        clients[name].force_login(user)
    return clients


def test_nobody_but_staff_sees_a_page_of_the_admin(callers: dict[str, Client]) -> None:
    opened = []
    for path, pattern in site():
        if not path.startswith("admin/") or path in OPEN_AT_ADMIN or "(?P" in path:
            continue
        for who in ("anonymous", "guest", "alice"):
            answer = callers[who].get(example(path, pattern))
            to_login = answer.status_code == 302 and "/admin/login/" in answer["Location"]
            if not (to_login or answer.status_code in (401, 403, 404, 405)):
                opened.append((path, who, answer.status_code))
    assert opened == []


def test_staff_see_only_what_their_rights_say(callers: dict[str, Client]) -> None:
    lists = [path for path, _ in site() if path.startswith("admin/") and path.count("/") == 3 and "<" not in path]
    asked = set(lists) - OF_EVERY_STAFF_ACCOUNT
    assert asked
    seen = {path: callers["staff without rights"].get("/" + path).status_code for path in asked}
    assert {path: status for path, status in seen.items() if status == 200} == {}


def test_every_other_route_is_declared(callers: dict[str, Client]) -> None:
    pages = {path for path, _ in routes(web.urls.urlpatterns)}
    assert {
        path for path, _ in site() if not path.startswith("admin/")
    } == OPEN_TO_ALL | SIGNED_IN | TO_THE_ADMIN | pages
    assert {path: callers["anonymous"].get("/" + path).status_code for path in SIGNED_IN} == dict.fromkeys(
        SIGNED_IN, 401
    )
    assert [callers["anonymous"].get(f"/{path}")["Location"] for path in TO_THE_ADMIN] == ["/admin/"]
    for path in OPEN_TO_ALL | pages:
        assert callers["anonymous"].get("/" + path).status_code == 200, path
