"""Which of the events told before are meant by what is said of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from api.rag.picked import picked
from api.rag.query.dates.types import DateRange, When
from api.rag.tests.answer_rows import ZONE, at, facts
from api.rag.types import EventFacts, Pick

JAZZ = facts(1, "Late Set with the Trio", at(21, 20), venue="Blue Door", tags=("jazz",), price_min=Decimal(15))
PUPPETS = facts(2, "Sunday Puppet Parlor", at(22, 14), venue="Fourth Street Children's Library", is_free=True)
MARKET = replace(
    facts(3, "Farmers Market", at(21, 8), venue="Courthouse Plaza", city="Petaluma", is_free=True),
    description="With a jazz band.",
)
TOLD = [MARKET, JAZZ, PUPPETS]


def ids(told: list[EventFacts] | None = None, **said: Any) -> tuple[int, ...]:
    return picked(told or TOLD, Pick("about", (1, 2, 3), **said))


def then(start: datetime, end: datetime, *, time_only: bool = False) -> When:
    span = DateRange(start, end)
    return When(span, (span,), None, "day", "then", (), (), False, (), time_only, ZONE)


def test_a_word_of_the_title_the_place_or_the_tags() -> None:
    assert ids(words=("puppets",)) == (2,)
    assert ids(words=("library",)) == (2,)
    assert ids(words=("petaluma",)) == (3,)


def test_a_tag_says_more_than_a_description() -> None:
    assert ids(words=("jazz",)) == (1,)
    assert ids([MARKET, PUPPETS], words=("jazz",)) == (3,)


def test_two_that_fit_are_both_meant() -> None:
    assert ids(free=True) == (2, 3)
    assert ids(free=True, words=("library",)) == (2,)


def test_its_day_and_its_hour() -> None:
    assert ids(when=then(at(22), at(23))) == (2,)
    assert ids(when=then(at(25, 17), at(25, 23), time_only=True)) == (1,)


def test_online() -> None:
    assert ids([JAZZ, replace(PUPPETS, attendance="online")], online=True) == (2,)


def test_none_of_them() -> None:
    assert ids(words=("rodeo",)) == ()
