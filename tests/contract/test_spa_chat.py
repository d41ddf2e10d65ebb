"""The existing client, unchanged, through everything that can happen to a stream."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from accounts.tokens import TokenExpired, issue_tokens, verify_access
from api.rag.errors import LLMUnavailable, RetrievalFailed
from chat_service.tests.conftest import LAST, SAID, SANTA_ROSA, ChatServer, scripted, wait_until
from conversations.models import ChatMessage
from events.models import Event
from tests.contract.spa_client import TROUBLE, Aborted, Shown, SpaClient, events_of, harmless
from tests.contract.tcp_proxy import cutting_proxy

QUESTION = "live music in the next 3 days"
Spa = Callable[..., SpaClient]


def stored() -> list[ChatMessage]:
    return list(ChatMessage.objects.filter(role="assistant").order_by("id"))


def test_the_parser_reads_what_the_contract_says() -> None:
    body = (
        b': comment\nevent: x\nid: 1\nretry: 5\ndata: {"a": "\xc3\xa9",\r\ndata:"b": 2}\n\n'
        b'data: not json\n\ndata: [1]\n\ndata: {"last": 1}\ndata'
    )
    parts = [body[n : n + 1] for n in range(len(body))]
    assert list(events_of(parts)) == [{"a": "é", "b": 2}, {"last": 1}]


def test_an_answer_unlocks_once_and_shows_its_cards(spa: Spa, concert: Event) -> None:
    client = spa()
    shown = client.send(QUESTION, location_id=str(SANTA_ROSA), history=[{"role": "assistant", "content": "Welcome!"}])
    assert (shown.locked, shown.finals, shown.errors, shown.posts) == (False, 1, 0, 1)
    assert "Live music night" in shown.text
    assert shown.card_ids == [[concert.pk]]
    assert [card["id"] for card in client.cards(shown.card_ids[0])] == [concert.pk]
    assert harmless(shown.chunks) == []


def test_a_question_without_a_place_is_answered(spa: Spa, concert: Event) -> None:
    """The client then sends `location_id: null`, at the top and in the context."""
    shown = spa().send(QUESTION)
    assert (shown.finals, shown.posts, shown.locked) == (1, 1, False)
    assert harmless(shown.chunks) == []


def test_a_token_that_expired_is_refreshed_and_the_question_asked_again(
    spa: Spa, concert: Event, alice: User, settings: Any
) -> None:
    settings.JWT_ACCESS_LIFETIME = timedelta(seconds=-3600)
    stale = issue_tokens(alice)
    settings.JWT_ACCESS_LIFETIME = timedelta(minutes=20)
    client = spa(**stale)
    shown = client.send(QUESTION, location_id=SANTA_ROSA)
    assert (shown.posts, shown.finals, client.access != stale["access"]) == (1, 1, True)  # the probe came first


def test_a_token_refused_by_the_stream_alone_is_refreshed_too(
    spa: Spa, concert: Event, alice: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's clock is slow: to it the token is still good."""
    settings.JWT_ACCESS_LIFETIME = timedelta(seconds=-3600)
    stale = issue_tokens(alice)
    settings.JWT_ACCESS_LIFETIME = timedelta(minutes=20)
    monkeypatch.setattr("tests.contract.spa_client.seconds_left", lambda token: 600.0)
    shown = spa(**stale).send(QUESTION, location_id=SANTA_ROSA)
    assert (shown.kinds, shown.posts, shown.finals) == (["token_expired"], 2, 1)


def test_a_stream_authorised_at_its_start_outlives_its_token(
    spa: Spa, concert: Event, chat: ChatServer, alice: User, settings: Any
) -> None:
    scripted(chat, SAID, delay_s=0.3)
    settings.JWT_ACCESS_LIFETIME = timedelta(seconds=-3)  # with the leeway of 5 s, good for two more
    tokens = issue_tokens(alice)
    client = spa(**tokens, sleep=time.sleep)
    client._probe = lambda: None  # type: ignore[method-assign]  # as if there had been no time for it
    shown = client.send(QUESTION, location_id=SANTA_ROSA)
    with pytest.raises(TokenExpired):
        verify_access(tokens["access"])
    assert (shown.kinds, shown.finals, shown.posts) == ([], 1, 1)
    assert shown.text.endswith(LAST)


def test_an_account_that_may_not_chat_is_not_tried_again(spa: Spa, alice: User) -> None:
    client = spa()
    User.objects.filter(pk=alice.pk).update(is_active=False)
    shown = client.send(QUESTION)
    assert (shown.kinds, shown.posts, shown.locked) == (["auth_failed"], 1, False)


def test_a_client_that_asks_too_often_gets_its_answer_in_the_end(spa: Spa, concert: Event, settings: Any) -> None:
    settings.RATE_LIMIT_FACTOR = 1 / 40
    waits = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            settings.RATE_LIMIT_FACTOR = 1.0

    client = spa(sleep=sleep)
    client.send(QUESTION, location_id=SANTA_ROSA)
    shown = client.send(QUESTION, location_id=SANTA_ROSA)
    assert (shown.kinds, shown.posts, shown.finals, shown.locked) == (["interrupted"] * 2, 3, 1, False)
    assert harmless(shown.chunks) == []


def test_a_cut_in_mid_body_leaves_one_end_and_cards(spa: Spa, concert: Event, chat: ChatServer) -> None:
    scripted(chat, SAID, delay_s=0.05)
    with cutting_proxy(chat.url) as proxy:
        proxy.cut_after = 6000
        shown = spa(stream=proxy.url).send(QUESTION, location_id=SANTA_ROSA)
    assert proxy.cuts == 1
    assert (shown.kinds, shown.posts, shown.finals, shown.locked) == (["network_error"], 2, 1, False)
    assert shown.text.endswith(LAST)
    assert shown.card_ids == [[concert.pk]]


def test_the_same_question_twice_is_answered_twice(spa: Spa, concert: Event) -> None:
    """Without a key a second post is a second question: the client sends none."""
    client = spa()
    first, second = (client.send(QUESTION, location_id=SANTA_ROSA) for _ in range(2))
    assert (first.finals, second.finals) == (1, 1)
    assert [m.status for m in stored()] == ["complete", "complete"]


def test_a_slow_reader_gets_every_word(spa: Spa, concert: Event, chat: ChatServer) -> None:
    scripted(chat, SAID)

    def dawdle(shown: Shown, chunk: dict[str, Any]) -> None:
        time.sleep(0.05)

    shown = spa().send(QUESTION, location_id=SANTA_ROSA, on_chunk=dawdle)
    assert shown.text == stored()[0].content
    assert (shown.finals, shown.locked) == (1, False)


def test_a_cancel_closes_the_socket_and_the_answer_is_kept(spa: Spa, concert: Event, chat: ChatServer) -> None:
    scripted(chat, SAID, delay_s=0.02)

    def cancel(shown: Shown, chunk: dict[str, Any]) -> None:
        if shown.text:
            raise Aborted

    shown = spa().send(QUESTION, location_id=SANTA_ROSA, on_chunk=cancel)
    assert (shown.posts, shown.finals) == (1, 0)
    wait_until(lambda: stored()[0].status == "complete")
    assert stored()[0].content.endswith(LAST)


@pytest.mark.parametrize("after", [1, 3, 7])
def test_a_model_that_breaks_off_leaves_a_partial_answer_that_ends(
    spa: Spa, concert: Event, chat: ChatServer, after: int
) -> None:
    scripted(chat, SAID, error=LLMUnavailable("gone"), fail_after=after)
    shown = spa().send(QUESTION, location_id=SANTA_ROSA)
    assert (shown.locked, shown.finals, shown.errors, shown.posts) == (False, 1, 0, 1)
    assert shown.text != TROUBLE
    assert harmless(shown.chunks) == []


def test_a_search_that_fails_is_one_error_and_no_end_beside_it(
    spa: Spa, concert: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RetrievalFailed("the database is away")

    monkeypatch.setattr("api.rag_service.retrieve", broken)
    shown = spa().send(QUESTION, location_id=SANTA_ROSA)
    assert (shown.text, shown.locked, shown.errors, shown.finals) == (TROUBLE, False, 1, 0)
    assert harmless(shown.chunks) == []


def test_bad_input_is_refused_five_times_and_then_told(spa: Spa) -> None:
    shown = spa().send("x" * 5000)
    assert (shown.posts, shown.kinds, shown.text) == (6, ["interrupted"] * 6, TROUBLE)
    assert [round(wait) for wait in shown.waits_s] == pytest.approx([1, 2, 4, 8, 16], rel=0.5)
