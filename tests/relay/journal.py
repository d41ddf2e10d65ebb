"""A consumer that appends every change it is given to a file, so that a test sees order and duplicates across killed processes."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from events.changes import DELETED, SAVED, Change, Refusal

PAUSE_S = 0.05  # between taking a batch and its commit: who is killed here takes it again


class JournalConsumer:
    name = "journal"
    kinds = (SAVED, DELETED)
    batch = 50

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY)

    def deliver(self, changes: Sequence[Change], *, fence: int) -> Mapping[int, Refusal]:
        os.write(self._file, "".join(f"{c.event_id} {c.id}\n" for c in changes).encode())
        time.sleep(PAUSE_S)
        return {}

    def idle(self) -> bool:
        return False

    def close(self) -> None:
        os.close(self._file)


def journal_consumer() -> JournalConsumer:
    return JournalConsumer(Path(os.environ["RELAY_JOURNAL"]))
