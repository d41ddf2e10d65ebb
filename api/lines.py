"""What the commands that read questions from lines have in common."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from pydantic import ValidationError

from api.question import Question, fault_of
from api.rag.query.clock import clock_of
from api.rag_service import Ask

LINE_MAX_BYTES = 4_000_000


class BadLine(ValueError):
    """A line of the input cannot be used; the text names the field."""


def read_lines(source: str) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line) of a file, or of standard input for "-"; blank lines are passed over. Raises CommandError."""
    try:
        with ExitStack() as stack:
            lines = sys.stdin.buffer if source == "-" else stack.enter_context(Path(source).open("rb"))
            yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    except OSError as error:
        raise CommandError(f"cannot read {source}: {error.strerror}") from error


def object_of(line: bytes) -> dict[str, Any]:
    """The JSON object that a line holds. Raises BadLine."""
    if len(line) > LINE_MAX_BYTES:
        raise BadLine(f"longer than {LINE_MAX_BYTES} bytes")
    try:
        case = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse)
    except RecursionError as error:
        raise BadLine("not JSON: nested too deep") from error
    except ValueError as error:  # not UTF-8, not JSON, a number beyond bounds
        raise BadLine(f"not JSON: {error}") from error
    if not isinstance(case, dict):
        raise BadLine("an object is needed")
    return case


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def line_of(told: dict[str, Any]) -> str:
    """JSON to be written. Half of a surrogate pair goes out as it came in: escaped."""
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")


def ask_of(case: dict[str, Any]) -> Ask:
    """The body of a chat with a clock. Raises BadLine, and InvalidRequest for weights or sizes out of bounds."""
    try:
        question = Question.model_validate(case)
    except ValidationError as error:
        raise BadLine(": ".join(fault_of(error.errors()[0]))) from error
    return question.ask(now_of(case.get("now")), settings.DEFAULT_USER_ZONE)


def now_of(value: object) -> datetime:
    """The clock that a line names, else the present. Raises BadLine."""
    try:
        return datetime.now(UTC) if value is None else clock_of(value)
    except ValueError as error:
        raise BadLine(f"now: {error}") from error
