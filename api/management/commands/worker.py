from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, close_old_connections

from api.rag.bootstrap import build_embedder
from api.rag.errors import EmbeddingUnavailable
from api.rag.indexing import check_model, embed_all_stale, embed_events
from conversations.turns import end_lost_turns
from events.outbox import claimed_events

log = logging.getLogger(__name__)
IDLE_S = 1.0
TROUBLE_S = 3.0
SILENT_TURN_S = 60.0  # the chat workers look earlier; this is for when none is up


class Command(BaseCommand):
    help = "Keep the indexes in step with the events, and end turns whose process died. Runs until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        client = build_embedder(patient=True)
        checked = False
        log.info("worker started")
        while not stopping.is_set():
            pause = IDLE_S
            try:
                close_old_connections()
                if not checked:
                    check_model(client.info_sync().model)
                    for done in embed_all_stale(client):
                        log.info("embedded %d events", done)
                        if stopping.is_set():
                            return
                    checked = True
                with claimed_events(limit=128) as ids:
                    if ids:
                        embed_events(ids, client)
                        pause = 0
                end_lost_turns(SILENT_TURN_S)
            except EmbeddingUnavailable as error:
                log.warning("the embedding service does not answer: %s", error)
                pause = TROUBLE_S
            except (DatabaseError, InterfaceError) as error:
                log.warning("the database does not answer: %s", error)
                pause = TROUBLE_S
            stopping.wait(pause)
        client.close()
        log.info("worker stopped")
