"""Follows the services' log files and prints each line behind its service's name."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.2
PREFIX_WIDTH = 9


class Follower:
    """One file, read from its present end on, across rotation and truncation."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        self._handle: IO[bytes] | None = None
        self._rest = b""
        self._open(at_end=True)

    def _open(self, *, at_end: bool) -> None:
        try:
            self._handle = self._path.open("rb")
        except FileNotFoundError:
            return
        if at_end:
            self._handle.seek(0, 2)

    def new_lines(self) -> list[str]:
        lines = self._read()
        if self._replaced():
            lines += self._read()
            if self._handle is not None:
                self._handle.close()
                self._handle = None
            self._open(at_end=False)
            lines += self._read()
        return lines

    def _replaced(self) -> bool:
        try:
            state = self._path.stat()
        except FileNotFoundError:
            return False
        if self._handle is None:
            return True
        return state.st_ino != os.fstat(self._handle.fileno()).st_ino or state.st_size < self._handle.tell()

    def _read(self) -> list[str]:
        if self._handle is None:
            return []
        *lines, self._rest = (self._rest + self._handle.read()).split(b"\n")
        return [line.decode("utf-8", errors="replace").rstrip("\r") for line in lines]

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()


class LogPrinter:
    """Prints what all followers read, in a thread; `gone` is called when nobody reads our output any more."""

    def __init__(self, files: list[tuple[str, Path]], gone: Callable[[], None]) -> None:
        self._followers = [Follower(name, path) for name, path in files]
        self._gone = gone
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="logs", daemon=True)

    def __enter__(self) -> LogPrinter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for follower in self._followers:
            follower.close()

    def _run(self) -> None:
        last = False
        while not last:
            last = self._stop.wait(POLL_SECONDS)
            try:
                for follower in self._followers:
                    for line in follower.new_lines():
                        sys.stdout.write(f"{follower.name:<{PREFIX_WIDTH}} | {line}\n")
                sys.stdout.flush()
            except BrokenPipeError:
                self._gone()
                return
