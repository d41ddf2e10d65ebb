from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from locations.arguments import whole
from locations.params import SUGGEST_DEFAULT_LIMIT, SUGGEST_MAX_LIMIT
from locations.selectors import FoundLocation, Point, suggest


class Command(BaseCommand):
    help = 'Suggest places for TEXT, or with --jsonl for each line {"id", "q", "near"?: "lat,lng" or [lat, lng], "limit"?} of a file or stdin.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", nargs="?", help="what was typed; with --jsonl, a file (default: stdin)")
        parser.add_argument("--jsonl", action="store_true", help="read JSON lines, write one JSON line each")
        parser.add_argument("--near", help="lat,lng")
        parser.add_argument("--limit", type=whole(1, SUGGEST_MAX_LIMIT), default=SUGGEST_DEFAULT_LIMIT)

    def handle(self, *, text: str | None, jsonl: bool, near: str | None, limit: int, **options: Any) -> None:
        if jsonl:
            try:
                with open(text, encoding="utf-8", errors="replace") if text else nullcontext(sys.stdin) as file:
                    self._answer_lines(file, limit)
            except OSError as error:
                raise CommandError(f"cannot read {text}: {error.strerror}") from error
            return
        if not text:
            raise CommandError('say what was typed: suggest "santa ro"')
        try:
            point = _point(near)
        except ValueError as error:
            raise CommandError(f"--near {near}: {error}") from None
        for found in suggest(text, limit=limit, near=point):
            self.stdout.write(f"{found.id:>14}  {found.label}  ({found.kind}, {found.population:,})")

    def _answer_lines(self, lines: TextIO, limit: int) -> None:
        for number, line in enumerate(lines, 1):
            if line.strip():
                self.stdout.write(json.dumps(self._answer(number, line, limit), ensure_ascii=False))

    def _answer(self, number: int, line: str, limit: int) -> dict[str, Any]:
        """A bad line gets an answer that says so: scores stay aligned with the input."""
        try:
            asked = json.loads(line)
            if not isinstance(asked, Mapping) or not isinstance(asked.get("q"), str):
                raise ValueError("needs an object with a string q")
            found = suggest(asked["q"], limit=int(asked.get("limit", limit)), near=_point(asked.get("near")))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            return {"id": None, "line": number, "error": str(error)}
        return {"id": asked.get("id"), "results": [result_of(f) for f in found]}


def result_of(found: FoundLocation) -> dict[str, Any]:
    return asdict(found)


def _point(value: Any) -> Point | None:
    if value is None or value == "":
        return None
    parts = (
        value.split(",")
        if isinstance(value, str)
        else list(value.values())
        if isinstance(value, Mapping)
        else list(value)
    )
    if len(parts) != 2:
        raise ValueError("near needs a latitude and a longitude")
    return float(parts[0]), float(parts[1])
