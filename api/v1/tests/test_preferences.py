from __future__ import annotations

import uuid

import pytest

from conversations.models import AnswerPreference, ChatMessage, ChatSession

FACTS = {"id": 7, "title": "Kite Morning", "start_time": "2027-01-09T10:30:00-08:00", "revision": "abc"}


@pytest.fixture
def compared(alice):
    session = ChatSession.objects.create(user=alice.user, title="Kites")
    turn = uuid.uuid4()
    ChatMessage.objects.create(session=session, turn_id=turn, role="user", content="kites?")
    for slot in "AB":
        receipt = {"facts": [FACTS], "citations": {"1": 7}}
        ChatMessage.objects.create(
            session=session,
            turn_id=turn,
            role="assistant",
            model_slot=slot,
            event_ids=[7],
            receipt=receipt,
            content=slot,
        )
    return session, turn


def url(turn) -> str:
    return f"/api/v1/turns/{turn}/preference"


def test_the_answer_that_was_chosen_is_kept_and_told_with_the_conversation(alice, compared):
    session, turn = compared
    assert alice.post(url(turn), {"chosen": "B"}).json() == {"turn_id": str(turn), "chosen": "B"}
    told = alice.get(f"/api/v1/sessions/{session.pk}").json()["messages"]
    assert [(m["model"], m["chosen"]) for m in told] == [("A", None), ("A", False), ("B", True)]


def test_choosing_again_replaces_the_choice(alice, compared):
    _, turn = compared
    for slot in "BA":
        assert alice.post(url(turn), {"chosen": slot}).status_code == 200
    assert list(AnswerPreference.objects.values_list("turn_id", "chosen")) == [(turn, "A")]


def test_nobody_else_chooses(bob, compared):
    _, turn = compared
    assert bob.post(url(turn), {"chosen": "B"}).status_code == 404
    assert bob.post(url(uuid.uuid4()), {"chosen": "B"}).status_code == 404
    assert not AnswerPreference.objects.exists()


@pytest.mark.parametrize("body", [{}, {"chosen": "C"}, {"chosen": ""}, {"chosen": ["A"]}, {"chosen": None}])
def test_only_one_of_the_two_can_be_chosen(alice, compared, body):
    answer = alice.post(url(compared[1]), body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_one_answer_leaves_nothing_to_choose(alice, compared):
    _, turn = compared
    ChatMessage.objects.get(model_slot="B").delete()
    assert alice.post(url(turn), {"chosen": "A"}).status_code == 400


def test_a_deleted_conversation_takes_its_choices_along(alice, compared):
    session, turn = compared
    alice.post(url(turn), {"chosen": "B"})
    assert alice.delete(f"/api/v1/sessions/{session.pk}").status_code == 204
    assert not AnswerPreference.objects.exists()


def test_a_reopened_conversation_tells_what_was_told_then(alice, compared):
    session, _ = compared
    for told in alice.get(f"/api/v1/sessions/{session.pk}").json()["messages"][1:]:
        assert (told["citations"], told["facts"], told["event_ids"]) == ({"1": 7}, [FACTS], [7])
