from __future__ import annotations

import time
from argparse import BooleanOptionalAction
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from api.search.elasticsearch_client import FAILURES
from api.search.elasticsearch_index import Building, Difference, IndexTroubled, SearchIndex
from api.search.index_consumer import SearchIndexConsumer
from api.search.params import INDEX_BATCH
from events.models import Event
from events.outbox import next_fence, subscribe, wait_for_writers
from events.relay_params import RelayParams
from locations.arguments import whole

SETTLE_S = 3.0  # changes on their way to the index arrive in this time


class Command(BaseCommand):
    help = "Build, compare and switch the index of the search server (SEARCH_BACKEND=elasticsearch)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "action",
            choices=["build", "swap", "verify", "sync", "status"],
            help="build: fill a new index beside the one in service, going on where an earlier run stopped; swap: put it in"
            " service; verify: compare the index in service with the database; sync: also put right what differs",
        )
        parser.add_argument(
            "--swap", action="store_true", help="with build: put it in service when it is filled and verified"
        )
        parser.add_argument("--fresh", action="store_true", help="with build: give up an index that was half filled")
        parser.add_argument("--keep", action=BooleanOptionalAction, default=False, help="with swap: keep the old index")
        parser.add_argument("--batch", type=whole(1, 1000), default=INDEX_BATCH, metavar="1-1000")

    def handle(self, *args: Any, **options: Any) -> None:
        index = SearchIndex.at(settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_INDEX)
        try:
            getattr(self, f"_{options['action']}")(index, options)
        except IndexTroubled as error:
            raise CommandError(str(error)) from error
        except FAILURES as error:
            raise CommandError(f"The search server at {settings.ELASTICSEARCH_URL} failed: {error}") from error
        finally:
            index.client.close()

    def _build(self, index: SearchIndex, options: dict[str, Any]) -> None:
        if subscribe(SearchIndexConsumer.name, SearchIndexConsumer.kinds):
            wait_for_writers(patience_s=RelayParams().wait_for_writers_s)
        building = index.building()
        if building is not None and options["fresh"]:
            index.drop(building.index)
            building = None
        if building is None:
            shards, replicas = settings.ELASTICSEARCH_SHARDS, settings.ELASTICSEARCH_REPLICAS
            building = index.begin(now=timezone.now(), shards=shards, replicas=replicas)
        elif building.after:
            self.stdout.write(f"Going on with {building.index} after event {building.after}.")
        if not building.done:
            self._fill(index, building, options["batch"])
        self.stdout.write(f"{building.index} holds {index.count(building.index)} events.")
        if options["swap"]:
            self._settle(index, building.index, options["batch"], mend=True)
            self._swap(index, options)

    def _fill(self, index: SearchIndex, building: Building, batch: int) -> None:
        left = Event.objects.filter(pk__gt=building.after).count()
        with tqdm(total=left, desc=f"Filling {building.index}", unit="event") as bar:
            for done in index.fill(building, batch=batch):
                bar.update(done)

    def _swap(self, index: SearchIndex, options: dict[str, Any]) -> None:
        new, old = index.swap()
        self.stdout.write(f"{new} is in service as {index.name}.")
        if old is not None and not options["keep"]:
            index.drop(old)
            self.stdout.write(f"{old} is deleted.")

    def _verify(self, index: SearchIndex, options: dict[str, Any]) -> None:
        left = self._settle(index, self._serving(index), options["batch"], mend=False)
        if left.ids:
            raise CommandError(f"{_told(left)}: run `manage.py search_index sync`")

    def _sync(self, index: SearchIndex, options: dict[str, Any]) -> None:
        left = self._settle(index, self._serving(index), options["batch"], mend=True)
        if left.ids:
            raise CommandError(f"{_told(left)}, and the server does not take them")

    def _status(self, index: SearchIndex, options: dict[str, Any]) -> None:
        serving, building = index.in_service(), index.building()
        self.stdout.write(f"in service: {serving} ({index.count(serving)} events)" if serving else "in service: none")
        if building is not None:
            state = "filled" if building.done else f"filled up to event {building.after}"
            self.stdout.write(f"building: {building.index} ({state})")

    def _settle(self, index: SearchIndex, name: str, batch: int, *, mend: bool) -> Difference:
        """What differs, and still does after changes on their way have arrived or been written here."""
        found: list[int] = []
        with tqdm(total=Event.objects.count(), desc=f"Comparing {name}", unit="event") as bar:
            for count, part in index.compare(name, batch=batch):
                found += part.ids
                bar.update(count)
        left = Difference()
        for first in range(0, len(found), batch):
            ids = found[first : first + batch]
            if mend:
                index.write(ids, fence=next_fence())
            elif first == 0:
                time.sleep(SETTLE_S)
            part = index.difference_of(name, ids)
            left = Difference(
                left.missing + part.missing, left.different + part.different, left.superfluous + part.superfluous
            )
        mended = f"{len(found) - len(left.ids)} put right, " if mend and found else ""
        self.stdout.write(f"{name}: {mended}{_told(left) if left.ids else 'as the database'}")
        return left

    def _serving(self, index: SearchIndex) -> str:
        name = index.in_service()
        if name is None:
            raise IndexTroubled("no index is in service: run `manage.py search_index build --swap`")
        return name


def _told(left: Difference) -> str:
    return f"{len(left.missing)} missing, {len(left.different)} different, {len(left.superfluous)} superfluous"
