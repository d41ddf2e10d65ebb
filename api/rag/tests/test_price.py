"""What it may cost, by the words people use."""

from __future__ import annotations

from decimal import Decimal

import pytest

from api.rag.params import UnderstandingParams
from api.rag.query.price import cheaper_than
from api.rag.query.reading import read
from api.rag.types import PriceLimit

PARAMS = UnderstandingParams()


def limit(message: str) -> tuple[str, bool] | None:
    """(most it may cost or 'free', hard)."""
    found = read(message, PARAMS).price
    if found.limit is None:
        return None
    return ("free" if found.limit.free_only else str(found.limit.max_price)), found.hard


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("free concerts", ("free", True)),
        ("no cover", ("free", True)),
        ("I have 20 bucks", ("20", True)),
        ("I only have ten bucks", ("10", True)),
        ("we've got about $50 to spend", ("50", True)),
        ("a show for 20 bucks", ("20", False)),
        ("nothing over 15", ("15", True)),
        ("dinner for under 60 total", ("60", True)),
        ("for up to 30", ("30", True)),
        ("for 60 people", None),
        ("nothing over 15 miles away", None),
        ("im free tuesday and thursday after 4", None),
        ("were free saturday", None),
        ("in town for work, only evenings free", None),
        ("free between 1 and 4 sunday", None),
        ("concerts free on Saturday", ("free", True)),
        ("concerts with free admission", ("free", True)),
        ("$0", ("free", True)),
        ("under $20", ("20", True)),
        ("$20 or less", ("20", True)),
        ("less than 20 dollars", ("20", True)),
        ("below 20 bucks", ("20", True)),
        ("max $30", ("30", True)),
        ("under forty dollars", ("40", True)),
        ("for two, under $60 total", ("30", True)),
        ("anything that doesn't cost more than ten dollars", ("10", True)),
        ("less than twenty-five bucks a head", ("25", True)),
        ("up to a hundred dollars", ("100", True)),
        ("20 dollars max", ("20", True)),
        ("up to £15", ("15", True)),
        ("€15 or less", ("15", True)),
        ("no more than $15", ("15", True)),
        ("nothing over $50", ("50", True)),
        ("I don't want to spend more than 15", ("15", True)),
        ("can't afford to pay over $30", ("30", True)),
        ("nothing more expensive than $30", ("30", True)),
        ("tickets under fifty", ("50", True)),
        ("keep it under thirty five", ("35", True)),
        ("concerts, 20 max", ("20", True)),
        ("something for the four of us under $50", ("12.50", True)),
        ("my budget is $60 for the three of us", ("20", True)),
        ("a date under 40 for both of us", ("20", True)),
        ("for the four of us, under $20 each", ("20", True)),
        ("half price tickets", ("20", False)),
        ("between $10 and $20", ("20", True)),
        ("$10-20", ("20", True)),
        ("between 10 and 20 dollars", ("20", True)),
        ("10 to 25 bucks", ("25", True)),
        ("free or cheap", ("20", False)),
        ("under $1,000", ("1000", True)),
        ("under $20.50 each", ("20.50", True)),
        ("15 euros per person", ("15", True)),
        ("my budget is 40", ("40", True)),
        ("under 20", ("20", True)),
        ("around $20", ("20", False)),
        ("tickets for $5", ("5", False)),
        ("5 bucks", ("5", False)),
        ("cheap eats", ("20", False)),
        ("something on a budget", ("20", False)),
        ("cheap, under $15", ("15", True)),
        ("free or under $10", ("10", True)),
        ("free for kids under 5", ("free", True)),
    ],
)
def test_limits(message: str, expected: tuple[str, bool]) -> None:
    assert limit(message) == expected


@pytest.mark.parametrize(
    "message",
    [
        "free parking",
        "I'm free on Saturday",
        "are we free tomorrow",
        "gluten free food",
        "feel free to suggest something",
        "over $50",
        "within 20 miles",
        "under 30 minutes",
        "under 5 years old",
        "kids under 5",
        "max 25 people",
        "after 5 on Saturday",
        "a smoke-free venue",
        "a bake sale, peanut free",
        "wheat-free snacks",
        "home by 10 max",
        "we don't want to drive more than 15 minutes",
        "under fifty people",
    ],
)
def test_what_is_no_limit(message: str) -> None:
    assert limit(message) is None


@pytest.mark.parametrize(
    "message", ["any price", "price doesn't matter", "it doesn't have to be free", "money is no issue", "free or paid"]
)
def test_the_limit_is_taken_back(message: str) -> None:
    assert read(message, PARAMS).price.relative == "any"


def test_cheaper_is_half_of_the_limit_in_whole_units() -> None:
    assert cheaper_than(PriceLimit(Decimal(25), label="up to $25"), None, PARAMS) == PriceLimit(
        Decimal(12), label="up to $12"
    )


def test_cheaper_is_half_of_the_dearest_shown_when_there_is_no_limit() -> None:
    assert cheaper_than(None, Decimal("48.50"), PARAMS).max_price == Decimal(24)


def test_cheaper_than_next_to_nothing_is_free() -> None:
    assert cheaper_than(PriceLimit(Decimal(4)), None, PARAMS).free_only


def test_the_label_keeps_the_sign() -> None:
    assert read("under £15", PARAMS).price.limit == PriceLimit(Decimal(15), label="up to £15")
