from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, close_old_connections

from accounts.upkeep import AccountUpkeep
from api.attention import AttentionUpkeep
from conversations.turns import end_lost_turns
from events.relay import Relay, enabled_consumers
from traces.upkeep import Upkeep

log = logging.getLogger(__name__)
LOOK_S = 1.0
TROUBLE_S = 3.0
BROKEN_S = 60.0  # a task that broke rests for so long
SILENT_TURN_S = 60.0  # the chat workers look earlier; this is for when none is up


class Command(BaseCommand):
    help = (
        "Keep the indexes in step with the events, end turns whose process died, count, batch and prune debug runs,"
        " refresh the popularity of events, and purge idle guests and old registrations."
        " Runs until stopped."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tasks: dict[str, Callable[[], object]] = {
            "the end of lost turns": lambda: end_lost_turns(SILENT_TURN_S),
            **Upkeep().tasks,
            "popularity": AttentionUpkeep().look,
            "accounts": AccountUpkeep().look,
        }
        self._rests_until = dict.fromkeys(self._tasks, 0.0)

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        consumers = enabled_consumers()
        with Relay(consumers) as relay:
            log.info("worker started; it carries changes to %s", ", ".join(consumer.name for consumer in consumers))
            while not stopping.is_set():
                if relay.failure:
                    raise CommandError(relay.failure)
                stopping.wait(self._look())
        log.info("worker stopped")

    def _look(self) -> float:
        """Seconds until the next look. What breaks one task stops no other."""
        pause = LOOK_S
        for name, task in self._tasks.items():
            if time.monotonic() < self._rests_until[name]:
                continue
            try:
                close_old_connections()
                task()
            except (OperationalError, InterfaceError) as error:
                log.warning("%s: the database does not answer: %s", name, error)
                pause = TROUBLE_S
            except Exception:
                log.exception("%s broke", name)
                self._rests_until[name] = time.monotonic() + BROKEN_S
        return pause
