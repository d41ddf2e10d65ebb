"""What answers have shown and readers have opened moves the popularity of an event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from api.attention import Kept, keep_attention
from api.rag.tests.records import NOW, event
from conversations.models import ChatMessage, ChatSession
from events.attention import note_opened
from events.models import AttentionMark, Event, EventAttention, EventIndex

pytestmark = pytest.mark.django_db
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def session() -> ChatSession:
    return ChatSession.objects.create(user=User.objects.create_user("reader"))


def answer(session: ChatSession, ids: Iterable[int], **fields: object) -> ChatMessage:
    return ChatMessage.objects.create(session=session, role="assistant", event_ids=list(ids), **fields)


def counted() -> dict[int, tuple[int, int]]:
    return {a.pk: (a.shown, a.opened) for a in EventAttention.objects.all()}


def test_each_finished_answer_counts_once(session: ChatSession) -> None:
    jazz, chess = event("Jazz"), event("Chess")
    answer(session, [jazz.pk, chess.pk, jazz.pk])
    answer(session, [jazz.pk, 987654321], status="cancelled")
    answer(session, [chess.pk], model_slot="B")
    ChatMessage.objects.create(session=session, role="user", content="hi")
    assert keep_attention(NOW).answers == 3
    assert counted() == {jazz.pk: (2, 0), chess.pk: (1, 0)}
    assert keep_attention(NOW).answers == 0
    assert counted() == {jazz.pk: (2, 0), chess.pk: (1, 0)}


def test_what_comes_after_an_answer_still_being_written_waits_for_it(session: ChatSession) -> None:
    jazz = event("Jazz")
    running = answer(session, [], status="running")
    answer(ChatSession.objects.create(user=session.user), [jazz.pk])
    assert (keep_attention(NOW).answers, counted()) == (0, {})
    ChatMessage.objects.filter(pk=running.pk).update(status="complete", event_ids=[jazz.pk])
    assert (keep_attention(NOW).answers, counted()) == (2, {jazz.pk: (2, 0)})


def test_an_event_that_is_opened_rises_and_one_that_is_only_shown_falls(session: ChatSession) -> None:
    opened, ignored = event("Opened"), event("Ignored")
    keep_attention(LATER)
    before = dict(Event.objects.values_list("pk", "popularity"))
    for _ in range(40):
        answer(session, [opened.pk, ignored.pk])
    for _ in range(20):
        assert note_opened(opened.pk)
    kept = keep_attention(LATER)
    after = dict(Event.objects.values_list("pk", "popularity"))
    assert kept == Kept(40, 2)
    assert after[opened.pk] == pytest.approx(before[opened.pk] + 0.2 * (1 - 0.2), abs=0.01)
    assert after[ignored.pk] < before[ignored.pk]
    assert dict(EventIndex.objects.values_list("pk", "popularity")) == after  # what the ranking reads


def test_freshness_fades_round_by_round() -> None:
    row = event("Old")
    keep_attention(LATER)
    fresh = Event.objects.get(pk=row.pk).popularity
    assert AttentionMark.objects.get().swept_to == row.pk
    keep_attention(LATER)  # the end of the round
    assert AttentionMark.objects.get().swept_to == 0
    keep_attention(LATER + timedelta(days=60))
    assert Event.objects.get(pk=row.pk).popularity == pytest.approx(fresh - 0.1 * 2 / 3, abs=0.01)


def test_an_unknown_event_is_not_opened() -> None:
    assert not note_opened(987654321)
    assert counted() == {}
