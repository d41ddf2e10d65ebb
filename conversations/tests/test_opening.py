from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User

from conversations.errors import KeyReused, SessionNotFound, TooManyTurns, TurnInProgress
from conversations.models import ChatMessage, ChatSession, ChatTurn
from conversations.opening import OpenTurn, PastMessage, RepeatedTurn, open_turn
from conversations.services import ClosedTurn, close_turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob")


def opened(user: User, message: str, session: uuid.UUID | None = None, **how: Any) -> OpenTurn:
    given = {"history_limit": 50, "running_limit": 6} | how
    turn = open_turn(user_id=user.pk, session_id=session, message=message, **given)
    assert isinstance(turn, OpenTurn)
    return turn


def closed(turn: OpenTurn, text: str, **kept: Any) -> None:
    assert close_turn(turn, [ClosedTurn(text, "complete", **kept)], finished_at=datetime.now(UTC))


def test_a_question_begins_a_conversation_that_bears_its_name(alice: User) -> None:
    turn = opened(alice, "Jazz tonight?")
    session = ChatSession.objects.get()
    assert (session.pk, session.user, session.title) == (turn.session_id, alice, "Jazz tonight?")
    assert list(ChatMessage.objects.values_list("role", "content", "status", "turn_id")) == [
        ("user", "Jazz tonight?", "complete", turn.turn_id),
        ("assistant", "", "running", turn.turn_id),
    ]
    assert ChatMessage.objects.get(role="assistant").pk == turn.answer_id
    assert (turn.ledger, turn.history, turn.shown_event_ids) == ({}, (), ())


def test_the_next_question_knows_what_was_said_and_shown_but_not_itself(alice: User) -> None:
    first = opened(alice, "Jazz?")
    closed(first, "Blue Note.", event_ids=(7, 3), ledger={"price": 20})
    second = opened(alice, "And on Sunday?", first.session_id)
    closed(second, "Quartet.", event_ids=(9, 7))
    third = opened(alice, "Cheaper?", first.session_id)
    assert third.ledger == {"price": 20}
    said = [("user", "Jazz?"), ("assistant", "Blue Note."), ("user", "And on Sunday?"), ("assistant", "Quartet.")]
    assert third.history == tuple(PastMessage(*pair) for pair in said)
    assert third.shown_event_ids == (9, 7, 3)
    closed(third, "None.")
    assert [m.content for m in opened(alice, "So?", first.session_id, history_limit=2).history] == ["Cheaper?", "None."]


def test_a_conversation_answers_one_question_at_a_time_and_a_refusal_leaves_nothing(alice: User) -> None:
    first = opened(alice, "Jazz?")
    with pytest.raises(TurnInProgress):
        opened(alice, "And blues?", first.session_id)
    assert (ChatTurn.objects.count(), ChatMessage.objects.count()) == (1, 2)


def test_somebody_elses_conversation_is_none(alice: User, bob: User) -> None:
    first = opened(alice, "Jazz?")
    closed(first, "Blue Note.")
    for session in (first.session_id, uuid.uuid4()):
        with pytest.raises(SessionNotFound):
            opened(bob, "What did she ask?", session)
    assert (ChatSession.objects.count(), ChatTurn.objects.count()) == (1, 1)


def test_one_more_than_may_run_is_refused(alice: User, bob: User) -> None:
    first = opened(alice, "Jazz?", running_limit=1)
    with pytest.raises(TooManyTurns):
        opened(alice, "Blues?", running_limit=1)
    opened(bob, "Blues?", running_limit=1)
    closed(first, "Blue Note.")
    opened(alice, "Blues?", running_limit=1)


def test_a_key_is_one_question(alice: User, bob: User) -> None:
    first = opened(alice, "Jazz?", idempotency_key="k")
    again = {"history_limit": 50, "running_limit": 1, "idempotency_key": "k"}
    assert open_turn(user_id=alice.pk, session_id=None, message="Jazz?", **again) == RepeatedTurn(first.turn_id)
    with pytest.raises(KeyReused):
        open_turn(user_id=alice.pk, session_id=None, message="Blues?", **again)
    opened(bob, "Blues?", idempotency_key="k")
    assert ChatTurn.objects.count() == 2
