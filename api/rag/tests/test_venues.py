"""A venue named in the question: its events and no others, wherever it is; a name that is none is only words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.rag.params import RetrievalParams, ScoringWeights
from api.rag.query.venue_words import venue_words
from api.rag.retrieval import retrieve
from api.rag.tests.records import NOW, event, venue
from api.rag.types import Constraint, ParsedQuery, Place
from api.rag.venues import at_venue
from events.models import Event

P = RetrievalParams()
DURHAM = (36.0, -78.9)
HERE = Place(
    5393287, "Santa Rosa, CA, United States", 38.44, -122.71, 10.0, "America/Los_Angeles", "US", "city", 1.0, ""
)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("what's on at Motorco this week?", "Motorco"),
        ("jazz at the Buskirk-Chumley", "Buskirk-Chumley"),
        ("is there anything at the Luther Burbank Center in December", "Luther Burbank Center"),
        ("story time @ central library please", "central library"),
        ("concerts at Golden Gate Park, free", "Golden Gate Park"),
        ("what about something at Ford-Crawford Hall?", "Ford-Crawford Hall"),
        ("and what about the Phoenix Theater?", "Phoenix Theater"),
        ("dinner at St. Mary's", "St. Mary's"),
        *((text, "") for text in (
            "live music at 7", "something to do at night", "trivia at a bar", "at least two bands", "how about comedy", "what about saturday?",
            "anything at home", "what about comedy club nights",
        )),
    ],
)  # fmt: skip
def test_what_may_be_a_venue(message: str, name: str) -> None:
    found = venue_words(message)
    assert (found.name if found is not None else "") == name


def asked(text: str, **fields: Any) -> ParsedQuery:
    interest = Constraint("interest", text, False, text)
    values = {"search_text": text, "place": HERE, "constraints": (interest,)} | fields
    return ParsedQuery(message=text, now=NOW, zone="America/Los_Angeles", **values)


def titles(query: ParsedQuery) -> list[str]:
    found = retrieve(query, None, weights=ScoringWeights(), params=P)
    names = dict(Event.objects.values_list("pk", "title"))
    return [names[c.event_id] for c in found.candidates]


@pytest.fixture
def motorco() -> Event:
    hall = venue("Motorco Music Hall", DURHAM, city="Durham", state="NC")
    event("Later band", starts=timedelta(days=9), at=hall, organizer="Cat's Cradle")
    event("Over", starts=timedelta(days=-2), at=hall)
    event("Band", starts=timedelta(days=2), at=hall, organizer="Cat's Cradle")
    event("Jam", at=venue("The Raven"), organizer="Cat's Cradle")
    event("Story time", at=venue("Central Library"))
    return Event.objects.get(title="Band")


@pytest.mark.django_db
def test_the_events_of_a_venue_wherever_it_is_the_next_first(motorco: Event) -> None:
    query = at_venue(asked("Motorco", venue="Motorco"), P)
    assert (query.at_venue, query.search_text, query.constraints) == ("Motorco Music Hall", "", ())
    assert titles(query) == ["Band", "Later band"]
    typo = at_venue(asked("Motocro", venue="Motorco Musik Hall"), P)
    assert typo.at_venue == "Motorco Music Hall"


@pytest.mark.django_db
def test_what_is_looked_for_there_stays(motorco: Event) -> None:
    query = at_venue(asked("jazz at Motorco", venue="Motorco", interests=("jazz",)), P)
    assert (query.search_text, query.interests) == ("jazz", ("jazz",))
    assert [c.label for c in query.constraints] == ["jazz"]


@pytest.mark.django_db
def test_a_name_that_no_venue_or_many_venues_have_is_only_words(motorco: Event) -> None:
    for n, town in enumerate(("Windsor", "Cotati", "Sonoma", "Petaluma")):
        event(f"Reading {n}", at=venue(f"{town} Library"))
    for name in ("the moon", "library"):
        query = asked(name, venue=name)
        assert at_venue(query, P) is query


@pytest.mark.django_db
def test_of_two_of_one_name_the_near_one_is_meant() -> None:
    far, near = venue("Central Hall", DURHAM), venue("Central Hall")
    event("Far", at=far)
    event("Near", at=near)
    assert titles(at_venue(asked("Central Hall", venue="Central Hall"), P)) == ["Near"]
    assert sorted(titles(at_venue(asked("Central Hall", venue="Central Hall", place=None), P))) == ["Far", "Near"]


@pytest.mark.django_db
def test_what_else_there_is_where_or_by_whom_something_told_was(motorco: Event) -> None:
    there = at_venue(asked("", same_venue_as=motorco.pk, exclude_event_ids=(motorco.pk,)), P)
    assert (there.at_venue, titles(there)) == ("Motorco Music Hall", ["Later band"])
    by_them = at_venue(asked("", same_organizer_as=motorco.pk, exclude_event_ids=(motorco.pk,)), P)
    assert (by_them.at_venue, sorted(titles(by_them))) == ("Cat's Cradle", ["Jam", "Later band"])
    nowhere = event("Somewhere")
    assert titles(at_venue(asked("", same_venue_as=nowhere.pk), P)) == []


@pytest.mark.django_db
def test_only_what_a_search_found_is_looked_at(motorco: Event) -> None:
    assert titles(at_venue(asked("Motorco", venue="Motorco", candidate_ids=(motorco.pk,)), P)) == ["Band"]
