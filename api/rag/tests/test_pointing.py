"""What was told is pointed at by place, by number or by a pronoun; whatever only sounds like it points at nothing."""

from __future__ import annotations

import pytest

from api.rag.query.pointing import find_pointer

TOLD = ((1, 11), (3, 13), (2, 12), (4, 14), (5, 15))  # the second one told was source 3
SPOKEN_OF = (13,)
ALL, REST = (11, 13, 12, 14, 15), (11, 12, 14, 15)


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("when is the second one?", (13,)),
        ("and the third?", (12,)),
        ("tell me about the second", (13,)),
        ("the last one", (15,)),
        ("the first and third ones", (11, 12)),
        ("does the first one need a ticket and is the second one free", (11, 13)),
        ("show me the first two", (11, 13)),
        ("tell me more about the last two options", (14, 15)),
        ("the second one sounds good", (13,)),
        ("i like the second one", (13,)),
        ("is the second event good for kids?", (13,)),
        ("can i bring my dog to the first one", (11,)),
        ("how far is the last one from downtown?", (15,)),
        ("what about number 2?", (12,)),
        ("#3", (13,)),
        ("option 4 works", (14,)),
        ("more details on [2]", (12,)),
        ("is it free?", SPOKEN_OF),
        ("when does it start", SPOKEN_OF),
        ("tell me more", SPOKEN_OF),
        ("details please", SPOKEN_OF),
        ("is there parking?", SPOKEN_OF),
        ("do i need tickets?", SPOKEN_OF),
        ("how do we get there?", SPOKEN_OF),
        ("are you sure?", SPOKEN_OF),
        ("are you sure that's right?", SPOKEN_OF),
        ("who organises it?", SPOKEN_OF),
        ("where exactly?", SPOKEN_OF),
        ("send me a link", SPOKEN_OF),
        ("how much are tickets?", SPOKEN_OF),
        ("how old do you have to be?", SPOKEN_OF),
        ("is that right?", SPOKEN_OF),
        ("why did you pick that one", SPOKEN_OF),
        ("share it with my friend", SPOKEN_OF),
        ("remind me about it", SPOKEN_OF),
        ("sign us up please", SPOKEN_OF),
        ("show them on a map", ALL),
        ("book me a ticket for the first one", (11,)),
        ("are they free?", ALL),
        ("are any of them free?", ALL),
        ("the other one", REST),
        ("how much are the other ones?", REST),
        ("is the seventh one free?", ()),
        ("2", (12,)),
        ("what should we wear?", SPOKEN_OF),
        ("what are the hours?", SPOKEN_OF),
        ("who's hosting?", SPOKEN_OF),
        ("who is it for?", SPOKEN_OF),
        ("which book?", SPOKEN_OF),
        ("what is parking like?", SPOKEN_OF),
        ("do they have parking", ALL),
        ("when do doors open?", SPOKEN_OF),
        ("is there food?", SPOKEN_OF),
        ("which one would you pick?", SPOKEN_OF),
        ("which one is the biggest?", SPOKEN_OF),
        ("which of these is most fun", ALL),
        ("what's the difference between them?", ALL),
        ("why that one", SPOKEN_OF),
        ("what about parking", SPOKEN_OF),
        ("is there a line?", SPOKEN_OF),
        ("is it free to play", SPOKEN_OF),
        ("is either one free?", ALL),
        ("how far is that from salem?", SPOKEN_OF),
        ("how late does it go?", SPOKEN_OF),
        ("until what time?", SPOKEN_OF),
        ("until when is it on?", SPOKEN_OF),
        ("what does it cost for 4 people?", SPOKEN_OF),
        ("how much for two?", SPOKEN_OF),
        ("how much is parking?", SPOKEN_OF),
        ("what time should i arrive?", SPOKEN_OF),
        ("do they provide materials?", ALL),
        ("does it need tickets?", SPOKEN_OF),
        ("is there a group discount?", SPOKEN_OF),
        ("can my 12 year old come?", SPOKEN_OF),
        ("would a 10 year old like it?", SPOKEN_OF),
        ("can anyone join", SPOKEN_OF),
        ("are they both 21+?", ALL),
        ("are these good for a 4 year old?", ALL),
    ],
)
def test_what_is_asked_about(message: str, ids: tuple[int, ...]) -> None:
    pointer = find_pointer(message)
    assert pointer is not None
    assert pointer.manner == "about"
    assert pointer.resolve(TOLD, SPOKEN_OF) == ids


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("is it on sunday too?", SPOKEN_OF),
        ("is this on tomorrow as well", SPOKEN_OF),
        ("does it run all week?", SPOKEN_OF),
        ("is the first one on next week too?", (11,)),
        ("are they on next weekend?", ALL),
        ("when else is it on?", SPOKEN_OF),
        ("what other dates does it have?", SPOKEN_OF),
        ("any other dates?", SPOKEN_OF),
        ("what days does it run", SPOKEN_OF),
        ("does it repeat?", SPOKEN_OF),
        ("is it a weekly thing?", SPOKEN_OF),
        ("how often does it happen?", SPOKEN_OF),
        ("when's it on again", SPOKEN_OF),
        ("which days?", SPOKEN_OF),
        ("is it on every week?", SPOKEN_OF),
        ("does it meet every month", SPOKEN_OF),
        ("when is the next one?", SPOKEN_OF),
        ("when does it meet next", SPOKEN_OF),
        ("when does it meet next month?", SPOKEN_OF),
    ],
)
def test_when_else_it_is_on(message: str, ids: tuple[int, ...]) -> None:
    pointer = find_pointer(message)
    assert pointer is not None
    assert pointer.times
    assert pointer.resolve(TOLD, SPOKEN_OF) == ids


@pytest.mark.parametrize(
    "message",
    [
        "how late is the library open",
        "can my kids go somewhere fun",
        "would my dad enjoy jazz",
        "are there any this weekend?",
        "is there anything on sunday?",
        "what about sunday?",
        "the first one in december",
    ],
)
def test_other_days_of_what_is_looked_for_point_at_nothing(message: str) -> None:
    assert find_pointer(message) is None


@pytest.mark.parametrize(
    ("message", "order"),
    [
        ("which one is cheapest?", "price"),
        ("what's the cheapest one?", "price"),
        ("which of these is the nearest to me", "distance"),
        ("and which is closest?", "distance"),
        ("which of these is closest to downtown", "distance"),
        ("which one starts first?", "start"),
        ("which is soonest", "start"),
        ("the cheaper one", "price"),
        ("closest one", "distance"),
        ("cheapest one?", "price"),
        ("how far is the closest one", "distance"),
    ],
)
def test_which_of_them(message: str, order: str) -> None:
    pointer = find_pointer(message)
    assert pointer is not None
    assert (pointer.order, pointer.resolve(TOLD, SPOKEN_OF)) == (order, ALL)


@pytest.mark.parametrize(
    ("message", "manner", "left"),
    [
        ("anything like the second one on sunday?", "like", " on sunday?"),
        ("something similar to #3", "like", ""),
        ("show me more like the second one", "like", "show me "),
        ("anything but the second one", "not", ""),
        ("not the second one please", "not", " please"),
        ("something other than the second one in davis", "not", "something  in davis"),
        ("i don't like the second one", "not", "i "),
        ("already been to the second one", "not", ""),
        ("more like the second", "like", ""),
    ],
)
def test_what_is_wanted_of_it(message: str, manner: str, left: str) -> None:
    pointer = find_pointer(message)
    assert pointer is not None
    assert (pointer.manner, pointer.resolve(TOLD, ())) == (manner, (13,))
    start, end = pointer.span
    assert message[:start] + message[end:] == left


@pytest.mark.parametrize(
    ("message", "manner", "left"),
    [
        ("what else is at that venue?", "there", "what else is?"),
        ("anything else for kids at the same theater on friday", "there", "anything else for kids on friday"),
        ("any other shows by them?", "by", "any other shows?"),
        ("anything else from the same organizer next week", "by", "anything else next week"),
    ],
)
def test_what_else_there_is_where_or_by_whom(message: str, manner: str, left: str) -> None:
    pointer = find_pointer(message)
    assert pointer is not None
    assert (pointer.manner, pointer.resolve(TOLD, SPOKEN_OF)) == (manner, SPOKEN_OF)
    assert pointer.is_vague(TOLD, ())
    start, end = pointer.span
    assert message[:start] + message[end:] == left


@pytest.mark.parametrize(
    "message",
    [
        "more like this one",
        "anything like it on the weekend?",
        "something similar but cheaper",
        "show me events like that",
    ],
)
def test_more_like_this_needs_one_that_this_is(message: str) -> None:
    pointer = find_pointer(message)
    assert pointer is not None
    assert pointer.manner == "like"
    assert pointer.is_vague(TOLD, ())
    assert not pointer.is_vague(TOLD, SPOKEN_OF)
    assert not pointer.is_vague(TOLD[:1], ())


@pytest.mark.parametrize(
    "message",
    [
        "is it good for kids?",
        "is it wheelchair accessible",
        "is it on saturday too?",
        "does it have food?",
        "is it 21+?",
        "can we bring our dog?",
        "are dogs allowed?",
        "who's playing?",
    ],
)
def test_what_may_be_looked_for_is_asked_of_one_event_only(message: str) -> None:
    pointer = find_pointer(message)
    assert pointer is not None
    assert pointer.is_vague(TOLD, ())
    assert not pointer.is_vague(TOLD, SPOKEN_OF)
    assert pointer.resolve(TOLD, SPOKEN_OF) == SPOKEN_OF


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        ("i've seen those already", ALL),
        ("we know about these", ALL),
        ("you already showed me that", SPOKEN_OF),
        ("i've been to that one", SPOKEN_OF),
        ("none of these", ALL),
        ("nope, none of those work for us", ALL),
        ("i don't like any of them", ALL),
        ("not these please", ALL),
        ("not that", ALL),
    ],
)
def test_what_is_known_already_is_not_wanted(message: str, ids: tuple[int, ...]) -> None:
    pointer = find_pointer(message)
    assert pointer is not None
    assert (pointer.manner, pointer.resolve(TOLD, SPOKEN_OF)) == ("not", ids)


@pytest.mark.parametrize(
    ("message", "shift"),
    [
        ("anything earlier?", "earlier"),
        ("a bit earlier in the day", "earlier"),
        ("not that late", "earlier"),
        ("too late for us", "earlier"),
        ("later?", "later"),
        ("what's on later", "later"),
        ("anything later than that?", "later"),
        ("too early, later please", "later"),
        ("later", "later"),
        ("later!", None),
        ("something later in the week", None),
        ("see you later", None),
    ],
)
def test_other_hours_than_those_told(message: str, shift: str | None) -> None:
    pointer = find_pointer(message)
    assert (pointer.shift if pointer else None) == shift


@pytest.mark.parametrize(
    "message",
    [
        "is it possible to find something free?",
        "is that all?",
        "is that the only one?",
        "is this weekend better?",
        "can we go to a concert tonight?",
        "can we take the kids somewhere on sunday?",
        "can i rent a kayak on saturday",
        "are there kids events?",
        "the first one in december",
        "the last one before christmas",
        "the first two weeks of december",
        "the first one-act play",
        "what's on the second weekend",
        "what about the 2nd?",
        "number 10 bus tours",
        "open at number 10 downing street",
        "we like number 1 hits",
        "under $20 for 2",
        "my number 4 year old",
        "which of these are free?",
        "jazz or something like that",
        "any one of the options",
        "which one",
        "jazz tonight",
        "is there live music tonight?",
        "",
    ],
)
def test_what_points_at_nothing(message: str) -> None:
    assert find_pointer(message) is None


@pytest.mark.parametrize(
    ("message", "manner", "what", "left"),
    [
        ("tell me more about the jazz one", "about", "jazz", "tell me more about "),
        ("is the free one good for kids?", "about", "free", "is  good for kids?"),
        ("the one at the library", "about", "at the library", ""),
        ("what about the saturday one", "about", "saturday", "what about "),
        ("the farmers market one sounds good", "about", "farmers market", " sounds good"),
        ("anything like the puppet one on sunday?", "like", "puppet", " on sunday?"),
        ("not the library one", "not", "library", ""),
        ("anything but the one in petaluma", "not", "in petaluma", ""),
    ],
)
def test_what_it_is_points_at_it(message: str, manner: str, what: str, left: str) -> None:
    pointer = find_pointer(message)
    assert pointer is not None
    assert (pointer.manner, pointer.what, pointer.resolve(TOLD, ())) == (manner, what, ALL)
    start, end = pointer.span
    assert message[:start] + message[end:] == left


@pytest.mark.parametrize(
    "message",
    [
        "something for the little ones",
        "the younger one is 4",
        "just the free ones",
        "the kids want one",
        "the best one for toddlers",
        "i meant the one in illinois",
        "no, the one in illinois",
        "the museum is the one place we like",
        "the one-act festival",
    ],
)
def test_ones_that_are_none_of_those_told(message: str) -> None:
    pointer = find_pointer(message)
    assert pointer is None or not pointer.what


def test_a_place_in_the_list_counts_where_no_source_has_that_number() -> None:
    pointer = find_pointer("number 2")
    assert pointer is not None
    assert pointer.resolve(((4, 14), (7, 17)), ()) == (17,)
