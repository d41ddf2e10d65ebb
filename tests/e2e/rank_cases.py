"""The page's ranking against the pipeline's, over the same random candidates."""

from __future__ import annotations

import random
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

from api.rag.params import FACTORS, RetrievalParams, ScoringWeights, TierSizes
from api.rag.sameness import twins
from api.rag.scoring import flips, rerank
from api.rag.tiering import assign, looked_at, title_key
from api.rag.types import Candidate, EventFacts, RankingFactors

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
CASES = 60
TIERING = (
    "recommended_floor", "recommended_semantic_floor", "additional_semantic_floor", "topical_category", "topical_semantic_floor",
    "recommended_share_of_best", "max_per_venue",
)  # fmt: skip
TITLES = (
    "Jazz Night",
    "JAZZ night 2",
    "Café – Ürlaub",
    "Storytime 3",
    "Yoga",
    "Pottery & Tea",
    "Ça va?",
    "Kite Day 2026",
)
SCRIPT = """
async (cases) => {
  const rank = await import("/static/traces/rank.js");
  return cases.map(({ rows, weights, sizes, tiering, same }) => {
    const scored = rank.reranked(rows, weights);
    const flip = scored.length > 1 ? rank.flips(scored[0], scored[1], weights) : {};
    return {
      scored: scored.map((row) => [row.event_id, row.score]),
      placed: rank.placed(scored, sizes, tiering, same).map((row) => [row.event_id, row.tier]),
      flips: Object.fromEntries(Object.entries(flip).map(([name, found]) => [name, [found.at, found.side]])),
      keys: rows.map((row) => rank.titleKey(row.title)),
    };
  });
}
"""


def differences(page: Page) -> list[str]:
    rng = random.Random(8)
    cases = [_case(rng) for _ in range(CASES)]
    told = page.evaluate(SCRIPT, [case["sent"] for case in cases])
    return [
        f"case {n}: {wrong}"
        for n, (case, got) in enumerate(zip(cases, told, strict=True))
        for wrong in _wrong(case, got)
    ]


def _case(rng: random.Random) -> dict[str, Any]:
    asked = [f for f in FACTORS if f == "popularity" or rng.random() < 0.8]
    candidates, facts = [], {}
    for n in range(1, rng.randint(2, 40)):
        values = {f: rng.choice([None, 0.0, 1.0, rng.random()]) for f in asked}
        unknown = tuple(f for f in asked if values[f] is None)
        factors = RankingFactors(**{f: values.get(f) for f in FACTORS}, unknown=unknown)
        start = NOW + timedelta(hours=rng.randint(0, 5))
        candidates.append(Candidate(n, 100 + n, start, factors, 0.0))
        facts[100 + n] = _facts(n, rng, start)
    weights = ScoringWeights(*(rng.choice([0.0, round(rng.random(), 2)]) for _ in FACTORS[:-1]), 0.05)
    sizes = TierSizes(rng.randint(0, 6), rng.randint(0, 6), rng.randint(0, 12))
    rows = [
        {
            "event_id": c.event_id, "start": c.start.isoformat(), **{f: getattr(c.factors, f) for f in FACTORS},
            "unknown": list(c.factors.unknown), "title": facts[c.occurrence_id].title, "venue": facts[c.occurrence_id].venue,
        }
        for c in rng.sample(candidates, len(candidates))
    ]  # fmt: skip
    sent = {
        "rows": rows,
        "weights": weights.as_dict(),
        "sizes": asdict(sizes),
        "tiering": {name: getattr(RetrievalParams(), name) for name in TIERING},
        "same": twins(facts[100 + row["event_id"]] for row in rows),
    }
    return {"sent": sent, "candidates": candidates, "facts": facts, "weights": weights, "sizes": sizes}


def _facts(n: int, rng: random.Random, start: datetime) -> EventFacts:
    return EventFacts(
        event_id=n, occurrence_id=100 + n, title=f"{rng.choice(TITLES)} {rng.choice(['', '7', 'x' * n])}", start=start, end=None,
        all_day=False, zone="UTC", venue=rng.choice(["", "Hall", "HALL", "Park"]), street="", city="", region="", country_code="US",
        price_min=None, price_max=None, currency="", is_free=None, age_min=None, age_max=None, status="scheduled",
        attendance="offline", url="", source_id=rng.randint(0, 3),
    )  # fmt: skip


def _wrong(case: dict[str, Any], got: dict[str, Any]) -> list[str]:
    params = RetrievalParams()
    ranked = rerank(case["candidates"], case["weights"])
    wrong = []
    if [c.event_id for c in ranked] != [row[0] for row in got["scored"]]:
        wrong.append("order")
    if any(abs(c.score - row[1]) > 1e-9 for c, row in zip(ranked, got["scored"], strict=True)):
        wrong.append("score")
    placed = assign(ranked[: looked_at(case["sizes"])], case["facts"], case["sizes"], params)
    if [[p.candidate.event_id, p.tier] for p in placed] != got["placed"]:
        wrong.append("tiers")
    if len(ranked) > 1:
        wanted = flips(ranked[0].factors, ranked[1].factors, case["weights"])
        same = set(wanted) == set(got["flips"]) and all(
            abs(f.at - got["flips"][n][0]) < 1e-9 and f.side == got["flips"][n][1] for n, f in wanted.items()
        )
        wrong += [] if same else ["flips"]
    if [title_key(row["title"]) for row in case["sent"]["rows"]] != got["keys"]:
        wrong.append("title keys")
    return wrong
