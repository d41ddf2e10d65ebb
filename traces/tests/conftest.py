"""A small town to ask about, through every real part but the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.rag.bootstrap import build_embedder
from api.rag.weights_in_use import forget_weights
from events.models import Event
from locations.memory import forget_gazetteer
from locations.testing import load_test_places
from traces.recorder import forget_prompts
from traces.tests.runner_world import write_events


@pytest.fixture
def town(transactional_db: None, settings: Any, embedding_process: str) -> Iterator[list[Event]]:
    """Its six events."""
    settings.EMBEDDING_URL = embedding_process
    load_test_places()
    forget_gazetteer()
    forget_weights()
    forget_prompts()
    client = build_embedder()
    yield write_events(client)
    client.close()
    forget_gazetteer()
    forget_weights()
