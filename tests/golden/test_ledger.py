"""Whole conversations against the state reasoned out by hand after each turn."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.rag.query.ledger_json import from_json
from api.rag.query.understand import ledger_after_answer, understand
from api.rag.types import HistoryMessage, ParsedQuery, QueryContext

pytestmark = pytest.mark.django_db  # without the mark there would be no test database to build the index from

CONVERSATIONS = yaml.load(Path(__file__).with_name("ledger.yaml").read_text(), yaml.CSafeLoader)
CLOCK = "2026-11-18T12:00:00-08:00"
ZONE = "America/Los_Angeles"


def in_force(ledger: dict[str, Any]) -> dict[str, Any]:
    """The stored ledger as the golden file writes it."""
    state = from_json(ledger)
    told: dict[str, Any] = {}
    if state.when is not None:
        year = state.when.range.start.year
        told["when"] = "; ".join(f"{_moment(r.start, year)}>{_moment(r.end, year)}" for r in state.when.ranges)
    if state.place is not None:
        told["place"] = state.place.label.removesuffix(", United States")
    if state.audience is not None:
        a = state.audience
        span = f"{a.age_min}+" if a.age_max is None else f"{a.age_min}-{a.age_max}"
        told["audience"] = span + (f" {list(a.ages)}" if a.ages else "") + ("" if state.audience_hard else " soft")
    if state.price is not None:
        limit = "free" if state.price.free_only else f"{state.price.max_price}"
        told["price"] = limit + ("" if state.price_hard else " soft")
    for name in ("radius", "attendance", "setting", "text"):
        if getattr(state, name):
            told[name] = getattr(state, name)
    for name in ("access", "topics", "quoted", "excluded", "shown"):
        if getattr(state, name):
            told[name] = list(getattr(state, name))
    return told


def _moment(moment: datetime, year: int) -> str:
    return f"{moment:%m-%d %H:%M}" if moment.year == year else f"{moment:%Y-%m-%d %H:%M}"


def _context(turn: dict[str, Any], ledger: dict[str, Any], history: list[HistoryMessage]) -> QueryContext:
    sent = turn.get("context", {})
    return QueryContext(**sent, ledger=ledger or None, history=tuple(history))


def _after_answer(query: ParsedQuery, turn: dict[str, Any]) -> dict[str, Any]:
    offer = turn.get("offer")
    return ledger_after_answer(
        dict(query.ledger),
        shown_ids=tuple(turn.get("shown", ())),
        dearest=Decimal(turn["dearest"]) if "dearest" in turn else None,
        offer=(offer["label"], offer["change"]) if offer else None,
        told=tuple(enumerate(turn.get("told", ()), start=1)),
        names=tuple(turn.get("names", {}).items()),
        told_hours=tuple(turn["hours"]) if "hours" in turn else None,
    )


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda c: c["name"])
def test_state_after_each_turn(conversation: dict[str, Any], places: Any) -> None:
    ledger: dict[str, Any] = {}
    history: list[HistoryMessage] = []
    expected: dict[str, Any] = {}
    for number, turn in enumerate(conversation["turns"], start=1):
        now = datetime.fromisoformat(turn.get("now", CLOCK))
        query = understand(
            str(turn["say"]), context=_context(turn, ledger, history), now=now, zone=ZONE, gazetteer=places
        )
        expected = turn["state"] if "state" in turn else {**expected, **turn["then"]}
        expected = {name: value for name, value in expected.items() if value is not None}
        assert in_force(dict(query.ledger)) == expected, f"turn {number}: {turn['say']}"
        assert query.intent == turn.get("intent", "find"), f"turn {number}: {turn['say']}"
        assert list(query.exclude_event_ids) == turn.get("excludes", []), f"turn {number}: {turn['say']}"
        assert list(query.about_event_ids) == turn.get("about", []), f"turn {number}: {turn['say']}"
        assert query.more_like_event_id == turn.get("like"), f"turn {number}: {turn['say']}"
        ledger = _after_answer(query, turn)
        history += [HistoryMessage("user", str(turn["say"])), HistoryMessage("assistant", turn.get("answer", ""))]


def test_enough_conversations() -> None:
    assert len(CONVERSATIONS) >= 60
    assert all(2 <= len(c["turns"]) <= 6 for c in CONVERSATIONS)
