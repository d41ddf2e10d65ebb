"""What it may cost, in the words of a message. Amounts are in the currency of the place asked about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from api.rag.params import UnderstandingParams
from api.rag.query.text import NUMBER_WORDS, Span, bounded, number, words_of
from api.rag.types import PriceLimit

PriceWord = Literal["free", "cheap", "cheaper", "dearer", "any", "trap"]

# "I have Saturday free" speaks of a diary.
_DAYS_OFF = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today", "tonight", "tomorrow"),
    *(f"{a} {b}" for a in ("a", "the", "this") for b in ("day", "morning", "afternoon", "evening", "night", "weekend")),
)
# "Peanut free" says what is not in it.
_DONE_WITHOUT = words_of(
    "peanut nut allergen allergy gluten wheat grain dairy lactose egg soy meat sugar fat alcohol booze smoke tobacco vape drug scent"
    " fragrance perfume latex plastic waste cruelty guilt worry pain phone screen device ad tax pet dog cat"
)
_NO_MATTER = tuple(
    f"{link}{noun}"
    for link in ("is no ", "no ", "isn't an ", "is not an ", "not an ", "isn't a ", "is not a ", "not a ")
    for noun in ("issue", "object", "obstacle", "problem", "concern")
)

_WORDS: tuple[tuple[PriceWord, str], ...] = (
    ("free", "free, no cost, free of charge, no charge, at no cost, without paying, for nothing, no cover, without cover, without a cover, without a cover charge, free admission,"
             " free one, free ones, free entry, no admission fee, zero cost, complimentary, gratis, free only, only free, totally free, completely free,"
             " no cover charge, doesn't cost anything, don't cost anything, free events, broke, no money"),
    ("cheap", "cheap, free or cheap, cheap or free, free or low cost, low cost or free, free or inexpensive, inexpensive, affordable, low cost, low price, low priced, budget friendly, on a budget, tight budget,"
              " budget, not expensive, not too expensive, nothing expensive, not pricey, nothing pricey, cheaply, cheap tickets,"
              " half price, half price tickets, half off, discounted, discounted tickets, discount tickets, won't break the bank, doesn't break the bank, bargain, economical, reasonably priced, cheapest, the cheapest, least expensive, lowest price, lowest priced"),
    ("cheaper", "cheaper, cheaper one, cheaper ones, less expensive, something cheaper, lower price, lower priced, too expensive, too pricey,"
                " that's expensive, more affordable, too much money, costs too much"),
    ("dearer", "more expensive, a little more expensive, a bit more expensive, slightly more expensive, pricier, a little pricier, a bit pricier,"
               " can spend more, could spend more, can pay more, could pay more, can spend a little more, can spend a bit more,"
               " can pay a little more, can pay a bit more, can go higher, can go a little higher"),
    ("any", "any price, any budget, price doesn't matter, price does not matter, price isn't important, money is no object,"
            " don't care about price, don't care about the price, don't care what it costs, cost doesn't matter, no budget,"
            " budget doesn't matter, not just free, doesn't have to be free, does not have to be free, don't need to be free,"
            " doesn't need to be free, no price limit, no limit on price, free or paid, paid or free, money doesn't matter,"
            " " + ", ".join(f"{what} {says}" for what in ("money", "price", "cost", "budget") for says in _NO_MATTER) + ","
            " not necessarily free, no matter the price, whatever the price, regardless of price, paid is fine, paid events too"),
    ("trap", "free parking, free time, feel free, gluten free, dairy free, sugar free, alcohol free, smoke free, nut free,"
             " step free, barrier free, hands free, stress free, scent free, free wifi, free wi fi, free food,"
             " i'm free, i am free, we're free, we are free, am free, are free on, are we free, is free on, be free on,"
             " free throw, free press, free form, free swim, free style, free speech, free software, set free, free shipping,"
             " parking free, is parking free, hassle free, plastic free, drug free, car free, kids are free, kids get in free, free all day, free all weekend,"
             " i'm only free, we're only free, only free after, only free from, only free between, free between, free before,"
             " free after, free until, free from, free tomorrow, i'll be free, get free, free spirit, free market,"
             " budget meeting, budget hearing, city budget, hour free, hours free, minutes free, time free, "
             + ", ".join(f"have {day} free" for day in _DAYS_OFF) + ", "
             + ", ".join(f"{have} a free {day.removeprefix('a ')}" for have in ("have", "has", "got", "with") for day in _DAYS_OFF) + ", "
             + ", ".join(f"only {part} free" for part in ("mornings", "afternoons", "evenings", "nights", "weekends")) + ", "
             + ", ".join(f"{thing} free" for thing in _DONE_WITHOUT)),
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
    r"(?P<neg>(?:\b(?:not?|nothing|none|never|dont|cant|cannot|wont)|n't)\s+(?P<pays>(?:(?:want|wanna|like|wish|going|gonna|looking|willing|able|to|be|cost|costing|spend|spending|pay|paying|afford|run|really|anything)\s+){0,6}))?\b(?P<cue>more expensive than|under|below|less than|no more than|not more than|cheaper than|up to|at most|max(?:imum)?(?: of| price)?:?|"
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
# "I only have 20 bucks"
_HAVE = re.compile(r"\b(?:have|have got|i've got|we've got|only|just)\s+(?:(?:only|just|about|like)\s+){0,2}$")
_NO_SUM = re.compile(r"\b(?:of|by|at|until|till|to|ages?|aged|and|or)\s*$")  # "a group of 20 max", "home by 10 max"
_BETWEEN = bounded(r"(?P<a>[$£€]\s?\d+(?:\.\d{1,2})?)\s*(?:-|to|and)\s*[$£€]?\s?(?P<b>\d{1,5}(?:\.\d{1,2})?)\b")
_BETWEEN_NAMED = bounded(
    r"(?:\bbetween\s+)?\b\d{1,4}\s*(?:-|to|and)\s*(?P<b>\d{1,5})\s?(?:[$£€]|(?:dollars?|bucks?|euros?|pounds|quid)\b)"
)
_BARE = bounded(
    r"[$£€]\s?(?P<amount>\d{1,5}(?:\.\d{1,2})?)(?!\d)|\b(?P<named>\d{1,20})\s?(?:dollars?|bucks?|euros?|pounds|quid)\b"
)
_DIGIT = re.compile(r"\d")
_BARE_SUM = bounded(
    r"\s*(?:(?:actually|ok|okay|well|hmm|or|and|then|maybe|even|yes|no|what about|how about|let's say|make it|make that|raise it to|go up to|up to|say|we can do|i can do),?\s+){0,4}"
    r"(?P<n>\d{2,3})(?:\s+(?:is|would be|'s|works|ok|okay|fine|good|too|then|instead|also|as well|for (?:me|us)|max|please)){0,4}\s*[.!?]?\s*"
)
_LAST_HOUR = 12
_PARTY = bounded(
    r"\b(?:for|party of|group of|we're|we are)\s+(?P<n>[2-9]|1\d|two|three|four|five|six)"
    r"(?:\s+(?:people|persons|of us|adults|friends|guests|tickets)\b|(?=\s*(?:,|$)))"
)
# The sum is for all of them.
_ALL_OF_US = bounded(
    r"\b(?:for|between)\s+(?:all\s+)?(?:(?:the\s+)?(?P<n>[2-9]|1\d|two|three|four|five|six|seven|eight)\s+of us|both of us|us both|us two)\b"
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
_CUED = bounded(
    rf"\b(?:under|below|less than|more than|no more than|up to|at most|max|maximum|over|spend|budget(?: is| of)?)\s+(?P<sum>(?P<tens>{'|'.join(_TENS)})(?:[\s-](?P<more>{'|'.join(w for w, n in NUMBER_WORDS.items() if 0 < n < 10)}))?|a\s+hundred)\b"
)
_NOTES = (("a tenner", 10), ("a fiver", 5))
_SIGN_OF = {"dollar": "$", "buck": "$", "euro": "€", "pound": "£", "quid": "£"}
# What a pattern cannot match without: looking for a plain word costs a hundredth of the pattern.
_UNITS = ("dollar", "buck", "euro", "pound", "quid")
_LESS_WORDS = (
    *(f"{a} {b}" for a in ("or", "and") for b in ("less", "under", "below", "cheaper", "lower")),
    *("max", "tops", "limit", "budget", "at most", "person", "ticket", "each"),
)
_BIG_WORDS = (*_TENS, "hundred")
_SAYS_UPPER = ("under", "below", "less than", "no more", "not more", "cheaper than", "up to", "at most", "max")
_PAYS = frozenset(words_of("cost costing spend spending pay paying afford"))
_NUMBERS_ALONE = (*_SAYS_UPPER, "spend", "budget", "price", "limit")


@dataclass(frozen=True, slots=True)
class PriceFound:
    """`relative` is 'cheaper' (than the limit, or than what was shown), 'dearer' or 'any' (the limit is taken back)."""

    limit: PriceLimit | None
    hard: bool
    words: str
    spans: tuple[Span, ...]
    relative: Literal["", "cheaper", "dearer", "any"] = ""


NO_PRICE = PriceFound(None, False, "", ())


def find_price(low: str, words: list[tuple[Span, PriceWord]], params: UnderstandingParams) -> PriceFound:
    """`words` are the price words the lexicon found. A number beats a word: 'cheap, under $15' is 15."""
    digits = _in_digits(low)
    amount = _amount(digits) if _DIGIT.search(digits) else None
    kinds = {kind: span for span, kind in words if kind != "trap"}
    spans = tuple(kinds.values())
    if amount is not None:
        value, hard, span = amount
        each = _each(value, low)
        value, heads = each, " each" if each != value else ""
        label = "free" if value == 0 else f"up to {_sign(low[span[0] : span[1]])}{_money(value)}{heads}"
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
    if "dearer" in kinds:
        return PriceFound(None, False, said, spans, "dearer")
    if "cheap" in kinds:
        cheap = Decimal(params.cheap_max_price)
        return PriceFound(PriceLimit(cheap, label=f"cheap (up to {_money(cheap)})"), False, said, spans)
    return NO_PRICE


def limit_in_force(
    found: PriceFound, before: PriceLimit | None, dearest_shown: Decimal | None, params: UnderstandingParams
) -> PriceLimit | None:
    """What it may cost after these words; `before` is the limit that they speak of."""
    if found.relative == "cheaper":
        return cheaper_than(before, dearest_shown, params)
    return dearer_than(before, params) if found.relative == "dearer" else found.limit


def cheaper_than(limit: PriceLimit | None, dearest_shown: Decimal | None, params: UnderstandingParams) -> PriceLimit:
    """Half of the limit in force, else of the dearest price last shown, in whole units; free when that was next to nothing."""
    reference = limit.max_price if limit is not None and limit.max_price is not None else dearest_shown
    if reference is None:
        cheap = Decimal(params.cheap_max_price)
        return PriceLimit(cheap, label=f"cheap (up to {_money(cheap)})")
    if reference < params.free_below_price:
        return PriceLimit(Decimal(0), free_only=True, label="free")
    return _other(limit, Decimal(int(reference * Decimal(str(params.cheaper_share)))))


def dearer_than(limit: PriceLimit | None, params: UnderstandingParams) -> PriceLimit | None:
    """Twice the limit in force; none where that was free."""
    if limit is None or not limit.max_price:
        return None
    return _other(limit, Decimal(int(limit.max_price / Decimal(str(params.cheaper_share)))))


def instead_of(limit: PriceLimit, amount: int) -> PriceLimit:
    """ "Actually 40 is ok", where a sum was spoken of before."""
    return _other(limit, Decimal(amount))


def _other(limit: PriceLimit | None, value: Decimal) -> PriceLimit:
    sign = _SIGN.search(limit.label) if limit is not None else None
    return PriceLimit(value, label=f"up to {sign.group() if sign else ''}{_money(value)}")


def find_bare_sum(low: str) -> int | None:
    """The number of a message that says no more than one, too large for an hour: "actually 40 is ok", "make it 25"."""
    found = _BARE_SUM.fullmatch(low) if _DIGIT.search(low) else None
    return int(found["n"]) if found is not None and int(found["n"]) > _LAST_HOUR else None


def _in_digits(low: str) -> str:
    """ "Ten dollars" as "010 dollars" and "under fifty" as "under 00050", of the same length."""
    for words, worth in _NOTES:
        low = low.replace(words, str(worth).zfill(len(words)))
    if any(word in low for word in _BIG_WORDS):
        low = _CUED.sub(lambda m: m.group()[: -len(m["sum"])] + _padded(m), low)
    if not any(unit in low for unit in _UNITS):
        return low
    return _WORDED.sub(lambda m: str(_worth(m)).zfill(len(m.group())), low)


def _padded(m: re.Match[str]) -> str:
    worth = _TENS[m["tens"]] + NUMBER_WORDS.get(m["more"], 0) if m["tens"] else 100
    return str(worth).zfill(len(m["sum"]))


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
        upper = cue.startswith(_SAYS_UPPER) or any(f" {word} " in match.group() for word in ("under", "up to"))
        over = cue in ("over", "more than", "above", "more expensive than")
        if over and not match["neg"]:
            continue
        denied = (
            match["neg"].startswith("nothing") or not _PAYS.isdisjoint((match["pays"] or "").split()) if over else False
        )
        spends = upper or cue.startswith(_NUMBERS_ALONE) or denied
        if has_sign or (spends and value >= 5) or match["each"]:
            stated = cue.startswith(("budget", "spend", "within", "limit", "cost", "price"))
            hard = upper or over or stated or _HAVE.search(low[: match.start()]) is not None
            return value, hard, match.span()
    less = _OR_LESS.search(low) if any(word in low for word in _LESS_WORDS) else None
    if less is not None:
        has_sign = bool(less["amount_unit"] or _SIGN.search(less.group()))
        value = Decimal(less["amount"].replace(",", ""))
        at_most = less.group().endswith(("max", "maximum", "tops")) and value >= 5
        if (
            has_sign
            or "less" in less.group()
            or "cheaper" in less.group()
            or (at_most and not _NO_SUM.search(low[: less.start()]))
        ):
            return value, True, less.span()
    bare = _BARE.search(low) if signed or any(word in low for word in _UNITS) else None
    if bare is not None and not re.search(r"(?:over|more than|above)\s*$", low[: bare.start()]):
        return Decimal(bare["amount"] or bare["named"]), _HAVE.search(low[: bare.start()]) is not None, bare.span()
    return None


def _each(value: Decimal, low: str) -> Decimal:
    """ "$100 in total for 2 people" is $50 each."""
    party, all_of_us = _PARTY.search(low), _ALL_OF_US.search(low)
    if _EACH.search(low) or not (all_of_us or (party and _IN_TOTAL.search(low))):
        return value
    heads = (all_of_us["n"] or "two") if all_of_us is not None else party["n"] if party is not None else "1"
    each = (value / number(heads)).quantize(Decimal("0.01"), ROUND_DOWN)
    return each.to_integral() if each == each.to_integral() else each


def _money(value: Decimal) -> str:
    return f"{value.to_integral():f}" if value == value.to_integral() else f"{value:.2f}"
