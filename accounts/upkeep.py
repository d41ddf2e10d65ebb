"""What the worker does for the accounts: what nobody can use any more goes, an hour at a time."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.utils import timezone

from accounts.params import PURGE_EVERY_S
from accounts.services import purge

log = logging.getLogger(__name__)


@dataclass(slots=True)
class AccountUpkeep:
    _due_at: float = float("-inf")

    def look(self) -> None:
        """Raises what the database raises, and is due again at once then. Costs nothing when it is not due."""
        if time.monotonic() < self._due_at:
            return
        gone = {name: count for name, count in purge(timezone.now()).items() if count}
        self._due_at = time.monotonic() + PURGE_EVERY_S
        if gone:
            log.info("purged %s", ", ".join(f"{count} {name}" for name, count in gone.items()))
