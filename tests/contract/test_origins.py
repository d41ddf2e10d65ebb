"""The existing client on one origin and on two: a browser stands between the page and the services."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User

from accounts.tokens import issue_tokens
from chat_service.tests.conftest import LAST, SAID, SANTA_ROSA, ChatServer, scripted
from events.models import Event
from tests.contract.conftest import PAGE
from tests.contract.spa_client import TROUBLE, SpaClient, harmless

QUESTION = "live music in the next 3 days"
Spa = Callable[..., SpaClient]


def stale(user: User, settings: Any) -> dict[str, str]:
    lifetime, settings.JWT_ACCESS_LIFETIME = settings.JWT_ACCESS_LIFETIME, timedelta(hours=-1)
    tokens = issue_tokens(user)
    settings.JWT_ACCESS_LIFETIME = lifetime
    return tokens


def test_one_address_serves_the_page_the_rest_and_the_chat(
    one_origin: ChatServer, alice: User, concert: Event, settings: Any
) -> None:
    client = SpaClient(rest=one_origin.url, stream=one_origin.url, origin=one_origin.url, **stale(alice, settings))
    shown = client.send(QUESTION, location_id=SANTA_ROSA)
    assert (shown.finals, shown.posts, shown.kinds, shown.card_ids) == (1, 1, [], [[concert.pk]])
    assert [card["id"] for card in client.cards(shown.card_ids[0])] == [concert.pk]
    assert harmless(shown.chunks) == []
    assert client.browser.preflights == 0
    page = httpx.get(f"{one_origin.url}/")
    assert (page.status_code, "text/html" in page.headers["content-type"]) == (200, True)
    assert httpx.get(f"{one_origin.url}/api/v1/chat/health").json()["status"] == "ready"
    client.close()


def test_on_two_origins_the_page_asks_each_address_once(spa: Spa, concert: Event, alice: User, settings: Any) -> None:
    client = spa(**stale(alice, settings))
    for _ in range(2):
        shown = client.send(QUESTION, location_id=SANTA_ROSA)
        assert (shown.finals, shown.posts, shown.kinds) == (1, 1, [])
        client.cards(shown.card_ids[0])
    assert client.browser.preflights == 3  # the events, the refresh, the stream


def test_a_page_of_a_stranger_learns_nothing(spa: Spa) -> None:
    shown = spa(origin="https://stranger.example").send(QUESTION)
    assert (shown.text, shown.kinds, shown.chunks) == (TROUBLE, ["network_error"] * 6, [])


def test_every_refusal_of_the_chat_can_be_read_by_the_page(
    chat: ChatServer, alice: User, token_of: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, headers = f"{chat.url}/api/v1/chat/stream", {**token_of(alice), "Origin": PAGE}
    closed = User.objects.create_user("closed")
    late = {"Authorization": f"Bearer {issue_tokens(closed)['access']}", "Origin": PAGE}
    User.objects.filter(pk=closed.pk).update(is_active=False)
    answers = {
        401: httpx.post(url, json={"message": "hi"}, headers={"Origin": PAGE}),
        403: httpx.post(url, json={"message": "hi"}, headers=late),
        404: httpx.get(f"{chat.url}/api/v1/chat/nothing", headers=headers),
        405: httpx.get(url, headers=headers),
        413: httpx.post(url, content=b"x" * 300_000, headers=headers),
        422: httpx.post(url, json={"message": ""}, headers=headers),
    }
    settings.RATE_LIMIT_FACTOR = 0.001
    httpx.post(url, json={"message": "hi"}, headers=headers, timeout=30)
    answers[429] = httpx.post(url, json={"message": "hi"}, headers=headers)
    settings.RATE_LIMIT_FACTOR = 1.0
    monkeypatch.setattr("chat_service.turn.load_search", lambda *_: 1 / 0)
    answers[500] = httpx.post(url, json={"message": "hi", "search_handle": "x"}, headers=headers)
    for status, answer in answers.items():
        assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (status, PAGE)
        assert {"code", "message", "retryable", "retry_after", "detail"} == set(answer.json()), status


def test_a_body_that_comes_in_pieces_is_read_and_bounded(one_origin: ChatServer, alice: User, token_of: Any) -> None:
    """Without its length told ahead; a search that was not read would find everything."""
    headers = {**token_of(alice), "Origin": PAGE, "Content-Type": "application/json"}
    for body, status in ((b'{"limit": 0}', 400), (b'{"query": "' + b"x" * 300_000 + b'"}', 413)):
        pieces = (body[at : at + 65536] for at in range(0, len(body), 65536))
        answer = httpx.post(f"{one_origin.url}/api/v1/search", content=pieces, headers=headers, timeout=30)
        assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (status, PAGE)


def test_tabs_that_refresh_at_the_same_moment_all_get_their_answers(
    spa: Spa, concert: Event, chat: ChatServer, alice: User, settings: Any
) -> None:
    """Each tab refreshes by itself, with one and the same refresh token; none is signed out by another."""
    scripted(chat, SAID)
    tokens = stale(alice, settings)
    tabs = [spa(**tokens) for _ in range(4)]
    with ThreadPoolExecutor(len(tabs)) as pool:
        shown = list(pool.map(lambda tab: tab.send(QUESTION, location_id=SANTA_ROSA), tabs))
    assert [(s.kinds, s.finals, s.text.endswith(LAST)) for s in shown] == [([], 1, True)] * len(tabs)
    assert [tab.logged_out for tab in tabs] == [False] * len(tabs)
    assert len({tab.access for tab in tabs}) == len(tabs)
    assert {tab.refresh for tab in tabs} == {tokens["refresh"]}
