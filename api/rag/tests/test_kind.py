"""Topics, refusals, attendance, setting, access and titles, by the words people use."""

from __future__ import annotations

import pytest

from api.rag.params import UnderstandingParams
from api.rag.query.kind import access_need
from api.rag.query.leftover import remaining
from api.rag.query.reading import read
from api.rag.query.topics import TOPICS, exclusion_terms, topic_terms

PARAMS = UnderstandingParams()


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("live music", ["live music"]),
        ("any gigs or bands?", ["live music"]),
        ("concerts and comedy", ["live music", "comedy"]),
        ("farmers' market", ["farmers market"]),
        ("a farmer’s market", ["farmers market"]),
        ("book signings", ["author talk"]),
        ("stand-up", ["comedy"]),
        ("a movie", ["film"]),
        ("story time", ["storytime"]),
        ("tech meetups", ["tech meetup"]),
        ("board game night", ["games"]),
        ("wheelchair basketball", ["sports"]),
        ("virtual reality", ["tech meetup"]),
        ("5k", ["running"]),
        ("of course", []),
        ("date night", ["date night"]),
    ],
)
def test_topics(message: str, expected: list[str]) -> None:
    said = read(message, PARAMS)
    assert list(said.topics) == expected
    assert said.attendance is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("no sports", ["sports"]),
        ("nothing religious", ["religion"]),
        ("anything but comedy", ["comedy"]),
        ("no sports or politics", ["sports", "politics"]),
        ("no sports, religion or politics", ["sports", "religion", "politics"]),
        ("no sports, live music please", ["sports"]),
        ("no sports and no comedy", ["sports", "comedy"]),
        ("no rap or heavy metal", ["rap", "metal"]),
        ("no clowns or mimes", ["clowns", "mimes"]),
        ("not at a bar", ["bar"]),
        ("somewhere that's not a bar or library", ["bar", "library"]),
        ("we did a winery yesterday, something different today", ["wine"]),
        ("we did a winery yesterday", []),
        ("music but not loud", []),
        ("live music, we don't drink", ["alcohol"]),
        ("alcohol free new years", ["alcohol"]),
        ("I don't like opera", ["opera"]),
        ("not into hiking", ["hike"]),
        ("without alcohol", ["alcohol"]),
        ("things to do besides comedy", ["comedy"]),
        ("no clowns", ["clowns"]),
        ("not stand-up", ["stand up"]),
        ("skating but not ice skating", ["ice skating"]),
        ("any art except paint and sip", ["paint and sip"]),
        ("no video games", ["video games"]),
        ("plays but not the nutcracker", ["nutcracker"]),
        ("no yoga classes", ["yoga"]),
        ("no live music", ["live music"]),
        ("not the science museum", ["museum"]),
        ("no horror movies", ["horror"]),
        ("I don't like museums and galleries", ["museum", "art"]),
        ("I hate crowds and loud music", ["crowds"]),
        ("I hate sports and love jazz", ["sports"]),
        ("no sports and comedy in Davis", ["sports"]),
        ("fed up with breweries", ["beer"]),
        ("don't suggest hikes", ["hike"]),
        ("no events about politics", ["politics"]),
        ("no events for kids", []),
        ("the kids have no school on Friday", []),
        ("not during work hours", []),
        ("anything but bowling and movies", ["bowling", "film"]),
        ("we don't want a museum or a park", ["museum", "nature"]),
        ("no Christmas music", ["christmas"]),
        ("non religious holiday events", ["religion"]),
        ("no hikes longer than 3 miles", []),
        ("no long drives", []),
        ("nothing gory", []),
        ("without having to register", []),
        ("no later than 9pm", []),
        ("no problem", []),
        ("no more than 3 hours", []),
        ("not on Monday", []),
    ],
)
def test_refusals(message: str, expected: list[str]) -> None:
    assert list(read(message, PARAMS).excluded) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("online talks", "online"),
        ("a webinar", "online"),
        ("in person", "in_person"),
        ("in-person only", "in_person"),
        ("not online", "in_person"),
        ("a class from home", "online"),
        ("30 mins from home", None),
        ("work from home mom needs to get out", None),
        ("buy tickets online tickets", None),
    ],
)
def test_attendance(message: str, expected: str | None) -> None:
    found = read(message, PARAMS).attendance
    assert (found[0] if found else None) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("indoors", "indoor"),
        ("outdoor concerts", "outdoor"),
        ("not outdoors", "indoor"),
        ("open air cinema", "outdoor"),
        ("its raining what can we do", "indoor"),
        ("things to do when it rains", "indoor"),
        ("not in the rain", "indoor"),
        ("the weather is bad", "indoor"),
        ("too hot outside, something with AC", "indoor"),
        ("indoors or outdoors", None),
        ("both indoor and outdoor", None),
        ("just outside of Davis", None),
    ],
)
def test_setting(message: str, expected: str | None) -> None:
    found = read(message, PARAMS).setting
    assert (found[0] if found else None) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("wheelchair accessible", ["wheelchair"]),
        ("step-free access", ["wheelchair"]),
        ("sensory-friendly films", ["sensory"]),
        ("my autistic son", ["sensory"]),
        ("ASL interpreted", ["asl"]),
        ("open captions and a hearing loop", ["captions"]),
        ("stroller friendly", ["stroller"]),
        ("a blind date", []),
        ("live music but not loud", ["quiet"]),
        ("wheel chair accessible", ["wheelchair"]),
        ("my grandma can't walk much", ["wheelchair"]),
        ("she uses a cane", ["wheelchair"]),
    ],
)
def test_access(message: str, expected: list[str]) -> None:
    assert list(read(message, PARAMS).access) == expected


@pytest.mark.parametrize(
    ("message", "titles"),
    [
        ('is "The Nutcracker" on?', ("The Nutcracker",)),
        ("is “A Midsummer Night’s Dream” on?", ("A Midsummer Night's Dream",)),
        ("tickets for 'Cats' tonight", ("Cats",)),
        ("my kids' and parents' favourites", ()),
        ("it's what we're after", ()),
    ],
)
def test_quoted_titles(message: str, titles: tuple[str, ...]) -> None:
    assert read(message, PARAMS).quoted == titles


def test_nothing_is_read_inside_quotes() -> None:
    said = read('"Free Kids Comedy Under $5"', PARAMS)
    assert (list(said.topics), said.price.limit, said.audience.audience) == ([], None, None)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("What can I do this time?", ""),
        ("I want to go see some live music please", "live music"),
        ("Are there any free talks about the history of rock?", "talks about the history of rock"),
        ("looking for something with dinosaurs", "dinosaurs"),
        ("concerts, there's four of us", "concerts"),
        ("an event that isnt lame", ""),
        ("outdoor or indoor doesn't matter", ""),
        ("a 5 mile hike", "hike"),
        ("night life", "night life"),
        ("concerts while my son is at soccer practice", "concerts"),
        ("a class for my 7 year old and her grandma", "class"),
    ],
)
def test_what_is_left_carries_the_topic(message: str, text: str) -> None:
    assert remaining(read(message, PARAMS), []) == text


def test_terms_of_a_topic_are_single_lower_case_words() -> None:
    for name in TOPICS:
        assert all(term == term.lower() and " " not in term for term in topic_terms(name))
        assert exclusion_terms(name) <= topic_terms(name)


def test_a_kind_refuses_by_its_own_words() -> None:
    assert exclusion_terms("stand up") == {"standup", "stand-up"}
    assert exclusion_terms("ice skating") == {"ice", "ices"}
    assert exclusion_terms("ghost tours") == {"ghost", "ghosts"}


def test_refusing_jazz_does_not_refuse_music() -> None:
    assert "music" in topic_terms("jazz")
    assert "music" not in exclusion_terms("jazz")


def test_a_word_outside_the_table_stands_for_itself() -> None:
    assert topic_terms("clown") == {"clown", "clowns"}


def test_needs_are_named_alike_from_words_and_from_a_client() -> None:
    assert [access_need(n) for n in ("Wheelchair accessible", "sign_language", "own words")] == [
        "wheelchair",
        "asl",
        "own words",
    ]
