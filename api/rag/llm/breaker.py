"""A circuit breaker per provider, kept by pybreaker.

pybreaker's own wrappers hold its lock, or count a cancelled call as a success, across an await. So the router asks before and
reports after, both in one step of the event loop; a cancelled request reports nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pybreaker

from api.rag.errors import LLMError
from api.rag.params import LLMParams


class Breaker:
    def __init__(self, name: str, params: LLMParams) -> None:
        self._storage = pybreaker.CircuitMemoryStorage(pybreaker.STATE_CLOSED)
        self._reset = timedelta(seconds=params.breaker_reset_s)
        self._breaker = pybreaker.CircuitBreaker(
            name=name,
            fail_max=params.breaker_failures,
            reset_timeout=params.breaker_reset_s,
            state_storage=self._storage,
            throw_new_error_on_trip=False,
        )

    @property
    def open(self) -> bool:
        """True while the provider is not to be asked. Once the pause is over every caller may try until one reports."""
        if self._breaker.current_state != pybreaker.STATE_OPEN:
            return False
        opened = self._storage.opened_at
        return opened is not None and datetime.now(UTC) < opened + self._reset

    @property
    def state(self) -> str:
        return self._breaker.current_state

    def succeeded(self) -> None:
        if not self.open:
            self._breaker.call(lambda: None)

    def failed(self, error: LLMError) -> None:
        if self.open:
            return
        try:
            self._breaker.call(_raise, error)
        except LLMError:
            return


def _raise(error: LLMError) -> None:
    raise error
