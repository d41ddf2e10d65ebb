"""What is asked for by name and does not take place is told so; what nobody named is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.rag.called_off import called_off
from api.rag.params import RetrievalParams
from api.rag.query.dates import DateRange, When
from api.rag.tests.records import NOW, event, venue
from api.rag.types import ParsedQuery, Place
from events.models import Event, Occurrence

pytestmark = pytest.mark.django_db
P = RetrievalParams()
DAY = timedelta(days=1)
FAR = (36.0, -78.9)
HERE = Place(
    5393287, "Santa Rosa, CA, United States", 38.44, -122.71, 10.0, "America/Los_Angeles", "US", "city", 1.0, ""
)


def asked(message: str, words: str = "", *, day: int | None = None, **fields: Any) -> ParsedQuery:
    when = None
    if day is not None:
        span = DateRange(NOW + day * DAY, NOW + (day + 1) * DAY)
        when = When(span, (span,), None, "day", "then", (), (), False, (), False, "America/Los_Angeles")
    return ParsedQuery(
        message=message, now=NOW, zone="America/Los_Angeles", search_text=words or message, when=when, **fields
    )


def told(query: ParsedQuery) -> list[tuple[str, str]]:
    return [(e.facts.title, e.facts.status) for e in called_off(query, (), P)]


@pytest.fixture(autouse=True)
def show() -> Event:
    event("Other talk", starts=DAY, at=venue("The Raven"), status="cancelled")
    return event("Common Threads", starts=2 * DAY, at=venue("The Raven"), status="cancelled")


@pytest.mark.parametrize(
    "message",
    [
        "when is common threads?",
        "Common Threads at the Raven, when?",
        "is Common Threads still on?",
        "was common threads postponed",
        "is common thread cancelled",
    ],
)
def test_it_is_told_by_its_name(message: str) -> None:
    assert told(asked(message)) == [("Common Threads", "cancelled")]


@pytest.mark.parametrize(
    "message", ["crafts with common materials", "common threads", "when is the talk?", "is there a show on tonight?"]
)
def test_nobody_asked_whether_it_takes_place(message: str) -> None:
    assert told(asked(message)) == []


def test_a_title_in_quotes_is_a_name() -> None:
    assert told(asked('"common threads"', quoted=("common threads",))) == [("Common Threads", "cancelled")]


def test_one_date_of_a_series_on_the_days_asked_about() -> None:
    series = event("Family Story Time", starts=[3 * DAY, 10 * DAY], at=venue("Library"))
    Occurrence.objects.filter(event=series, start=NOW + 10 * DAY).update(status="cancelled")
    assert told(asked("is the family story time still happening?", day=10)) == [("Family Story Time", "cancelled")]
    assert told(asked("is the family story time still happening?", day=3)) == []


def test_what_is_over_or_far_away_is_not_meant() -> None:
    event("Harvest Dance", starts=-3 * DAY, at=venue("Hall"), status="cancelled")
    event("Winter Dance", starts=3 * DAY, at=venue("Hall", FAR), status="cancelled")
    assert told(asked("is the harvest dance cancelled?")) == []
    assert told(asked("is the winter dance cancelled?", place=HERE)) == []
    assert told(asked("is the winter dance cancelled?")) == [("Winter Dance", "cancelled")]
