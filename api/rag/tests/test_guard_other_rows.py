"""Rows of other shapes - online, a long run, cancelled, another currency, no price - asked about while UTC is a day ahead."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from api.rag.guard import Guard
from api.rag.tests.answer_cases import broken
from api.rag.tests.answer_rows import facts, query
from api.rag.types import EventFacts, Source

ZONE = "America/Toronto"
TZ = ZoneInfo(ZONE)
NOW = datetime(2026, 11, 24, 19, 30, tzinfo=TZ).astimezone(UTC)  # half past midnight in UTC


def at(day: int, hour: int = 0, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=TZ)


def row(n: int, title: str, start: datetime, end: datetime | None = None, **more: Any) -> Source:
    made: EventFacts = facts(n, title, start, end, **more)
    return Source(n, replace(made, zone=ZONE, city="Toronto", region="ON", country_code="CA"))


ROWS = (
    row(1, "Author Talk: Rivers", at(24, 21), at(24, 22, 15), venue="Ridge Road Books"),
    row(2, "Author Talk: Mountains", at(25, 18, 30), venue="Quail Books", price_min=Decimal(12), price_max=Decimal(12), currency="CAD"),
    row(3, "Virtual Poetry Night", at(26, 21), at(27), attendance="online"),
    row(4, "Winter Lights", at(20), at(4, month=1, year=2027), all_day=True, venue="Harbour Square", is_free=True),
    row(5, "Jazz Brunch", at(29, 11), at(29, 13), venue="The Cellar", status="cancelled"),
)  # fmt: skip
TRUTHS = (
    'Author Talk: Rivers [1] is tonight at 9.',
    'Author Talk: Rivers [1] starts in 90 minutes.',
    'Author Talk: Rivers [1] runs from 9 to 10:15 PM.',
    'Author Talk: Mountains [2] is tomorrow evening at 6:30 and costs CA$12.',
    'Author Talk: Mountains [2] costs $12.',
    'Virtual Poetry Night [3] is online on Thursday at 9 PM.',
    'Virtual Poetry Night [3] is online on Thursday from 9 PM to midnight.',
    'Winter Lights [4] runs until January 3.',
    'Winter Lights [4] is on every day.',
    'Winter Lights [4] is on now.',
    'Jazz Brunch [5] has been cancelled.',
    'Author Talk: Rivers [1] is on November 24th, 2026 at 21:00.',
    'Tonight: Author Talk: Rivers [1]. Tomorrow: Author Talk: Mountains [2].',
    'On Thursday there is a virtual poetry night [3].',
    'You have five events to choose from.',
    'Author Talk: Rivers [1] (9 PM, Ridge Road Books) and Author Talk: Mountains [2] (6:30 PM, Quail Books).',
)  # fmt: skip
LIES = (
    ('Author Talk: Rivers [1] is tomorrow at 7.', 'tomorrow'),
    ('Author Talk: Rivers [1] starts in five hours.', 'five'),
    ('Author Talk: Mountains [2] costs US$12.', 'US'),
    ('Author Talk: Mountains [2] costs 12 euros.', 'euros'),
    ('Author Talk: Mountains [2] runs until 8 PM.', '8 PM'),
    ('Author Talk: Mountains [2] is an hour long.', 'hour'),
    ('Virtual Poetry Night [3] is at The Cellar.', 'Cellar'),
    ('Virtual Poetry Night [3] is in person.', 'in person'),
    ('Winter Lights [4] runs until January 4.', 'January 4'),
    ('Winter Lights [4] ends this week.', 'this week'),
    ('Winter Lights [4] starts tomorrow.', 'tomorrow'),
    ('Jazz Brunch [5] is on Sunday at 11 AM.', '\\[5\\] is on Sunday at 11 AM\\.$'),
    ('Jazz Brunch [5] is going ahead.', '\\[5\\] is going ahead'),
    ('Both author talks, [1] and [2], are at Quail Books.', 'are at Quail Books'),
    ('Both author talks [1][2] are free.', 'free'),
    ('The brunch is at The Cellar at 10 AM.', '10 AM'),
    ('Author Talk: Rivers [1] is free.', 'free'),
    ('Author Talk: Rivers [1] probably costs around $10.', '\\$10'),
    ('Author Talk: Rivers [1] is a short walk from the CN Tower.', 'CN Tower'),
    ('Tonight: Author Talk: Mountains [2].', 'Tonight: Author Talk: Mountains \\[2\\]\\.$'),
    ('On Friday there is a virtual poetry night [3].', 'Friday'),
    ('On Friday there is a virtual poetry slam.', 'slam'),
    ('You have nine events to choose from.', 'nine'),
    ('I recommend booking early as seats are limited to 40.', '40'),
    ('Author Talk: Rivers [1] (6:30 PM, Quail Books) and Author Talk: Mountains [2] (9 PM, Ridge Road Books).', '6:30 PM, Quail Books\\) and'),
    ("Author Talk: Rivers [1] is tomorrow.", "tomorrow"),
    ("Author Talk: Mountains [2] is today.", "today"),
)  # fmt: skip


def shown(text: str) -> str:
    asked = query(
        message="what is on in Toronto?",
        now=NOW,
        zone=ZONE,
        when=None,
        place=None,
        audience=None,
        price=None,
        constraints=(),
    )
    guard, rng = Guard(ROWS, query=asked), random.Random(text)
    return "".join(guard.feed(delta) for delta in broken(text, rng)) + guard.finish()


def test_what_is_true_passes() -> None:
    assert [(text, told) for text in TRUTHS if (told := shown(text)) != text] == []


def test_what_is_not_true_does_not() -> None:
    assert [(text, told) for text, lie in LIES if re.search(lie, told := shown(text))] == []
