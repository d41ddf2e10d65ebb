"""A TCP proxy that cuts: the far side is real, the cable is not to be trusted."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class CuttingProxy:
    """Passes bytes to `target`. `cut_after` bytes of the next connection's answer it resets both sides, once."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut_after: int | None = None
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            limit, self.cut_after = self.cut_after, None
            threading.Thread(target=self._connect, args=(near, limit), daemon=True).start()

    def _connect(self, near: socket.socket, limit: int | None) -> None:
        with near:
            try:
                far = socket.create_connection(self._target)
            except OSError:
                _reset(near)
                return
            with far:
                asking = threading.Thread(target=self._pump, args=(near, far, None), daemon=True)
                asking.start()
                self._pump(far, near, limit)
                asking.join()

    def _pump(self, source: socket.socket, sink: socket.socket, limit: int | None) -> None:
        left = limit
        try:
            while part := source.recv(65536 if left is None else max(1, min(left, 65536))):
                sink.sendall(part)
                if left is not None:
                    left -= len(part)
                    if left <= 0:
                        self.cuts += 1
                        _reset(sink)
                        _reset(source)
                        return
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            _reset(sink)
            _reset(source)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # else accept() waits for ever
        self._listener.close()


def _reset(side: socket.socket) -> None:
    """RST, not FIN: what a cut cable or a killed proxy looks like."""
    try:
        side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        side.shutdown(socket.SHUT_RD)
    except OSError:
        pass
    side.close()


@contextmanager
def cutting_proxy(target: str) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
