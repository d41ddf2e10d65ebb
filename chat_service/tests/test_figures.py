from __future__ import annotations

import tracemalloc
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.rag.llm.prices import Price, PriceTable
from api.rag.types import Usage
from chat_service.figures import Figures
from chat_service.run import TurnRun
from chat_service.tests.conftest import SANTA_ROSA, ChatServer, Chunks, scripted
from conversations.models import ChatMessage


def test_figures_are_of_what_was_shown() -> None:
    figures = Figures(arrived=100.0)
    for moment in (100.5, 100.6, 100.8, 101.8):
        figures.shown(moment)
    told = figures.as_json({"tokens_out": 41, "first_token_ms": 300.0, "total_ms": 1300.0})
    assert told == {
        "first_shown_ms": 500.0, "gap_p50_ms": 200.0, "gap_p95_ms": 1000.0, "gap_max_ms": 1000.0, "tokens_per_s": 40.0,
    }  # fmt: skip


@pytest.mark.parametrize("usage", [{}, {"tokens_out": 1}, {"tokens_out": 9, "first_token_ms": 5.0, "total_ms": 5.0}])
def test_what_is_not_known_is_not_told(usage: dict[str, Any]) -> None:
    assert set(Figures(0.0).as_json(usage).values()) == {None}


TABLE = PriceTable(
    (
        Price("m", date(2026, 1, 1), 1.0, 2.0),
        Price("m", date(2026, 6, 1), 10.0, 20.0),
        Price("m", date(2026, 1, 1), 5.0, 5.0, "groq"),
    )
)


@pytest.mark.parametrize(
    ("provider", "model", "day", "cost"),
    [
        ("openai", "m", date(2026, 5, 31), 0.002),
        ("openai", "m", date(2026, 6, 1), 0.02),
        ("openai", "m", date(2025, 12, 31), None),
        ("groq", "m", date(2026, 7, 1), 0.0075),
        ("openai", "other", date(2026, 7, 1), None),
        ("composer", "composer", date(2026, 7, 1), 0.0),
    ],
)
def test_an_answer_costs_what_its_day_says(provider: str, model: str, day: date, cost: float | None) -> None:
    assert TABLE.priced(Usage(provider, model, 1000, 500), day).cost_usd == cost


def test_tokens_that_nobody_counted_have_no_price() -> None:
    assert TABLE.priced(Usage("openai", "m", None, 500), date(2026, 7, 1)).cost_usd is None


def test_the_shipped_prices_can_be_read(settings: Any) -> None:
    table = PriceTable.from_file(Path(settings.LLM_PRICES_FILE))
    for model in (settings.LLM_MODEL_FAST, settings.LLM_MODEL_BALANCED, settings.LLM_MODEL_POWERFUL):
        assert table.price("groq", model, date(2026, 11, 21)) is not None


def test_a_bad_price_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "prices.json"
    bad.write_text('[{"model": "m", "since": "2026-01-01", "usd_in": 1, "usd_out": 1}, {"model": "m"}]')
    with pytest.raises(ValueError, match=r"prices\.json, row 2"):
        PriceTable.from_file(bad)


@pytest.mark.usefixtures("concert")
def test_an_answer_tells_keeps_and_counts_its_figures(
    chat: ChatServer, ask: Callable[..., Chunks], settings: Any
) -> None:
    scripted(chat, delay_s=0.02)
    got = ask("live music in the next 3 days", location_id=SANTA_ROSA)
    (done,) = got.of("done")
    usage = done["usage"]
    assert usage == ChatMessage.objects.get(role="assistant").usage
    assert usage["first_shown_ms"] < done["response_time_ms"] + 1
    assert usage["first_shown_ms"] >= usage["first_token_ms"]
    assert usage["gap_max_ms"] >= usage["gap_p95_ms"] >= usage["gap_p50_ms"] > 0
    assert (usage["provider"], usage["tokens_out"], usage["tokens_estimated"], usage["cost_usd"]) == ("scripted", 12, True, 0.0)  # fmt: skip
    assert usage["tokens_in"] > 100
    assert done["citations"] == {"1": done["suggested_event_ids"][0]}
    told = httpx.get(f"{chat.url}/metrics").text
    who = 'model="scripted",provider="scripted",slot="A"'
    assert f'chat_answers_total{{{who},status="complete"}}' in told
    assert f"chat_first_shown_seconds_count{{{who}}}" in told
    settings.METRICS_TOKEN = "scrape"
    assert httpx.get(f"{chat.url}/metrics").status_code == 404
    assert httpx.get(f"{chat.url}/metrics", headers={"Authorization": "Bearer scrape"}).status_code == 200


@pytest.mark.usefixtures("concert")
def test_metrics_are_closed_in_production_without_a_token(chat: ChatServer, settings: Any) -> None:
    settings.PRODUCTION = True
    assert httpx.get(f"{chat.url}/metrics").status_code == 404


def test_a_kept_word_takes_no_more_room_than_it_needs() -> None:
    run = TurnRun(uuid.uuid4(), 1)
    tracemalloc.start()
    try:
        for _ in range(100):
            run.publish({"type": "token", "model": "A", "done": False, "token": "music "})
        here = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/chat_service/run.py")])
    finally:
        tracemalloc.stop()
    assert sum(trace.size for trace in here.traces) / len(run.chunks) < 400
