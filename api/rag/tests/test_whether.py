"""Yes or no to what was asked about something told; and that the listing does not say, where it does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.rag.llm.whether import verdicts
from api.rag.params import UnderstandingParams
from api.rag.query.dates import understand_when
from api.rag.query.reading import read
from api.rag.query.text import blank
from api.rag.query.whether import find_whether, is_turned
from api.rag.tests.answer_rows import NOW, ZONE, at, facts
from api.rag.types import EventFacts, Whether

EVENING = {"start": at(21, 19, 30), "end": at(21, 22, 20)}
AFTERNOON = {"start": at(21, 14), "end": at(21, 16)}
MORNING = {"start": at(21, 9), "end": at(21, 12)}
TEN_TO_TWENTY = {"price_min": Decimal(10), "price_max": Decimal(20)}


def asked(message: str) -> Whether | None:
    said = read(message, UnderstandingParams(), through=True)
    hours = understand_when(
        blank(said.text, said.taken), now=NOW, zone=ZoneInfo(ZONE), country="US", context=None, about=message
    )
    return find_whether(said, hours if hours is not None and hours.time_only else None)


def row(**more: Any) -> EventFacts:
    return facts(1, more.pop("title", "Lantern Parlor"), more.pop("start", at(21, 14)), more.pop("end", None), **more)


@pytest.mark.parametrize(
    ("message", "record", "says", "what"),
    [
        ("is it OK for my 9-year-old?", {"age_min": 6, "age_max": 12}, "yes", "the listing says ages 6-12"),
        ("is it OK for my 9-year-old?", {"age_min": 21}, "no", "the listing says ages 21+"),
        ("is it OK for my 9-year-old?", {}, "unsaid", "for what ages it is"),
        ("is it ok for a 5 and a 9 year old?", {"age_max": 6}, "said", "the listing says ages up to 6"),
        ("can my 16 year old go in?", {"age_min": 18}, "no", "the listing says ages 18+"),
        ("is it 21 and over?", {"age_min": 21}, "yes", "the listing says ages 21+"),
        ("is it 21 and over?", {"age_min": 6, "age_max": 12}, "no", "the listing says ages 6-12"),
        ("is it 21 and over?", {"age_min": 0}, "said", "the listing says all ages"),
        ("is it for kids?", {"age_min": 6, "age_max": 12}, "said", "the listing says ages 6-12"),
        ("is it for kids?", {"age_min": 21}, "no", "the listing says ages 21+"),
        ("is it free?", {"is_free": True}, "yes", "it is free"),
        ("is it free?", TEN_TO_TWENTY, "no", "it costs $10-20"),
        ("is it free?", {}, "unsaid", "what it costs"),
        ("is it free for kids?", TEN_TO_TWENTY, "said", "it costs $10-20"),
        ("does it cost anything?", {"is_free": True}, "no", "it is free"),
        ("does it cost anything?", TEN_TO_TWENTY, "yes", "it costs $10-20"),
        ("is it under $25?", TEN_TO_TWENTY, "yes", "it costs $10-20"),
        ("is it under $5?", TEN_TO_TWENTY, "no", "it costs $10-20"),
        ("is it under $15?", TEN_TO_TWENTY, "said", "it costs $10-20"),
        ("is it online?", {"attendance": "online"}, "yes", "it is online"),
        ("is it online?", {}, "no", "it is in person"),
        ("is it in person?", {"attendance": "mixed"}, "yes", "it is both online and in person"),
        ("will it be over by 9?", EVENING, "no", "it ends at 10:20 PM"),
        ("will it be over by 11?", EVENING, "yes", "it ends at 10:20 PM"),
        ("will it be over by 5?", EVENING, "no", "it ends at 10:20 PM"),
        ("will it be over by 5?", AFTERNOON, "yes", "it ends at 4:00 PM"),
        ("will it be over by 11?", MORNING, "no", "it ends at 12:00 PM"),
        ("is it over by 11am?", EVENING, "no", "it ends at 10:20 PM"),
        ("will it be over by 9?", {}, "unsaid", "when it ends"),
        ("is it before my 7 o'clock dinner?", EVENING, "no", "it begins at 7:30 PM"),
        ("is it before my 7 o'clock dinner?", AFTERNOON, "yes", "it begins at 2:00 PM"),
        ("is it in the morning?", MORNING, "yes", "it begins at 9:00 AM"),
        ("is it at night?", MORNING, "no", "it begins at 9:00 AM"),
        ("does it start at 9?", MORNING, "yes", "it begins at 9:00 AM"),
        ("is it after 6?", {"all_day": True}, "unsaid", "at what time it begins"),
        ("is it in the morning?", {"start": at(21)}, "unsaid", "at what time it begins"),
        ("is it outdoors?", {"title": "Outdoor Market"}, "yes", "the listing says outdoor"),
        ("is it indoors?", {"title": "Outdoor Market"}, "no", "the listing says outdoor"),
        ("is it indoors?", {}, "unsaid", "whether it is indoors or outdoors"),
        ("is it wheelchair accessible?", {}, "unsaid", "how accessible the place is"),
        ("can I bring my dog?", {}, "unsaid", "whether dogs are welcome"),
        ("do they allow dogs?", {}, "unsaid", "whether dogs are welcome"),
    ],
)  # fmt: skip
def test_the_record_says_yes_or_no_or_nothing(message: str, record: dict[str, Any], says: str, what: str) -> None:
    question = asked(message)
    assert question is not None
    assert [(v.says, v.what) for v in verdicts(row(**record), question)] == [(says, what)]


def test_free_text_is_neither_a_yes_nor_a_no() -> None:
    question = asked("is it dog friendly?")
    assert question is not None
    [verdict] = verdicts(row(description="No dogs, please."), question)
    assert verdict.says == "said"


@pytest.mark.parametrize(
    "message",
    [
        "where is it?", "how much is it for kids?", "when is it over?", "what is it about?",
        "is it closed on Mondays?", "isn't it free?", "is it not free?", "is it only for adults?", "is it more than $20?",
        "is it too late for kids?", "is it indoors or outdoors?", "is it in the morning or evening?", "is it good?", "is it sold out?",
        "does it go past noon?", "is it a dog show?",
    ],
)  # fmt: skip
def test_what_a_yes_would_not_answer_is_not_asked(message: str) -> None:
    assert asked(message) is None


def test_a_yes_to_a_turned_question_says_the_opposite() -> None:
    assert is_turned("is it closed on Mondays?")
    assert is_turned("it isn't on Sunday, is it?")
    assert not is_turned("is it on Sunday too?")
