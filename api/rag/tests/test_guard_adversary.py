"""Answers that are wrong on purpose, by the hundred: none of the lies may be shown, and the truths must pass untouched."""

from __future__ import annotations

import random
import re

import pytest

from api.rag.guard import Guard
from api.rag.tests.answer_cases import Case, broken, disguise, revealed, right_cases, wrong_cases
from api.rag.tests.answer_rows import SOURCES, query

RIGHT, WRONG, DISGUISED = 400, 600, 400


def shown(case: Case, text: str, rng: random.Random) -> tuple[str, Guard]:
    guard = Guard(case.sources, query=query())
    return "".join(guard.feed(delta) for delta in broken(text, rng)) + guard.finish(), guard


def test_no_wrong_fact_of_600_answers_is_shown() -> None:
    rng = random.Random(20261120)
    leaked = []
    for case in wrong_cases(1, WRONG):
        output, _ = shown(case, case.text, rng)
        if any(re.search(mark, revealed(output), re.I) for mark in case.forbidden):
            leaked.append((case.name, case.text, output))
    assert leaked == []


def test_no_disguised_fact_of_400_answers_is_shown() -> None:
    rng = random.Random(7)
    leaked = []
    for case in wrong_cases(2, DISGUISED):
        text = case.text
        for mark in case.forbidden:
            text = disguise(text, mark, rng, name=case.name.split("-")[0] in ("venue", "city", "invented", "number"))
        output, _ = shown(case, text, rng)
        if any(re.search(mark, revealed(output), re.I) for mark in case.forbidden):
            leaked.append((case.name, text, output))
    assert leaked == []


def test_98_of_100_right_answers_pass_untouched() -> None:
    rng = random.Random(20261121)
    touched = [case.text for case in right_cases(3, RIGHT) if shown(case, case.text, rng)[0] != case.text]
    assert len(touched) <= 0.02 * RIGHT, touched[:5]


def test_every_wrong_answer_leaves_a_finding() -> None:
    rng = random.Random(5)
    silent = []
    for case in wrong_cases(4, 200):
        _, guard = shown(case, case.text, rng)
        report = guard.report()
        if not report.findings or report.corrected + report.withheld == 0:
            silent.append(case.text)
    assert silent == []


# One lie each, in ways a generator does not think of: (answer, what must not be shown)
LIES = (
    ("[3] Toddler Story Time is on Saturday.", r"\[3\]"),
    ("The source is: [2] Davis Farmers Market.", r"\[2\]"),
    ("Toddler Story Time [1] is lovely.\n\nIt's on Sunday.", "Sunday"),
    ("**Toddler Story Time** [1]\n\nWhen: Sunday\n\nWhere: Central Park", "Sunday|Central Park"),
    ("- Toddler Story Time [1]\n- Sunday at 9 PM\n- Central Park", "Sunday|9 PM|Central Park"),
    ("Toddler Story Time [1] is on the twenty-second.", "twenty-second"),
    ("Toddler Story Time [1] runs all weekend.", "all weekend"),
    ("Toddler Story Time [1] is on weekdays.", "weekdays"),
    ("Toddler Story Time [1] runs every Saturday.", "every"),
    ("Toddler Story Time [1] is on Saturdays.", "Saturdays"),
    ("Davis Farmers Market [3] is Sunday. It costs $7, and Toddler Story Time [1] is free.", r"\$7"),
    ("See Toddler Story Time [3] and Davis Farmers Market [1].", r"Time \[3\]|Market \[1\]"),
    ("Toddler Story Time [1] starts at half past eleven.", "eleven"),
    ("Toddler Story Time [1] is tomorrow night.", "night"),
    ("Toddler Story Time [1] is this Sunday.", "Sunday"),
    ("Toddler Story Time [1] is next Friday.", "Friday"),
    ("Toddler Story Time [1] is in two days.", "two days"),
    ("Toddler Story Time [1] is on the 23rd.", "23"),
    ("Toddler Story Time [1] runs November 21-23.", "23"),
    ("Toddler Story Time [1] runs every Sunday.", "Sunday"),
    ("Toddler Story Time [1] runs daily.", "daily"),
    ("Toddler Story Time [1] costs fifteen bucks.", "fifteen"),
    ("Toddler Story Time [1] costs five.", "five"),
    ("Tickets for Toddler Story Time [1] are ten each.", r"\bten\b"),
    ("Blue Door Jazz Quartet [2] is free.", "free"),
    ("Blue Door Jazz Quartet [2] has no cover charge.", "no cover"),
    ("Blue Door Jazz Quartet [2] costs €15.", "€"),
    ("Blue Door Jazz Quartet [2] is under $10.", r"\$10"),
    ("Blue Door Jazz Quartet [2] has free parking.", "free"),
    ("Blue Door Jazz Quartet [2] is sold out.", "sold"),
    ("Blue Door Jazz Quartet [2] has been cancelled.", "cancelled"),
    ("Blue Door Jazz Quartet [2] is online.", "online"),
    ("Blue Door Jazz Quartet [2] is for all ages.", "all ages"),
    ("Blue Door Jazz Quartet [2] welcomes kids under six.", "six"),
    ("Blue Door Jazz Quartet [2] is great for your 4-year-old.", "4-year"),
    ("Blue Door Jazz Quartet [2] is 21+.", "21"),
    ("Blue Door Jazz Quartet [2] is 2 miles away.", "2 miles"),
    ("Blue Door Jazz Quartet [2] lasts three hours.", "three hours"),
    ("Blue Door Jazz Quartet [2] starts in the morning.", "morning"),
    ("Blue Door Jazz Quartet [2] is a seven-minute walk.", "seven"),
    ("Blue Door Jazz Quartet [2] plays at the obsidian ballroom.", "obsidian"),
    ("Blue Door Jazz Quartet [2] plays in Davis.", "in Davis"),
    ("Blue Door Jazz Quartet [2] plays at Central Park.", "Central Park"),
    ("Call 530-555-0100 for Blue Door Jazz Quartet [2].", "555"),
    ("Mail jazz@evil.example to book [2].", "evil"),
    ("Blue Door Jazz Quartet [2] expects 900 guests.", "900"),
    ("Doors for Blue Door Jazz Quartet [2] open at 6:30 PM.", "6:30"),
    ("Blue Door Jazz Quartet [2] ends at 11 PM.", "11"),
    ("Blue Door Jazz Quartet [2] starts at 19:30.", "19:30"),
    ("Blue Door Jazz Quartet [2] starts at 1900 hours on 22/11.", "22/11"),
    ("Winter Choir Gala [6] is going ahead on December 5.", r"\[6\] is going"),
    ("Lantern Workshop [4] costs $5.", r"\$5(?!-)"),
    ("Lantern Workshop [4] costs $7-12.", r"\$7"),
    ("Lantern Workshop [4] ends at 4 PM.", "4 PM"),
    ("The Grand Zebra Ball is on Saturday at 9 PM.", "Zebra|9 PM"),
    ("Coachella is on this weekend.", "Coachella"),
    ("Also see \u201cthe midnight zebra social\u201d [2].", "zebra"),
    ("Visit [the site](https://evil.example/x) for tickets [2].", "evil"),
    ("See https://events.example.org/e/103 for the quartet [2].", "e/103"),
    ("![x](http://evil.example/a.png)", "evil"),
    ("<a href='http://evil.example'>Jazz</a> [2]", "evil|<"),
    ("&lt;img src=x onerror=alert(1)&gt; Jazz [2]", "<|&lt;"),
    ("javascript:alert(1) is the link [2].", "javascript"),
    ("Toddler Story Time [1] is on Sun\u200bday.", "Sunday|Sun\u200bday"),
    ("Toddler Story Time [1] is on S\u0443nday.", "S.nday"),
    ("Toddler Story Time [1] is on **Sun**day.", "Sun"),
    ("Toddler Story Time [1] is on S-u-n-d-a-y.", "S-u-n"),
    ("Toddler Story Time [1] is on &#83;unday.", "unday"),
    ("Toddler Story Time [1] is at \uff19 PM.", "\uff19|9 PM"),
    ("Toddler Story Time [1] is at 9\ufe0f\u20e3 PM.", "9"),
    ("Toddler Story Time [1] is at \u2468 PM.", "\u2468|9"),
    ("Toddler Story Time [1] is at \U0001f558.", "\U0001f558"),
    ("Toddler Story Time [1] is el domingo.", "domingo"),
    ("Toddler Story Time [1] is on Saturday at 10:30 AM. It costs $9.", r"\$9"),
    ("Toddler Story Time [1] is great.\n- When: Sunday\n- Where: Central Park", "Sunday|Central Park"),
    ("| Toddler Story Time | Sunday | 10:30 AM | [1] |", "Sunday"),
    ("### Sunday, November 22\n- Toddler Story Time [1] at 10:30 AM", r"22\n- Toddler Story Time \[1\] at"),
    (
        "On Saturday, see Toddler Story Time [1] and Davis Farmers Market [3].",
        "^On Saturday, see Toddler Story Time .1. and Davis Farmers Market .3.\\.$",
    ),
    ("Toddler Story Time [1] and Blue Door Jazz Quartet [2] are free.", "are free"),
    ("Davis Farmers Market [3] opens at 8 AM and Toddler Story Time [1] at 8 AM.", r"\[1\] at 8 AM"),
    ("Toddler Story Time [1] is tonight.", "tonight"),
    ("Toddler Story Time [1] happened yesterday.", "yesterday"),
    ("Toddler Story Time [1] is on 2027-11-21.", "2027"),
    ("Toddler Story Time [1] is Saturday, November 21, 2027.", "2027"),
    ("Toddler Story Time [1] is Sunday, November 21.", "Sunday"),
    ("Toddler Story Time [1] is on 12/21.", "12/21"),
    ("Toddler Story Time [1] is in December.", "December"),
    ("Toddler Story Time [1] is next weekend.", "next weekend"),
    ("Toddler Story Time [1] is in an hour.", "an hour"),
    ("There are 40 events tonight in Sacramento.", "40|Sacramento"),
    ("Meet Taylor Swift at Blue Door Jazz Quartet [2].", "Taylor"),
    ("Toddler Story Time [1] is at Stephens Library in Sacramento.", "Sacramento"),
    ("Where: Sacramento [1]", "Sacramento"),
    ("toddler story time [1] is on sunday at 9pm.", "sunday|9pm"),
    ("TODDLER STORY TIME [1] IS ON SUNDAY.", "SUNDAY"),
    ("Toddler Story Time [1] \u2014 Sunday, 22 Nov.", "Sunday|22 Nov"),
    ("Toddler Story Time [1] is 50% off.", "50"),
    ("Toddler Story Time [1] is half price.", "half price"),
    ("Toddler Story Time [1] is on Sunday [1].", "Sunday"),
    ("Is Toddler Story Time [1] on Sunday?", "Sunday"),
    ("Toddler Story Time isn't on Saturday but on Sunday [1].", "Sunday"),
    ("Toddler Story Time [1] begins at ten in the evening.", "evening"),
    ("Toddler Story Time [1] begins at quarter to ten.", "quarter"),
    ("Toddler Story Time [1] is from 10:30 AM to noon.", "noon"),
    ("Toddler Story Time [1] runs 10:30-12.", "12"),
    ("Toddler Story Time [1] is on Thanksgiving.", "Thanksgiving"),
    ("Toddler Story Time [1] is on Christmas Eve.", "Christmas"),
    ("Blue Door Jazz Quartet [2] costs 15 cents.", "15 cents"),
    ("Blue Door Jazz Quartet [2] costs CA$15.", r"CA\$"),
    ("Blue Door Jazz Quartet [2] costs $1,500.", "1,500"),
    ("Blue Door Jazz Quartet [2] is $15 for adults and $5 for kids.", r"\$5"),
    ("Blue Door Jazz Quartet [2] costs only $ 9.", r"\$ 9"),
    ("It is at 700 Main Street [2].", "700"),
    ("Jazz [2] is at 13 Main Street, Davis.", "Davis"),
    ("Source 2 says jazz is at 9pm (2).", "9pm"),
    ("Valley Film Festival [5] starts at 7 PM.", "7 PM"),
    ("Valley Film Festival [5] runs November 27-30 and costs $12.", "30|12"),
    ("Blue Door Jazz Quartet [2] – Sat, Nov 21 – 5-9:30 PM", "5-9"),
    ("Blue Door Jazz Quartet [2] – Nov 21 – 8 to 9:30 PM", "8 to 9|21 to"),
    ("Blue Door Jazz Quartet [2] – Nov 21 – 8 o'clock", "8 o|21 o'clock"),
    ("Blue Door Jazz Quartet [2]\n- When: Sat, Nov 21, nine thirty\n- Price: $15", "nine thirty"),
    ("Blue Door Jazz Quartet [2] costs eighty-five dollars.", "eighty|five"),
    ("Toddler Story Time [1] starts at 12 noon.", "noon"),
    ("Blue Door Jazz Quartet [2] is on Saturday; doors at 6.", "oors at"),
    ("Doors open at 6:30 PM, show at 7 PM for Blue Door Jazz Quartet [2].", "oors"),
    ("Blue Door Jazz Quartet [2] is $12 for members.", "members"),
    ("Blue Door Jazz Quartet [2] is $12 in advance, $20 at the door.", "advance|door\\b"),
    ("Blue Door Jazz Quartet [2]: kids under 5 free.", "kids|free"),
    ("Blue Door Jazz Quartet [2] has been running since 1998.", "since"),
    ("Blue Door Jazz Quartet [2] requires registration by November 21.", "registration"),
    ("Blue Door Jazz Quartet [2] has early-bird prices until Friday.", "early-bird"),
    ("Blue Door Jazz Quartet [2] is taught by Maria Lopez.", "taught by"),
    ("Blue Door Jazz Quartet [2] is presented by the Rotary Club.", "presented by"),
    ("Blue Door Jazz Quartet [2] is on the last Saturday in November.", "last"),
    ("Blue Door Jazz Quartet [2] is a weekly event.", "weekly"),
    ("Blue Door Jazz Quartet [2] is each week.", "each week"),
    ("Blue Door Jazz Quartet [2] starts at sixish.", "sixish"),
    ("Blue Door Jazz Quartet [2] starts at half six.", "half six"),
    ("Blue Door Jazz Quartet [2] starts in less than an hour.", "less than"),
    ("Blue Door Jazz Quartet [2] is next door to the post office.", "post office"),
    ("Blue Door Jazz Quartet [2] is around the corner from city hall.", "corner"),
    ("Blue Door Jazz Quartet [2] is downtown.", "downtown"),
    ("Blue Door Jazz Quartet [2] is in the heart of Davis.", "Davis"),
    ("Blue Door Jazz Quartet [2] is wheelchair accessible.", "wheelchair"),
    ("Blue Door Jazz Quartet [2] is dog-friendly.", "dog"),
    ("Blue Door Jazz Quartet [2] isn't until Sunday.", "Sunday"),
    ("Blue Door Jazz Quartet [2] doesn't start until 8 PM.", "8 PM"),
    ("Blue Door Jazz Quartet [2] is 20 minutes away.", "20|ison"),
    ("Blue Door Jazz Quartet [2] is cheaper than Lantern Workshop [4].", "cheaper"),
    ("Blue Door Jazz Quartet [2] is earlier than Toddler Story Time [1].", "earlier"),
    ("The cheapest is Blue Door Jazz Quartet [2].", "cheapest is Blue"),
    ("Blue Door Jazz Quartet [2] is the day before Toddler Story Time [1].", "day before"),
    ("Let me know if you want to go; Blue Door Jazz Quartet is free.", "free"),
    ("If you'd like something cheaper, it costs $5 on Sunday.", r"\$5|Sunday"),
    ("Book at bluedoorjazz.com [2].", "bluedoor"),
    ("Book at http://evil.example/a [2].", "evil| at \\["),
    ("Visit bit.ly/abc for tickets.", "bit.ly|  "),
    ("I have booked two seats at Blue Door Jazz Quartet [2].", "booked"),
    ("Your booking for Blue Door Jazz Quartet [2] is confirmed.", "confirmed"),
    ("I called the venue and Blue Door Jazz Quartet [2] is on.", "called"),
    (
        "Free this weekend:\n- Toddler Story Time [1] at 10:30 AM\n- Blue Door Jazz Quartet [2] at 7 PM",
        r"Free this(?s:.)*\[2\] at 7",
    ),
)


@pytest.mark.parametrize(("answer", "lie"), LIES)
def test_the_lie_is_not_shown(answer: str, lie: str) -> None:
    guard = Guard(SOURCES, query=query())
    output = guard.feed(answer) + guard.finish()
    assert re.search(lie, output) is None, output


# True of the rows and said in many ways: all pass as they are.
TRUTHS = (
    "[1] Toddler Story Time: Saturday, 10:30 AM.\n[3] Davis Farmers Market: Sunday, 8 AM.",
    "Toddler Story Time [1], Davis Farmers Market [3], Lantern Workshop.",
    "Toddler Story Time [1] is on November twenty-first.",
    "Blue Door Jazz Quartet [2] is on Saturday. It costs $15, unlike Toddler Story Time [1], which is free.",
    "Valley Film Festival [5] is on weekdays too.",
    "Toddler Story Time [1] is the first thing I would pick, and Lantern Workshop [4] the second.",
    "Two things stand out: Toddler Story Time [1] on Saturday at 10:30 AM and Davis Farmers Market [3] on Sunday at 8 AM.",
    "Toddler Story Time [1] (Saturday 10:30 AM, free) and then Lantern Workshop [4] (Sunday 2 PM, $5-12) make a nice pair.",
    "Start with Toddler Story Time at Stephens Library, which is free, then enjoy Blue Door Jazz Quartet at The Palms Playhouse for $15 [1][2].",
    "If jazz is more your thing, the Blue Door Jazz Quartet plays that night at 7 in Winters [2].",
    "Toddler Story Time [1] is tomorrow at 10:30 AM at Stephens Library.",
    "Toddler Story Time [1] is on Saturday morning, half past ten sharp, and it's free!",
    "Toddler Story Time [1] lasts an hour and is just right for your 4-year-old.",
    "This weekend in Davis you can hear songs and rhymes with Miss Paula at Toddler Story Time [1].",
    "Blue Door Jazz Quartet [2] plays at The Palms Playhouse in Winters on Saturday night from 7 to 9:30 PM for $15.",
    "Blue Door Jazz Quartet [2] is for ages 18 and up, led by Marla Quint, and seats 220.",
    "At 13 Main Street in Winters, Blue Door Jazz Quartet [2] starts at 7pm.",
    "Davis Farmers Market [3] runs 8-1 on Sunday the 22nd; bring a bag.".replace("8-1", "8am-1pm"),
    "Davis Farmers Market [3] is free, so feel free to drop in whenever you're free.",
    "Lantern Workshop [4] is $5 to $12 and welcomes ages six and up.",
    "Lantern Workshop [4] isn't free, but it costs just $5-12.",
    "Valley Film Festival [5] goes from Friday, November 27 to Sunday, November 29, all day, from $10.",
    "Next weekend, Valley Film Festival [5] comes to the Varsity Theatre.",
    "Winter Choir Gala [6] has been postponed.",
    "I found 6 events for you. Want me to look for something else?",
    "Hello! Tell me where you are and when you are free.",
    "Both Toddler Story Time [1] and Davis Farmers Market [3] are free.",
    "On Saturday, Toddler Story Time [1] starts at 10:30 AM, while Davis Farmers Market [3] opens on Sunday at 8 AM.",
    "Toddler Story Time [1] is at 10:30 AM, and Blue Door Jazz Quartet [2] follows at 7 PM.",
    "More at https://events.example.org/e/102 for Blue Door Jazz Quartet [2].",
    "| Event | When | Where | Price |\n|---|---|---|---|\n| Toddler Story Time [1] | Sat 11/21, 10:30am | Stephens Library | Free |",
    "For your 4-year-old under $20 this weekend in Davis, I would start here.",
    "Saturday, November 21\n- Toddler Story Time [1]: 10:30 AM\n\nSunday, November 22\n- Davis Farmers Market [3]: 8 AM",
    "It's a 2.5-hour evening of jazz standards: Blue Door Jazz Quartet [2].",
    "Toddler Story Time [1] is on Sat, Nov 21 at 10:30 AM.",
    "On Sun, Nov 22, there's Davis Farmers Market [3].",
    "**Nov. 22**\n\n- Davis Farmers Market [3], 8 o'clock, Central Park",
    "Blue Door Jazz Quartet [2] – Sat, Nov 21 – 7-9:30 PM – fifteen dollars",
    "Blue Door Jazz Quartet [2] – Nov 21 – 7 to 9:30 PM",
    "Davis Farmers Market [3] – Sunday, November 22 – 8 in the morning",
    "Blue Door Jazz Quartet [2] – 2026-11-21 – 19:00 – fifteen dollars",
    "Davis Farmers Market [3] is the day after Toddler Story Time [1].",
    "Toddler Story Time [1] is on the same day as Blue Door Jazz Quartet [2].",
    "Toddler Story Time [1] is on Saturday, and the next day Davis Farmers Market [3] opens at 8 AM.",
    "Davis Farmers Market [3] isn't until Sunday.",
    "Blue Door Jazz Quartet [2] doesn't start until 7 PM.",
    "Lantern Workshop [4] is cheaper than Blue Door Jazz Quartet [2].",
    "Toddler Story Time [1] is the earliest of all.",
    "Toddler Story Time [1] is free. Let me know if you'd like something cheaper, on Sunday, or for kids under 10!",
    "Would you like me to look for free events on Friday night instead?",
    "I found several events in the next few weeks.",
    "Blue Door Jazz Quartet [2] and Lantern Workshop [4] are fun. None of these are free.",
    "Davis Farmers Market [3] starts at eightish.",
    "Winters is about 12 miles from Davis, and that is where Blue Door Jazz Quartet [2] plays.",
)


@pytest.mark.parametrize("answer", TRUTHS)
def test_the_truth_passes_untouched(answer: str) -> None:
    guard = Guard(SOURCES, query=query())
    assert guard.feed(answer) + guard.finish() == answer
