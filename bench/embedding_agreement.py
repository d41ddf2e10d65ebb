"""Do two backends mean the same? `python -m bench.embedding --backends torch,onnx --agreement 5000` over real event texts."""

from __future__ import annotations

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from embedding_service import choose
from embedding_service.backend import Backend
from embedding_service.batcher import sub_batches
from embedding_service.config import Settings

LISTINGS = Path(__file__).resolve().parent.parent.parent / "shared/data/events/us_local_community_calendar.jsonl.gz"
NEIGHBOURS = 10
QUERIES = 1000


def event_texts(count: int) -> list[str]:
    texts: dict[str, None] = {}
    with gzip.open(LISTINGS, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            texts[f"{row['title']}. {row.get('description') or ''}"[:2000]] = None
            if len(texts) == count:
                break
    return list(texts)


def vectors(backend: Backend, texts: list[str]) -> np.ndarray:
    tokens = backend.tokenize(texts)
    runs = list(sub_batches(tokens, backend.info.batch_texts, backend.info.batch_tokens))
    with ThreadPoolExecutor(backend.info.lanes) as lanes:
        found = list(lanes.map(lambda rows: backend.embed([tokens[row] for row in rows]), runs))
    placed = np.empty((len(texts), backend.info.dimension), np.float32)
    for rows, part in zip(runs, found, strict=True):
        placed[rows] = part
    return placed


def nearest(found: np.ndarray) -> list[set[int]]:
    similarity = found[:QUERIES] @ found.T
    similarity[np.arange(len(similarity)), np.arange(len(similarity))] = -2
    return [set(row) for row in np.argpartition(-similarity, NEIGHBOURS, axis=1)[:, :NEIGHBOURS].tolist()]


def report(backends: list[str], count: int) -> None:
    """The first backend named is the yardstick."""
    if not LISTINGS.is_file():
        print(f"{LISTINGS} is not here: nothing to compare")
        return
    texts = event_texts(count)
    yardstick: np.ndarray | None = None
    for name in backends:
        backend = choose.load(Settings(backend=name))
        started = time.perf_counter()
        found = vectors(backend, texts)
        took = time.perf_counter() - started
        if yardstick is None:
            yardstick, near = found, nearest(found)
            print(f"{name}: {len(texts)} texts in {took:.1f} s, the yardstick")
            continue
        cosine = (found * yardstick).sum(axis=1)
        overlap = np.mean([len(a & b) / NEIGHBOURS for a, b in zip(near, nearest(found), strict=True)])
        print(
            f"{name}: {len(texts)} texts in {took:.1f} s, mean cosine {cosine.mean():.7f}, lowest {cosine.min():.7f},"
            f" largest difference {np.abs(found - yardstick).max():.2e}, overlap@{NEIGHBOURS} {overlap:.4f}"
        )
