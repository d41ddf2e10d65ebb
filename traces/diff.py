"""What moved between two runs, stage by stage. Pure: two records in, JSON-ready values out; equal runs give empty lists.

Times are not compared. A light record holds less: where one side lacks a value, it is not compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.rag.params import FACTORS

NEAR = 1e-6
_UNDERSTOOD = (
    "intent", "now", "zone", "when", "place", "radius_miles", "audience", "price", "attendance", "setting", "access", "interests",
    "excluded", "quoted", "search_text", "about_event_ids",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """A run as compared: payloads of its stages by name (the last of each), and its answer; None where that is not known."""

    stages: Mapping[str, Mapping[str, Any]]
    answer: str | None
    status: str

    def rows(self) -> list[Mapping[str, Any]]:
        return list(self.stages.get("rerank", {}).get("events") or ())


def diff(a: Record, b: Record) -> dict[str, Any]:
    found = {
        "status": [] if a.status == b.status else [{"what": "status", "a": a.status, "b": b.status}],
        "understanding": _understanding(a, b),
        "retrieval": _fields(a, b, "retrieval", ("candidates", "plan", "recall")),
        "weights": _numbers(a, b, "rerank", "weights"),
        "ranking": _ranking(a.rows(), b.rows()),
        "prompt": _prompt(a, b),
        "model": _fields(a, b, "llm_response", ("provider", "model")),
        "guard": _fields(a, b, "guard", ("checked", "corrected", "withheld")),
        "answer": _answer(a.answer, b.answer),
    }
    return {"same": not any(found.values()), **found}


def _understanding(a: Record, b: Record) -> list[dict[str, Any]]:
    one = a.stages.get("understanding", {}).get("understood") or {}
    other = b.stages.get("understanding", {}).get("understood") or {}
    return [
        {"what": name, "a": one.get(name), "b": other.get(name)}
        for name in _UNDERSTOOD
        if not _equal(one.get(name), other.get(name))
    ]


def _fields(a: Record, b: Record, stage: str, names: Sequence[str]) -> list[dict[str, Any]]:
    one, other = a.stages.get(stage, {}), b.stages.get(stage, {})
    return [
        {"what": name, "a": one.get(name), "b": other.get(name)}
        for name in names
        if (name in one or name in other) and not _equal(one.get(name), other.get(name))
    ]


def _numbers(a: Record, b: Record, stage: str, name: str) -> list[dict[str, Any]]:
    one, other = a.stages.get(stage, {}).get(name), b.stages.get(stage, {}).get(name)
    if not one or not other:
        return []
    return [{"what": k, "a": one.get(k), "b": other.get(k)} for k in one if not _equal(one[k], other.get(k))]


def _ranking(one: list[Mapping[str, Any]], other: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Events whose rank, tier, score or factors differ, in the order of b, then those only a has."""
    full = min(len(one), len(other))
    if "title" not in (one[0] if one else {}) or "title" not in (other[0] if other else {}):
        one, other = one[:full], other[:full]  # a light record holds the first ones only
    before, after = {e["event_id"]: e for e in one}, {e["event_id"]: e for e in other}
    moves = []
    for event_id in dict.fromkeys([*after, *before]):
        a, b = before.get(event_id), after.get(event_id)
        changed = _changed(a, b)
        if a is None or b is None or changed:
            moves.append(
                {
                    "event_id": event_id,
                    "title": (b or {}).get("title") or (a or {}).get("title"),
                    "rank": [a and a.get("rank"), b and b.get("rank")],
                    "tier": [a and a.get("tier"), b and b.get("tier")],
                    "score": [a and a.get("score"), b and b.get("score")],
                    "factors": changed.get("factors", {}),
                }
            )
    return moves


def _changed(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> dict[str, Any]:
    if a is None or b is None:
        return {}
    found: dict[str, Any] = {k: True for k in ("rank", "tier", "score") if not _equal(a.get(k), b.get(k))}
    factors = {f: [a.get(f), b.get(f)] for f in FACTORS if not _equal(a.get(f), b.get(f))}
    return found | ({"factors": factors} if factors else {})


def _prompt(a: Record, b: Record) -> list[dict[str, Any]]:
    one, other = a.stages.get("prompt_final", {}), b.stages.get("prompt_final", {})
    found = _fields(a, b, "prompt_final", ("version",))
    before, after = _blocks(one), _blocks(other)
    for name in dict.fromkeys([*before, *after]):
        x, y = before.get(name, {}), after.get(name, {})
        texts = [x.get("text"), y.get("text")]
        differs = texts[0] != texts[1] if None not in texts else x.get("tokens") != y.get("tokens")
        if differs:
            found.append({"what": name, "a": x.get("tokens"), "b": y.get("tokens"), "texts": texts})
    return found


def _blocks(prompt: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    texts = prompt.get("texts") or {}
    return {b["name"]: {**b, "text": texts.get(b["name"])} for b in prompt.get("blocks") or ()}


def _answer(a: str | None, b: str | None) -> list[dict[str, Any]]:
    return [] if a is None or b is None or a == b else [{"what": "answer", "a": a, "b": b}]


def _equal(a: Any, b: Any) -> bool:
    numbers = isinstance(a, int | float) and isinstance(b, int | float)
    if numbers and not isinstance(a, bool) and not isinstance(b, bool):
        return abs(a - b) <= NEAR
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return set(a) == set(b) and all(_equal(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)
