"""The life of a search index: made, filled, compared with the database, put in service by moving an alias.

`NAME` is the alias that searches read. `NAME-write` marks every index that must follow the changes: the one in service
and one that is being filled. Writes carry a fence as external version: a state that was read earlier never replaces a later one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from api.search.elasticsearch_client import connect, server_of
from api.search.elasticsearch_documents import documents, documents_after
from api.search.elasticsearch_mapping import mappings_of, settings_of, template_of
from api.search.params import INDEX_BATCH, INDEX_TIMEOUT_S
from events.outbox import next_fence

STALE = 409  # a later state is there already
GONE = 404  # there was nothing to delete
DIGESTS_AT_ONCE = 1000
PERMANENT = range(400, 429)  # from 429 on it may work later


class IndexTroubled(Exception):
    """The server cannot do what is asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """`refused`: event id -> why, and whether the server will never take it."""

    written: int
    stale: int
    refused: Mapping[int, tuple[str, bool]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """Event ids by what is wrong with their documents."""

    missing: tuple[int, ...] = ()
    different: tuple[int, ...] = ()
    superfluous: tuple[int, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        return (*self.missing, *self.different, *self.superfluous)


@dataclass(frozen=True, slots=True)
class Building:
    """An index that is not in service. `after`: the last event id written; `done`: all are."""

    index: str
    after: int
    done: bool


class SearchIndex:
    """Raises ApiError and TransportError of the client where nothing else is said."""

    def __init__(self, client: Elasticsearch, name: str) -> None:
        self.client, self.name = client, name
        self.write_alias = f"{name}-write"

    @classmethod
    def at(cls, url: str, name: str) -> SearchIndex:
        return cls(connect(url, timeout_s=INDEX_TIMEOUT_S), name)

    # -- writing ---------------------------------------------------------------------------------------------------------

    def write(self, event_ids: Sequence[int], *, fence: int) -> Written:
        """Bring these documents to the events' present state in every index that follows. `fence` was taken before this call."""
        targets = self.written_to()
        return self._bulk(targets, event_ids, documents(event_ids), fence) if targets else Written(0, 0)

    def _bulk(
        self, targets: Sequence[str], ids: Sequence[int], found: Mapping[int, dict[str, Any]], fence: int
    ) -> Written:
        operations: list[dict[str, Any]] = []
        for index in targets:
            for event_id in ids:
                action = {"_index": index, "_id": str(event_id), "version": fence, "version_type": "external_gte"}
                document = found.get(event_id)
                operations += [{"index": action}, document] if document else [{"delete": action}]
        items = self.client.bulk(operations=operations)["items"] if operations else []
        refused: dict[int, tuple[str, bool]] = {}
        stale = 0
        for item in items:
            (told,) = item.values()
            if told["status"] == STALE:
                stale += 1
            elif told["status"] >= 400 and told["status"] != GONE:
                error = told.get("error") or {}
                reason = f"{error.get('type')}: {error.get('reason')}"
                refused[int(told["_id"])] = (reason, told["status"] in PERMANENT)
        return Written(len(items) - stale - len(refused), stale, refused)

    # -- what there is ---------------------------------------------------------------------------------------------------

    def written_to(self) -> list[str]:
        return self._holding(self.write_alias)

    def in_service(self) -> str | None:
        """The index that is searched. Raises IndexTroubled where the name is an index itself."""
        found = self._holding(self.name)
        if not found and self.client.indices.exists(index=self.name):
            raise IndexTroubled(
                f"{self.name} is an index, where an alias is needed: choose another ELASTICSEARCH_INDEX"
            )
        return found[0] if found else None

    def _holding(self, alias: str) -> list[str]:
        try:
            return sorted(self.client.indices.get_alias(name=alias))
        except NotFoundError:
            return []

    def building(self) -> Building | None:
        serving = self.in_service()
        waiting = [index for index in self.written_to() if index != serving]
        if not waiting:
            return None
        index = waiting[-1]
        meta = self.client.indices.get_mapping(index=index)[index]["mappings"].get("_meta", {}).get("build", {})
        return Building(index, int(meta.get("after", 0)), bool(meta.get("done", False)))

    def count(self, index: str) -> int:
        return int(self.client.count(index=index)["count"])

    # -- building --------------------------------------------------------------------------------------------------------

    def begin(self, *, now: datetime, shards: int, replicas: int) -> Building:
        """A new empty index that follows the changes from now on."""
        self.in_service()
        engine = server_of(self.client).engine
        template = template_of(engine, f"{self.name}-2*", shards=shards, replicas=replicas)
        self.client.indices.put_index_template(name=f"{self.name}-template", **template)
        index = f"{self.name}-{now:%Y%m%d%H%M%S}"
        self.client.indices.create(
            index=index,
            settings=settings_of(engine, shards=shards, replicas=replicas),
            mappings=mappings_of(engine) | {"_meta": {"build": {"after": 0, "done": False}}},
        )
        self.client.indices.put_alias(index=index, name=self.write_alias)
        return Building(index, 0, done=False)

    def fill(self, building: Building, *, batch: int = INDEX_BATCH) -> Iterator[int]:
        """Yields how many events were written, batch by batch. Each leaves a mark, from which another run goes on."""
        after = building.after
        while True:
            fence = next_fence()
            found = documents_after(after, batch)
            if not found:
                break
            written = self._bulk([building.index], list(found), found, fence)
            if written.refused:
                event_id, (reason, _) = next(iter(written.refused.items()))
                raise IndexTroubled(f"event {event_id} and {len(written.refused) - 1} more were refused: {reason}")
            after = max(found)
            self._mark(building.index, after, done=False)
            yield len(found)
        self.client.indices.refresh(index=building.index)
        self._mark(building.index, after, done=True)

    def _mark(self, index: str, after: int, *, done: bool) -> None:
        self.client.indices.put_mapping(index=index, meta={"build": {"after": after, "done": done}})

    def swap(self) -> tuple[str, str | None]:
        """Put the filled index in service in one step; its name and that of the one it replaces, which is kept."""
        building = self.building()
        if building is None or not building.done:
            raise IndexTroubled("there is no filled index to put in service: run `manage.py search_index build`")
        old = self.in_service()
        actions: list[dict[str, Any]] = [{"add": {"index": building.index, "alias": self.name}}]
        if old is not None:
            actions += [
                {"remove": {"index": old, "alias": self.name}},
                {"remove": {"index": old, "alias": self.write_alias}},
            ]
        self.client.indices.update_aliases(actions=actions)
        return building.index, old

    def drop(self, index: str) -> None:
        self.client.indices.delete(index=index)

    # -- comparing -------------------------------------------------------------------------------------------------------

    def compare(self, index: str, *, batch: int = INDEX_BATCH) -> Iterator[tuple[int, Difference]]:
        """Walks both sides in the order of the ids: how many events were compared, and what differs among them."""
        self.client.indices.refresh(index=index)
        after = 0
        while True:
            wanted = {pk: document["digest"] for pk, document in documents_after(after, batch).items()}
            last = max(wanted) if len(wanted) == batch else None
            stored: dict[int, str] = {}
            for part in self._digests(index, after, last):
                stored |= part
            yield len(wanted), difference(wanted, stored)
            if last is None:
                return
            after = last

    def _digests(self, index: str, after: int, last: int | None) -> Iterator[dict[int, str]]:
        """Event id -> digest of the documents with ids in (after, last]."""
        while True:
            bounds = {"gt": after} if last is None else {"gt": after, "lte": last}
            answer = self.client.search(
                index=index,
                query={"range": {"event_id": bounds}},
                source_includes=["digest"],
                size=DIGESTS_AT_ONCE,
                sort=[{"event_id": "asc"}],
            )
            hits = answer["hits"]["hits"]
            yield {int(hit["_id"]): hit["_source"]["digest"] for hit in hits}
            if len(hits) < DIGESTS_AT_ONCE:
                return
            after = int(hits[-1]["_id"])

    def difference_of(self, index: str, ids: Sequence[int]) -> Difference:
        """As `compare`, of these events alone."""
        self.client.indices.refresh(index=index)
        wanted = {pk: document["digest"] for pk, document in documents(ids).items()}
        answer = self.client.search(
            index=index, query={"terms": {"event_id": list(ids)}}, source_includes=["digest"], size=max(1, len(ids))
        )
        return difference(wanted, {int(hit["_id"]): hit["_source"]["digest"] for hit in answer["hits"]["hits"]})


def difference(wanted: Mapping[int, str], stored: Mapping[int, str]) -> Difference:
    return Difference(
        missing=tuple(sorted(wanted.keys() - stored.keys())),
        different=tuple(sorted(pk for pk in wanted.keys() & stored.keys() if wanted[pk] != stored[pk])),
        superfluous=tuple(sorted(stored.keys() - wanted.keys())),
    )
