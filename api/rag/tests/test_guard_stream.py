"""The guard as a stream: cut anywhere, bounded, prompt with what is harmless."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.rag.guard import Guard
from api.rag.guard.normal import fold, normalise
from api.rag.params import GuardParams
from api.rag.tests.answer_rows import SOURCES, query
from api.rag.types import Relaxation

ANSWER = (
    "Hi! Here are things to do this weekend in Davis:\n\n"
    "- **Toddler Story Time** [1]: Sunday at 9 PM, Stephens Library. It's $5.\n"
    "- Blue Door Jazz Quartet [3] — tonight, 8–10 p.m., Central Park 🎷, fifteen dollars [99].\n\n"
    "You could also walk over to the Moonlight Parade. See [tickets](https://evil.example/x) &amp; <b>more</b> on S\u200bunday.\n"
    "Lantern Workshop [4] is on Sunday, November 22 at 2 PM and costs $5-12; ages 6+."
)
PARTS = st.sampled_from(
    [
        "Toddler Story Time", "Blue Door Jazz Quartet", " [1]", " [2]", "[3]", " [77]", " on ", "Sunday", "Sat", "urday", ", ", ". ", "\n", "\n\n", "- ", "**",
        "9 PM", "10:30 AM", " at ", "$", "15", "free", "Moonlight Parade", " in ", "Davis", "Winters", "<img ", "src=x>", "&lt;", "https://evil.example/x ",
        "[a](", ")", " walk over to the ", "it is ", "lovely and quiet ", "November 22", "|", "🎉", "\u200b", "9\ufe0f\u20e3", "e\u0301", "p.m.", "tomorrow ", " and ",
        "isn't ", "you", "...", "!", "\u2026", "1. ", "# ", "ages 3-5", "^", "you will like the park ", "\ud83d", "\x00", "\r",
    ]
)  # fmt: skip


def whole(text: str, **more: object) -> tuple[str, Guard]:
    guard = Guard(SOURCES, query=query(), **more)  # type: ignore[arg-type]
    return guard.feed(text) + guard.finish(), guard


def test_one_answer_split_at_every_byte_is_the_same_answer() -> None:
    expected, reference = whole(ANSWER)
    raw = ANSWER.encode()
    for at in range(len(raw) + 1):
        decoder, guard = codecs.getincrementaldecoder("utf-8")(), Guard(SOURCES, query=query())
        output = (
            guard.feed(decoder.decode(raw[:at])) + guard.feed(decoder.decode(raw[at:], final=True)) + guard.finish()
        )
        assert output == expected
        assert guard.report() == reference.report()


def test_one_answer_in_single_characters_is_the_same_answer() -> None:
    expected, reference = whole(ANSWER)
    guard = Guard(SOURCES, query=query())
    assert "".join(guard.feed(c) for c in ANSWER) + guard.finish() == expected
    assert guard.report() == reference.report()
    assert guard.cited_event_ids() == reference.cited_event_ids()


@settings(max_examples=150, deadline=None)
@given(st.lists(PARTS, max_size=40), st.data())
def test_any_text_cut_anywhere_gives_the_same_output(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    expected, reference = whole(text)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    guard, out, last = Guard(SOURCES, query=query()), "", 0
    for cut in [*cuts, len(text)]:
        out += guard.feed(text[last:cut])
        last = cut
    assert out + guard.finish() == expected
    assert guard.report() == reference.report()
    assert "<" not in expected
    assert "evil" not in expected
    assert "[77]" not in expected


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.integers(1, 7))
def test_arbitrary_unicode_never_fails_and_never_passes_a_tag(text: str, size: int) -> None:
    guard = Guard(SOURCES, query=query())
    output = "".join(guard.feed(text[i : i + size]) for i in range(0, len(text), size)) + guard.finish()
    assert output == whole(text)[0]
    assert "<" not in output
    output.encode()


def test_a_judged_output_is_stable() -> None:
    once, _ = whole(ANSWER)
    again, guard = whole(once)
    assert again == once
    assert guard.report().corrected == 0


def test_harmless_words_are_shown_while_the_sentence_is_still_being_written() -> None:
    guard = Guard(SOURCES, query=query())
    words = ("If ", "you ", "like ", "quiet ", "places, ", "try ", "Toddler ", "Story ")
    assert [guard.feed(word) for word in words] == ["", "", "If you like", " quiet", " places,", " try", "", ""]


def test_a_possible_claim_is_held_until_it_is_verified() -> None:
    guard = Guard(SOURCES, query=query())
    assert guard.feed("- Toddler Story Time [1] is on Satur") == ""
    assert guard.feed("day.") == ""
    assert guard.feed(" It") == "- Toddler Story Time [1] is on Saturday. "


def test_a_dropped_sentence_whose_start_was_shown_says_so() -> None:
    output, guard = whole("You could also walk over to the Moonlight Parade tonight. Enjoy!")
    assert output == "You could also walk… (left out: not in the listings) Enjoy!"
    assert guard.report().withheld == 1


def test_cited_events_come_in_the_order_of_their_first_mention() -> None:
    _, guard = whole("Lantern Workshop [4] is fun. So is Toddler Story Time [1]. And [4] again, or [2, 77].")
    assert guard.cited_event_ids() == (104, 101, 102)


def test_unknown_numbers_vanish_and_lists_of_numbers_become_single_ones() -> None:
    assert whole("Lovely music [2, 77] and [9].")[0] == "Lovely music [2] and."


def test_the_report_counts_what_was_checked_corrected_and_withheld() -> None:
    _, guard = whole("Toddler Story Time [1] is on Sunday at 10:30 AM. The Zebra Ball is at 9 PM.")
    report = guard.report()
    assert (report.checked, report.corrected, report.withheld) == (4, 1, 1)
    assert [(f["kind"], f["text"], f["outcome"]) for f in report.findings] == [
        ("date", "Sunday", "corrected"),
        ("name", "Zebra Ball", "withheld"),
    ]


def test_counted_ways_out_are_repeated_as_they_stand() -> None:
    ways = (Relaxation("7 tomorrow", 7, {}), Relaxation("3 within 25 miles", 3, {}))
    text = "Nothing fits. If you can bend a little, there are: 7 tomorrow; 3 within 25 miles."
    assert whole(text, relaxations=ways)[0] == text
    assert whole(text)[0] == "Nothing fits. If you can bend a little, there are:… (left out: not in the listings)"


def test_an_endless_word_is_bounded() -> None:
    guard = Guard(SOURCES, query=query(), params=GuardParams(max_unit_chars=200, max_answer_chars=1000))
    output = guard.feed("x" * 10_000_000) + guard.finish()
    assert output == "x" * 1000


def test_a_sentence_without_an_end_is_cut_at_a_space() -> None:
    guard = Guard(SOURCES, query=query(), params=GuardParams(max_unit_chars=60, max_answer_chars=1000))
    text = "we walk and talk and sing and dance and " * 5
    assert guard.feed(text) + guard.finish() == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Toddler Story Time [2] is on Saturday.", "Toddler Story Time [1] is on Saturday."),
        ("Winter Choir Gala [6] is in December.", "Winter Choir Gala [6] (postponed) is in December."),
        (
            "### Saturday\n- Davis Farmers Market [3] at 8 AM",
            "### Saturday\n- Davis Farmers Market [3] (Sunday, November 22) at 8 AM",
        ),
        ("Blue Door Jazz Quartet [2] has free parking.",
         "Blue Door Jazz Quartet [2]: Saturday, November 21, 7:00 PM to 9:30 PM, The Palms Playhouse, Winters, $15."),
        ("Lantern Workshop [4] is at 3 PM at Central Park.", "Lantern Workshop [4] is at 2:00 PM at Pence Gallery."),
    ],
)  # fmt: skip
def test_what_the_reader_sees_instead(text: str, expected: str) -> None:
    assert whole(text)[0] == expected


def test_a_character_reads_the_same_in_plain_english_and_beside_other_letters() -> None:
    for char in map(chr, range(128)):
        assert normalise(f"{char}é") == f"{normalise(char)}é"
        assert fold(f"{char}é") == f"{fold(char)}e"
