"""What a yes-or-no question asks of the events it points at: "is it OK for my 9-year-old?", "will it be over by 9?" """

from __future__ import annotations

import re

from api.rag.query.dates import When
from api.rag.query.said import Said
from api.rag.query.text import Text, words_of
from api.rag.query.topics import DOG_FRIENDLY
from api.rag.types import Whether

_OPENERS = frozenset(words_of("and so ok okay but hmm also thanks cool great nice oh wait then now"))
_ASKING = frozenset(words_of("is are was were does do did will would can could may should am has have"))
# "Isn't it free?", "is it only for adults?", "is it more than $20?": a yes to these says something else.
_TURNED = frozenset(
    words_of(
        "not only just never closed sold cancelled canceled cheaper less more expensive longer unless without no nobody"
    )
)
_NO_AGES = frozenset(words_of("over older under younger up below"))
_TOO = re.compile(r"\btoo \w|n't\b")
_COSTS = re.compile(
    r"\bcosts? (?:us |me |you )?(?:anything|money|something)\b|\b(?:have|need) to pay\b|\bpay (?:anything|to get in|for)\b"
)
_DOGS = frozenset(words_of("dog dogs pet pets puppy"))
_LET_IN = frozenset(words_of("allow allows allowed bring take welcome welcomed ok okay permit permitted come"))
_OF_THE_END = frozenset(words_of("end ends finish finishes last lasts go goes run runs close closes until till past"))


def find_whether(said: Said, hours: When | None) -> Whether | None:
    """`hours` are those it names of any day. None for a question of another form, or about what no listing is held against."""
    words = said.lower.words
    first = next((word for word in words if word not in _OPENERS), "")
    if first not in _ASKING or is_turned(said.lower.lower):
        return None
    found = Whether(
        audience=said.audience.audience,
        price=said.price.limit,
        costs=said.price.limit is None and _COSTS.search(said.lower.lower) is not None,
        access=tuple(said.access),
        setting=said.setting[0] if said.setting is not None else None,
        dogs=DOG_FRIENDLY in said.topics or not (_DOGS.isdisjoint(words) or _LET_IN.isdisjoint(words)),
        attendance=said.attendance[0] if said.attendance is not None else None,
        hours=hours if hours is not None and (hours.must_end or _OF_THE_END.isdisjoint(words)) else None,
    )
    return found if found != Whether() else None


def is_turned(message: str) -> bool:
    """A yes to it would not say what its words do: "is it closed on Mondays?", "is it indoors or outdoors?" """
    low = message.lower()
    said = Text.read(low).words
    after_or = said[said.index("or") + 1 : said.index("or") + 2] if "or" in said else []
    return (
        not _TURNED.isdisjoint(said) or _TOO.search(low) is not None or any(word not in _NO_AGES for word in after_or)
    )
