"""Prices, ages, distances, status and other countable things in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from api.rag.guard.cued import DIGITS, cued
from api.rag.guard.days import number
from api.rag.guard.rows import WORD
from api.rag.guard.values import AgeClaim, AmountClaim, Claim, PriceClaim, StatusClaim, TextClaim
from api.rag.guard.words import NUMBERS, STATUS_WORDS
from api.rag.query.audience import ADULT_AGE

_WORDS = "|".join(sorted(NUMBERS, key=len, reverse=True))
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD"})
_CURRENCY = {
    "$": _DOLLARS, "us$": {"USD"}, "ca$": {"CAD"}, "c$": {"CAD"}, "cad$": {"CAD"}, "cad": {"CAD"}, "usd": {"USD"}, "a$": {"AUD"},
    "au$": {"AUD"}, "nz$": {"NZD"}, "mx$": {"MXN"}, "s$": {"SGD"}, "hk$": {"HKD"}, "€": {"EUR"}, "eur": {"EUR"}, "£": {"GBP"},
    "gbp": {"GBP"}, "¥": {"JPY"}, "₹": {"INR"}, "₩": {"KRW"}, "dollar": _DOLLARS, "buck": _DOLLARS, "euro": {"EUR"},
    "pound": {"GBP"}, "quid": {"GBP"}, "cent": _DOLLARS, "canadian dollar": {"CAD"}, "us dollar": {"USD"}, "chf": {"CHF"},
}  # fmt: skip
_SIGN = r"(?<![\w'])(?:us|ca|c|au|a|nz|s|hk|mx)\$|(?<!\w)us \$|\$|€|£|¥|₹|₩|(?<!\w)(?:usd|cad|eur|gbp|chf)\s?\$?"
_NUM = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,2})?"
_UNIT = r"us dollars?|canadian dollars?|dollars?|bucks?|usd|cad|eur|euros?|gbp|pounds?|quid|cents?|chf|€|£"
_BOUND = r"(?:(?P<bound>under|below|less than|up to|at most|no more than|max(?:imum)?(?: of)?|over|more than|at least|from|starting at|starting from|starts at|start at|begins? at|beginning at|as low as|between)\s+)?(?:(?:only|just|about|around)\s+)?"
_MONEY_STEMS = "$|€|£|¥|₹|₩|usd|cad|eur|gbp|chf|dollar|buck|pound|quid|cent"
_MONEY = cued(
    rf"{_BOUND}(?P<s>{_SIGN})\s*(?P<a>{_NUM})(?:\s*(?:-|to|and|or|/|a|bis)\s*(?:{_SIGN})?\s*(?P<b>{_NUM})(?![\d:]|\s*[ap]\.?m\b))?(?:\s*(?:usd|cad|dollars|canadian)\b)?(?P<plus>\+)?(?P<budget>[ -]budget\b)?",
    _MONEY_STEMS,
)
_SPELLED = cued(
    rf"{_BOUND}(?<![\w$.,:])(?P<a>{_NUM}|{_WORDS})(?:\s*(?:-|to|and|or)\s*(?P<b>{_NUM}|{_WORDS}))?[\s-]*(?P<u>{_UNIT})(?![a-z])(?P<budget>[ -]budget\b)?",
    _MONEY_STEMS,
)
_BARE = cued(
    r"\b(?:costs?|cost you|priced at|pay|tickets?.{0,60}? (?:are|is|cost)|admission (?:is|of)|entry is|cover is|charge of|a fee of)\s+"
    rf"(?:only |just |about )?(?P<a>{_NUM}|{_WORDS})\b(?!\s*(?:{_UNIT}|minutes?|hours?|miles?))",
    "cost|priced|pay|ticket|admission|entry|cover|charge|fee",
)
_FREE_RANGE = cued(rf"\bfree\s*(?:-|to)\s*(?P<s>{_SIGN})\s*(?P<b>{_NUM})", "free")
_FREE = cued(
    r"\b(?:(?:totally |completely |absolutely )?free(?: of charge| admission| entry| event| to attend| to enter)?|no (?:entry |admission |cover |entrance )?(?:cost|charge|fee)s?|no cover|without charge|gratis|gratuit|gratuito"
    r"|kostenlos|complimentary|costs? nothing|on the house|won't cost (?:you )?(?:a thing|anything|a (?:penny|dime|cent)))\b(?!-)",
    "free|no |charge|gratis|gratuit|kostenlos|complimentary|nothing|house|cost",
)
_CHARGED = cued(r"\b(?<!no )(?:cover|entry|entrance|admission) (?:charge|fee)\b(?! (?:is|of|\x01))", "charge|fee")
_NOT_FREE_BEFORE = re.compile(
    r"(?:\b(?:feel|set|break|are you|you are|you're|if you're|when you're|when you are|if you are|we are|be)\s+|[\w]-)$"
)
_NOT_FREE_AFTER = re.compile(
    r"\s*(?:time|to (?!attend|enter)|spirit|style|form|evening|afternoon|morning|day|weekend)\b"
)
_THINGS = (
    r"(?:(?:[a-z]+ )?rentals?|parking|wi-?fi|food|snacks?|drinks?|refreshments|samples?|tastings?|coffee|cocoa|cider|lunch|dinner|breakfast|pizza|popcorn|t-?shirts?"
    r"|childcare|babysitting|shuttles?|rides?|gear|equipment|materials|supplies|skates|lessons?|gifts?|goodie bags?|face painting|transport)"
)
_EXTRA = cued(
    rf"\b(?:free|complimentary|paid|cheap)\s+{_THINGS}\b|\b{_THINGS}\s+(?:is|are|also)\s+(?:all |also )?(?:free|complimentary)\b"
    r"|\b(?:half[- ]price|discount(?:ed|s)?|two[- ]for[- ]one|bogo|pay what you can|pay-what-you-can|by donation|donations?|suggested donation|members only|sold out|sells out|standing room)\b",
    "free|complimentary|paid|cheap|half|discount|two|bogo|pay|donation|only|sold|sells|standing",
)
_AGE_RANGE = cued(
    rf"\b(?P<lead>ages?|aged|kids|children|teens|youth|for|toddlers)?\s*\(?(?:ages?|aged)?\s*(?:between\s+)?(?P<a>\d{{1,2}}|{_WORDS})\s*(?:-|to|through|and)\s*(?P<b>\d{{1,2}}|{_WORDS})(?P<old>[\s-]*(?:years?[\s-]*olds?|year[\s-]olds|yrs?|years? of age|years))?\b(?!\s*[ap]\.?m\b|[:/])",
    (*DIGITS, *_WORDS.split("|")),
)
_AGE_FROM = cued(
    rf"\b(?:(?P<lead>ages?|aged|kids|children|adults|anyone|everyone|people)\s+)?(?P<a>\d{{1,2}}|{_WORDS})(?:'?s(?= (?:and|or) ))?(?:\s*\+|[\s-]*(?:years?(?: old| of age)?\s+)?(?:and|or|&)[\s-]+(?P<dir>up|over|older|above|under|younger))(?!\w)",
    "+|and |and-|or |or-|&",
)
# as the British say it: 'over-18s only', 'under-5s'
_AGE_GROUP = cued(r"\b(?P<dir>over|under)[- ]?(?P<a>\d{1,2})'?s\b", "over|under")
_AGE_FINE = cued(
    r"\b(?:fine|suitable|okay|ok|recommended|welcome)(?: for)?(?: (?:anyone|kids|children|people))? from (?:age )?(?P<a>\d{1,2})\b(?!:| ?[ap]\.?m)",
    " from ",
)
_AGE_LIMIT = cued(
    r"\b(?:(?P<lead>kids|children|teens|adults|anyone|everyone|those|people|guests|attendees|ages?)\s+)"
    r"(?P<dir>up to|under|over|below|above|older than|younger than|from)\s+"
    rf"(?P<a>\d{{1,2}}|{_WORDS})\b(?!\s*(?:%|dollars|:|[ap]\.?m))",
    "up to|under|over|below|above|than|from",
)
_AGE_MUST = cued(
    r"\b(?:must|have to|has to|need to|needs to) be(?: at least| over)? (?P<a>\d{1,2})\b(?! ?(?:%|\+|or |and |years|minutes|people|miles))",
    DIGITS,
)
_AGE_ONE = cued(
    rf"\b(?P<yours>your|you and your|our|my|with an?|an?)?\s*(?P<a>\d{{1,2}}|{_WORDS})[\s-]*(?:years?|yrs?)[\s-]*olds?\b|\b(?:ages?|aged)\s+(?P<c>\d{{1,2}})\b",
    "old|age",
)
_AGE_WORDS = cued(
    r"\b(?P<all>all ages|any age|every age|all-ages)\b|\b(?P<adult>adults[- ]only|grown-ups only|no (?:kids|children|minors))\b",
    "age|only|no ",
)
_DISTANCE = cued(
    rf"\b(?P<n>\d{{1,4}}(?:\.\d+)?|{_WORDS}|half an?|a)[\s-]*(?P<u>miles?|mi|km|kilomet(?:er|re)s?|blocks?)\b",
    "mi|km|kilomet|block",
)
_STATUS = cued(rf"\b(?P<s>{'|'.join(STATUS_WORDS)})\b", ("cancel", "postpone", "reschedule"))
_ONLINE = cued(
    r"\b(?P<s>online|virtual(?:ly)?|over zoom|on zoom|livestream(?:ed)?|streamed live|in[- ]person|hybrid)\b",
    "online|virtual|zoom|stream|person|hybrid",
)
_COUNT = cued(
    rf"(?<![\w$.,:/])(?P<n>\d{{1,3}}|{'|'.join(sorted(set(NUMBERS) - {'one'}, key=len, reverse=True))})\s+(?:of (?:them|these|those)\b|(?:\w+\s+){{0,2}}?(?:events?|options?|things|picks?|ideas|choices|results?|activities|suggestions|recommendations|more|others?|matches|shows|listings)\b)",
    (*DIGITS, *(n for n in NUMBERS if n != "one")),
)
# What an event may have many of: to say how many is to say something of the event. People and chances are not counted here.
_PARTS = cued(
    rf"\b(?P<n>{'|'.join(sorted(set(NUMBERS) - {'one'}, key=len, reverse=True))}|(?:a |several )?dozens?|hundreds|thousands)\s+(?:of\s+)?(?:[a-z-]+\s+){{0,2}}?"
    r"(?:stages?|bands|floors|rooms|acts|performers|musicians|vendors|stalls|booths|screens|courts|sets|speakers|artists|comics|comedians|films|movies"
    r"|trucks|rides|workshops|sessions|courses|galleries|tents|bars|pools|fields|tracks|routes|trails|authors|poets|dancers|djs|exhibits|breweries"
    r"|growers|farmers|makers|crafters|producers|exhibitors|shops|restaurants|lanes|tables|teams|players|volunteers|students|people|guests|visitors|attendees"
    r"|seats|spots|acres|species|trees|lights|songs|poems|dishes|beers|wines|prizes|rounds|laps|stops|sites|homes|houses|locations|wineries|trains|pubs|plays|puppets|skeletons|dinosaurs)\b",
    [*(n for n in NUMBERS if n != "one"), "dozen", "hundreds", "thousands"],
)
_MARKER = re.compile(r"^\s*(?:[*_#>\-+|]\s*)*\d{1,2}[.)](?=\s|\*)")
_DIGITS = cued(r"\w*\d\w*(?:[.,:/-]\d\w*)*", DIGITS)
# 'meant for 3 to 8', and not 'for 2 to 4 players'
_ENDS_CLAUSE = re.compile(r"\s*(?:$|[,.;:!?)]|\b(?:and|but|or|while)\b)")
_LOW_BOUNDS = {
    "under": "under",
    "below": "under",
    "less": "under",
    "no": "up to",
    "up": "up to",
    "at": "up to",
    "max": "up to",
    "maximum": "up to",
}


def find_prices(folded: str) -> Iterator[Claim]:
    for m in _EXTRA.finditer(folded):
        yield Claim("price", m.start(), m.end(), PriceClaim(words=m[0]))
    if _MONEY.possible(folded):
        for m in _FREE_RANGE.finditer(folded):
            yield Claim("price", m.start(), m.end(), PriceClaim(Decimal(0), _amount(m["b"]), "", _currency(m["s"])))
        for pattern in (_MONEY, _SPELLED):
            for m in pattern.finditer(folded):
                yield Claim("price", m.start(), m.end(), _price(m))
    yield from _charged(folded)
    for m in _BARE.finditer(folded):
        yield Claim("price", m.start("a"), m.end("a"), PriceClaim(_amount(m["a"]), None, "", _DOLLARS))
    for m in _FREE.finditer(folded):
        idiom = m[0] == "free" and (
            _NOT_FREE_BEFORE.search(folded, 0, m.start()) or _NOT_FREE_AFTER.match(folded, m.end())
        )
        if not idiom:
            yield Claim("price", m.start(), m.end(), PriceClaim(free=True))


def _charged(folded: str) -> Iterator[Claim]:
    """'There is a cover charge': that it is not free."""
    for m in _CHARGED.finditer(folded):
        yield Claim("price", m.start(), m.end(), PriceClaim(Decimal(0), None, "over"))


def _price(m: re.Match[str]) -> PriceClaim:
    groups = m.groupdict()
    words = (m["bound"] or "").split()
    if groups.get("u", "").startswith("cent"):
        return PriceClaim(low=Decimal(-1))
    currencies = _currency(groups.get("s") or groups.get("u") or "")
    low, high = _amount(m["a"]), _amount(m["b"])
    if low is not None and high is not None and f"{m['a']}-{m['b']}" in m[0] and _is_one_word(m["a"], m["b"]):
        low, high = low + high, None
    if words and high is None:
        bound = "under" if words[0] in ("under", "below", "less") else _LOW_BOUNDS.get(words[0], "")
        if (words[0] == "at" and words[1] == "least") or words[0] in ("over", "more"):
            bound = "over"
        if words[0] in ("from", "starting", "starts", "start", "begin", "begins", "beginning", "as"):
            bound = "from"
        return PriceClaim(low, None, bound, currencies)  # type: ignore[arg-type]
    if groups.get("budget"):  # 'a $20 budget' is the reader's, and what is named with it must fit
        return PriceClaim(low, None, "up to", currencies)
    if groups.get("plus"):
        return PriceClaim(low, None, "from", currencies)
    return PriceClaim(low, high, "", currencies)


def _is_one_word(tens: str, units: str) -> bool:
    """'Eighty-five dollars' is one number and no range."""
    return tens in NUMBERS and units in NUMBERS and NUMBERS[tens] >= 20 and 1 <= NUMBERS[units] <= 9


def _amount(text: str | None) -> Decimal | None:
    if not text:
        return None
    return Decimal(NUMBERS[text]) if text in NUMBERS else Decimal(text.replace(",", "").rstrip("."))


def _currency(text: str) -> frozenset[str]:
    key = text.replace(" ", "").rstrip("s") if text not in ("s$",) else text
    return frozenset(_CURRENCY.get(key) or _CURRENCY.get(text.rstrip("s")) or _DOLLARS)


def find_ages(folded: str) -> Iterator[Claim]:
    for m in _AGE_WORDS.finditer(folded):
        yield Claim("age", m.start(), m.end(), AgeClaim(bound="all") if m["all"] else AgeClaim(low=18))
    if not _AGE_RANGE.possible(folded):  # no number
        return
    for m in _AGE_RANGE.finditer(folded):
        years = m["lead"] == "for" and _ENDS_CLAUSE.match(folded, m.end()) and (number(m["b"]) or 0) < ADULT_AGE
        if years or "age" in m[0] or m["old"] or m["lead"] in ("kids", "children", "teens", "youth", "toddlers"):
            yield Claim("age", m.start(), m.end(), AgeClaim(number(m["a"]), number(m["b"])))
    for m in _AGE_FROM.finditer(folded):
        n = number(m["a"])
        downwards = m["dir"] in ("under", "younger")
        yield Claim("age", m.start(), m.end(), AgeClaim(None, n) if downwards else AgeClaim(n, None))
    for m in _AGE_FINE.finditer(folded):
        yield Claim("age", m.start("a"), m.end(), AgeClaim(int(m["a"]), None))
    for m in _AGE_GROUP.finditer(folded):
        n = int(m["a"])
        yield Claim("age", m.start(), m.end(), AgeClaim(n, None) if m["dir"] == "over" else AgeClaim(None, n - 1))
    for m in _AGE_LIMIT.finditer(folded):
        n = number(m["a"]) or 0
        limit = {
            "up": AgeClaim(None, n),
            "under": AgeClaim(None, n - 1),
            "below": AgeClaim(None, n - 1),
            "younger": AgeClaim(None, n - 1),
        }
        yield Claim(
            "age",
            m.start(),
            m.end(),
            limit.get(m["dir"].split()[0], AgeClaim(n if m["dir"] == "from" else n + 1, None)),
        )
    for m in _AGE_MUST.finditer(folded):
        yield Claim("age", m.start("a"), m.end("a"), AgeClaim(int(m["a"]), None))
    for m in _AGE_ONE.finditer(folded):
        n = number(m["a"] or m["c"])
        yield Claim("age", m.start(), m.end(), AgeClaim(n, n, "person", (m["yours"] or "") in ("your", "you and your")))


def find_distances(folded: str) -> Iterator[Claim]:
    for m in _DISTANCE.finditer(folded):
        text = m["n"]
        amount = {"half a": 0.5, "half an": 0.5, "a": 1.0}.get(text)
        if amount is None:
            amount = float(NUMBERS[text]) if text in NUMBERS else float(text)
        scale = 0.621371 if m["u"].startswith("k") else 1.0
        yield Claim("distance", m.start(), m.end(), AmountClaim(-1.0 if m["u"].startswith("block") else amount * scale))


def find_states(folded: str) -> Iterator[Claim]:
    for m in _STATUS.finditer(folded):
        yield Claim("status", m.start(), m.end(), StatusClaim(STATUS_WORDS[m["s"]]))
    for m in _ONLINE.finditer(folded):
        word = m["s"].replace("-", " ")
        kind = "offline" if word == "in person" else "mixed" if word == "hybrid" else "online"
        yield Claim("status", m.start(), m.end(), StatusClaim(kind))


def find_numbers(folded: str) -> Iterator[Claim]:
    """Every digit that no other claim explains. Last, so that nothing is left over."""
    marker = _MARKER.match(folded)
    skip = marker.end() if marker else 0
    for m in _COUNT.finditer(folded, skip):
        yield Claim("number", m.start("n"), m.end("n"), AmountClaim(float(number(m["n"]) or 0)))
    for m in _PARTS.finditer(folded, skip):
        words = tuple(WORD.findall(m["n"]))
        yield Claim("number", m.start("n"), m.end("n"), TextClaim(words[-1:]))
    for m in _DIGITS.finditer(folded, skip):
        yield Claim("number", m.start(), m.end(), TextClaim(tuple(WORD.findall(m[0]))))
