"""Who is said to be elsewhere: "while my son is at soccer practice", "the 4 year old is staying home", "leaving the dog at home"."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from api.rag.query.text import NUMBER, Gated, Span, bounded, overlaps, words_of

_WHOSE = r"(?:(?:the|my|our|his|her|their|all)\s+){0,2}"
_WHO = (
    rf"(?P<who>(?<![\w$]){NUMBER}(?:\s*(?:,|and|&|,\s*and)\s*{NUMBER}){{0,3}}[\s-]*(?:(?:years?|yrs?|yr)[\s-]*olds?|yos?)"
    r"|(?:kid|kiddo|son|daughter|boy|girl|toddler|teen|teenager|tween|infant|dog|pup|pet|little\s+one|grandson|granddaughter|grandkid)s?"
    r"|children|child|grandchildren|baby|babies|newborns?|puppy|family)\b"
)
_BE = r"(?:\s+(?:is|are|was|were|will\s+be)|'s|'re|\s+be)"
_ELSEWHERE = (
    r"(?:(?:staying|back)\s+(?:at\s+)?home(?!\s+(?:from|with\s+(?:me|us)))|away\b|(?:staying\s+)?(?:with|at)\s+(?:(?:his|her|their|the|my|our|an?)\s+\w+|friends|grandma|grandpa|dad|mom)(?:'s)?(?:\s+(?:house|place))?"
    r"|at\s+(?:(?:a|an|the)\s+)?(?:\w+\s+)?(?:practice|school(?!\s+age)|camp|daycare|preschool|work|class|lessons?|training|rehearsal|sleepover|party|playdate|grandma's|grandpa's)"
    r"|not\s+(?:coming|joining|going))\b"
)
_IS_AWAY = bounded(
    rf"(?:\b(?:while|when|since|because|as|now\s+that)\s+)?\b{_WHOSE}{_WHO}(?:{_BE}\s+{_ELSEWHERE}"
    r"|\s+(?:isn't|isnt|aren't|arent|won't\s+be|wont\s+be)\s+(?:coming|joining|going)|(?:\s+will)?\s+stays?\s+(?:at\s+)?home\b"
    r"|\s+(?:can't|cant|cannot|can\s+not|won't|wont|will\s+not)\s+(?:come|make\s+it|join(?:\s+us)?|go(?!\s+(?:to|on|for|in|near|see|with)\b))\b)(?:\s+(?:along|today|anymore|after\s+all))?"
)
_WHILE_AT = bounded(rf"\b(?:while|when)\s+{_WHOSE}{_WHO}{_BE}\s+(?:at|in)\s+(?:(?:a|an|the|his|her|their)\s+)?\w+")
_IS_LEFT = bounded(
    rf"\b(?:leaving|leave|left|dropping|drop|dropped|not\s+bringing|not\s+taking|won't\s+bring|won't\s+take)\s+{_WHOSE}{_WHO}"
    r"(?P<where>\s+(?:(?:at\s+)?home|behind|off|with\s+(?:(?:his|her|their|the|a|my|our)\s+)?\w+))?"
)
# "My husband has the kids", "grandma is watching the kids tonight": whoever has them, we do not.
_KEEPERS = (
    "husband wife partner spouse mom mum dad mother father grandma grandpa grandmother grandfather grandparents parents sister brother aunt"
    " uncle sitter babysitter nanny neighbor neighbors friend"
)
_IS_KEPT = Gated(
    bounded(
        rf"\b(?:(?:my|our|the|his|her|their|a)\s+)?(?:{_KEEPERS.replace(' ', '|')})"
        r"\s+(?:(?:is|are|will\s+be)\s+(?:watching|taking|minding|keeping|babysitting|(?:(?:staying\s+)?(?:at\s+)?home|staying)\s+with)|stays?\s+home\s+with|has|have|takes?|will\s+(?:take|watch|have)|watch(?:es)?)"
        rf"\s+(?=the|my|our|all){_WHOSE}{_WHO}(?!\s+to\b)(?:\s+(?:with|for)\s+(?:him|her|them)\b)?"
    ),
    words_of(_KEEPERS),
)
_SITTER = Gated(
    bounded(
        r"\b(?:we|i)(?:'ve|\s+have)?\s+(?:got|have|has|found|hired|booked)\s+(?:us\s+)?(?P<who>(?:a|the|our)\s+(?:baby[\s-]?)?sitter)\b"
        r"(?:\s+for\s+(?:the|our|my)\s+(?:kids?|children|baby))?"
    ),
    ("sitter",),
)
_ONLY_US = bounded(
    r"(?<!not )\b(?:(?:just|only)\s+(?:me|us|myself|my\s+\w+\s+and\s+(?:me|i|myself))\b|(?:by\s+myself|on\s+my\s+own)\b"
    r"|(?:\w+\s+and\s+(?:me|i|myself)|me\s+and\s+(?:my\s+)?\w+|me|us)\s+only\b(?=\s*(?:now|this|$|[,.!?])))(?:\s+(?:now|this\s+time)\b)?"
)
_SAYS_ONLY = ("just ", "only", "myself", "my own")
_MOST = 8  # nobody tells of more; each is looked up among the others
# What the patterns cannot match without: a plain look costs a hundredth of them.
_SAYS_AWAY = (" stay", " back home", " home", " away", " with ", " at ", " com", " join", " make it", "t go", "not going", "not taking",
              "not bringing", "leav", "left ", "drop", "won't ")  # fmt: skip


class Absent(NamedTuple):
    who: Span
    span: Span


def find_absent(low: str) -> list[Absent]:
    found = _away(low) if any(word in low for word in _SAYS_AWAY) else []
    for pattern in (_IS_KEPT, _SITTER):
        found += [
            Absent(m.span("who"), m.span())
            for m in islice(pattern.finditer(low), _MOST)
            if not overlaps(m.span(), _spans(found))
        ]
    return sorted(found)


def _away(low: str) -> list[Absent]:
    found = [Absent(m.span("who"), m.span()) for m in islice(_IS_AWAY.finditer(low), _MOST)]
    found += [
        Absent(m.span("who"), m.span())
        for m in islice(_WHILE_AT.finditer(low), _MOST)
        if not overlaps(m.span(), _spans(found))
    ]
    found += [
        Absent(m.span("who"), m.span())
        for m in islice(_IS_LEFT.finditer(low), _MOST)
        if m["where"] or "not" in m.group() or "won't" in m.group()
    ]
    return found


def _spans(found: list[Absent]) -> list[Span]:
    return [absent.span for absent in found]


def find_only_us(low: str) -> Span | None:
    """ "Just me and my wife": whoever else was coming does not."""
    found = _ONLY_US.search(low) if any(word in low for word in _SAYS_ONLY) else None
    return found.span() if found is not None else None
