"""What is claimed without a digit, a weekday or a sign: 'at sunset', 'a tenner', 'called off', 'for teens', 'the next day'."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from api.rag.guard.cued import DIGITS, cued
from api.rag.guard.days import FEASTS, feast
from api.rag.guard.rows import WORD
from api.rag.guard.values import AgeClaim, Claim, DayClaim, Kind, PriceClaim, Span, StatusClaim, TextClaim, TimeClaim
from api.rag.guard.view import Word
from api.rag.guard.vocabulary import GROUPS, NUMBERS_ELSEWHERE, TOWN_PAIRS, TOWNS, WEEKDAYS_ELSEWHERE
from api.rag.guard.words import MONTHS, NUMBERS, ORDINALS, WEEKDAYS

_COUNT = "|".join(sorted((*NUMBERS, r"\d{1,4}"), key=len, reverse=True))
_ORD = "|".join(sorted(ORDINALS, key=len, reverse=True))
_MON = "|".join(sorted((m for m in MONTHS if len(m) > 3), key=len, reverse=True))
_WD = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_FAR = "|".join(sorted(NUMBERS_ELSEWHERE, key=len, reverse=True))
_DIGIT = "zero|oh|one|two|three|four|five|six|seven|eight|nine"

# True when the event's own text holds these words.
_SAID_WORDS: tuple[tuple[Kind, str, str], ...] = (
    ("time", "sun|dawn|dusk|daybreak|nightfall|twilight|lunch|dinner|supper|breakfast|bed|tea|first light|happy hour|last call", r"\b(?:at|before|after|until|till|around|from|by|near|over|during|past)\s+(?:the\s+)?(?P<c>sun ?set|sun ?rise|sundown|dawn|dusk|daybreak|nightfall|twilight"
     r"|dinner ?time|supper ?time|breakfast(?: ?time)?|bed ?time|tea ?time|first light|happy hour|last call)\b"),
    ("time", "late|into the|overnight|all night|clock", r"\b(?P<c>(?:until|till|til) late|(?:late )?into the (?:night|evening|small hours|wee hours)|overnight|all night(?: long)?|(?:a)?round the clock)\b"),
    ("date", "weekly|monthly|annually|fortnightly|quarterly|year|every | month| in ", r"\b(?P<c>bi-?(?:weekly|monthly)|weekly|monthly|annually|fortnightly|quarterly|year[- ]round|every other [a-z]+|every (?:second|third) [a-z]+"
     rf"|(?:first|second|third|fourth|last) (?:{_WD}) (?:of|in) (?:(?:the|each|every) month|{_MON}))\b"),
    ("date", "easter|boxing|labo|memorial|mother|father|veterans|presidents|new year|hanukkah|kwanzaa|passover|ramadan|eid|diwali|mardi|juneteenth|cinco|super bowl", r"\b(?:on|this|next|for|before|after|until|over) (?P<c>easter(?: sunday| monday)?|boxing day|labou?r day|memorial day|mother's day|father's day|veterans day"
     r"|presidents day|new year(?!'s (?:eve|day))|hanukkah|kwanzaa|passover|ramadan|eid|diwali|mardi gras|juneteenth|cinco de mayo|super bowl sunday)\b"),
    ("time", "late", r"\b(?:goes|runs|stays open|keeps going) (?P<c>late)\b"),
    ("place", "next|across|corner|behind|opposite|steps from", r"\b(?P<c>(?:next (?:door )?to|across (?:the (?:street|road) )?from|around the corner from|directly opposite|right behind|steps from) (?:the |a |an )?[a-z'-]+(?: [a-z'-]+)?)"),
    ("place", "downtown|midtown|uptown|waterfront|riverfront", r"\b(?:in|at|on|is) (?:the )?(?P<c>downtown|midtown|uptown|waterfront|riverfront)\b"),
    ("place", "walking|short|quick|easy", r"\b(?P<c>walking distance|an? (?:short|quick|easy) (?:walk|drive|stroll|ride))\b"),
    # a list is never all there is
    ("number", "the only", r"\bthe (?P<c>only) (?:[a-z-]+ ){0,2}?(?:event|show|concert|option|one|place|thing)\b(?! (?:i |here|listed|on my|in my|that is listed))"),
    ("number", "only", r"(?:^|, )(?P<c>only) (?:the )?(?:[a-z'-]+ ){0,3}(?=\x01)"),
    ("place", "indoor", r"(?:\b(?:is|are|it's|they're|held|place|happens|runs|all|fully|mostly|and|an?)|[,:–-]) (?P<c>indoors?)\b(?! or\b)"),
    ("place", "included|provided|supplied", r"\b(?P<c>[a-z]+) (?:(?:is|are) )?(?:all )?(?:included|provided|supplied)\b"),
    ("place", "biggest|largest|oldest|busiest|popular|most|known", r"\bthe (?P<c>biggest|largest|oldest|busiest|longest-running|most popular|most famous|best-known)\b(?! (?:of|draw|question|difference|reason|challenge))"),
    ("place", "accessible|ada|step-free|welcome|allowed|friendly|sign language|asl", r"\b(?P<c>wheelchair[- ]accessible|wheelchair[- ]friendly|ada[- ](?:accessible|compliant)|step-free|(?:asl|sign language) interpret(?:ed|ers?|ation)|dog-friendly|pet-friendly"
     r"|(?<!whether )(?<!if )(?:dogs|pets) (?:are )?(?:welcome|allowed))\b"),
    # nobody here books, pays or calls
    ("status", "booked|reserved|emailed|sent|called|contacted|bought|purchased|registered|confirmed|paid|added|saved|texted|messaged|checked|spoke", r"\b(?P<c>(?:i|we)(?:'ve| have)? (?:just |already )?(?:booked|reserved|emailed|sent|called|contacted|bought|purchased|registered|confirmed|added|saved|texted|messaged|checked with|spoken|spoke)"
     r"|your (?:booking|reservation|order|tickets?|registration|seats?|spot)\b[^.!?;]{0,80}\b(?:confirmed|booked|reserved|paid|sent))\b"),
    ("number", "annual|anniversary|edition|season|birthday", rf"\b(?P<c>(?:{_ORD}|\d{{1,3}}(?:st|nd|rd|th)) (?:annual|anniversary|edition|season|birthday))\b"),
    ("number", "week|month|session", rf"(?<!in )\b(?P<c>(?:{_COUNT})[ -](?:week|month|session))\b(?! (?:from|ago|later|earlier|away|before|after))"),
    ("number", "up to", rf"\bup to (?P<c>{'|'.join(NUMBERS)})\b(?! (?:dollars|bucks|miles|hours|minutes|percent|years|each|apiece))"),
    ("number", "dozens|scores|hundreds|thousands|millions", r"\b(?P<c>dozens|scores|hundreds|thousands|millions) of\b"),
    ("number", "zero|oh|one|two|three|four|five|six|seven|eight|nine", rf"\b(?P<c>(?:{_DIGIT})(?:[\s,-]+(?:{_DIGIT})){{3,}})\b"),
    ("number", "draw|drew|attract|expect|seat|host|only|just", rf"\b(?:draws?|drew|attracts?|expects?|seats?|hosts?|only|just) (?:in |over |about |around |up to )*(?P<c>(?:a few |several )?(?:dozens|scores|hundreds|thousands)|(?:{_COUNT}) (?:people|guests|visitors|fans|seats|spots))\b"),
    ("number", "left|remain|available|open", rf"\b(?P<c>(?:a |half a )?(?:dozen|handful of|few|couple of|{_COUNT}) (?:spots?|seats|tickets|places|slots) (?:left|remain(?:ing)?|available|open))\b"),
)  # fmt: skip
_SAID = tuple((kind, cued(pattern, stems)) for kind, stems, pattern in _SAID_WORDS)
# The same, of what it costs and whether one can get in.
_PRICED = cued(
    r"(?P<big>[$€£]\s?\d[\d,.]* ?(?:million|billion|thousand|hundred|k|mil))\b|"
    r"\b(?P<c>(?:per|each) (?:family|couple|car|carload|group|household|team|table|vehicle)|[a-z-]+[- ]drink minimum|pay[- ]what[- ]you[- ][a-z]+"
    r"|(?:a )?(?:couple of|few) (?:bucks|dollars)|plus (?:fees|tax(?:es)?)|no (?:tickets?|rsvp|registration|reservations?)(?: (?:is |are )?(?:needed|required|necessary))?|sold-out|almost gone|(?:almost|nearly) (?:full|sold out)|selling (?:out|fast)|(?:tickets|seats|spots|places)(?: are)? still (?:available|on sale|left)|still (?:tickets|seats|spots|places|room|available)|going fast|fully booked|booked (?:up|solid|out)|at capacity|wait-?list(?:ed)?"
    r"|(?:cash|cards?) only|two for one|kids free|ladies free|half off)\b"
    r"|(?P<off>(?:[$€£]\s?\d+(?:\.\d+)?|\d{1,3} ?%|\d{1,3} percent)\s+(?:off|discount))\b",
    "per |each |$|€|£|bucks|dollars|plus |drink|pay|no |sold|booked|gone|full|selling|still|going fast|capacity|list|only|two|free|half|off|discount",
)
_PER = cued(
    r"(?:(?<=\d)|(?<=dollars)|(?<=bucks))\s?(?:/|an? |for )\s?(?:hour|hr|two|couples?|family|pair|month|week|session|class|night|day|four|group)\b",
    DIGITS,
)
_FREE = cued(
    r"\b(?:no[- ]cost|cost[- ]free|costs? (?:you )?(?:zilch|nada|zip)|(?:doesn't|does not|don't|do not|won't) (?:cost|charge) (?:you )?(?:anything|money|a (?:thing|cent|dime|penny))"
    r"|none of (?:these|them) (?:costs?|charges?)(?: (?:anything|money|a thing))?)\b",
    "cost|charge",
)
_SLANG = cued(
    r"\b(?:an? )?(?P<a>fiver|tenner|benjamin|grand)\b(?! (?:opening|finale|piano|prize|total|hall|central|avenue|park|canyon|ball|ole))",
    "fiver|tenner|benjamin|grand",
)
_SLANG_AMOUNT = {"fiver": 5, "tenner": 10, "benjamin": 100, "grand": 1000}
_EACH = cued(
    rf"(?<![$€£\d.])\b(?P<a>{_COUNT}) (?:(?:a|per) (?:tickets?|heads?|person|pop|kid|child|adult|entry|seat)|apiece|each(?= ticket|[.,;!]|$))",
    " a ticket| a head| a person| a pop| a kid| a child| a adult| a seat| a entry|per |apiece|each",
)
_CALLED_OFF = cued(
    r"\b(?:called off|scrapped|axed|rained out|(?:won't|will not|not) (?:be )?(?:take place|taking place|happen|happening|go(?:ing)? ahead|be held|held)|no longer (?:on|happening|taking place))\b",
    "called|scrapped|axed|rained|take|taking|happen|ahead|held|no longer",
)
_GROUP = "|".join(sorted((g for g in GROUPS if g.endswith("s") or g == "children"), key=len, reverse=True))
_FOR = cued(
    rf"\b(?:for|welcomes?|suits?|suitable for|aimed at|geared (?:to|towards?))\s+(?:(?:the|all|both|young|little|older|small|your|curious|local|also|even)\s+)*"
    rf"(?P<a>{_GROUP})(?:(?:\s*,\s*|\s+(?:and|or)\s+|\s*&\s*)(?P<b>{_GROUP}))?\b(?!\s+(?:only|under|over|below|above|between|up to|from|ages?|aged|younger|older|\d))",
    "for |welcom|suit|aimed|geared",
)
_AGES_OF_YOURS = cued(r"\byour (?P<all>\d{1,2}-?(?:, \d{1,2}-?)* and \d{1,2}[- ]year[- ]olds?)\b", "your ")
_AGE_OF_SEVERAL = re.compile(r"\d{1,2}(?:-(?!y)|[- ]year[- ]olds?)?")
_FRIENDLY = cued(r"\b(?P<a>kid|child|family|toddler)s?[- ](?:friendly|oriented|focused)\b", "friendly|oriented|focused")
_COMPANY = cued(
    r"(?<!without )(?<!without the )(?<!leave the )(?<!sitter for the )\b(?:(?P<a>kids|children|toddlers?|babies|families|family)(?:'s)?|(?P<grade>\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth)[- ]graders?"
    r"|(?P<school>high|middle|elementary|grade)[- ]school(?:ers?|[- ]aged?|\s+(?:students|kids))|(?P<elementary>elementary) (?:kids|students|children)|(?P<new>newborns)|(?P<pre>preteens|pre-teens))\b(?!\s+(?:under|over|below|above|between|up to|from|ages?|aged|younger|older|\d))",
    "kids|child|toddler|babies|famil|grade|school|elementary|newborns|teens",
)
_SCHOOLS = {"high": (13, 19), "middle": (10, 15), "elementary": (4, 12), "grade": (4, 14)}
_BESIDE = cued(
    rf"\b(?:(?P<n>an?|{_COUNT}) (?P<u>day|week)s? (?P<dir>later|earlier)\b|"
    r"(?P<same>(?:on |that |the )?(?:very )?same (?:day|morning|afternoon|evening|night)|later that (?:day|evening|night))"
    r"|(?P<next>the (?:next|following) (?:day|morning|afternoon|evening|night)|(?:a|one) day later|the day after(?! tomorrow))"
    r"|(?P<before>(?:a|one|the) day (?:before|earlier|prior)|the (?:previous|preceding) (?:day|evening|night)|the night before))\b",
    "same |later|earlier|next |following |day before|day after|day earlier|day prior|previous |preceding |night before",
)
_FEAST_NAMES = "|".join(sorted((re.escape(f) for f in FEASTS), key=len, reverse=True))
_BY_FEAST = cued(
    rf"\b(?:the )?(?P<rel>eve of|(?:day|night|evening|morning) (?:before|after)|weekend (?:before|after|of)|week (?:before|after|of)) (?P<f>{_FEAST_NAMES})\b"
    rf"|\b(?P<g>{_FEAST_NAMES}) (?P<span>weekend|week)\b",
    "eve of|before|after|weekend|week",
)
_MORE_TO_COME = cued(rf"\b(?:(?P<n>an?|{_COUNT}) more|another) (?P<u>day|week|month)s?\b", "more|another")
# 'Name another day' asks for one, and says of no event how long it runs.
_ASKED_FOR = re.compile(r"\b(?:name|try|pick|choose|suggest|say|(?:ask|tell) me about|look (?:at|on))(?: me)? $")
_AFTER_NEXT = cued(r"\b(?:the )?(?P<u>weekend|week) after next\b", "after next")
_NTH_DAY = cued(
    rf"\b(?:the )?(?P<n>first|second|third|last|final) day of (?:the )?(?P<of>weekend|week|month|{'|'.join(m for m in MONTHS if len(m) > 3)})\b",
    "day of",
)
_AWAY = cued(
    rf"\b(?P<n>a|an|{_COUNT}) (?P<u>days?|weeks?|fortnights?|months?) (?P<dir>from|after|before) (?P<from>now|today|tonight|tomorrow|(?:this |next )?(?:{_WD}))\b"
    r"|\b(?:in|within) (?P<f>a|two|\d) fortnights?\b",
    " day|week|fortnight|month",
)
_SEASON = cued(
    r"\b(?:(?P<rel>this|next|last|coming|every|each|in|in the|during|during the|all|throughout the|late|early)\s+)(?P<s>spring|summer|fall|autumn|winter)\b(?! (?:market|festival|fair|concert|break|camp|solstice|street|lake|garden))",
    "spring|summer|fall|autumn|winter",
)
_SEASONS = {"spring": (3, 1, 6, 21), "summer": (6, 1, 9, 23), "fall": (9, 1, 12, 21), "winter": (12, 1, 3, 21)}
_PART_OF = cued(
    r"\b(?P<p>end|beginning|start|middle) of (?P<rel>the|this|next) (?P<u>week|month|year)\b(?!end)|\b(?P<mid>mid-?week)\b",
    "end of|beginning of|start of|middle of|mid",
)
_DASHED = cued(
    r"(?<![\w-])(?P<a>\d{1,2})\s?(?P<s>[-–—·])\s?(?P<b>\d{1,2})\s?(?P=s)\s?(?P<y>\d{4}|\d{2})(?![\w-])", DIGITS
)
_GLUED = cued(r"(?<!\w)(?:(?P<d>\d{1,2})(?P<m>[a-z]{3,10})|(?P<m2>[a-z]{3,10})(?P<d2>\d{1,2}))(?!\w)", DIGITS)
_FAR_TIME = cued(
    rf"\b(?:a las?|as|a|um|alle|om|kl\.?) (?P<h>{_FAR})(?: (?:y (?P<half>media)|heures?|uhr|horas?|uur))?\b",
    NUMBERS_ELSEWHERE,
)
_FAR_MONEY = cued(
    rf"\b(?P<a>{_FAR}) (?P<u>dolares|dollars?|euros?|pesos|libras|livres|pfund)\b|\b(?:cuesta|coute|kostet|costa) (?P<b>{_FAR})\b",
    "dolares|dollar|euro|pesos|libras|livres|pfund|cuesta|coute|kostet|costa",
)
SOON_MINUTES = 60
_NEAR_CLOCK = cued(
    r"\b(?:soon|shortly|just|right|immediately|minutes) (?P<dir>after|before) (?P<h>noon|midday|midnight)\b",
    "noon|midday|midnight",
)
_THE_ROOM = cued(
    r"\b(?:at|in|inside|on) the (?P<c>(?:community|meeting|conference|class|program|activity|event) room|auditorium|ballroom|gym(?:nasium)?|cafeteria|basement|rooftop"
    r"|courtyard|atrium|(?:first|second|third|ground|top) floor)\b",
    " the ",
)
_THE_PLACE = cued(
    r"\b(?:at|in|inside) (?P<c>the (?P<p>library|museum|church|theat(?:er|re)|gallery|brewery|stadium|arena|school|university|zoo|aquarium|casino|mall"
    r"|beach|airport|courthouse|city hall|town hall|community cent(?:er|re)|hospital|hotel|synagogue|mosque|temple|cathedral|bookstore|bookshop|winery"
    r"|fairgrounds?|civic cent(?:er|re)|senior cent(?:er|re)|rec cent(?:er|re)|recreation cent(?:er|re)|playhouse|amphitheat(?:er|re)))\b(?! (?:of|grounds|steps))",
    " the ",
)


def find_loose(folded: str, words: Sequence[Word], today: date) -> Iterator[Claim]:
    """Before every other finder: 'every other Saturday' is more than its Saturday."""
    yield from _said(folded)
    yield from _worth(folded)
    yield from _days(folded, today)
    yield from _clock(folded)
    yield from _by_word(words)


def _said(folded: str) -> Iterator[Claim]:
    for kind, pattern in _SAID:
        for m in pattern.finditer(folded):
            yield Claim(kind, m.start("c"), m.end("c"), TextClaim(tuple(WORD.findall(m["c"]))))
    for m in _THE_ROOM.finditer(folded):
        yield Claim("place", m.start("c"), m.end("c"), TextClaim(tuple(WORD.findall(m["c"]))))
    for m in _THE_PLACE.finditer(folded):
        yield Claim("venue", m.start("c"), m.end("c"), TextClaim(tuple(WORD.findall(m["p"]))))


def _worth(folded: str) -> Iterator[Claim]:
    for m in _PER.finditer(folded):
        yield Claim("price", m.start(), m.end(), PriceClaim(words=m[0]))
    for m in _PRICED.finditer(folded):
        said = m["c"] or m["off"] or m["big"]
        yield Claim("price", m.start(), m.end(), PriceClaim(words=said))
    for m in _FREE.finditer(folded):
        yield Claim("price", m.start(), m.end(), PriceClaim(free=True))
    for m in _SLANG.finditer(folded):
        yield Claim("price", m.start(), m.end(), PriceClaim(Decimal(_SLANG_AMOUNT[m["a"]])))
    for m in _EACH.finditer(folded):
        amount = NUMBERS.get(m["a"], int(m["a"]) if m["a"].isdigit() else 0)
        yield Claim("price", m.start(), m.end(), PriceClaim(Decimal(amount)))
    for m in _FAR_MONEY.finditer(folded):
        yield Claim("price", m.start(), m.end(), PriceClaim(Decimal(NUMBERS_ELSEWHERE[m["a"] or m["b"]])))
    for m in _CALLED_OFF.finditer(folded):
        yield Claim("status", m.start(), m.end(), StatusClaim("cancelled"))
    for m in _AGES_OF_YOURS.finditer(folded):
        for one in _AGE_OF_SEVERAL.finditer(folded, m.start("all"), m.end("all")):
            age = int(re.match(r"\d+", one[0])[0])  # type: ignore[index]
            yield Claim("age", one.start(), one.end(), AgeClaim(age, age, "person", yours=True))
    for m in _FOR.finditer(folded):
        for group in ("a", "b"):
            if m[group]:
                yield Claim("age", m.start(group), m.end(group), AgeClaim(*GROUPS[m[group]], "group"))
    for m in _FRIENDLY.finditer(folded):
        yield Claim("age", m.start("a"), m.end(), AgeClaim(*GROUPS[m["a"]], "group"))
    for m in _COMPANY.finditer(folded):
        yield Claim("age", m.start(), m.end(), AgeClaim(*_company(m), "group"))


def _company(m: re.Match[str]) -> tuple[int, int]:
    if m["a"]:
        return GROUPS[m["a"]]
    if m["grade"]:
        grade = ORDINALS.get(m["grade"], 0) or int(re.sub(r"\D", "", m["grade"]))
        return grade + 4, grade + 7
    if m["new"] or m["pre"]:
        return (0, 1) if m["new"] else (8, 13)
    return _SCHOOLS[m["school"] or m["elementary"]]


def _days(folded: str, today: date) -> Iterator[Claim]:
    for m in _BY_FEAST.finditer(folded):
        yield Claim("date", m.start(), m.end(), _by_feast(m, today))
    for m in _MORE_TO_COME.finditer(folded):
        if _ASKED_FOR.search(folded, 0, m.start()):
            continue
        left = timedelta(_number(m["n"] or "a") * {"d": 1, "w": 7, "m": 30}[m["u"][0]])
        slack = timedelta({"d": 1, "w": 3, "m": 10}[m["u"][0]])
        span = (today + left - slack, today + left + slack)
        yield Claim("date", m.start(), m.end(), DayClaim(windows=(span,), edge="last"))
    for m in _AFTER_NEXT.finditer(folded):
        monday = today - timedelta(today.weekday()) + timedelta(14)
        span = (monday + timedelta(4 if m["u"] == "weekend" else 0), monday + timedelta(6))
        yield Claim(
            "date", m.start(), m.end(), DayClaim(windows=(span,), part="weekend" if m["u"] == "weekend" else "")
        )
    for m in _NTH_DAY.finditer(folded):
        yield Claim("date", m.start(), m.end(), _nth_day(m["n"], m["of"], today))
    for m in _BESIDE.finditer(folded):
        if m["n"]:
            offset = _number(m["n"]) * (7 if m["u"] == "week" else 1) * (1 if m["dir"] == "later" else -1)
        else:
            offset = 0 if m["same"] else 1 if m["next"] else -1
        yield Claim("date", m.start(), m.end(), DayClaim(beside=offset))
    for m in _AWAY.finditer(folded):
        yield Claim("date", m.start(), m.end(), _away(m, today))
    for m in _SEASON.finditer(folded):
        yield Claim("date", m.start(), m.end(), DayClaim(windows=_season(m["s"], m["rel"], today)))
    for m in _PART_OF.finditer(folded):
        yield Claim("date", m.start(), m.end(), _part_of(m, today))
    for m in _DASHED.finditer(folded):
        yield Claim("date", m.start(), m.end(), _numeric(int(m["a"]), int(m["b"]), m["y"]))
    for m in _GLUED.finditer(folded):
        if (month := MONTHS.get(m["m"] or m["m2"])) is not None:
            yield Claim("date", m.start(), m.end(), DayClaim(month=month, day_of_month=int(m["d"] or m["d2"])))


def _clock(folded: str) -> Iterator[Claim]:
    for m in _FAR_TIME.finditer(folded):
        minute = NUMBERS_ELSEWHERE[m["h"]] % 12 * 60 + (30 if m["half"] else 0)
        yield Claim("time", m.start(), m.end(), TimeClaim(starts=frozenset({minute, minute + 720})))
    for m in _NEAR_CLOCK.finditer(folded):
        hour = 0 if m["h"] == "midnight" else 720
        span = range(hour, hour + SOON_MINUTES) if m["dir"] == "after" else range(hour - SOON_MINUTES, hour)
        yield Claim("time", m.start(), m.end(), TimeClaim(starts=frozenset(minute % 1440 for minute in span)))


def _by_word(words: Sequence[Word]) -> Iterator[Claim]:
    """Weekdays in languages that have no pattern of their own, and towns in lower case."""
    for i, word in enumerate(words):
        if word.text in WEEKDAYS_ELSEWHERE:
            yield Claim("date", word.start, word.end, DayClaim(weekdays=(WEEKDAYS_ELSEWHERE[word.text],)))
        elif word.text in TOWNS and not word.upper:
            yield Claim("city", word.start, word.end, TextClaim((word.text,)))
        elif i and f"{words[i - 1].text}-{word.text}" in TOWN_PAIRS and not word.upper:
            yield Claim("city", words[i - 1].start, word.end, TextClaim((words[i - 1].text, word.text)))


def _away(m: re.Match[str], today: date) -> DayClaim:
    """'A week from Saturday', 'two days after tomorrow', 'in a fortnight'."""
    if m["f"]:
        target = today + timedelta(14 * _number(m["f"]))
        return DayClaim(windows=((target - timedelta(3), target + timedelta(3)),))
    days = _number(m["n"]) * {"d": 1, "w": 7, "f": 14, "m": 30}[m["u"][0]] * (-1 if m["dir"] == "before" else 1)
    slack = timedelta(0 if m["u"][0] in "dwf" else 15)
    bases = [today + timedelta(1)] if m["from"] == "tomorrow" else [today]
    if name := next((w for w in m["from"].split() if w in WEEKDAYS), ""):
        ahead = (WEEKDAYS[name] - today.weekday()) % 7
        bases = [today + timedelta(ahead)] if ahead else [today, today + timedelta(7)]
    return DayClaim(windows=tuple((b + timedelta(days) - slack, b + timedelta(days) + slack) for b in bases))


def _by_feast(m: re.Match[str], today: date) -> DayClaim:
    """'The eve of Thanksgiving', 'Thanksgiving weekend', 'the week after Christmas'."""
    days = [feast(m["f"] or m["g"], year) for year in (today.year, today.year + 1)]
    if m["g"]:
        low, high = (0, 3) if m["g"].startswith("thanksgiving") else (-3, 3)
        low = -3 if m["span"] == "week" else low
    else:
        words = m["rel"].split()
        low, high = {"before": (-1, -1), "after": (1, 1), "of": (-1, -1)}[words[-1]]
        if words[0] in ("weekend", "week"):
            low, high = {"before": (-9, -1), "after": (1, 9), "of": (-3, 3)}[words[-1]]
    return DayClaim(windows=tuple((d + timedelta(low), d + timedelta(high)) for d in days))


def _nth_day(nth: str, of: str, today: date) -> DayClaim:
    place = {"first": 0, "second": 1, "third": 2}.get(nth, -1)
    if of in ("weekend", "week"):
        names = (5, 6) if of == "weekend" else (0, 1, 2, 3, 4, 5, 6)
        return DayClaim(weekdays=(names[place],)) if place < len(names) else DayClaim(never=True)
    month = MONTHS.get(of, today.month)
    first = date(today.year + (month < today.month), month, 1)
    after = date(first.year + (month == 12), month % 12 + 1, 1)
    day = first + timedelta(place) if place >= 0 else after - timedelta(1)
    return DayClaim(exact=((day, day),))


def _season(name: str, rel: str, today: date) -> tuple[Span, ...]:
    month, day, last_month, last_day = _SEASONS["fall" if name == "autumn" else name]
    spans = [
        (date(year, month, day), date(year + (last_month < month), last_month, last_day))
        for year in (today.year - 1, today.year, today.year + 1)
    ]
    if rel == "next":
        return (next(s for s in spans if s[0] > today),)
    if rel == "last":
        return tuple(s for s in spans if s[1] < today)[-1:]
    return tuple(s for s in spans if s[1] >= today)[:1]


def _part_of(m: re.Match[str], today: date) -> DayClaim:
    if m["mid"]:
        ahead = (today + timedelta(i) for i in range(366))
        return DayClaim(exact=tuple((d, d) for d in ahead if d.weekday() in (1, 2, 3)))
    later = m["rel"] == "next"
    if m["u"] == "week":
        first = today - timedelta(today.weekday()) + timedelta(7 * later)
        length = 7
    elif m["u"] == "month":
        first = date(today.year + (today.month == 12 and later), (today.month - 1 + later) % 12 + 1, 1)
        length = (date(first.year + (first.month == 12), first.month % 12 + 1, 1) - first).days
    else:
        first = date(today.year + later, 1, 1)
        length = 365
    low, high = {"end": (0.7, 1.0), "middle": (0.3, 0.7)}.get(m["p"], (0.0, 0.4))
    return DayClaim(windows=((first + timedelta(int(length * low)), first + timedelta(int(length * high))),))


def _numeric(a: int, b: int, year: str) -> DayClaim:
    """Month and day in either order."""
    whole = int(year) if len(year) == 4 else 2000 + int(year)
    days = []
    for month, day in ((a, b), (b, a)):
        try:
            days.append(date(whole, month, day))
        except ValueError:
            continue
    return DayClaim(exact=tuple((d, d) for d in days), never=not days)


def _number(text: str) -> int:
    return 1 if text in ("a", "an") else NUMBERS.get(text, int(text) if text.isdigit() else 1)
