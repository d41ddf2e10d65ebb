"""Questions about what a search found, about events named one by one, and for more of one kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pgvector import HalfVector

from api.rag.tests.records import unit
from api.search.types import SearchRequest
from api.search_service import PgVectorSearchBackend, SearchService
from chat_service.tests.conftest import SANTA_ROSA, ChatServer, Chunks
from events.models import Event, EventIndex, Occurrence
from locations.memory import gazetteer

Ask = Callable[..., Chunks]
QUESTION = "live music"


@pytest.fixture
def later(concert: Event) -> Event:
    """A second concert at the same place, in half a year."""
    event = Event.objects.create(
        source=concert.source, external_id="2", title="Choir evening", description="Songs.", venue=concert.venue,
        category="Music", tags=["music"], timezone="America/Los_Angeles",
    )  # fmt: skip
    start = timezone.now() + timedelta(days=180)
    Occurrence.objects.create(event=event, start=start, end=start + timedelta(hours=2), effective_end=start)
    return event


@pytest.fixture
def handle(chat: ChatServer, alice: User) -> Callable[..., str]:
    """The handle of a search that Alice made."""

    def made(**asked: Any) -> str:
        service = SearchService(backend=PgVectorSearchBackend(), rag=chat.services.pipeline.rag, gazetteer=gazetteer)
        page = service.first_page(
            SearchRequest(**asked), caller=alice.pk, now=timezone.now(), zone="UTC", number=1, size=100
        )
        return page.search_handle

    return made


def ids(chunks: Chunks) -> set[int]:
    return set(chunks.of("events")[0]["all_event_ids"])


def notices(chunks: Chunks) -> dict[str, Any]:
    return {chunk["code"]: chunk["detail"] for chunk in chunks.of("notice")}


def test_an_answer_stays_within_what_the_search_found(
    ask: Ask, handle: Callable[..., str], concert: Event, later: Event
) -> None:
    assert ids(ask(QUESTION, location_id=SANTA_ROSA)) == {concert.pk}  # the usual window is some weeks
    whole = handle(location_id=SANTA_ROSA)
    assert ids(ask(QUESTION, search_handle=whole)) == {concert.pk, later.pk}
    month = handle(location_id=SANTA_ROSA, date_to=(timezone.now() + timedelta(days=30)).date())
    assert ids(ask(QUESTION, search_handle=month)) == {concert.pk}
    assert ids(ask(QUESTION, search_handle=whole, candidate_event_ids=[later.pk])) == {later.pk}
    nothing = handle(location_id=SANTA_ROSA, categories=("Film",))
    assert ids(ask(QUESTION, search_handle=nothing)) == set()


def test_the_search_passes_on_its_place_and_days(ask: Ask, handle: Callable[..., str], concert: Event) -> None:
    until = (timezone.now() + timedelta(days=30)).date()
    understood = ask("anything free?", search_handle=handle(location_id=SANTA_ROSA, date_to=until)).of("understood")[0]
    assert understood["place"]["id"] == SANTA_ROSA
    assert understood["when"] is not None
    assert understood["price"]["free_only"]


def test_a_handle_of_somebody_else_is_no_handle(
    ask: Ask, handle: Callable[..., str], concert: Event, alice: User
) -> None:
    bob = User.objects.create_user("bob", "bob@example.org", "a long password")
    for user, name in ((bob, handle()), (alice, "x" * 32), (alice, "")):
        refused = ask(QUESTION, user=user, search_handle=name)
        assert (refused.status, refused.all[0]["code"]) == (404, "search_handle_expired")


def test_a_search_too_wide_to_talk_about_is_refused(
    ask: Ask, handle: Callable[..., str], concert: Event, later: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat_service.chosen.HANDLE_EVENTS_MAX", 1)
    refused = ask(QUESTION, search_handle=handle())
    assert (refused.status, refused.all[0]["code"]) == (422, "invalid_request")
    assert refused.all[0]["message"] == "search_handle: this search found 2 events; narrow it to 1"


def test_ids_that_no_event_has_are_told(ask: Ask, concert: Event) -> None:
    got = ask(QUESTION, candidate_event_ids=[10**12, concert.pk, 10**12 + 1])
    assert ids(got) == {concert.pk}
    assert notices(got)["unknown_ids"] == {"ids": [10**12, 10**12 + 1], "count": 2}
    assert ask(QUESTION, candidate_event_ids=list(range(1001))).status == 422
    assert ask(QUESTION, candidate_event_ids=["x"]).status == 422


@pytest.mark.parametrize("place", ["top", "context"])
def test_more_like_an_event_leaves_it_out(ask: Ask, concert: Event, later: Event, place: str) -> None:
    for event in (concert, later):
        EventIndex.objects.filter(pk=event.pk).update(embedding=HalfVector(unit(3)), model="test")
    named = {"more_like_event_id": concert.pk}
    got = ask("more like this in the next year", **(named if place == "top" else {"context": named}))
    assert ids(got) == {later.pk}
    assert got.of("events")[0]["event_metadata"][str(later.pk)]["ranking_factors"]["semantic"] == pytest.approx(
        1, abs=0.01
    )


def test_more_like_what_is_not_there_says_so(ask: Ask, concert: Event) -> None:
    assert notices(ask("more like this", more_like_event_id=10**12))["unknown_ids"]["ids"] == [10**12]
