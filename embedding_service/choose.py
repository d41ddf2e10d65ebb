"""Which backend serves: the one that was asked for, or the fastest on this machine whose vectors agree with the library's."""

from __future__ import annotations

import importlib.util
import logging
import platform
import time
from collections.abc import Callable
from pathlib import Path

from . import reference
from .backend import Backend, HashBackend, OnnxBackend, OpenVinoBackend, TorchBackend, usable_cores
from .config import Settings
from .export import graph_path
from .model_files import ModelFiles, find

logger = logging.getLogger("embedding_service")


class BackendUnusable(RuntimeError):
    """A backend cannot run here; the message says what to do."""


def load(settings: Settings) -> Backend:
    """Raises BackendUnusable, ModelNotFound, WrongDimension, Disagrees."""
    if settings.backend == "hash":
        return HashBackend()
    files = find(settings.model)
    if settings.backend != "auto":
        return _checked(settings.backend, settings, files)
    candidates = preferred(settings)
    for name in candidates[:-1]:
        try:
            return _checked(name, settings, files)
        except (BackendUnusable, reference.Disagrees) as reason:
            logger.warning("backend %s not used: %s", name, reason)
    return _checked(candidates[-1], settings, files)


def preferred(settings: Settings) -> list[str]:
    """Fastest first, torch last. See docs/adr/0003 for the measurements behind the order."""
    if settings.device in ("cuda", "mps") or (settings.device == "auto" and _gpu_is_likely()):
        return ["torch"]
    fast_bf16 = ["openvino-bf16"] if _cpu_has_bf16() and _installed("openvino") else []
    return [*fast_bf16, "onnx", "torch"]


def _checked(name: str, settings: Settings, files: ModelFiles) -> Backend:
    started = time.perf_counter()
    logger.info("loading %s on %s from %s", files.version, name, files.folder)
    backend = LOADERS[name](settings, files)
    bar = reference.MIN_COSINE if backend.info.precision == "fp32" else reference.MIN_COSINE_OF_HALF
    agreement = reference.check(backend, files.weights_sha256, min_cosine=bar)
    logger.info("%s ready in %.1f s, %s", name, time.perf_counter() - started, agreement)
    return backend


def _torch(settings: Settings, files: ModelFiles) -> Backend:
    if not _installed("sentence_transformers"):
        raise BackendUnusable("sentence-transformers is not installed")
    return TorchBackend(files, device=settings.device, threads=settings.threads or usable_cores())


def _onnx(settings: Settings, files: ModelFiles) -> Backend:
    return OnnxBackend(files, _graph(settings, files, "onnxruntime"), lanes=settings.threads or usable_cores())


def _openvino(settings: Settings, files: ModelFiles) -> Backend:
    return _on_openvino(settings, files, "fp32")


def _openvino_bf16(settings: Settings, files: ModelFiles) -> Backend:
    if not _cpu_has_bf16():
        raise BackendUnusable("this CPU has no bf16 arithmetic (avx512_bf16 or amx_bf16)")
    return _on_openvino(settings, files, "bf16")


def _on_openvino(settings: Settings, files: ModelFiles, precision: str) -> Backend:
    graph = _graph(settings, files, "openvino")
    return OpenVinoBackend(files, graph, lanes=settings.threads or usable_cores(), precision=precision)


def _graph(settings: Settings, files: ModelFiles, runtime: str) -> Path:
    if not _installed(runtime):
        raise BackendUnusable(f"{runtime} is not installed")
    path = graph_path(settings.export_dir, files)
    if not path.is_file():
        raise BackendUnusable(f"{path} is missing: run `python -m embedding_service.export`")
    return path


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _gpu_is_likely() -> bool:
    """Without importing torch, which takes seconds that a CPU start does not have to spend."""
    on_apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return (on_apple or Path("/dev/nvidiactl").exists()) and _installed("torch")


def _cpu_has_bf16() -> bool:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.is_file():
        return False
    flags = next((line.split() for line in cpuinfo.read_text().splitlines() if line.startswith("flags")), [])
    return "avx512_bf16" in flags or "amx_bf16" in flags


LOADERS: dict[str, Callable[[Settings, ModelFiles], Backend]] = {
    "torch": _torch,
    "onnx": _onnx,
    "openvino": _openvino,
    "openvino-bf16": _openvino_bf16,
}
