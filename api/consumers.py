"""The indexes that follow the outbox: vectors, and the search server where one is configured."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import transaction

from api.embedding_client import EmbeddingClient
from api.rag.bootstrap import build_embedder
from api.rag.errors import EmbeddingRefused, EmbeddingUnavailable
from api.rag.indexing import embed_events, stale_ids
from api.rag.stored_models import ModelMismatch, check_model
from events.changes import DELETED, SAVED, Change, Consumer, ConsumerMisconfigured, ConsumerUnavailable, Refusal
from events.outbox import try_lock

log = logging.getLogger(__name__)
EMBEDDING_BATCH = 128
_SWEEP_LOCK = 7_302_101


class EmbeddingConsumer:
    """Stores the vectors of changed events. When idle it embeds what is stale for any other reason."""

    name = "embedding"
    kinds = (SAVED, DELETED)
    batch = EMBEDDING_BATCH

    def __init__(self, client: EmbeddingClient) -> None:
        self._client = client
        self._checked = False

    def deliver(self, changes: Sequence[Change], *, fence: int) -> Mapping[int, Refusal]:
        """Rows that a writer holds at the moment are left to that writer's own message, or to `idle`."""
        self._embed(list(dict.fromkeys(c.event_id for c in changes if c.kind == SAVED)))
        return {}

    def idle(self) -> bool:
        with transaction.atomic():
            if not try_lock(_SWEEP_LOCK):
                return False  # another relay is at it
            try:
                return self._embed(stale_ids(limit=self.batch)) > 0
            except EmbeddingRefused as error:
                log.warning("stale events were not embedded: %s", error)
                return False

    def close(self) -> None:
        self._client.close()

    def _embed(self, ids: list[int]) -> int:
        if not ids:
            return 0
        try:
            if not self._checked:
                info = self._client.info_sync()
                check_model(info.model, info.dimension)
                self._checked = True
            return embed_events(ids, self._client).embedded
        except ModelMismatch as error:
            raise ConsumerMisconfigured(str(error)) from error
        except EmbeddingRefused:
            raise
        except EmbeddingUnavailable as error:
            self._checked = False  # the service may come back with another model
            raise ConsumerUnavailable(str(error)) from error


def embedding_consumer() -> Consumer | None:
    return EmbeddingConsumer(build_embedder(patient=True))


def search_consumer() -> Consumer | None:
    """None unless SEARCH_BACKEND=elasticsearch."""
    if settings.SEARCH_BACKEND != "elasticsearch":
        return None
    from api.search.index_consumer import SearchIndexConsumer

    return SearchIndexConsumer.configured()
