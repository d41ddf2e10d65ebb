from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.documents import DocumentFacts, bounded, document_hash, document_text, estimated_pieces, without_addresses
from events.params import DOCUMENT_MAX_PIECES

STORY = DocumentFacts(
    title="Dinosaur Storytime", category="Family / Kids", tags=["storytime", "family / kids"], venue="Museum on Jones Street",
    city="Raleigh", organizer="Museum on Jones Street", audience=["families"], age_min=3, age_max=6, is_free=True,
    description="A story under the skeleton. See https://example.org/more or write to a@example.org.",
)  # fmt: skip


def test_important_words_come_first() -> None:
    assert document_text(STORY) == (
        "Dinosaur Storytime. Family / Kids, storytime. Museum on Jones Street in Raleigh. families, preschool kids ages 3-6. free."
        " A story under the skeleton. See or write to"
    )


def test_the_hash_follows_the_text() -> None:
    text = document_text(STORY)
    assert document_hash(text) == document_hash(document_text(STORY))
    assert document_hash(text) != document_hash(text + " x")


def test_price_words() -> None:
    def price(low: int | None, high: int | None, free: bool | None) -> str:
        facts = DocumentFacts(
            title="t",
            price_min=None if low is None else Decimal(low),
            price_max=None if high is None else Decimal(high),
            is_free=free,
        )
        return document_text(facts).removeprefix("t").removeprefix(". ")

    assert [price(0, 0, True), price(0, 5, None), price(8, 8, False), price(20, 40, False), price(None, None, None)] == [
        "free", "pay what you can", "cheap tickets", "tickets", "",
    ]  # fmt: skip


@given(st.text(max_size=3000))
def test_a_document_is_bounded(text: str) -> None:
    short = bounded(text, DOCUMENT_MAX_PIECES)
    assert text.startswith(short)
    assert sum(estimated_pieces(t) for t in short.split() if t.isascii() and t.isalpha()) <= DOCUMENT_MAX_PIECES


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mail mailto:a@b.example.org, or call", "mail , or call"),
        ("@everyone at 8. a@b", "@everyone at 8. a@b"),
        ("(https://a.example/@b.c) www.x.org/y@z.org", ") "),
        ("a@b.org;https://x.example", ""),
    ],
)
def test_addresses_are_left_out(text: str, left: str) -> None:
    assert without_addresses(text) == left


_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w+")  # what it says, in time that grows with the cube


@given(st.lists(st.sampled_from(["a", "@", ".", "https://", "www.", " ", ",", "é", ".org"]), max_size=12).map("".join))
def test_addresses_are_what_one_pattern_says(text: str) -> None:
    assert without_addresses(text) == _ADDRESS.sub("", text)


def test_an_endless_word_of_addresses_is_read_through() -> None:
    assert without_addresses("@" * 100_000) == "@" * 100_000
