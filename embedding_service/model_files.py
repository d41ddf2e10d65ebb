"""Where the model's files are and what they say, without loading the model."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

MODEL_NAME = "all-MiniLM-L6-v2"
DIMENSION = 384  # of the database column too


class ModelNotFound(RuntimeError):
    """The setting names neither a folder nor an installed package that holds a model."""


class WrongDimension(RuntimeError):
    """The model's vectors would not fit the database column."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    folder: Path
    dimension: int
    max_tokens: int
    weights_sha256: str

    @property
    def weights(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def tokenizer(self) -> Path:
        return self.folder / "tokenizer.json"

    @property
    def version(self) -> str:
        return f"{MODEL_NAME}@{self.weights_sha256[:12]}"


def find(model: str) -> ModelFiles:
    folder = _folder(model)
    dimension = json.loads((folder / "config.json").read_text())["hidden_size"]
    if dimension != DIMENSION:
        raise WrongDimension(f"{folder}: vectors of {dimension} numbers, expected {DIMENSION}")
    max_tokens = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
    return ModelFiles(folder, dimension, max_tokens, _sha256(folder / "model.safetensors"))


def _folder(model: str) -> Path:
    path = Path(model)
    if (path / "config.json").is_file():
        return path.resolve()
    if model.replace("-", "_").isidentifier():
        spec = importlib.util.find_spec(model.replace("-", "_"))
        for place in (spec.submodule_search_locations or []) if spec else []:
            if (Path(place) / "model" / "config.json").is_file():
                return Path(place) / "model"
    raise ModelNotFound(f"{model!r} is neither a model folder nor an installed package that holds one")


@lru_cache(maxsize=4)
def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
