"""What turns tokens into vectors. Every backend answers the same three questions; the batcher knows no other fact of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from . import hashing
from .model_files import DIMENSION, MODEL_NAME, ModelFiles

HASH_NAME = "hash-384"
HASH_MAX_WORDS = 256
PAD_ID = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text, ready for the model: word-piece ids (words, for the hash embedder) and whether its end was cut off."""

    ids: Sequence[Any]
    truncated: bool

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class BackendInfo:
    backend: str
    model: str
    version: str
    dimension: int
    max_tokens: int
    device: str
    precision: str
    lanes: int  # how many batches may run at the same time, one thread each
    batch_tokens: int  # padded tokens per run: above it a run gets longer and no cheaper
    batch_texts: int


class Backend(Protocol):
    info: BackendInfo

    def tokenize(self, texts: list[str]) -> list[Tokens]: ...

    def embed(self, batch: list[Tokens]) -> np.ndarray:
        """Float32 (texts, dimension), every row of length 1. Safe to call from `info.lanes` threads at once."""
        ...


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class HashBackend:
    def __init__(self) -> None:
        self.info = BackendInfo(
            backend="hash",
            model=HASH_NAME,
            version=f"{HASH_NAME}@1",
            dimension=DIMENSION,
            max_tokens=HASH_MAX_WORDS,
            device="cpu",
            precision="fp32",
            lanes=1,
            batch_tokens=8192,
            batch_texts=64,
        )

    def tokenize(self, texts: list[str]) -> list[Tokens]:
        found = [hashing.words(text) for text in texts]
        return [Tokens(words[:HASH_MAX_WORDS], len(words) > HASH_MAX_WORDS) for words in found]

    def embed(self, batch: list[Tokens]) -> np.ndarray:
        return np.stack([hashing.embed(list(tokens.ids), DIMENSION) for tokens in batch])


class WordPieces:
    """The model's own tokenizer, cutting at the model's limit and saying so."""

    def __init__(self, files: ModelFiles) -> None:
        # Its thread pool would fight the model's threads for the same cores; one batch takes microseconds anyway.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(files.max_tokens)

    def __call__(self, texts: list[str]) -> list[Tokens]:
        return [Tokens(found.ids, bool(found.overflowing)) for found in self._tokenizer.encode_batch_fast(texts)]


def padded(batch: list[Tokens], dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Ids and mask, (texts, longest)."""
    longest = max(len(tokens) for tokens in batch)
    ids: np.ndarray = np.full((len(batch), longest), PAD_ID, dtype)
    mask: np.ndarray = np.zeros((len(batch), longest), dtype)
    for row, tokens in enumerate(batch):
        ids[row, : len(tokens)] = tokens.ids
        mask[row, : len(tokens)] = 1
    return ids, mask


class OnnxBackend:
    """ONNX Runtime on the exported graph: one session of one thread, run by as many lanes as there are cores.

    Two lanes of one thread beat one lane of two (304 against 262 requests/s at 32 clients): no barrier after every operator.
    """

    def __init__(self, files: ModelFiles, graph: Path, *, lanes: int) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        self._session = ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self.tokenize = WordPieces(files)
        self.info = _on_cpu("onnx", files, precision="fp32", lanes=lanes)

    def embed(self, batch: list[Tokens]) -> np.ndarray:
        ids, mask = padded(batch, np.int32)
        vectors: np.ndarray = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return vectors


class OpenVinoBackend:
    """OpenVINO on the same graph, one stream of one thread per lane; bf16 where the CPU computes in it."""

    def __init__(self, files: ModelFiles, graph: Path, *, lanes: int, precision: str) -> None:
        import openvino

        self._model = openvino.Core().compile_model(
            str(graph),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
                "NUM_STREAMS": lanes,
                "INFERENCE_NUM_THREADS": lanes,
                "ENABLE_CPU_PINNING": False,
            },
        )
        self._of_thread = threading.local()
        self.tokenize = WordPieces(files)
        self.info = _on_cpu("openvino", files, precision=precision, lanes=lanes)

    def embed(self, batch: list[Tokens]) -> np.ndarray:
        request = getattr(self._of_thread, "request", None)
        if request is None:
            request = self._of_thread.request = self._model.create_infer_request()
        ids, mask = padded(batch, np.int32)
        request.infer({"input_ids": ids, "attention_mask": mask})
        # A copy: the request owns the memory and writes over it at its next run.
        vectors: np.ndarray = np.array(request.get_output_tensor(0).data, dtype=np.float32)
        return vectors


def _on_cpu(backend: str, files: ModelFiles, *, precision: str, lanes: int) -> BackendInfo:
    return BackendInfo(
        backend=backend,
        model=MODEL_NAME,
        version=files.version,
        dimension=files.dimension,
        max_tokens=files.max_tokens,
        device="cpu",
        precision=precision,
        lanes=lanes,
        batch_tokens=768,
        batch_texts=32,
    )


class TorchBackend:
    """sentence-transformers on torch: the reference, and the one that knows GPUs."""

    def __init__(self, files: ModelFiles, *, device: str, threads: int) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"
        import torch
        from sentence_transformers import SentenceTransformer

        self._torch = torch
        self._device = device if device != "auto" else best_device(torch)
        on_gpu = self._device != "cpu"
        torch.set_num_threads(threads)
        self._model = SentenceTransformer(str(files.folder), device=self._device, local_files_only=True)
        self._model.eval()
        if on_gpu:
            self._model.half()
        self.tokenize = WordPieces(files)
        self.info = BackendInfo(
            backend="torch",
            model=MODEL_NAME,
            version=files.version,
            dimension=files.dimension,
            max_tokens=files.max_tokens,
            device=self._device,
            precision="fp16" if on_gpu else "fp32",
            lanes=1,
            batch_tokens=65_536 if on_gpu else 2048,
            batch_texts=512 if on_gpu else 32,
        )

    def embed(self, batch: list[Tokens]) -> np.ndarray:
        torch = self._torch
        ids, mask = (torch.from_numpy(array).to(self._device) for array in padded(batch, np.int64))
        with torch.inference_mode():
            found = self._model({"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)})
            # Normalised again in fp32: in half precision the length is off by up to a thousandth.
            unit = torch.nn.functional.normalize(found["sentence_embedding"].float(), dim=1)
        vectors: np.ndarray = unit.cpu().numpy()
        return vectors


def best_device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
