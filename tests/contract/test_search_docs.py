"""The page about the search holds: its examples run as they stand, and give what stands below them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pgvector import HalfVector

from api.rag.bootstrap import rag_service
from api.rag.tests.records import unit
from api.search_service import search_backend, search_service
from api.v1.exceptions import error_body
from api.v1.serializers.search import SearchAnswerSerializer, SearchQuerySerializer
from chat_service.tests.conftest import ChatServer
from events.models import Event, EventIndex, Occurrence
from locations.memory import forget_gazetteer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "SEARCH_API.md"
BREAK = "---- the next example ----"


def examples() -> list[tuple[str, Any]]:
    """(commands, what they print), in the order of the page."""
    text = PAGE.read_text(encoding="utf-8")
    pairs = re.findall(r"^```bash\n(.*?)^```\n\n```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(pairs) == text.count("```bash") == text.count("```json")
    return [(commands, json.loads(told)) for commands, told in pairs]


@pytest.fixture
def town(concert: Event) -> None:
    """Three events in Santa Rosa: live music, other music, and something for children."""
    Event.objects.filter(pk=concert.pk).update(title="Live music at the hall")
    for n, facts in enumerate(
        [
            {"title": "Choir evening", "category": "Music", "price_min": Decimal(30), "price_max": Decimal(30)},
            {"title": "Story time for children", "category": "Family", "price_min": Decimal(20), "tags": ["kids"]},
        ],
        start=2,
    ):
        event = Event.objects.create(
            source=concert.source, external_id=str(n), description="", venue=concert.venue, timezone="America/Los_Angeles",
            price_currency="USD", **facts,
        )  # fmt: skip
        start = timezone.now() + timedelta(days=n)
        Occurrence.objects.create(event=event, start=start, end=start + timedelta(hours=2), effective_end=start)
    for n, pk in enumerate(Event.objects.order_by("pk").values_list("pk", flat=True)):
        EventIndex.objects.filter(pk=pk).update(embedding=HalfVector(unit(1, 2 + n)), model="hash-384")


@pytest.fixture
def rest(live_server: Any, chat: ChatServer) -> Any:
    """The REST service over the same settings and gazetteer as the chat."""
    made_once = (search_backend, search_service, rag_service)
    for one in made_once:
        one.cache_clear()
    yield str(live_server)
    embedder: Any = rag_service().embedder
    embedder.close()
    for one in made_once:
        one.cache_clear()
    forget_gazetteer()


@pytest.mark.usefixtures("town")
def test_the_examples_give_what_the_page_shows(rest: str, chat: ChatServer) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    pages = examples()
    script = f'\necho; echo "{BREAK}"\n'.join(commands for commands, _ in pages)
    environment = {**os.environ, "REST": rest, "CHAT": chat.url}
    done = subprocess.run(
        ["bash", "-eu", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    printed = [json.loads(part) for part in done.stdout.split(BREAK)]
    assert len(printed) == len(pages)
    differences = [missing(shown, told) for (_, shown), told in zip(pages, printed, strict=True)]
    assert differences == [""] * len(pages)


SAME = {"total_hits", "code", "message", "problems", "stage", "reason", "page", "limit", "filters", "type", "count"}


def missing(shown: Any, told: Any, path: str = "") -> str:
    """Where an answer is not as shown: a field is not there, is of another kind, or has another value where that is no accident."""
    if isinstance(shown, dict):
        if not isinstance(told, dict):
            return f"{path} is no object"
        parts = (missing(value, told.get(name, KeyError), f"{path}.{name}") for name, value in shown.items())
        return next(filter(None, parts), "")
    if isinstance(shown, list) and isinstance(told, list):
        if len(shown) > len(told):
            return f"{path} has {len(told)} parts"
        return next(filter(None, (missing(a, b, f"{path}[]") for a, b in zip(shown, told, strict=False))), "")
    exact = any(name in SAME for name in path.split(".")) and not (isinstance(shown, str) and shown.count(".") == 2)
    good = shown == told if exact else type(shown) is type(told)
    return "" if good else f"{path} is {told!r}, shown as {shown!r}"


def test_every_parameter_and_every_field_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", text)) | set(re.findall(r'"(\w+)":', text))
    assert set(SearchQuerySerializer().fields) - named == set()
    assert set(SearchAnswerSerializer().fields) - named == set()
    assert set(error_body("", "")) - named == set()
