"""Ambient tracing: a ContextVar whose default recorder does nothing, so that no function carries a trace argument.

with span("retrieval") as s:
    found = ...
    s.set(candidates=len(found))
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol


class Recorder(Protocol):
    """Takes one finished stage. Must not block and must not raise."""

    active: bool

    def event(
        self,
        stage: str,
        payload: Mapping[str, Any],
        *,
        latency_ms: float | None = None,
        error: BaseException | None = None,
    ) -> None: ...


class NullRecorder:
    active = False

    def event(
        self,
        stage: str,
        payload: Mapping[str, Any],
        *,
        latency_ms: float | None = None,
        error: BaseException | None = None,
    ) -> None:
        return None


NULL_RECORDER = NullRecorder()
_recorder: ContextVar[Recorder] = ContextVar("recorder", default=NULL_RECORDER)


def current_recorder() -> Recorder:
    return _recorder.get()


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    token = _recorder.set(recorder)
    try:
        yield recorder
    finally:
        _recorder.reset(token)


def detailed() -> bool:
    """True where whole texts are kept: only then is it worth building them."""
    return bool(getattr(_recorder.get(), "full", False))


class Span:
    __slots__ = ("error", "payload")

    def __init__(self) -> None:
        self.payload: dict[str, Any] = {}
        self.error: BaseException | None = None

    def set(self, **values: Any) -> None:
        self.payload.update(values)

    def recovered(self, error: BaseException) -> None:
        """The stage failed and the turn goes on without what it should have given."""
        self.error = error


@contextmanager
def span(stage: str, **values: Any) -> Iterator[Span]:
    """Record one stage with its latency; an exception marks the stage and passes on."""
    s = Span()
    recorder = _recorder.get()
    if not recorder.active:
        yield s
        return
    s.payload.update(values)
    began = time.perf_counter()
    try:
        yield s
    except Exception as exc:
        recorder.event(stage, s.payload, latency_ms=(time.perf_counter() - began) * 1000, error=exc)
        raise
    except BaseException:  # stopped from outside: no failure of the stage
        s.payload["cancelled"] = True
        recorder.event(stage, s.payload, latency_ms=(time.perf_counter() - began) * 1000)
        raise
    recorder.event(stage, s.payload, latency_ms=(time.perf_counter() - began) * 1000, error=s.error)
