"""The deterministic embedder that ships for tests and for machines without a model: shared words give similarity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from zlib import crc32

import numpy as np

WORD = re.compile(r"[^\W_]+")
TRIGRAM_WEIGHT = 0.7


@lru_cache(maxsize=50_000)
def _word_features(word: str, dimension: int) -> tuple[tuple[int, float], ...]:
    """Slot and signed weight of the word itself and of its letter trigrams ("museums" still meets "museum")."""
    return tuple(_signed_slots(word, dimension))


def _signed_slots(word: str, dimension: int) -> Iterator[tuple[int, float]]:
    padded = f"^{word}$"
    grams = [padded[i : i + 3] for i in range(len(padded) - 2)]
    share = TRIGRAM_WEIGHT / len(grams) ** 0.5 if grams else 0.0
    for feature, weight in [(f"w:{word}", 1.0), *((f"t:{gram}", share) for gram in grams)]:
        code = crc32(feature.encode())
        yield code % dimension, weight if code & 0x8000_0000 else -weight


def words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def embed(tokens: list[str], dimension: int) -> np.ndarray:
    """Float32 of length 1. A text without a word gets a fixed unit vector: cosine distance to zero has no value."""
    vector = np.zeros(dimension, np.float32)
    for word in tokens:
        for slot, weight in _word_features(word, dimension):
            vector[slot] += weight
    norm = float(np.linalg.norm(vector))
    if norm < 1e-9:
        vector[0] = 1.0
        return vector
    return vector / np.float32(norm)
