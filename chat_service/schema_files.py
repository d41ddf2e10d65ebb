"""The schemas as committed: `make schemas` writes docs/openapi/."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import django

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "openapi"


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> schema. Django must be set up."""
    from chat_service.app import create_api
    from chat_service.chunks import CHUNK

    chunks = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A chunk", **CHUNK.json_schema()}
    return {"chat.json": create_api().openapi(), "chunks.json": chunks}


def text_of(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / name).write_text(text_of(schema), encoding="utf-8")
