"""Keeps the search index in step: the outbox names events that changed, their documents are written anew."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from django.conf import settings

from api.search.elasticsearch_client import FAILURES
from api.search.elasticsearch_index import SearchIndex
from api.search.params import INDEX_BATCH
from events.changes import DELETED, EMBEDDED, SAVED, Change, ConsumerUnavailable, Refusal

log = logging.getLogger(__name__)


class SearchIndexConsumer:
    name = "search"
    kinds = (SAVED, DELETED, EMBEDDED)
    batch = INDEX_BATCH

    def __init__(self, index: SearchIndex) -> None:
        self._index = index

    @classmethod
    def configured(cls) -> SearchIndexConsumer:
        return cls(SearchIndex.at(settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_INDEX))

    def deliver(self, changes: Sequence[Change], *, fence: int) -> Mapping[int, Refusal]:
        """Where there is no index yet nothing is kept: `search_index build` reads every event."""
        ids = list(dict.fromkeys(change.event_id for change in changes))
        try:
            written = self._index.write(ids, fence=fence)
        except FAILURES as error:
            raise ConsumerUnavailable(str(error)) from error
        return {pk: Refusal(reason, permanent) for pk, (reason, permanent) in written.refused.items()}

    def idle(self) -> bool:
        return False

    def close(self) -> None:
        self._index.client.close()
