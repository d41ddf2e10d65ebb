"""What the guard costs: CPU per token and per answer, and how long it keeps the first words back.

python -m bench.guard
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from api.rag.guard import Guard
from api.rag.tests.answer_cases import right_cases
from api.rag.tests.answer_rows import SOURCES, query
from api.rag.types import Source

BUDGET_US_PER_TOKEN = 50.0
CHARS_PER_TOKEN = 4
ROUNDS = 30
CHATTY = (
    "Here are some things you could do with your 4-year-old in Davis this weekend. If you are early birds, the best start is"
    " **Toddler Story Time** [1] on Saturday, November 21 from 10:30 AM to 11:30 AM at Stephens Library. It is free, and little ones"
    " up to four love the songs and the picture books there.\n\n"
    "When everyone is hungry the next day, walk over to the Davis Farmers Market [3], which opens at 8 AM on Sunday and goes on until"
    " 1 PM in Central Park. There is hot cider and live bluegrass, so bring a bag and an appetite, and let the kids pick the fruit.\n\n"
    "If you have an older sibling with you, Lantern Workshop [4] at Pence Gallery on Sunday at 2 PM welcomes ages 6+ and costs $5-12."
    " Tell me if you would rather stay indoors, and I will look again for something quieter that still suits the whole family.\n"
)


def pieces(text: str, size: int = CHARS_PER_TOKEN) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


def cpu_per_token(texts: list[tuple[tuple[Source, ...], str]], *, build: bool) -> float:
    """Microseconds of CPU; the building of the guard counts only when asked for."""
    spent, tokens = 0.0, 0
    for sources, text in texts:
        deltas = pieces(text)
        began = time.process_time()
        guard = Guard(sources, query=query())
        if not build:
            began = time.process_time()
        for delta in deltas:
            guard.feed(delta)
        guard.finish()
        spent += time.process_time() - began
        tokens += len(deltas)
    return spent / tokens * 1e6


def repeated(measure: Callable[[], float]) -> tuple[float, float]:
    values = [measure() for _ in range(ROUNDS)]
    return statistics.median(values), max(values)


def held_back(text: str) -> tuple[int, int]:
    """Tokens until the first shown character, and the longest silence after it."""
    guard, silence, longest, first = Guard(SOURCES, query=query()), 0, 0, -1
    for i, delta in enumerate(pieces(text)):
        shown = guard.feed(delta)
        silence = 0 if shown else silence + 1
        if shown and first < 0:
            first = i + 1
        elif first >= 0:
            longest = max(longest, silence)
    return first, longest


def main() -> None:
    chatty = [(SOURCES, CHATTY)] * 3
    dense = [(c.sources, c.text) for c in right_cases(3, 60)]
    print(f"{'answer':<34}{'median us/token':>16}{'worst':>8}")
    for name, texts, build in (
        ("chatty, 3 paragraphs, 6 sources", chatty, False),
        ("the same, guard built each time", chatty, True),
        ("lists and tables, 5 sources", dense, False),
    ):
        median, worst = repeated(lambda texts=texts, build=build: cpu_per_token(texts, build=build))  # type: ignore[misc]
        verdict = "within" if median <= BUDGET_US_PER_TOKEN else "OVER"
        print(f"{name:<34}{median:>16.1f}{worst:>8.1f}  {verdict} the budget of {BUDGET_US_PER_TOKEN:g}")
    first, longest = held_back(CHATTY)
    print(f"tokens until the first shown character: {first}; longest silence after it: {longest} tokens")


if __name__ == "__main__":
    main()
