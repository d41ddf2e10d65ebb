"""CPU time of the time contract: p50 and p95 of one message, and how it grows. Run: python -m bench.dates"""

from __future__ import annotations

import sys
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from api.rag.query.dates import understand_when, warm_dates

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 18, 14, 30, tzinfo=ZONE)
MESSAGE_300 = (
    "Hi! We're coming to Santa Rosa with our 4 and 9 year olds and their grandmother next weekend, arriving Friday at 6pm and"
    " leaving Sunday around noon. Could you find us something free or under $20 for Saturday morning, ideally outdoors, and"
    " maybe some live music on Saturday night for the grown-ups?"
)
MESSAGES = {
    "no time at all": "free things to do with my 4 and 9 year olds near Davis, under $20, no sports please",
    "one phrase": "live music in Davis tonight",
    "mask over a week": "any evening next week but not on Monday",
    "300 characters, 4 phrases": MESSAGE_300,
}
HOSTILE = {
    "words of the grammar": "the day after the first week of next ",
    "numbers and dashes": "5-7 12/24 3:30 ",
    "weekdays joined": "friday and saturday or ",
    "nested weeks": "the week after the week of ",
    "prose": MESSAGE_300 + " ",
}
ROUNDS = 400


def cpu_ms(message: str, rounds: int) -> list[float]:
    times = []
    for _ in range(rounds):
        start = time.process_time_ns()
        understand_when(message, now=NOW, zone=ZONE)
        times.append((time.process_time_ns() - start) / 1e6)
    return sorted(times)


def main() -> None:
    warm_dates(["US"])
    out = sys.stdout
    out.write(f"{'message':32} {'chars':>6} {'p50 ms':>8} {'p95 ms':>8}\n")
    for name, message in MESSAGES.items():
        cpu_ms(message, 20)
        times = cpu_ms(message, ROUNDS)
        out.write(f"{name:32} {len(message):6} {times[ROUNDS // 2]:8.3f} {times[int(ROUNDS * 0.95)]:8.3f}\n")
    out.write(f"\n{'growth, ms':32} {'2,500':>8} {'5,000':>8} {'10,000':>8}\n")
    for name, words in HOSTILE.items():
        text = words * (10_000 // len(words) + 1)
        cells = [cpu_ms(text[:size], 9)[4] for size in (2_500, 5_000, 10_000)]
        out.write(f"{name:32} " + " ".join(f"{cell:8.2f}" for cell in cells) + "\n")


if __name__ == "__main__":
    main()
