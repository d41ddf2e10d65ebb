"""Every request that the chat's schema allows, and many that it does not: no 5xx, and nothing the schema does not say."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from django.contrib.auth.models import User

from chat_service.schema_files import schemas
from chat_service.tests.conftest import SANTA_ROSA, ChatServer, alice, ask, chat, chat_params, concert, token_of  # noqa: F401  fixtures
from tests.fuzz.cases import fuzz, wanted

pytestmark = [pytest.mark.hypothesis, pytest.mark.timeout(3600)]


@pytest.mark.usefixtures("concert")
def test_no_request_breaks_the_chat(
    chat: ChatServer,  # noqa: F811
    alice: User,  # noqa: F811
    ask: Any,  # noqa: F811
    token_of: Any,  # noqa: F811
    settings: Any,
) -> None:
    settings.RATE_LIMIT_FACTOR = 1e9
    known = {"turn_id": ask("live music", location_id=SANTA_ROSA).of("turn")[0]["turn_id"]}
    schema, headers = schemas()["chat.json"], token_of(alice)
    with requests.Session() as session:
        seen = fuzz(schema, lambda case: case.call(base_url=chat.url, session=session, headers=headers), known)
    assert seen.requests >= wanted()
    assert set(seen.statuses) == {
        f"{method.upper()} {path}" for path, methods in schema["paths"].items() for method in methods
    }
    answered = {status for statuses in seen.statuses.values() for status in statuses}
    assert answered >= {200, 404, 422}
