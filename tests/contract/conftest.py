from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application

from accounts.tokens import issue_tokens
from chat_service.params import ChatParams
from chat_service.tests.conftest import (  # noqa: F401  fixtures
    ChatServer,
    alice,
    ask,
    chat,
    chat_params,
    concert,
    serving,
    token_of,
)
from config.one_origin import beside
from tests.contract.spa_client import SpaClient

PAGE = "http://localhost:5173"


@pytest.fixture
def spa(
    chat: ChatServer,  # noqa: F811
    live_server: object,
    alice: User,  # noqa: F811
) -> Iterator[Callable[..., SpaClient]]:
    """The existing client, signed in as Alice, before both of our services; its page comes from a third origin."""
    clients = []

    def client(*, stream: str | None = None, **given: object) -> SpaClient:
        tokens = issue_tokens(alice)
        settings = {"access": tokens["access"], "refresh": tokens["refresh"], "origin": PAGE, **given}
        clients.append(SpaClient(rest=str(live_server), stream=stream or chat.url, **settings))  # type: ignore[arg-type]
        return clients[-1]

    yield client
    for one in clients:
        one.close()


@pytest.fixture
def one_origin(chat: ChatServer, chat_params: ChatParams) -> Iterator[ChatServer]:  # noqa: F811
    """Its address is the base of everything: page, REST and chat in one process."""
    with serving(chat_params, among=lambda api: beside(api, get_asgi_application())) as server:
        yield server
