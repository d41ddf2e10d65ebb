"""Facts are remembered by the versions of their rows: what was changed is read again, what was not is the same object."""

from __future__ import annotations

import pytest

from api.rag import hydrate
from api.rag.hydrate import load_facts
from api.rag.tests.records import SANTA_ROSA, event, venue
from events.models import Event, Occurrence, Venue

outside_a_transaction = pytest.mark.django_db(transaction=True)


def occurrence_of(e: Event) -> int:
    return Occurrence.objects.get(event=e).pk


@outside_a_transaction
def test_what_was_not_changed_is_the_same_object_and_what_was_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hydrate, "_remembered", hydrate._Remembered())
    at = venue("Elm Hall", SANTA_ROSA)
    shown, other = event("Swing", at=at), event("Chess")
    ids = [id_, _] = [occurrence_of(shown), occurrence_of(other)]
    first = load_facts(ids)
    told = [first[id_]]
    for change in (
        lambda: None,
        lambda: Event.objects.filter(pk=shown.pk).update(title="Swing in the park"),
        lambda: Occurrence.objects.filter(pk=id_).update(status="cancelled"),
        lambda: Venue.objects.filter(pk=at.pk).update(name="Oak Hall"),
        lambda: Event.objects.filter(pk=other.pk).update(duplicate_of=shown),
    ):
        change()
        told.append(load_facts(ids)[id_])
    assert [(f.title, f.status, f.venue, merged) for f, merged in told] == [
        ("Swing", "scheduled", "Elm Hall", ()),
        ("Swing", "scheduled", "Elm Hall", ()),
        ("Swing in the park", "scheduled", "Elm Hall", ()),
        ("Swing in the park", "cancelled", "Elm Hall", ()),
        ("Swing in the park", "cancelled", "Oak Hall", ()),
        ("Swing in the park", "cancelled", "Oak Hall", (other.pk,)),
    ]
    assert told[1][0] is told[0][0]
    assert told[5][0] is told[4][0]
    Event.objects.filter(pk=other.pk).delete()
    assert list(load_facts(ids)) == [id_]
    monkeypatch.setattr(hydrate, "REMEMBERED", 1)
    late = occurrence_of(event("Yoga"))
    assert {n: facts.title for n, (facts, _) in load_facts([late, id_]).items()} == {
        id_: "Swing in the park",
        late: "Yoga",
    }
    assert list(hydrate._remembered._facts) == [late]


@pytest.mark.django_db
def test_inside_a_transaction_facts_are_read_as_they_stand_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hydrate, "_remembered", remembered := hydrate._Remembered())
    e = event("Swing", at=venue("Elm Hall", SANTA_ROSA))
    id_ = occurrence_of(e)
    told = [load_facts([id_])[id_][0].title]
    Event.objects.filter(pk=e.pk).update(title="Swing in the park")
    told.append(load_facts([id_])[id_][0].title)
    assert told == ["Swing", "Swing in the park"]
    assert remembered._facts == {}
