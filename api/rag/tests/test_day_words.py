from __future__ import annotations

from datetime import date

import pytest

from api.rag.llm.day_words import in_a_sentence, in_full, with_capitals

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Sun, Nov 22", "today"),
        ("Sun, Nov 22, 5 PM – 3 AM", "today, 5 PM – 3 AM"),
        ("Sun, Nov 29", "on Sunday, November 29"),
        ("Sat, Nov 28, noon – 5 PM", "on Saturday, November 28, noon – 5 PM"),
        ("Sun, Nov 22 – Thu, Dec 31", "from today to Thursday, December 31"),
        ("Thu, Dec 31 – Sun, Jan 3", "from Thursday, December 31 to Sunday, January 3"),
        ("Dec 2026", "in December"),
        ("Jan 2027", "in January 2027"),
        ("Tue, Nov 24 and Thu, Nov 26", "on Tuesday, November 24 and Thursday, November 26"),
        ("Wednesdays, Nov 25 – Dec 16", ""),
    ],
)
def test_a_label_takes_the_preposition_of_its_days(label: str, said: str) -> None:
    assert in_a_sentence(label, SUNDAY) == said


def test_days_that_make_no_phrase_are_still_spelled_out() -> None:
    assert in_full("Wednesdays, Nov 25 – Dec 16", SUNDAY) == "Wednesdays, November 25 – December 16"


@pytest.mark.parametrize(
    ("typed", "told"), [("in december", "in December"), ("next friday", "next Friday"), ("in may", "in May"), ("what we may do", "what we may do")]
)  # fmt: skip
def test_days_and_months_have_capitals(typed: str, told: str) -> None:
    assert with_capitals(typed) == told
