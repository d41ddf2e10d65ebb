"""What somebody has of their own and asks around: "we have dinner at 6:30 on Friday, what can we do after?" """

from __future__ import annotations

import re

from api.rag.query.text import blank, bounded, same_length_lower

_TIME = r"(?:\d{1,2}(?::\d\d)?\s*(?:[ap]\.?m\b\.?)?|noon|midnight)"
_AT = r"(?:at|around|about|till|til|until|from|between)\s+"
_WHAT = r"[a-z][a-z' -]{0,40}?"
_OURS = r"(?:my|our|his|her|their)\s"
# Who has it stays in the message, for it says who comes: "the kids have".
_WHO_HAS = (
    r"(?<!do )(?<!does )(?<!did )\b(?:i|we|they|he|she|kids|son|daughter|husband|wife|boys|girls|children|family)(?:'ve)?\s+"
    r"(?:have got|have|has|had|got)\s+"
)
_WHAT_IS_OURS = (
    rf"\b(?={_OURS}(?!\w+ (?:has|have)\b)|(?:we're|i'm|they're|we are|i am)\s+(?:seeing|having|meeting|going to)\s)"
)
_IT_IS = (
    r"(?:^|[.,;!?]\s*)(?!what|which|who|where|when|there|it|that|is|are|any)(?:the\s+)?"
    r"(?=[a-z' -]{2,30}?\b(?:is|are|starts|ends|leaves|departs|lands|finishes)\s)"
)
_BOOKED = r"\b(?=(?:dinner|lunch|brunch)?\s?(?:reservations?|appointment)\s)"
_APPOINTMENT = bounded(
    rf"(?:{_WHO_HAS}|{_WHAT_IS_OURS}|{_IT_IS}|{_BOOKED})(?P<what>{_WHAT}\s+{_AT})(?P<time>{_TIME})"
    rf"(?P<rest>\s*(?:to|till|til|until|and|-)\s*(?P<last>{_TIME}))?(?![\w:])"
)
# "What can we do after that?", with nothing of its own behind it; not "at 8 or after", "the day after".
_AROUND_IT = bounded(
    r"(?<!or )(?<!and )(?<!day )(?<!week )(?<!weekend )(?<!one )\b(?P<side>after|before)(?:wards?|hand)?(?:\s+(?:that|then|this|it))?(?=\s*(?:[,.!?;]|$))"
)
# "After our dinner at 7".
_SIDED = bounded(
    rf"\b(?P<side>after|before)\s+(?:{_OURS}{_WHAT}|dinner|lunch|brunch|breakfast|naps?|nap\s?time|bedtime|practice|work|class|church)\s+{_AT}(?P<time>{_TIME})(?![\w:])"
)

# "Between my daughter's piano lesson at 3 and soccer at 6".
_BETWEEN = bounded(
    rf"\bbetween\s+{_WHAT}\s+{_AT}(?P<first>{_TIME})(?P<and>\s+and\s+){_WHAT}\s+{_AT}(?P<last>{_TIME})(?![\w:])"
)
# "Before our 8pm dinner", "before my 7 o'clock appointment".
_TIMED = bounded(
    rf"\b(?P<side>after|before)\s+{_OURS}(?P<time>\d{{1,2}}(?::\d\d|(?::\d\d)?\s*(?:[ap]m|o'?clock)\b)|noon)\s+(?P<what>[a-z]{{1,20}})\b"
)
_ASKS_WHETHER = re.compile(r"\s*(?:and |so |but )?(?:is|are|does|do|will) (?:it|that|this|they|these|those)\b")


def as_hours(text: str) -> str:
    """The message with an appointment as the hours around it: "from 6:30 on Friday, what can we do". Of the same length, so that
    what is found in it stands where it was said."""
    low = same_length_lower(text)
    if "between" in low and (both := _BETWEEN.search(low)):
        return _put(_put(text, "to", both.end("first"), both.start("last")), "from", both.start(), both.start("first"))
    if "after" not in low and "before" not in low:
        return text
    if sided := _SIDED.search(low):
        # who has to be elsewhere leaves when it is over; "is it before our dinner at 7?" asks when it begins
        must_end = sided["side"] == "before" and not _ASKS_WHETHER.match(low)
        return _put(text, "ending by" if must_end else sided["side"], sided.start(), sided.start("time"))
    if timed := _TIMED.search(low):
        return _put(blank(text, [timed.span("what")]), timed["side"], timed.start(), timed.start("time"))
    own = _APPOINTMENT.search(low)
    asked = _AROUND_IT.search(low, own.end()) if own is not None else None
    if own is None or asked is None:
        return text
    text = blank(text, [asked.span()])
    if asked["side"] == "before":
        rest = own.span("rest") if own["rest"] else (own.end(), own.end())
        return _put(blank(text, [rest]), "before", own.start("what"), own.start("time"))
    return _put(text, "from", own.start("what"), own.start("last" if own["rest"] else "time"))


def _put(text: str, word: str, start: int, end: int) -> str:
    """One word in place of all from `start` on, right before what begins at `end`."""
    return text[:start] + f"{word} ".rjust(end - start) + text[end:]
