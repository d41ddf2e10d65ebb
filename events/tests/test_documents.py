from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from events.documents import DocumentFacts, bounded, document_hash, document_text, estimated_pieces
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
