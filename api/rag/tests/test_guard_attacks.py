"""Lies that a generator does not think of, one at a time; and the ways in which people say true things."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from api.rag.guard import Guard
from api.rag.tests.answer_cases import broken
from api.rag.tests.answer_rows import MARKET, SOURCES, query
from api.rag.tests.guard_attacks import ATTACKS
from api.rag.types import Source

# As a model that means well writes them.
NATURAL = (
    "See the jazz concert [2] on Saturday.",
    "[4] A workshop for crafty kids of six and up.",
    'Here are some great options for a family with a 4-year-old this weekend in Davis.',
    'Toddler Story Time [1] is a wonderful way to spend Saturday morning with your little one.',
    'Blue Door Jazz Quartet [2] is an intimate jazz concert at The Palms Playhouse in Winters.',
    'Davis Farmers Market [3] is a lively Sunday market with forty growers and live bluegrass.',
    'Grab some hot cider and wander through the stalls at Davis Farmers Market [3].',
    'Lantern Workshop [4] is a hands-on craft workshop where you fold and paint a paper lantern.',
    'You could combine Toddler Story Time [1] on Saturday with the farmers market [3] on Sunday.',
    'Toddler Story Time [1] is on Saturday at 10:30 AM. The following day, Davis Farmers Market [3] runs from 8 AM to 1 PM.',
    'For a night out without kids, try Blue Door Jazz Quartet [2].',
    'Valley Film Festival [5] brings thirty short films from the Central Valley.',
    'If you are into film, Valley Film Festival [5] starts Friday, November 27.',
    'All of these are within easy reach of Davis.',
    'Let me know if you want something indoors, or a puppet show instead.',
    'I could not find a parade this weekend.',
    'There is no parade listed this weekend, but there is a farmers market [3].',
    'Would you like me to look for a music festival next month?',
    'Perfect for toddlers: Toddler Story Time [1].',
    'Great for kids and parents alike, Davis Farmers Market [3] is free.',
    'Have a wonderful weekend!',
    'Enjoy the show!',
    'Bring a blanket and arrive early.',
    'Sounds like a fun weekend!',
    'Afterwards, walk over to Central Park for the market [3] on Sunday.',
    'Winter Choir Gala [6] has been postponed, so check before you go.',
    'It is an evening of jazz standards in a cozy playhouse [2].',
    'Prefer music? Blue Door Jazz Quartet [2] performs Saturday at 7 PM.',
    'My top pick is Toddler Story Time [1].',
    'My top pick is the toddler story time [1] at the library on Saturday.',
    "Then there's the Davis Farmers Market [3] on Sunday morning, a great place to taste local food.",
    "It's a great chance to hear live bluegrass in the park [3].",
    'Tickets for Blue Door Jazz Quartet [2] are $15, which fits your budget of under $20.',
    'Note that Lantern Workshop [4] is $5-12.',
    'Kids will love the songs at Toddler Story Time [1].',
    'On Saturday you have a story time in the morning [1] and jazz in the evening [2].',
    'First, Toddler Story Time [1]; then, Davis Farmers Market [3].',
    'Honestly, the market [3] is my favorite: music, food and hot cider.',
    'In short: story time on Saturday [1], market on Sunday [3].',
    'Lantern Workshop [4] is at Pence Gallery on Sunday afternoon, just right for crafty kids.',
    'You might also enjoy Lantern Workshop [4], a creative paper-folding class.',
    'Happy to help you plan the rest of the day.',
    'It runs until 9:30 PM [2].',
    'Toddler Story Time [1] is recommended for ages 1-4.',
    'Since it is free, Toddler Story Time [1] is easy on the wallet.',
    'Toddler Story Time [1] takes place at Stephens Library, 315 E 14th Street.',
    'The Blue Door Jazz Quartet [2], led by Marla Quint, plays standards.',
    'Looking for something artsy? Lantern Workshop [4] with Ito Hanae is a hands-on option.',
    'Film fans should mark November 27 for the Valley Film Festival [5].',
    'Nothing else fits under $20 this weekend.',
    'These two are the best match for you.',
    'Pack a picnic and enjoy the sunshine.',
    'Arrive a bit early to get a good seat.',
    "Both events are in Davis, so you won't have to drive far.",
    "It's a great day for a walk in the park.",
    'Take a stroll, grab a coffee and enjoy your day together.',
    'What a lovely weekend to be outside with the family.',
    "Here's a quick plan for your weekend:",
    'Saturday morning: Toddler Story Time [1] at 10:30 AM.',
    'Sunday morning: Davis Farmers Market [3] from 8 AM to 1 PM.',
    'Sunday afternoon: Lantern Workshop [4] at 2 PM.',
    '- **Saturday, November 21:** Toddler Story Time [1] at Stephens Library',
    '- **What:** Songs, rhymes and picture books [1]',
    "- **Why you'll like it:** it's free and close by [1]",
    '1. **Toddler Story Time** [1] \u2013 free, ages 1-4',
    'Fun fact: Davis Farmers Market [3] has forty growers.',
    'In the mood for music? See Blue Door Jazz Quartet [2] on Saturday night at 7.',
    'Another option is Lantern Workshop [4].',
    'Another great option on Sunday is the lantern workshop [4].',
    'Start your weekend with a story time at the library [1].',
    'If the weather is nice, the market [3] is a treat.',
    'For something different, consider an art class: Lantern Workshop [4].',
    'The concert starts at 7 PM [2].',
    'The festival is all day [5].',
    "It's an outdoor market, so dress warmly [3].",
    'Your toddler can sing along to songs and rhymes at the story time [1].',
    'The quartet plays from 7 to 9:30 PM on Saturday [2].',
    "You'll find local produce, hot cider and live bluegrass music there [3].",
    'That said, ages 6+ are welcome at the workshop [4].',
    'I hope you find something fun!',
    'Would you rather have an event on Friday evening?',
    'Do you want to see cheaper options?',
    'You can see a jazz concert on Saturday evening [2].',
    "There's a toddler story time on Saturday morning [1] and a farmers market on Sunday [3].",
    "If story times are not your thing, there's a film festival next weekend [5].",
    'Kick off the weekend with stories, and end it with hot cider.',
)  # fmt: skip


def shown(answer: str, rng: random.Random) -> str:
    guard = Guard(SOURCES, query=query())
    return "".join(guard.feed(delta) for delta in broken(answer, rng)) + guard.finish()


def test_no_lie_of_400_is_shown() -> None:
    rng = random.Random(20261122)
    assert len(ATTACKS) >= 400
    leaked = [(answer, told) for answer, lie in ATTACKS if re.search(lie, told := shown(answer, rng))]
    assert leaked == []


def test_true_sentences_pass_as_they_are() -> None:
    rng = random.Random(3)
    assert [(text, told) for text in NATURAL if (told := shown(text, rng)) != text] == []


def test_short_words_of_assent_come_at_once() -> None:
    guard = Guard(SOURCES, query=query())
    words = ("Hm. ", "Hm. ", "Ah, ", "let ", "me ", "see. ", "Right. ", "Ok")
    assert [guard.feed(word) for word in words] == ["", "Hm. ", "Hm. ", "", "Ah, let me", " see.", " ", "Right. "]


def test_the_next_day_counts_from_what_was_told_before() -> None:
    rng = random.Random(4)
    text = "Toddler Story Time [1] is on Saturday. The next day, Davis Farmers Market [3] opens at 8 AM."
    assert shown(text, rng) == text
    wrong = "Davis Farmers Market [3] is on Sunday. The next day, Toddler Story Time [1] opens at 10:30 AM."
    assert "next day" not in shown(wrong, rng)


def test_a_sentence_about_all_events_must_be_true_of_all() -> None:
    rng = random.Random(5)
    told = "Toddler Story Time [1] and Davis Farmers Market [3] fit. "
    assert shown(f"{told}All of these are free.", rng) == f"{told}All of these are free."
    more = "Blue Door Jazz Quartet [2] and Davis Farmers Market [3] fit. "
    assert "free" not in shown(f"{more}All of these are free.", rng)


def test_what_is_opened_and_closed_on_a_day_is_its_first_and_last() -> None:
    rng = random.Random(6)
    text = "Valley Film Festival [5] opens on Friday, November 27 and ends on Sunday, November 29."
    assert shown(text, rng) == text
    assert "28" not in shown("Valley Film Festival [5] starts November 28.", rng)


def test_a_time_zone_that_is_not_the_venues_is_not_told() -> None:
    rng = random.Random(7)
    text = "Blue Door Jazz Quartet [2] starts at 7:00 PM PST."
    assert shown(text, rng) == text
    assert "Eastern" not in shown("Blue Door Jazz Quartet [2] starts at 7:00 PM Eastern.", rng)


def test_letters_that_cannot_be_read_are_not_shown() -> None:
    rng = random.Random(8)
    sunday = "\u0432\u043e\u0441\u043a\u0440\u0435\u0441\u0435\u043d\u044c\u0435"
    assert shown(f"Toddler Story Time [1]: {sunday}.", rng) == ""
    caf = "Caf\u00e9s and na\u00efve \u00e6sthetics are lovely."
    assert shown(caf, rng) == caf


def test_a_day_in_the_title_of_one_event_hides_no_day_told_of_another() -> None:
    brunch = Source(7, replace(MARKET, title="Sunday Jazz Brunch Club"))
    for text in (
        "Blue Door Jazz Quartet [2] is our Sunday Jazz pick.",
        "Blue Door Jazz Quartet [2] plays Jazz Sunday.",
    ):
        guard = Guard((*SOURCES, brunch), query=query())
        assert "Sunday" not in guard.feed(text) + guard.finish()


def test_part_of_a_title_stands_for_its_event_where_no_number_does() -> None:
    told = "Lantern Workshop [4] is on Sunday at 2 PM. "
    assert (
        shown(f"{told}The Jazz Quartet plays on Saturday at 7 PM.", random.Random(9))
        == f"{told}The Jazz Quartet plays on Saturday at 7 PM."
    )
    assert "Sunday" not in shown("The Jazz Quartet plays on Sunday.", random.Random(9))
