"""`/livez` of a loaded embedding service, asked by a process of its own that also says where a slow answer's time went.

One thread of a busy machine that asks and looks at its clock measures itself as well: it may lie ready for a while before it gets a
processor. So this one takes real-time priority where it may, and reads beside every answer how long it waited itself, how long the
service's event loop ran, and how long that waited. Reads a `Watch` as JSON from its argument, looks until its standard input is closed, prints what
it saw as JSON. Linux alone counts waits.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

REQUEST = b"GET /livez HTTP/1.1\r\nhost: bench\r\n\r\n"


@dataclass(frozen=True)
class Watch:
    """The service's port, and its process, whose first thread runs the event loop."""

    port: int
    pid: int
    every_s: float = 0.05


@dataclass(frozen=True)
class Look:
    """One answer's milliseconds. Besides, the event loop slept: it had nothing to do, or a lane held the interpreter."""

    took: float
    waited: float  # the prober, for a processor
    loop_ran: float
    loop_waited: float  # for a processor
    stolen: float  # by other machines on the same host, from all processors together


@dataclass(frozen=True)
class Watched:
    priority: str
    looks: list[Look]


def ran_and_waited_ms(schedstat: Path) -> tuple[float, float]:
    """Of one thread since it began: on a processor, and ready for one."""
    ran, waited = schedstat.read_text().split()[:2]
    return int(ran) / 1e6, int(waited) / 1e6


def stolen_ms() -> float:
    ticks = Path("/proc/stat").read_text().split(maxsplit=9)[8]
    return int(ticks) * 1000 / os.sysconf("SC_CLK_TCK")


def take_priority() -> str:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(os.sched_get_priority_min(os.SCHED_FIFO)))
    except PermissionError:
        return "no priority"
    return "real-time priority"


def look(connection: socket.socket, own: Path, loop: Path) -> Look:
    stolen, (_, waited), (ran, behind) = stolen_ms(), ran_and_waited_ms(own), ran_and_waited_ms(loop)
    started = time.perf_counter()
    connection.sendall(REQUEST)
    answer = connection.recv(4096)
    took = (time.perf_counter() - started) * 1000
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"/livez answered {answer[:100]!r}")
    waited_now, (ran_now, behind_now) = ran_and_waited_ms(own)[1], ran_and_waited_ms(loop)
    return Look(took, waited_now - waited, ran_now - ran, behind_now - behind, stolen_ms() - stolen)


def main() -> None:
    watch = Watch(**json.loads(sys.argv[1]))
    own = Path(f"/proc/self/task/{os.getpid()}/schedstat")
    loop = Path(f"/proc/{watch.pid}/task/{watch.pid}/schedstat")
    priority = take_priority()
    looks = []
    with socket.create_connection(("127.0.0.1", watch.port), timeout=60) as connection:
        while not select.select([sys.stdin], [], [], watch.every_s)[0]:
            looks.append(look(connection, own, loop))
    print(json.dumps(asdict(Watched(priority, looks))))


if __name__ == "__main__":
    main()
