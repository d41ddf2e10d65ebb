"""Every REST route times everybody who may knock. A route that is not in the table fails the test."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from accounts.services import create_guest
from api.v1.tests.conftest import Client, signed_in
from api.v1.tests.rows import make_event
from api.v1.urls import urlpatterns
from conversations.models import ChatMessage, ChatSession

OPEN, SIGNED_IN, OWNER = "open to anybody", "whoever is signed in", "its owner alone"
POLICY = {
    "token": ("post", OPEN),
    "token/refresh": ("post", OPEN),
    "auth/guest": ("post", OPEN),
    "auth/refresh-for-streaming": ("post", SIGNED_IN),
    "logout": ("post", OPEN),
    "users": ("post", OPEN),
    "users/me": ("get", SIGNED_IN),
    "users/verify/<str:token>": ("post", OPEN),
    "users/resend-verification": ("post", OPEN),
    "reset": ("post", OPEN),
    "reset/confirm": ("post", OPEN),
    "sources": ("post", SIGNED_IN),
    "events": ("get", SIGNED_IN),
    "events/<int:event_id>": ("get", SIGNED_IN),
    "events/<int:event_id>/similar": ("get", SIGNED_IN),
    "search": ("get post", SIGNED_IN),
    "events/<int:event_id>/opened": ("post", SIGNED_IN),
    "explain": ("post", SIGNED_IN),
    "locations/suggest": ("get", OPEN),
    "locations/<int:location_id>": ("get", OPEN),
    "sessions": ("get post", SIGNED_IN),
    "sessions/<uuid:session_id>": ("get patch delete", OWNER),
    "sessions/<uuid:session_id>/export": ("get", OWNER),
    "turns/<uuid:turn_id>/preference": ("post", OWNER),
}
METHODS = ("get", "post", "put", "patch", "delete")
KNOCKERS = ("anonymous", "guest", "alice", "bob", "staff", "logged out", "service")
SERVICE_TOKEN = "a-token-of-whoever-scrapes-the-figures"


def routes() -> dict[str, set[str]]:
    views = {str(pattern.pattern): pattern.callback.view_class for pattern in urlpatterns}  # type: ignore[attr-defined]
    views.pop("")  # what is no route at all
    return {path: {method for method in METHODS if hasattr(view, method)} for path, view in views.items()}


def test_every_route_and_method_has_a_policy() -> None:
    assert routes() == {path: set(methods.split()) for path, (methods, _) in POLICY.items()}


@pytest.fixture
def knockers(db: None, settings: Any) -> dict[str, Client]:
    settings.METRICS_TOKEN = SERVICE_TOKEN
    people = {
        "guest": create_guest(),
        "alice": User.objects.create_user("alice@example.org"),
        "bob": User.objects.create_user("bob@example.org"),
        "staff": User.objects.create_superuser("root"),
        "logged out": User.objects.create_user("left@example.org"),
    }
    clients = {name: signed_in(user) for name, user in people.items()}
    clients["anonymous"] = Client(raise_request_exception=False)
    clients["logged out"].post("/api/v1/logout", {})
    clients["service"] = Client(raise_request_exception=False)
    clients["service"].credentials(HTTP_AUTHORIZATION=f"Bearer {SERVICE_TOKEN}")
    return clients


def expected(policy: str, who: str) -> str:
    if policy != OPEN and who in ("anonymous", "logged out", "service"):
        return "sign in first"
    if policy == OWNER and who != "alice":
        return "not there"
    return "let in"


def outcome(status: int, body: object) -> str:
    if status == 401 and isinstance(body, dict) and body["code"] in ("auth_required", "auth_failed", "token_invalid"):
        return "sign in first"
    return "not there" if status == 404 else "let in" if status != 403 else "forbidden"


@pytest.mark.parametrize("path", sorted(POLICY))
def test_each_lets_in_whom_it_should(path: str, knockers: dict[str, Client]) -> None:
    methods, policy = POLICY[path]
    event = make_event()
    seen, wanted = {}, {}
    for method in methods.split():
        for who in KNOCKERS:
            session = ChatSession.objects.create(user=knockers["alice"].user)
            answer = ChatMessage.objects.create(session=session, role=ChatMessage.Role.ASSISTANT)
            url = "/api/v1/" + path.replace("<int:event_id>", str(event.pk)).replace(
                "<uuid:session_id>", str(session.pk)
            ).replace("<uuid:turn_id>", str(answer.turn_id)).replace("<str:token>", "x")
            if "<int:location_id>" in url or path == "token":
                continue  # open, but an unknown place is not there and a wrong password does not sign in
            reply = getattr(knockers[who], method)(url, {} if method in ("post", "patch") else None)
            is_json = reply.headers.get("Content-Type") == "application/json"
            seen[method, who] = outcome(reply.status_code, reply.json() if is_json else None)
            wanted[method, who] = expected(policy, who)
            assert reply.status_code < 500
    assert seen == wanted
