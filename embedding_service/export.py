"""Install-time step: `python -m embedding_service.export` writes the ONNX graph under EMBEDDING_EXPORT_DIR. No network, no torch."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from pathlib import Path

from .config import Settings
from .model_files import ModelFiles, find

logger = logging.getLogger("embedding_service.export")


def graph_path(export_dir: Path, files: ModelFiles) -> Path:
    """Named by the hash of the weights: other weights never meet an old graph."""
    return export_dir / f"{files.version}.onnx"


def export(export_dir: Path, files: ModelFiles) -> Path:
    """Idempotent; a reader never sees half a file."""
    target = graph_path(export_dir, files)
    if target.is_file():
        logger.info("already exported: %s", target)
        return target
    from .onnx_graph import build

    started = time.perf_counter()
    export_dir.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=export_dir, suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(build(files.folder).SerializeToString())
        os.chmod(partial, 0o644)
        os.replace(partial, target)
    finally:
        Path(partial).unlink(missing_ok=True)
    logger.info("exported %s (%.0f MB) in %.1f s", target, target.stat().st_size / 1e6, time.perf_counter() - started)
    return target


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    settings = Settings()
    export(settings.export_dir, find(settings.model))


if __name__ == "__main__":
    main()
