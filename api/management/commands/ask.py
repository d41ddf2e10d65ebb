from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.chat_pipeline import Turn
from api.rag.bootstrap import build_pipeline
from api.rag.errors import RagError
from api.rag.query.clock import clock_of
from api.rag.query.ledger_json import BadLedger, zone_name
from api.rag.tracing import recording
from api.rag.types import QueryContext, RAGResult
from api.rag_service import Ask
from locations.memory import gazetteer


class PrintingRecorder:
    """Shows each stage as it ends."""

    active = True

    def event(
        self, stage: str, payload: Any, *, latency_ms: float | None = None, error: BaseException | None = None
    ) -> None:
        took = f"{latency_ms:8.1f} ms" if latency_ms is not None else " " * 11
        print(f"  {took}  {stage}{f'  {error!r}' if error else ''}")
        for key, value in payload.items():
            if key == "events":
                for e in value:
                    print(f"    {e['rank']:3} {e['tier']:11} {e['score']:.3f} #{e['event_id']} {e['title'][:60]}")
            else:
                print(f"    {key}: {str(value)[:400]}")


class Command(BaseCommand):
    help = "Ask a question in the terminal, through the same pipeline as the chat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question")
        parser.add_argument("--near", help='a place, as in "Santa Rosa, CA"')
        parser.add_argument("--now", help="the clock of the question, ISO with offset")
        parser.add_argument("--zone", default=settings.DEFAULT_USER_ZONE)
        parser.add_argument("--trace", action="store_true", help="show every stage")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            now = clock_of(options["now"]) if options["now"] else datetime.now(UTC)
        except ValueError as error:
            raise CommandError(f"--now {error}") from error
        try:
            zone = zone_name(options["zone"])
        except BadLedger as error:
            raise CommandError(f"--{error}") from error
        context = QueryContext(location_text=options["near"], zone=zone)
        ask = Ask(options["question"], now=now, zone=zone, context=context)
        gazetteer()  # loaded here: the event loop may not wait for the database
        try:
            asyncio.run(self._ask(Turn(ask), trace=options["trace"]))
        except RagError as error:
            raise CommandError(str(error)) from error

    async def _ask(self, turn: Turn, *, trace: bool) -> None:
        pipeline = build_pipeline()
        if trace:
            with recording(PrintingRecorder()):
                await self._show(pipeline, turn)
        else:
            await self._show(pipeline, turn)

    async def _show(self, pipeline: Any, turn: Turn) -> None:
        async for event in pipeline.run(turn, _in_thread):
            if event.type == "token":
                print(event.data["token"], end="", flush=True)
            elif event.type == "notice":
                print(f"[{event.data['message']}]")
        print()


async def _in_thread(work: Callable[[], RAGResult]) -> RAGResult:
    return await asyncio.to_thread(work)
