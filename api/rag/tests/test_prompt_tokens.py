"""Counting by line is counting the whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rag.prompt.tokens import _packaged_tokenizer, token_counter

TEXT = st.text(st.sampled_from("ab é\u0301日.^-'\n\r\t <>#9😀\u200b"), max_size=60) | st.text(max_size=60)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    path = _packaged_tokenizer()
    if path is None:
        pytest.skip("the tokenizer's package is not installed")
    made = pytest.importorskip("tokenizers").Tokenizer.from_file(str(path))
    made.no_truncation()
    made.no_padding()
    return made


@given(text=TEXT)
def test_the_tokens_of_the_lines_are_those_of_the_text(tokenizer: Any, text: str) -> None:
    assert token_counter().count(text) == len(tokenizer.encode(text, add_special_tokens=False).ids)
