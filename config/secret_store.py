"""Secrets made once and kept in a file that only its owner can read."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path

OWNER_ONLY = 0o600


class SecretStoreDamaged(Exception):
    """The file is there but is not a JSON object of strings; making new secrets would lock people out silently."""


def read_secrets(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    try:
        stored = json.loads(text)
    except ValueError as error:
        raise SecretStoreDamaged(f"{path} is not JSON ({error}). Repair it, or remove it to get new secrets.") from None
    if not isinstance(stored, dict) or not all(isinstance(value, str) for value in stored.values()):
        raise SecretStoreDamaged(f"{path} must hold one JSON object of strings. Repair or remove it.")
    return stored


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step with an owner-only file, so that a reader never sees half of it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(path)


def remembered(path: Path, name: str, make: Callable[[], str]) -> str:
    """The value stored under `name`, made and stored on first use; processes racing for it get the same one."""
    known = read_secrets(path).get(name)
    if known is not None:
        return known
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stored = read_secrets(path)
        if name not in stored:
            stored[name] = make()
            write_private(path, json.dumps(stored, indent=2, sort_keys=True) + "\n")
        return stored[name]
