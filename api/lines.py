"""What the commands that read questions from lines have in common."""

from __future__ import annotations

from datetime import UTC, datetime

from api.rag.query.clock import clock_of


class BadLine(ValueError):
    """A line of the input cannot be used; the text names the field."""


def now_of(value: object) -> datetime:
    """The clock that a line names, else the present. Raises BadLine."""
    try:
        return datetime.now(UTC) if value is None else clock_of(value)
    except ValueError as error:
        raise BadLine(f"now: {error}") from error
