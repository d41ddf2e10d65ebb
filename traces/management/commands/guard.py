"""Answers from outside through the guard: JSON lines in, JSON lines out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.lines import BadLine, line_of, object_of, read_lines
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
        for number, line in read_lines(options["jsonl"]):
            answer = _answer(number, line)
            failed += "error" in answer
            self.stdout.write(line_of(answer))
        if failed:
            raise CommandError(f"{failed} {'line' if failed == 1 else 'lines'} could not be read", returncode=1)


def _answer(number: int, line: bytes) -> dict[str, Any]:
    value: dict[str, Any] = {}
    try:
        value = object_of(line.decode("utf-8-sig", "replace").encode())  # a model may have written anything
        return guard_line(value)
    except (BadLine, InvalidRequest) as error:
        return {"id": value.get("id"), "line": number, "error": str(error)}
