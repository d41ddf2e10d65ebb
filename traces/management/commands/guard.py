"""Answers from outside through the guard: JSON lines in, JSON lines out."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.rag.errors import InvalidRequest
from api.rag.guard.lines import guard_line

ENCODING = "utf-8-sig"  # a mark at the beginning is no part of the first line


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
                told = json.dumps(answer, ensure_ascii=False)
                self.stdout.write(
                    told.encode("utf-8", "backslashreplace").decode()
                )  # half a surrogate pair stays '\\ud83d'
        if failed:
            raise CommandError(f"{failed} {'line' if failed == 1 else 'lines'} could not be read", returncode=1)


def _answer(number: int, line: str) -> dict[str, Any]:
    value: Any = None
    try:
        value = json.loads(line, parse_constant=_no_number)
        if not isinstance(value, dict):
            raise InvalidRequest("line", "must be a JSON object")
        return guard_line(value)
    except RecursionError:
        return {"id": None, "line": number, "error": "no JSON: nested too deep"}
    except json.JSONDecodeError as exc:
        return {"id": None, "line": number, "error": f"no JSON: {exc}"}
    except InvalidRequest as exc:
        return {"id": value.get("id") if isinstance(value, dict) else None, "line": number, "error": str(exc)}


def _no_number(name: str) -> None:
    raise InvalidRequest("line", f"holds {name}, which is no JSON")


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield io.TextIOWrapper(sys.stdin.buffer, encoding=ENCODING, errors="replace")
        return
    try:
        with Path(name).open(encoding=ENCODING, errors="replace") as file:
            yield file
    except OSError as exc:
        raise CommandError(f"cannot read {name}: {exc.strerror}") from exc
