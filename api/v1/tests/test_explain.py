"""POST /explain: the same question as the chat's, and where one event stands in its answer."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from api.embedding_client import EmbeddingClient
from api.rag.bootstrap import rag_service
from api.rag.params import FACTORS
from api.v1.tests.rows import NOW, make_event, make_venue
from events.models import EventSource

MINE = "/api/v1/explain"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _words_only(monkeypatch):
    """Nobody listens at this address: the question is matched by its words, and says so."""
    monkeypatch.setattr(rag_service(), "embedder", EmbeddingClient("http://127.0.0.1:9", timeout_s=0.2))


def ask(client, event, message="story time", **body):
    return client.post(MINE, {"event_id": event.pk, "message": message, "now": NOW.isoformat(), **body})


def test_a_recommended_event_is_told_with_its_factors_and_who_follows(alice):
    first, second = make_event(1), make_event(2, title="Story time for grown-ups", venue=None)
    told = ask(alice, first).json()
    assert (told["stage"], told["reason"], told["tier"], told["rank"]) == (
        "shown",
        "recommended, rank 1",
        "recommended",
        1,
    )
    assert told["candidate_count"] == 2
    assert told["ranking_factors"]["semantic"] == pytest.approx(0.98, abs=0.05)
    assert [(r["event_id"], r["rank"]) for r in told["rivals"]] == [(second.pk, 2)]
    assert (told["recall"], told["plan"]) == ("exact", "exact:time")
    assert told["understood"]["search_text"] == "story time"
    assert [notice["code"] for notice in told["notices"]] == ["degraded_retrieval"]


def test_the_weight_that_lets_it_pass(alice):
    make_event(1, title="Jazz", tags=["music"], starts=[NOW + HOUR], popularity=0.2)
    later = make_event(2, title="Jazz", tags=["music"], starts=[NOW + 20 * DAY], popularity=0.9, venue=None)
    told = ask(alice, later, "jazz in the next 30 days", weights={"popularity": 0.05}).json()
    (rival,) = told["rivals"]
    flips = {flip["factor"]: (flip["side"], flip["weight"] < flip["at"]) for flip in rival["flips"]}
    assert (told["rank"], rival["rank"]) == (2, 1)
    assert flips == {"time": ("below", False), "popularity": ("above", True)}


@pytest.mark.parametrize(
    ("changes", "question", "stage", "reason"),
    [
        ({"starts": [NOW + 5 * DAY]}, {"context": {"age_range": {"min": 30, "max": 40}}}, "ages", "for ages 3-5, asked 30-40"),
        ({"starts": [NOW + 5 * DAY]}, {"context": {"max_price": 2}}, "price", "5.00 USD > 2"),
        ({"starts": [NOW + 5 * DAY]}, {"context": {"is_virtual": True}}, "attendance", "is offline, asked online"),
        ({"starts": [NOW + 5 * DAY]}, {"candidate_event_ids": [1]}, "ids", "not among the 1 events asked about"),
        ({"status": "cancelled"}, {}, "status", "cancelled"),
        ({"starts": [NOW - 5 * DAY]}, {}, "over", None),
    ],
)  # fmt: skip
def test_the_stage_and_the_number_that_dropped_it(alice, changes, question, stage, reason):
    told = ask(alice, make_event(1, **changes), **question).json()
    assert told["stage"] == stage
    assert reason is None or told["reason"] == reason
    assert (told["rank"], told["tier"], told["ranking_factors"], told["rivals"]) == (None, None, None, [])


def test_weights_come_back_normalised_with_their_sum(alice):
    told = ask(alice, make_event(1), weights=dict.fromkeys(FACTORS, 2)).json()
    assert (told["weights"], told["weights_sum"]) == (dict.fromkeys(FACTORS, 0.2), 10.0)


def test_by_the_id_of_the_feed(alice):
    event = make_event(7, starts=[NOW + DAY])
    event.occurrences.update(external_id="row-7")
    for external_id in ("7", "row-7"):
        told = alice.post(MINE, {"external_id": external_id, "message": "story time"}).json()
        assert told["event_id"] == event.pk
    other = EventSource.objects.create(slug="other", name="Other", kind="manual")
    event.occurrences.all().delete()
    make_event(8, venue=make_venue(key="b"))
    type(event).objects.filter(external_id="8").update(external_id="7", source=other)
    answer = alice.post(MINE, {"external_id": "7", "message": "story time"})
    assert (answer.status_code, answer.json()["field"]) == (400, "source")
    told = alice.post(MINE, {"external_id": "7", "source": "own", "message": "story time"}).json()
    assert told["event_id"] == event.pk


def test_an_unknown_event_is_not_found(alice):
    assert alice.post(MINE, {"event_id": 987654321, "message": "story time"}).status_code == 404
    for external_id in ("nowhere", "no\0where"):
        assert alice.post(MINE, {"external_id": external_id, "message": "story time"}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"chat_history": [{"role": "assistant", "content": "a" * 9000}]},
        {"location_id": "", "context": {"location_id": "", "more_like_event_id": ""}},
        {"context": None, "weights": None, "ledger": None, "chat_history": None, "timezone": None},
        {"context": {"preferences": {"interests": None}, "age_range": {"min": None}, "chat_history": None}},
        {"context": {"user_location": {"lat": 38.4, "lng": -122.7}, "max_price": 0, "is_virtual": False}},
    ],
)
def test_what_the_chat_takes_is_taken(alice, body):
    assert ask(alice, make_event(1), **body).json()["stage"] in ("shown", "price")


def test_more_like_an_event_may_stand_beside_the_context(alice):
    event = make_event(1)
    assert (
        ask(alice, event, more_like_event_id=event.pk).json()
        == ask(alice, event, context={"more_like_event_id": event.pk}).json()
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"message": "x"}, "event_id"),
        ({"message": "x", "event_id": 1, "external_id": "1"}, "event_id"),
        ({"event_id": 1}, "message"),
        ({"event_id": 1, "message": "x" * 4001}, "message"),
        ({"event_id": 1, "message": 5}, "message"),
        ({"event_id": 1, "message": " "}, "message"),
        ({"event_id": 1, "message": "x", "timezone": 5}, "timezone"),
        ({"event_id": 1, "message": "x", "location_id": -1}, "location_id"),
        ({"event_id": 1, "message": "x", "ledger": {"x": ["\ud800"]}}, "ledger"),
        ({"external_id": "\ud800", "message": "x"}, "external_id"),
        ({"external_id": "", "message": "x"}, "external_id"),
        ({"external_id": "1", "source": "\ud800", "message": "x"}, "source"),
        ({"event_id": 1, "message": "x", "weights": {"semantic": -1}}, "weights.semantic"),
        ({"event_id": 1, "message": "x", "weights": {"luck": 1}}, "weights"),
        ({"event_id": 1, "message": "x", "weights": dict.fromkeys(FACTORS, 0)}, "weights"),
        ({"event_id": 1, "message": "x", "max_context": 201}, "max_context"),
        ({"event_id": 1, "message": "x", "candidate_event_ids": list(range(1001))}, "candidate_event_ids"),
        ({"event_id": 1, "message": "x", "context": {"user_location": {"lat": 91, "lng": 0}}}, "context.user_location.lat"),
        ({"event_id": 1, "message": "x", "ledger": {str(n): 1 for n in range(41)}}, "ledger"),
        ({"event_id": 2**63, "message": "x"}, "event_id"),
        ({"event_id": 1, "message": "x", "now": "soon"}, "now"),
        ({"event_id": 1, "message": "x", "now": "0001-01-01T00:00:00Z"}, "now"),
        ({"event_id": 1, "message": "x", "now": "9999-12-31T23:59:59Z"}, "now"),
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_named(alice, body, field):
    answer = alice.post(MINE, json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_a_date_range_of_the_client_counts(alice):
    event = make_event(1, starts=[NOW + 40 * DAY])
    day = (NOW + 2 * DAY).date().isoformat()
    told = ask(alice, event, context={"date_range": {"from": day, "to": day}, "timezone": "UTC"}).json()
    assert told["stage"] == "dates"
