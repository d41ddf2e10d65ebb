"""What it may cost, in the words of a message. Amounts are in the currency of the place asked about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from api.rag.params import UnderstandingParams
from api.rag.query.text import NUMBER_WORDS, Span, bounded, number, words_of
from api.rag.types import PriceLimit

PriceWord = Literal["free", "cheap", "cheaper", "any", "trap"]

# "I have Saturday free" speaks of a diary.
_DAYS_OFF = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today", "tonight", "tomorrow"),
    *(f"{a} {b}" for a in ("a", "the", "this") for b in ("day", "morning", "afternoon", "evening", "night", "weekend")),
)

_WORDS: tuple[tuple[PriceWord, str], ...] = (
    ("free", "free, no cost, free of charge, no charge, at no cost, without paying, for nothing, no cover, without cover, without a cover, without a cover charge, free admission,"
             " free entry, no admission fee, zero cost, complimentary, free only, only free, totally free, completely free,"
             " no cover charge, doesn't cost anything, don't cost anything, free events, broke, no money"),
    ("cheap", "cheap, free or cheap, cheap or free, free or low cost, low cost or free, free or inexpensive, inexpensive, affordable, low cost, low price, low priced, budget friendly, on a budget, tight budget,"
              " budget, not expensive, not too expensive, nothing expensive, not pricey, nothing pricey, cheaply, cheap tickets,"
              " won't break the bank, doesn't break the bank, bargain, economical, reasonably priced, cheapest, the cheapest, least expensive, lowest price, lowest priced"),
    ("cheaper", "cheaper, less expensive, something cheaper, lower price, lower priced, too expensive, too pricey,"
                " that's expensive, more affordable, too much money, costs too much"),
    ("any", "any price, any budget, price doesn't matter, price does not matter, price isn't important, money is no object,"
            " don't care about price, don't care about the price, don't care what it costs, cost doesn't matter, no budget,"
            " budget doesn't matter, not just free, doesn't have to be free, does not have to be free, don't need to be free,"
            " doesn't need to be free, no price limit, no limit on price, free or paid, paid or free, money doesn't matter,"
            " not necessarily free, no matter the price, whatever the price, regardless of price, paid is fine, paid events too"),
    ("trap", "free parking, free time, feel free, gluten free, dairy free, sugar free, alcohol free, smoke free, nut free,"
             " step free, barrier free, hands free, stress free, scent free, free wifi, free wi fi, free food,"
             " i'm free, i am free, we're free, we are free, am free, are free on, are we free, is free on, be free on,"
             " free throw, free press, free form, free swim, free style, free speech, free software, set free, free shipping,"
             " parking free, is parking free, hassle free, plastic free, drug free, car free, kids are free, kids get in free, free all day, free all weekend,"
             " free after, free until, free from, free tomorrow, i'll be free, get free, free spirit, free market,"
             " budget meeting, budget hearing, city budget, hour free, hours free, minutes free, time free, "
             + ", ".join(f"have {day} free" for day in _DAYS_OFF)),
)  # fmt: skip
PRICE_PHRASES: dict[str, PriceWord] = {
    phrase.strip(): kind for kind, phrases in _WORDS for phrase in phrases.split(",")
}
# 'are you free for' speaks of a diary, 'are they free' of a price: only the listed diaries are traps.

_AMOUNT = r"(?:(?:us|ca|c|au|a)?[$£€]\s?)?(?P<{n}>\d{{1,3}}(?:,\d{{3}})+(?:\.\d{{1,2}})?|\d{{1,20}}(?:\.\d{{1,2}})?)(?P<{n}_unit>\s?(?:[$£€]|(?:dollars?|bucks?|usd|cad|euros?|eur|pounds?|gbp|quid)\b))?"
_NOT_MONEY = (
    r"(?![\d:]|\s*-?\s*(?:%|(?:am|pm|a\.m|p\.m|o'?clock|miles?|mi|mins?|minutes?|hours?|hrs?|km|kms|kilometers?|kilometres?|days?|weeks?|months?"
    r"|people|persons|guests|years?|yrs?|yo|yos|y/o|s|st|nd|rd|th|feet|ft|blocks|degrees|meters?|metres?|kids|events?|options|seconds)\b))"
)
_LIMIT = bounded(
    r"(?P<neg>\b(?:not?|nothing|none)\s+(?:(?:be|cost|costing)\s+)?|n't\s+(?:cost|be|run)\s+)?\b(?P<cue>under|below|less than|no more than|not more than|cheaper than|up to|at most|max(?:imum)?(?: of| price)?:?|"
    r"within|over|more than|above|around|about|approximately|roughly|spend|budget(?: is| of)?:?|costing|costs?|for|price(?:d)?(?: is| at| of)?:?|limit(?: is| of)?)\s+"
    r"(?:about\s+|around\s+|up to\s+|under\s+|a\s+|only\s+)?"
    + _AMOUNT.format(n="amount")
    + _NOT_MONEY
    + r"(?P<each>\s*(?:each|a head|per person|pp|a ticket|a person|per ticket))?"
)
_OR_LESS = bounded(
    _AMOUNT.format(n="amount").replace("(?:us|ca|c|au|a)?", "")
    + r"\s*(?:(?:or|and)\s+(?:less|under|below|cheaper|lower)\b"
    + r"|max(?:imum)?\b|(?:tops|limit|budget|at most|a person|per person|a ticket|per ticket|each)\b)"
)
_BETWEEN = bounded(r"(?P<a>[$£€]\s?\d+(?:\.\d{1,2})?)\s*(?:-|to|and)\s*[$£€]?\s?(?P<b>\d{1,5}(?:\.\d{1,2})?)\b")
_BETWEEN_NAMED = bounded(
    r"(?:\bbetween\s+)?\b\d{1,4}\s*(?:-|to|and)\s*(?P<b>\d{1,5})\s?(?:dollars?|bucks?|euros?|pounds|quid)\b"
)
_BARE = bounded(
    r"[$£€]\s?(?P<amount>\d{1,5}(?:\.\d{1,2})?)(?!\d)|\b(?P<named>\d{1,20})\s?(?:dollars?|bucks?|euros?|pounds|quid)\b"
)
_DIGIT = re.compile(r"\d")
_PARTY = bounded(
    r"\b(?:for|party of|group of|we're|we are)\s+(?P<n>[2-9]|1\d|two|three|four|five|six)"
    r"(?:\s+(?:people|persons|of us|adults|friends|guests|tickets)\b|(?=\s*(?:,|$)))"
)
_IN_TOTAL = bounded(
    r"\b(?:(?:total|altogether|all together|in all|combined|between us)\b|budget(?: is| of)?:? [$£€]?\d)"
)
_EACH = bounded(r"\b(?:each|apiece|a head|pp|(?:per|a) (?:person|ticket|adult|child))\b")
_SIGN = bounded(r"[$£€]")
_TENS = {
    word: 10 * n for n, word in enumerate(words_of("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)
}
_WORDED = bounded(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[\s-](?P<more>{'|'.join(w for w, n in NUMBER_WORDS.items() if 0 < n < 10)}))?"
    rf"|(?P<few>{'|'.join(sorted((w for w, n in NUMBER_WORDS.items() if 0 < n < 20), key=len, reverse=True))})"
    r"|(?:an?|one)\s+hundred)(?=\s(?:dollars?|bucks?|euros?|pounds|quid)\b)"
)
_SIGN_OF = {"dollar": "$", "buck": "$", "euro": "€", "pound": "£", "quid": "£"}
# What a pattern cannot match without: looking for a plain word costs a hundredth of the pattern.
_UNITS = ("dollar", "buck", "euro", "pound", "quid")
_LESS_WORDS = (
    *(f"{a} {b}" for a in ("or", "and") for b in ("less", "under", "below", "cheaper", "lower")),
    *("max", "tops", "limit", "budget", "at most", "person", "ticket", "each"),
)
_SAYS_UPPER = ("under", "below", "less than", "no more", "not more", "cheaper than", "up to", "at most", "max")
_NUMBERS_ALONE = (*_SAYS_UPPER, "spend", "budget", "price", "limit")


@dataclass(frozen=True, slots=True)
class PriceFound:
    """`relative` is 'cheaper' (than the limit, or than what was shown) or 'any' (the limit is taken back)."""

    limit: PriceLimit | None
    hard: bool
    words: str
    spans: tuple[Span, ...]
    relative: Literal["", "cheaper", "any"] = ""


NO_PRICE = PriceFound(None, False, "", ())


def find_price(low: str, words: list[tuple[Span, PriceWord]], params: UnderstandingParams) -> PriceFound:
    """`words` are the price words the lexicon found. A number beats a word: 'cheap, under $15' is 15."""
    digits = _in_digits(low)
    amount = _amount(digits) if _DIGIT.search(digits) else None
    kinds = {kind: span for span, kind in words if kind != "trap"}
    spans = tuple(kinds.values())
    if amount is not None:
        value, hard, span = amount
        value = _each(value, low)
        label = "free" if value == 0 else f"up to {_sign(low[span[0] : span[1]])}{_money(value)}"
        hard = hard or value == 0
        limit = PriceLimit(max_price=value, free_only=value == 0, label=label)
        return PriceFound(limit, hard, low[span[0] : span[1]].strip(), (*spans, span))
    said = ", ".join(low[a:b] for a, b in spans)
    if "any" in kinds:
        return PriceFound(None, False, said, spans, "any")
    if "free" in kinds:
        return PriceFound(PriceLimit(Decimal(0), free_only=True, label="free"), True, said, spans)
    if "cheaper" in kinds:
        return PriceFound(None, False, said, spans, "cheaper")
    if "cheap" in kinds:
        cheap = Decimal(params.cheap_max_price)
        return PriceFound(PriceLimit(cheap, label=f"cheap (up to {_money(cheap)})"), False, said, spans)
    return NO_PRICE


def cheaper_than(limit: PriceLimit | None, dearest_shown: Decimal | None, params: UnderstandingParams) -> PriceLimit:
    """Half of the limit in force, else of the dearest price last shown, in whole units; free when that was next to nothing."""
    reference = limit.max_price if limit is not None and limit.max_price is not None else dearest_shown
    if reference is None:
        cheap = Decimal(params.cheap_max_price)
        return PriceLimit(cheap, label=f"cheap (up to {_money(cheap)})")
    if reference < params.free_below_price:
        return PriceLimit(Decimal(0), free_only=True, label="free")
    value = Decimal(int(reference * Decimal(str(params.cheaper_share))))
    sign = _SIGN.search(limit.label) if limit is not None else None
    return PriceLimit(value, label=f"up to {sign.group() if sign else ''}{_money(value)}")


def _in_digits(low: str) -> str:
    """ "Ten dollars" as "010 dollars", of the same length."""
    if not any(unit in low for unit in _UNITS):
        return low
    return _WORDED.sub(lambda m: str(_worth(m)).zfill(len(m.group())), low)


def _worth(m: re.Match[str]) -> int:
    return _TENS.get(m["tens"], 0) + NUMBER_WORDS.get(m["more"] or m["few"], 0) or 100


def _sign(words: str) -> str:
    """Of the currency that an amount names; empty for a bare number."""
    sign = _SIGN.search(words)
    return sign.group() if sign else next((_SIGN_OF[unit] for unit in _UNITS if unit in words), "")


def _amount(low: str) -> tuple[Decimal, bool, Span] | None:
    """(the most it may cost, hard, span) of the first amount that reads as a limit."""
    signed = _SIGN.search(low) is not None
    between = _BETWEEN.search(low) if signed else None
    if between is None and any(word in low for word in _UNITS):
        between = _BETWEEN_NAMED.search(low)
    if between is not None:
        return Decimal(between["b"]), True, between.span()
    for match in _LIMIT.finditer(low):
        cue, has_sign = match["cue"], bool(match["amount_unit"]) or bool(_SIGN.search(match.group()))
        value = Decimal(match["amount"].replace(",", ""))
        upper = cue.startswith(_SAYS_UPPER)
        over = cue in ("over", "more than", "above")
        if over and not match["neg"]:
            continue
        if has_sign or (cue.startswith(_NUMBERS_ALONE) and value >= 5) or match["each"]:
            hard = upper or over or cue.startswith(("budget", "spend", "within", "limit", "cost", "price"))
            return value, hard, match.span()
    less = _OR_LESS.search(low) if any(word in low for word in _LESS_WORDS) else None
    if less is not None:
        has_sign = bool(less["amount_unit"] or _SIGN.search(less.group()))
        if has_sign or "less" in less.group() or "cheaper" in less.group():
            return Decimal(less["amount"].replace(",", "")), True, less.span()
    bare = _BARE.search(low) if signed or any(word in low for word in _UNITS) else None
    if bare is not None and not re.search(r"(?:over|more than|above)\s*$", low[: bare.start()]):
        return Decimal(bare["amount"] or bare["named"]), False, bare.span()
    return None


def _each(value: Decimal, low: str) -> Decimal:
    """ "$100 in total for 2 people" is $50 each."""
    party = _PARTY.search(low)
    if party is None or not _IN_TOTAL.search(low) or _EACH.search(low):
        return value
    each = (value / number(party["n"])).quantize(Decimal("0.01"), ROUND_DOWN)
    return each.to_integral() if each == each.to_integral() else each


def _money(value: Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
