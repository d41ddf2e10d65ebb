"""The search server against the database: same events, same totals, same facets. Runs on the emulated server, and on a real one."""

from __future__ import annotations

import random
import socket
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from api.rag.candidate_sql import CandidateFilter
from api.search.elasticsearch_backend import ElasticsearchBackend
from api.search.elasticsearch_index import Difference, IndexTroubled, SearchIndex, Written
from api.search.errors import SearchUnavailable
from api.search.index_consumer import SearchIndexConsumer
from api.search.pgvector import PgVectorSearchBackend
from api.search.tests.conftest import is_live
from api.search.tests.town import CENTRE, DAY, NOW, ask, build_town, random_filter
from api.search.types import FACETS, SORTS
from api.search_service import FallbackBackend
from conftest import free_port
from events.models import Event, Occurrence, OutboxConsumer, OutboxMessage, Venue
from events.outbox import next_fence, subscribe
from events.relay import carry_batch
from events.relay_params import RelayParams

FILTERS = 25
SIZE = 120


@pytest.fixture
def index(server_url: str, db: None) -> Iterator[SearchIndex]:
    index = SearchIndex.at(server_url, f"test-{uuid.uuid4().hex[:12]}")
    yield index
    for name in index.written_to():
        index.drop(name)
    index.client.close()


def serve(index: SearchIndex) -> str:
    building = index.begin(now=NOW, shards=1, replicas=0)
    list(index.fill(building, batch=40))
    return index.swap()[0]


@pytest.fixture
def town(index: SearchIndex) -> SearchIndex:
    build_town(SIZE)
    serve(index)
    return index


def backend_of(index: SearchIndex) -> ElasticsearchBackend:
    return ElasticsearchBackend("http://unused", index=index.name, client=index.client)


def test_filters_totals_and_facets_are_those_of_the_database(town: SearchIndex) -> None:
    elastic, own = backend_of(town), PgVectorSearchBackend()
    rng = random.Random(11)
    ids = list(Event.objects.values_list("pk", flat=True))
    totals = []
    for n in range(FILTERS):
        f = random_filter(rng, ids)
        a, b = elastic.search(ask(), f, 1000), own.search(ask(), f, 1000)
        assert (a.total_hits, a.candidate_ids) == (b.total_hits, b.candidate_ids), (n, f)
        assert dict(a.facets) == dict(b.facets), (n, f)
        totals.append(a.total_hits)
    assert sum(t > 0 for t in totals) > FILTERS / 2
    assert max(totals) > SIZE / 3


def test_a_place_holds_what_is_asked_for_online_where_it_is_said_to(town: SearchIndex) -> None:
    elastic, own = backend_of(town), PgVectorSearchBackend()
    week = CandidateFilter(now=NOW, ranges=((NOW, NOW + 60 * DAY),), online=True, online_here=True)
    near = replace(week, lat=CENTRE[0], lng=CENTRE[1], radius_miles=8.0)
    totals = []
    for f in (near, replace(near, online_here=False), replace(week, region="US-NY"), week):
        a, b = elastic.search(ask(), f, 1000), own.search(ask(), f, 1000)
        assert (a.total_hits, a.candidate_ids, dict(a.facets)) == (b.total_hits, b.candidate_ids, dict(b.facets))
        totals.append(a.total_hits)
    assert 0 < totals[0] < totals[2] < totals[1] == totals[3]


def test_words_rank_and_names_rank_above_them(town: SearchIndex) -> None:
    backend = backend_of(town)
    everything = CandidateFilter(now=NOW, ranges=((NOW, NOW + 60 * DAY),))
    found = backend.search(ask("jazz", sort="relevance"), everything, 1000)
    titles = dict(Event.objects.values_list("pk", "title"))
    jazz = [titles[pk].startswith("Jazz") for pk in found.candidate_ids]
    assert jazz == sorted(jazz, reverse=True)
    assert 0 < sum(jazz) < len(jazz) == found.total_hits
    one = Event.objects.get(pk=found.candidate_ids[3])
    named = backend.search(ask("jazz", sort="relevance", quoted=(one.title,)), everything, 10)
    assert named.candidate_ids[0] == one.pk


def test_pages_are_cuts_of_one_order(town: SearchIndex, server_url: str) -> None:
    backend = backend_of(town)
    everything = CandidateFilter(now=NOW, ranges=((NOW, NOW + 6 * DAY),), lat=CENTRE[0], lng=CENTRE[1], radius_miles=60)
    # osmem sorts by no nested distance
    for sort in SORTS if is_live(server_url) else ("relevance", "date", "popularity"):
        whole = backend.search(ask("market", sort=sort), everything, 1000)
        assert len(set(whole.candidate_ids)) == whole.total_hits
        assert backend.search(ask("market", sort=sort), everything, 7).candidate_ids == whole.candidate_ids[:7]


def test_nothing_fits_is_an_empty_result(town: SearchIndex) -> None:
    found = backend_of(town).search(ask(), CandidateFilter(now=NOW, ranges=((NOW, NOW + DAY),), ids=()), 10)
    assert (found.candidate_ids, found.total_hits) == ((), 0)
    assert {name: facet.buckets for name, facet in found.facets.items()} == dict.fromkeys(FACETS, ())


# -- the life of an index ------------------------------------------------------------------------------------------------


def as_the_database(index: SearchIndex) -> bool:
    serving = index.in_service()
    assert serving is not None
    return not any(part.ids for _, part in index.compare(serving, batch=50))


def test_an_index_is_rebuilt_while_events_change(town: SearchIndex) -> None:
    old = town.in_service()
    building = town.begin(now=NOW + DAY, shards=1, replicas=0)
    filling = town.fill(building, batch=40)
    next(filling)
    early, late = Event.objects.order_by("pk").first(), Event.objects.order_by("pk").last()
    assert early is not None
    assert late is not None
    Event.objects.filter(pk=early.pk).update(title="Changed behind the builder")
    late_id = late.pk
    late.delete()
    town.write([early.pk, late_id], fence=next_fence())
    assert town.in_service() == old
    assert sum(filling) > 0
    assert town.swap() == (building.index, old)
    assert town.written_to() == [building.index]
    assert old is not None
    town.drop(old)
    assert as_the_database(town)


def test_filling_goes_on_where_it_was_stopped(town: SearchIndex) -> None:
    building = town.begin(now=NOW + DAY, shards=1, replicas=0)
    first = next(town.fill(building, batch=30))
    again = town.building()
    assert again is not None
    assert (first, again.index, again.done) == (30, building.index, False)
    assert sum(town.fill(again, batch=30)) == Event.objects.count() - 30
    with pytest.raises(IndexTroubled, match="no filled index"):
        SearchIndex(town.client, f"{town.name}-other").swap()
    old = town.swap()[1]
    assert old is not None
    town.drop(old)
    assert as_the_database(town)


def test_comparing_finds_each_kind_of_difference(town: SearchIndex) -> None:
    serving = town.in_service()
    assert serving is not None
    gone, changed, new = Event.objects.order_by("pk")[:3]
    ids = (gone.pk, changed.pk, new.pk)
    town.client.delete(index=serving, id=str(new.pk))
    Event.objects.filter(pk=changed.pk).update(organizer="Somebody else")
    gone.delete()
    found = [part for _, part in town.compare(serving, batch=50) if part.ids]
    assert found == [Difference(missing=(ids[2],), different=(ids[1],), superfluous=(ids[0],))]
    town.write(ids, fence=next_fence())
    assert as_the_database(town)


def test_a_state_read_earlier_never_replaces_a_later_one(town: SearchIndex) -> None:
    event = Event.objects.order_by("pk").first()
    assert event is not None
    pk, early, late = event.pk, next_fence(), next_fence()
    assert town.write([pk], fence=late) == Written(1, 0)
    Event.objects.filter(pk=pk).update(title="What a slow relay read")
    assert town.write([pk], fence=early) == Written(0, 1)
    event.delete()
    assert town.write([pk], fence=early) == Written(0, 1)
    assert town.write([pk], fence=next_fence()) == Written(1, 0)
    assert as_the_database(town)


def test_the_commands_build_verify_mend_and_swap(
    index: SearchIndex,
    server_url: str,
    settings: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_INDEX, settings.ELASTICSEARCH_REPLICAS = (
        server_url,
        index.name,
        0,
    )
    build_town(30)
    with pytest.raises(CommandError, match="no index is in service"):
        call_command("search_index", "verify")
    call_command("search_index", "build", "--swap")
    call_command("search_index", "verify")
    lost = Event.objects.order_by("pk").first()
    assert lost is not None
    index.client.delete(index=index.in_service() or "", id=str(lost.pk))
    with pytest.raises(CommandError, match="1 missing, 0 different, 0 superfluous: run"):
        call_command("search_index", "verify")
    call_command("search_index", "sync")
    call_command("search_index", "status")
    assert capsys.readouterr().out.splitlines()[-1] == f"in service: {index.in_service()} (30 events)"
    assert OutboxConsumer.objects.filter(name="search").exists()


# -- in step with the events ---------------------------------------------------------------------------------------------


def test_changes_reach_the_index_through_the_relay(town: SearchIndex) -> None:
    consumer = SearchIndexConsumer(town)
    subscribe(consumer.name, consumer.kinds)
    changed, gone, *_ = Event.objects.order_by("pk")
    Event.objects.filter(pk=changed.pk).update(title="New words")
    Occurrence.objects.filter(event=changed).update(all_day=True)
    gone.delete()
    Venue.objects.update(city="Trenton")
    make_new = Event.objects.create(source=changed.source, external_id="new", title="New event")
    while carry_batch(consumer, RelayParams()).delivered:
        pass
    assert OutboxMessage.objects.filter(consumer="search").count() == 0
    assert as_the_database(town)
    make_new.delete()


def test_what_the_server_will_never_take_is_a_permanent_refusal(index: SearchIndex) -> None:
    build_town(2)
    strict = {"dynamic": "strict", "properties": {"event_id": {"type": "long"}}}
    index.client.indices.create(index=f"{index.name}-narrow", mappings=strict)
    index.client.indices.put_alias(index=f"{index.name}-narrow", name=index.write_alias)
    ids = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    refused = index.write(ids, fence=next_fence()).refused
    assert [(pk, permanent) for pk, (_, permanent) in refused.items()] == [(pk, True) for pk in ids]
    assert refused[ids[0]][0].startswith("strict_dynamic_mapping_exception")


# -- when the server fails -----------------------------------------------------------------------------------------------

EVERYTHING = CandidateFilter(now=NOW, ranges=((NOW, NOW + 60 * DAY),))


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_server_that_is_down_slow_or_empty_is_said_to_be_unavailable(
    silent_url: str,
    emulated: str,
    settings: Any,
) -> None:
    settings.ELASTICSEARCH_TIMEOUT_S = 0.1
    for url, said in (
        (f"http://127.0.0.1:{free_port()}", "does not answer"),
        (silent_url, "was too slow"),
        (emulated, "index_not_found_exception"),
    ):
        with pytest.raises(SearchUnavailable, match=said):
            ElasticsearchBackend(url, index="nothing-here").search(ask(), EVERYTHING, 10)


def test_while_it_is_down_the_database_answers_and_says_so(db: None) -> None:
    build_town(20)
    down = ElasticsearchBackend(f"http://127.0.0.1:{free_port()}", index="events")
    own = PgVectorSearchBackend()
    found = FallbackBackend(down, own).search(ask(), EVERYTHING, 10)
    assert found.candidate_ids == own.search(ask(), EVERYTHING, 10).candidate_ids
    assert (found.backend, [notice.code for notice in found.notices]) == ("pgvector", ["search_fallback"])


def test_after_some_failures_it_is_left_alone_for_a_while(silent_url: str, settings: Any) -> None:
    settings.ELASTICSEARCH_TIMEOUT_S = 0.05
    backend = ElasticsearchBackend(silent_url, index="events")
    said = []
    for _ in range(20):
        with pytest.raises(SearchUnavailable) as failed:
            backend.search(ask(), EVERYTHING, 10)
        said.append("waiting before the next try" in str(failed.value))
    assert said[0] is False
    assert said[-1] is True


def test_a_server_without_vectors_ranks_by_words_and_says_so(town: SearchIndex, server_url: str) -> None:
    if is_live(server_url):
        pytest.skip("this server knows vectors")
    backend = backend_of(town)
    vector = np.full(384, 0.05, dtype=np.float32)
    found = backend.search(ask("jazz", sort="relevance", vector=vector), EVERYTHING, 50)
    assert [notice.code for notice in found.notices] == ["degraded_retrieval"]
    assert found.candidate_ids == backend.search(ask("jazz", sort="relevance"), EVERYTHING, 50).candidate_ids
