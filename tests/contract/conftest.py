from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User

from accounts.tokens import issue_tokens
from chat_service.tests.conftest import ChatServer, alice, ask, chat, chat_params, concert, token_of  # noqa: F401  fixtures
from tests.contract.spa_client import SpaClient


@pytest.fixture
def spa(
    chat: ChatServer,  # noqa: F811
    live_server: object,
    alice: User,  # noqa: F811
) -> Iterator[Callable[..., SpaClient]]:
    """The existing client, signed in as Alice, before both of our services."""
    clients = []

    def client(*, stream: str | None = None, **given: object) -> SpaClient:
        tokens = issue_tokens(alice)
        settings = {"access": tokens["access"], "refresh": tokens["refresh"], **given}
        clients.append(SpaClient(rest=str(live_server), stream=stream or chat.url, **settings))  # type: ignore[arg-type]
        return clients[-1]

    yield client
    for one in clients:
        one.close()
