"""The library's own vectors for a few texts, to prove at every start that this backend on this machine still agrees.

`reference.json` was made with sentence-transformers in fp32 from the weights whose hash it names;
`python -m embedding_service.reference` makes it again.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .backend import Backend

FILE = Path(__file__).with_name("reference.json")
MIN_COSINE = 0.9999
# Half precision agrees on average to .99999; the worst of a few texts may lie lower without changing any neighbour.
MIN_COSINE_OF_HALF = 0.999
TEXTS = [
    "jazz",
    "What can I do with a 4-year-old in Santa Rosa this weekend?",
    "Free outdoor concert in the park on Saturday evening, bring a blanket",
    "Farmers market: local produce, bread, flowers and live music every Saturday from 8 am to noon on the square",
    "Erzählstunde für Kinder in der Stadtbibliothek, mit Bastelecke",
    "Poetry open mic. " * 60,
]


class Disagrees(RuntimeError):
    """The backend's vectors are not the model's."""


@dataclass(frozen=True, slots=True)
class Agreement:
    compared: int
    min_cosine: float

    def __str__(self) -> str:
        if not self.compared:
            return "no reference for these weights, agreement not checked"
        return f"lowest cosine with the library's vectors {self.min_cosine:.6f}"


def check(backend: Backend, weights_sha256: str, *, min_cosine: float = MIN_COSINE) -> Agreement:
    """Raises Disagrees. Other weights than the packaged ones have no reference and are not judged."""
    known = json.loads(FILE.read_text())
    if known["weights_sha256"] != weights_sha256:
        return Agreement(0, 0.0)
    lowest = lowest_cosine(backend)
    if not lowest >= min_cosine:
        raise Disagrees(f"lowest cosine with the library's vectors is {lowest:.5f}, need {min_cosine}")
    return Agreement(len(TEXTS), lowest)


def lowest_cosine(backend: Backend) -> float:
    expected = np.frombuffer(base64.b64decode(json.loads(FILE.read_text())["vectors"]), "<f4").reshape(len(TEXTS), -1)
    found = backend.embed(backend.tokenize(TEXTS))
    return float((found * expected).sum(axis=1).min())


def write(model: str) -> None:
    from sentence_transformers import SentenceTransformer

    from .model_files import find

    files = find(model)
    vectors = SentenceTransformer(str(files.folder), device="cpu", local_files_only=True).encode(
        TEXTS, normalize_embeddings=True
    )
    FILE.write_text(
        json.dumps(
            {
                "weights_sha256": files.weights_sha256,
                "vectors": base64.b64encode(np.asarray(vectors, "<f4").tobytes()).decode(),
            }
        )
        + "\n"
    )


if __name__ == "__main__":
    from .config import Settings

    write(Settings().model)
