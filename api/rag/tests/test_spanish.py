"""Simple Spanish is read as its English; titles, names and other languages stay as they were written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from api.rag.query.spanish import in_english
from api.rag.query.understand import understand
from api.rag.query.wire import understood_json
from api.rag.types import HistoryMessage, ParsedQuery, QueryContext

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)  # Wednesday noon in California


@pytest.fixture
def ask(places: Any) -> Any:
    def asked(message: str, **sent: Any) -> ParsedQuery:
        return understand(message, context=QueryContext(**sent), now=NOW, zone="America/Los_Angeles", gazetteer=places)

    return asked


@pytest.mark.parametrize(
    ("spanish", "english"),
    [
        ("¿Qué hay para niños este sábado en Santa Rosa?", "what is there for kids this saturday in Santa Rosa?"),
        ("que hacer este fin de semana", "what to do this weekend"),
        ("música en vivo mañana por la noche", "live music tomorrow night"),
        ("el domingo", "sunday"),
        ("¿y el próximo domingo?", "and next sunday?"),
        ("jazz hoy", "jazz today"),
        (
            "algo para mi hijo de 8 años el sábado por la mañana",
            "something for my 8 year old son saturday in the morning",
        ),
        ("talleres para niños de 5 a 8 años", "workshops for kids ages 5 to 8"),
        ("dos adultos y tres niños de 4 y 7 años hoy", "2 adults and 3 kids ages 4 and 7 today"),
        ("busco clases de yoga entre las 5 y las 8 de la noche", "looking for yoga classes between 5 and 8 pm"),
        ("después de las 7 y media", "after 7:30"),
        ("conciertos el 5 de diciembre", "concerts the 5 December"),
        ("¿dónde puedo ver las luces de navidad?", "where can i see the christmas lights?"),
        ("ferias navideñas", "christmas fairs"),
        ("¿qué eventos hay hoy?", "what events is there today?"),
        ("que sea gratis", "that is free"),
        ("quiero ir a bailar salsa el viernes", "i want go dancing salsa friday"),
        ("menos de 20 dólares", "under 20 dollars"),
        ("a menos de 10 millas de Napa", "within 10 miles of Napa"),
        ("nada de deportes", "no sports"),
        ("algo más barato", "something cheaper"),
        ("¿cuánto cuesta el primero?", "how much is it the first one?"),
        ("gracias", "thanks"),
        ("HAY CONCIERTOS HOY", "is there concerts today"),
        ("¿hablas español?", "do you speak spanish?"),
    ],
)
def test_spanish_is_read_as_its_english(spanish: str, english: str) -> None:
    assert in_english(spanish) == english


@pytest.mark.parametrize(
    "message",
    [
        "Dia de los Muertos in Petaluma",
        "Noche de Jazz",
        "Café y Chisme",
        "tacos y vino",
        "Familias al Aire Libre",
        "hay rides near Petaluma",
        "Placido Domingo",
        "sin city",
        "que sera sera",
        "la la land tonight",
        "cinco de mayo this year",
        "events for niños this weekend",
        "no me, a me, te",
        "free jazz for kids on Sunday",
        "concerts gratuits pour enfants samedi",
        "",
        "¿?",
    ],
)
def test_titles_and_other_languages_stay_as_they_are(message: str) -> None:
    assert in_english(message) == message


@pytest.mark.parametrize(
    ("spanish", "kept"),
    [
        ("hoy en los angeles", "los angeles"),
        ("mañana en Playa del Rey", "Playa del Rey"),
        ("eventos hoy en El Cerrito", "El Cerrito"),
        ("hoy en dos palos", "dos palos"),
        ('¿cuándo es "club de lectura"?', '"club de lectura"'),
    ],
)
def test_names_and_what_is_in_quotes_are_not_translated(spanish: str, kept: str) -> None:
    assert kept in in_english(spanish)


@pytest.mark.parametrize(
    ("spanish", "english"),
    [
        ("eventos gratis este fin de semana en Davis", "free events this weekend in Davis"),
        ("algo para niños de 5 a 8 años mañana por la tarde", "something for kids ages 5 to 8 tomorrow afternoon"),
        ("conciertos la próxima semana por menos de 20 dólares", "concerts next week for under 20 dollars"),
        ("talleres el sábado después de las 3 de la tarde", "workshops on saturday after 3 pm"),
        ("actividades al aire libre el 5 de diciembre", "outdoor activities on December 5"),
        ("mercado de agricultores los domingos en diciembre", "farmers market on sundays in december"),
        ("música en vivo esta noche a menos de 10 millas de Davis", "live music tonight within 10 miles of Davis"),
    ],
)
def test_its_constraints_are_those_of_the_english_question(ask: Any, spanish: str, english: str) -> None:
    def constraints(query: ParsedQuery) -> tuple[Any, ...]:
        when, place = query.when, query.place
        return (
            when and [(r.start, r.end) for r in when.ranges],
            place and (place.label, place.radius_miles),
            query.audience and (query.audience.age_min, query.audience.age_max, query.audience.ages),
            query.price,
            query.setting,
            query.interests,
        )

    assert constraints(ask(spanish)) == constraints(ask(english))


def test_what_was_written_is_kept_and_how_it_was_read_is_told(ask: Any) -> None:
    read = understood_json(ask("conciertos este sábado"))
    assert (read["message"], read["read_as"]) == ("conciertos este sábado", "concerts this saturday")
    assert [notice["code"] for notice in read["notices"]] == ["language"]
    english = understood_json(ask("concerts this saturday"))
    assert (english["message"], english["read_as"], english["notices"]) == ("concerts this saturday", "", [])


def test_a_conversation_goes_on_in_spanish(ask: Any) -> None:
    first = ask("conciertos este sábado en Davis")
    stored = ask("¿y el domingo?", ledger=first.ledger)
    replayed = ask("¿y el domingo?", history=(HistoryMessage("user", "conciertos este sábado en Davis"),))
    for query in (stored, replayed):
        assert query.when is not None
        assert (query.when.label, query.place and query.place.label, query.interests) == (
            "Sun, Nov 22",
            "Davis, CA, United States",
            first.interests,
        )
        assert "language" not in {notice.code for notice in query.notices}  # told once
