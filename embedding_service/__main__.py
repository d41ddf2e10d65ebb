"""`python -m embedding_service`: one worker, one model. A second one on the same address refuses to start."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import socket
import sys

import uvicorn

from .app import create_app
from .config import Settings
from .short_way import ShortWayProtocol

logger = logging.getLogger("embedding_service")

EXIT_ADDRESS_TAKEN = 98
EXIT_LOAD_FAILED = 3
BACKLOG = 1024
# uvloop takes one new connection per listener and turn, and under load a turn is long: 200 clients who came at once waited 2.1 s to be
# let in beside turns of 10 ms, with the listener watched 16 times 0.15 s.
ACCEPTS_PER_TURN = 16
# While the event loop writes answers, a lane that needs the interpreter for its next batch waits this long for it. With Python's
# own 5 ms a lane stood still for 3 ms between two batches, with this for 1.7.
SWITCH_INTERVAL_S = 0.0005
KEEP_ALIVE_S = 75  # longer than our clients keep an idle connection, so that the side that knows closes it


def listen(host: str, port: int) -> socket.socket:
    """Bound and listening before the model is loaded, so that a second worker fails in milliseconds, not after its load."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def spare_collections() -> None:
    """A full collection over the 65,000 objects of the model and the frameworks took 40 ms, in which nobody was answered."""
    gc.collect()
    gc.freeze()


async def serve(settings: Settings, listener: socket.socket) -> int:
    failures: list[BaseException] = []

    def give_up(error: BaseException) -> None:
        logger.critical("cannot serve: %s", error, exc_info=error)
        failures.append(error)
        server.should_exit = True

    config = uvicorn.Config(
        create_app(settings, on_load_failed=give_up, on_ready=spare_collections),
        workers=1,
        http=ShortWayProtocol,
        log_level=settings.log_level,
        access_log=settings.access_log,
        timeout_graceful_shutdown=settings.drain_s,
        timeout_keep_alive=KEEP_ALIVE_S,
        backlog=BACKLOG,
        server_header=False,
        proxy_headers=False,
        log_config=None,
    )
    server = uvicorn.Server(config)
    await server.serve(sockets=[listener, *(listener.dup() for _ in range(ACCEPTS_PER_TURN - 1))])
    return EXIT_LOAD_FAILED if failures else 0


def main() -> int:
    settings = Settings()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        logger.critical(
            "%s:%d is taken: one worker by design, so this one does not start", settings.host, settings.port
        )
        return EXIT_ADDRESS_TAKEN
    host, port = listener.getsockname()[:2]
    logger.info("pid %d listening on %s:%d", os.getpid(), host, port)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(serve(settings, listener))


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop  # type: ignore[return-value]


if __name__ == "__main__":
    sys.exit(main())
