"""Every request that the REST schema allows, and many that it does not: no 5xx, and nothing the schema does not say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator

from accounts.tokens import issue_tokens
from api.v1.tests.rows import make_event
from conversations.models import ChatSession
from locations.testing import load_test_places
from tests.fuzz.cases import fuzz, wanted

SANTA_ROSA = 5393287
pytestmark = [pytest.mark.hypothesis, pytest.mark.timeout(3600)]


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """The server would give back the connection whose transaction is this test's own."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
def test_no_request_breaks_the_rest_service(settings: Any) -> None:
    settings.RATE_LIMIT_FACTOR = 1e9
    load_test_places()
    alice = User.objects.create_user("alice@example.org", "alice@example.org")
    known = {
        "event_id": make_event().pk,
        "session_id": str(ChatSession.objects.create(user=alice, title="Jazz").pk),
        "location_id": SANTA_ROSA,
    }
    schema = SchemaGenerator().get_schema(request=None, public=True)
    application = get_wsgi_application()
    headers = {"Authorization": f"Bearer {issue_tokens(alice)['access']}"}

    def send(case: Any) -> Any:
        with transaction.atomic():
            response = case.call(app=application, headers=headers)
            transaction.set_rollback(True)
        return response

    seen = fuzz(schema, send, known)
    assert seen.requests >= wanted()
    assert set(seen.statuses) == {
        f"{method.upper()} {path}" for path, methods in schema["paths"].items() for method in methods
    }
