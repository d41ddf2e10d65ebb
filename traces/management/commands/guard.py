"""Answers from outside through the guard: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.rag.errors import InvalidRequest
from api.rag.guard.lines import guard_line


class Command(BaseCommand):
    help = (
        "Read {id, now, zone, sources: [{n, facts}], deltas: [...]} one a line and write, one a line, the text a client would see"
        " with the claims found, corrected and withheld. A line that cannot be read is answered with its error."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--jsonl", required=True, metavar="FILE", help="a file, or - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        with _opened(options["jsonl"]) as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                answer = _answer(number, line)
                failed += "error" in answer
                self.stdout.write(json.dumps(answer, ensure_ascii=False))
        if failed:
            raise CommandError(f"{failed} lines could not be read", returncode=1)


def _answer(number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
        if not isinstance(value, dict):
            raise InvalidRequest("line", "must be a JSON object")
        return guard_line(value)
    except json.JSONDecodeError as exc:
        return {"id": None, "line": number, "error": f"no JSON: {exc}"}
    except InvalidRequest as exc:
        return {"id": value.get("id") if isinstance(value, dict) else None, "line": number, "error": str(exc)}


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdin
        return
    try:
        with Path(name).open(encoding="utf-8") as file:
            yield file
    except OSError as exc:
        raise CommandError(f"cannot read {name}: {exc.strerror}") from exc
