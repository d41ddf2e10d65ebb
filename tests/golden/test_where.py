"""Where messages are about: tests/golden/where.yaml against the whole gazetteer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from api.rag.params import UnderstandingParams
from api.rag.query.distance import find_distance
from api.rag.query.places import PlaceOutcome, resolve_query_place
from locations.index import GazetteerIndex

CASES: list[dict[str, Any]] = yaml.load(
    (Path(__file__).parent / "where.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)
REQUIRED_SHARE = 0.98


def resolve(case: dict[str, Any], gazetteer: GazetteerIndex) -> PlaceOutcome:
    lat, lng = case.get("near", (None, None))
    near_me = lat is not None and case.get("kind") != "point"
    # Beside "near me", a position is only a hint here: a message without a place must not fall back to it.
    outcome = resolve_query_place(
        case["m"],
        location_id=None,
        location_text=case.get("at"),
        user_lat=lat,
        user_lng=lng,
        ledger_place_id=None,
        gazetteer=gazetteer,
    )
    if near_me and outcome.place is not None and outcome.place.kind == "point":
        return PlaceOutcome(None)
    return outcome


def miss(case: dict[str, Any], gazetteer: GazetteerIndex) -> str | None:
    """What differs, or None."""
    outcome = resolve(case, gazetteer)
    place = outcome.place
    got: dict[str, Any] = {"is": place.label if place else None}
    if place is not None:
        far = find_distance(case["m"].lower(), UnderstandingParams())
        got |= {"kind": place.kind, "radius": far[0] if far else place.radius_miles, "words": place.words}
    wrong = {k: got.get(k) for k in ("is", "kind", "radius", "words") if k in case and got.get(k) != case[k]}
    codes = [n.code for n in outcome.notices] or ["none"]
    if "notice" in case and case["notice"] not in codes:
        wrong["notice"] = codes
    return f"{case['m']!r}: wanted {[case.get(k) for k in wrong]}, got {wrong}" if wrong else None


def test_where(whole_gazetteer: GazetteerIndex) -> None:
    assert len(CASES) >= 150
    misses = [m for case in CASES if (m := miss(case, whole_gazetteer))]
    print(f"\nwhere.yaml: {len(CASES) - len(misses)} of {len(CASES)} right")
    print("\n".join(misses))
    assert len(misses) <= (1 - REQUIRED_SHARE) * len(CASES), "\n".join(misses)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["m"][:40])
def test_spans_lie_inside_the_message(case: dict[str, Any], whole_gazetteer: GazetteerIndex) -> None:
    spans = resolve(case, whole_gazetteer).spans
    assert all(0 <= start < end <= len(case["m"]) for start, end in spans)
    assert list(spans) == sorted(spans)
