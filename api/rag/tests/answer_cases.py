"""Answers made by a generator that knows the truth: right ones, and the same ones with one fact made wrong.

The verdict does not lean on the guard's own reading: a wrong answer comes with the strings that must not be shown.
"""

from __future__ import annotations

import html
import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from api.rag.tests.answer_rows import NOW, TZ, facts
from api.rag.types import EventFacts, Source

TITLES = (
    "Harvest Moon Fiddle Jam",
    "Clay Whistle Workshop",
    "Little Sprouts Garden Hour",
    "Ridge Line Bird Walk",
    "Copper Kettle Trivia",
    "Paper Boat Regatta",
    "Velvet Lamp Poetry Slam",
    "Sourdough Starter Class",
    "Old Mill Square Dance",
    "Robotics Open Lab",
    "Stargazers on the Hill",
    "Knit and Natter Circle",
)
VENUES = (
    "Juniper Hall",
    "The Brass Anchor",
    "Willow Creek Barn",
    "Foundry Arts Loft",
    "Marigold Library",
    "Quarry Amphitheater",
    "Tallow Street Gym",
    "Osprey Point Lodge",
)
CITIES = ("Davis", "Winters", "Dixon", "Vacaville", "Esparto", "Woodland")
INVENTED = (
    "Crimson Lantern Parade",
    "Moonlight Symphony Picnic",
    "Galaxy Gala",
    "Zephyr Kite Derby",
    "Tiny Tuba Festival",
    "Emerald Isle Cook-off",
)
WORD_HOURS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@dataclass(frozen=True)
class Truth:
    """What a template may say of one event."""

    n: int
    title: str
    day: date
    start: int  # minute of the day
    end: int
    price: int  # 0 is free
    low: int
    high: int
    venue: str
    city: str

    def fields(self) -> dict[str, str]:
        d, m = self.day, MONTHS[self.day.month - 1]
        suffix = "th" if 10 < d.day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(d.day % 10, "th")
        hour = self.start // 60
        return {
            "n": str(self.n),
            "title": self.title,
            "wd": DAYS[d.weekday()],
            "wd3": DAYS[d.weekday()][:3],
            "month": m,
            "mon": m[:3],
            "day": str(d.day),
            "dth": f"{d.day}{suffix}",
            "iso": d.isoformat(),
            "slash": f"{d.month}/{d.day}",
            "t": clock(self.start),
            "tt": clock(self.start).replace(" ", "").lower(),
            "dots": clock(self.start).replace("PM", "p.m.").replace("AM", "a.m."),
            "t24": f"{hour:02d}:{self.start % 60:02d}",
            "short": short_clock(self.start),
            "word": f"{WORD_HOURS[hour % 12]} {'in the evening' if hour >= 17 else 'in the afternoon' if hour >= 12 else 'in the morning'}",
            "range": f"{clock(self.start)} to {clock(self.end)}",
            "dash": f"{short_clock(self.start)}-{short_clock(self.end)}",
            "until": clock(self.end),
            "price": "free" if not self.price else f"${self.price}",
            "money": "no charge" if not self.price else f"{self.price} dollars",
            "cost": "Free" if not self.price else f"${self.price}.00",
            "ages": f"ages {self.low}-{self.high}",
            "years": f"{self.low} to {self.high} year olds",
            "venue": self.venue,
            "city": self.city,
        }


def clock(minute: int) -> str:
    hour = minute // 60 % 24
    return f"{hour % 12 or 12}:{minute % 60:02d} {'AM' if hour < 12 else 'PM'}"


def short_clock(minute: int) -> str:
    hour = minute // 60 % 24
    text = f"{hour % 12 or 12}" + (f":{minute % 60:02d}" if minute % 60 else "")
    return f"{text}{'am' if hour < 12 else 'pm'}"


TEMPLATES = (
    "{title} [{n}] is on {wd}, {month} {day} at {t} at {venue} in {city}.",
    "You could try {title} [{n}] on {wd} at {tt}; it is {price}.",
    "On {wd}, {title} runs from {range} at {venue} [{n}].",
    "- **{title}** [{n}]: {wd}, {mon} {day}, {t}, {venue}, {city}. {cost}.",
    "- **{title}** [{n}]\n  - When: {wd}, {month} {dth}, {dash}\n  - Where: {venue}, {city}\n  - Cost: {cost}",
    "| {title} | {wd3} {slash} | {dash} | {venue} | {price} | [{n}] |",
    "🎉 {title} [{n}] 📅 {wd} {mon} {day} ⏰ {t} 📍 {venue} 💵 {cost}",
    "If your family likes a quiet hour, {title} [{n}] suits {ages} and starts at {dots} on {wd}.",
    "{title} happens on {iso} at {t24} [{n}].",
    "For {years}, there is {title} [{n}] at {venue} on the {dth}.",
    "I would pick {title} [{n}]. It starts at {t} on {month} {dth} and goes until {until}.",
    "1. {title} [{n}] – {wd3}, {mon} {day}, {dash} @ {venue} ({city}), {price}",
    "{title} [{n}] costs {money} and takes place in {city} on {wd} {word_or_t}.",
    "Head to {venue} in {city} on {wd} for {title} [{n}], {price}, {ages}.",
    "*{title}* [{n}] starts **{t}** on **{wd}, {month} {day}**, and it is _{price}_.",
    "> {title} [{n}] | {wd} | {range} | {cost}",
    "At {t} on {wd}, {title} [{n}] begins at {venue}.",
    "{title} [{n}]: {day} {month}, {t}.",
)
FRAMES = ("{}", "Here are some ideas.\n\n{}", "{}\n\nHave fun!", "{} Enjoy your day out.")


def rows(rng: random.Random) -> tuple[Truth, ...]:
    titles, venues = rng.sample(TITLES, 5), rng.sample(VENUES, 5)
    made = []
    for i in range(5):
        start = rng.choice(range(9 * 60, 20 * 60, 30))
        low = rng.choice((2, 3, 5, 8, 16))
        made.append(
            Truth(
                n=i + 1,
                title=titles[i],
                day=NOW.date() + timedelta(days=rng.randrange(1, 24)),
                start=start,
                end=start + rng.choice((60, 90, 120)),
                price=rng.choice((0, 5, 12, 15, 20, 35)),
                low=low,
                high=low + rng.choice((3, 6, 9)),
                venue=venues[i],
                city=rng.choice(CITIES),
            )
        )
    return tuple(made)


def event(truth: Truth) -> EventFacts:
    start = datetime.combine(truth.day, datetime.min.time(), TZ) + timedelta(minutes=truth.start)
    return facts(
        500 + truth.n,
        truth.title,
        start,
        start + timedelta(minutes=truth.end - truth.start),
        venue=truth.venue,
        city=truth.city,
        is_free=truth.price == 0,
        price_min=Decimal(truth.price),
        price_max=Decimal(truth.price),
        age_min=truth.low,
        age_max=truth.high,
        description="Bring water. Everyone is welcome.",
    )


def sources(made: tuple[Truth, ...]) -> tuple[Source, ...]:
    return tuple(Source(t.n, event(t)) for t in made)


def tell(template: str, truth: Truth) -> str:
    values = truth.fields()
    at_the_hour = truth.start % 60 == 0 and truth.start >= 720
    values["word_or_t"] = f"at {values['word']}" if at_the_hour else f"at {values['t']}"
    return template.format(**values)


def wrong(truth: Truth, others: tuple[Truth, ...], fact: str, rng: random.Random) -> Truth:
    match fact:
        case "date":
            return replace(truth, day=truth.day + timedelta(days=rng.choice((1, 2, 3, 8, 9, 31))))
        case "time":
            shift = rng.choice((30, 60, 150, 180))
            return replace(truth, start=truth.start + shift + 5, end=truth.end + shift + 25)
        case "price":
            return replace(truth, price=rng.choice([p for p in (0, 7, 18, 40, 99) if p != truth.price]))
        case "age":
            return replace(truth, low=truth.low + 1, high=truth.high + 13)
        case "venue":
            taken = {truth.venue}
            return replace(truth, venue=rng.choice([v for v in (*VENUES, "Obsidian Ballroom") if v not in taken]))
        case "city":
            return replace(truth, city=rng.choice([c for c in (*CITIES, "Sacramento") if c != truth.city]))
    raise ValueError(fact)


FACTS_OF = {
    "date": ("wd", "wd3", "day", "dth", "iso", "slash"),
    "time": ("t", "tt", "dots", "t24", "word", "range", "dash", "until"),
    "price": ("price", "money", "cost"),
    "age": ("ages", "years"),
    "venue": ("venue",),
    "city": ("city",),
}


@dataclass(frozen=True)
class Case:
    name: str
    sources: tuple[Source, ...]
    text: str
    forbidden: tuple[str, ...]  # regular expressions, without case


def right_cases(seed: int, count: int) -> Iterator[Case]:
    rng = random.Random(seed)
    for i in range(count):
        made = rows(rng)
        picked = rng.sample(made, rng.choice((1, 1, 2)))
        template = TEMPLATES[i % len(TEMPLATES)]
        body = "\n".join(tell(template, t) for t in picked)
        yield Case(f"right-{i}", sources(made), rng.choice(FRAMES).format(body), ())


def wrong_cases(seed: int, count: int) -> Iterator[Case]:
    rng = random.Random(seed)
    kinds = [*FACTS_OF, "invented", "number"]
    i = made_cases = 0
    while made_cases < count:
        i += 1
        made = rows(rng)
        truth, kind = rng.choice(made), kinds[i % len(kinds)]
        template = TEMPLATES[rng.randrange(len(TEMPLATES))]
        case = _wrong_case(f"{kind}-{i}", kind, template, truth, made, rng)
        if case is not None:
            made_cases += 1
            yield case


def _wrong_case(
    name: str, kind: str, template: str, truth: Truth, made: tuple[Truth, ...], rng: random.Random
) -> Case | None:
    frame = rng.choice(FRAMES)
    if kind == "invented":
        title = rng.choice(INVENTED)
        return Case(name, sources(made), frame.format(tell(template, replace(truth, title=title))), (re.escape(title),))
    if kind == "number":
        other = rng.choice([t for t in made if t.n != truth.n])
        n = rng.choice((other.n, 9, 77))
        mark = r"\[(?:9|77)\]" if n > 5 else rf"{re.escape(truth.title)}[*_]* \[{n}\]"
        return Case(name, sources(made), frame.format(tell(template, replace(truth, n=n))), (mark,))
    lie = wrong(truth, made, kind, rng)
    used = [f for f in FACTS_OF[kind] if "{" + f + "}" in template or (f == "word" and "word_or_t" in template)]
    true, false = truth.fields(), lie.fields()
    if kind == "time" and "word_or_t" in template:
        used = ["t"]
    told = [f for f in used if true[f] != false[f]]
    if not told:
        return None
    marks = tuple(
        rf"(?<![\w:]){re.escape(false[f])}(?![\w:])"
        for f in told
        if f != "day" and not (f == "wd3" and true["wd3"] == false["wd3"])
    )
    if not marks:
        marks = (rf"{false['month']} {false['day']}\b|\b{false['day']} {false['month']}",)
    return Case(name, sources(made), frame.format(tell(template, lie)), marks)


def disguise(text: str, mark: str, rng: random.Random, *, name: bool) -> str:
    """The first match of `mark` written so that it looks the same and reads otherwise to a careless eye."""
    m = re.search(mark, text, re.I)
    if m is None:
        return text
    told = m[0]
    cut = rng.randrange(1, len(told)) if len(told) > 1 else 0
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in told)
    bold = "".join(chr(0x1D7CE + int(c)) if c.isdigit() else c for c in told)
    choices = (
        f"**{told}**",
        f"{told[:cut]}**{told[cut:]}**",
        f"{told[:cut]}\u200b{told[cut:]}",
        f"{told[:cut]}\u2060{told[cut:]}",
        f"`{told}`",
        f"__{told[:cut]}__{told[cut:]}",
        f"{told[:cut]}&#{ord(told[cut])};{told[cut + 1 :]}",
        f"<b>{told[:cut]}</b>{told[cut:]}",
        wide,
        bold,
        told.upper(),
        told if name else told.lower(),  # a name nobody knows, in lower case, is only words: docs/answers.md
        told.replace("a", "\u0430").replace("o", "\u043e"),
        told.replace(" ", "\u00a0"),
        told.replace(" ", "  "),
        f"\u2728{told}\u2728",
    )
    return f"{text[: m.start()]}{rng.choice(choices)}{text[m.end() :]}"


def revealed(text: str) -> str:
    """The text as a person reads it on the page."""
    text = re.sub(r"<[^<>]*>", "", html.unescape(text))
    text = unicodedata.normalize("NFKC", text).translate(str.maketrans("\u0430\u043e", "ao"))
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn") and c not in "*_`")
    return re.sub(r"[ \t]+", " ", text)


def broken(text: str, rng: random.Random) -> Iterator[str]:
    """The text in deltas of one to nine characters."""
    at = 0
    while at < len(text):
        size = rng.randrange(1, 10)
        yield text[at : at + size]
        at += size
