"""Is what a sentence says true of what it speaks of: of one row, of each of several, of one among several, or of the list as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from api.rag import facts as spell
from api.rag.guard import listed, together
from api.rag.guard.attribution import Anchor
from api.rag.guard.check import asked, supports
from api.rag.guard.compared import among
from api.rag.guard.reference import heads, one_of
from api.rag.guard.rows import Row, tokens
from api.rag.guard.scope import Scope
from api.rag.guard.terms import is_conditional, is_deadline
from api.rag.guard.topics import Topic, Topics
from api.rag.guard.values import AmountClaim, Claim, DayClaim, OrderClaim, TextClaim, TimeClaim
from api.rag.guard.view import View
from api.rag.guard.vocabulary import stem
from api.rag.guard.words import CLAIM_WORDS, NUMBERS, STOPWORDS
from api.rag.params import GuardParams
from api.rag.types import ParsedQuery

_DENIED = re.compile(
    r"\b(?:isn't|aren't|wasn't|won't be|doesn't (?:start|begin|cost|run|open|take place)|not|never|no longer|instead of|rather than|anything but)"
    r"\s+(?:[a-z]+\s+){0,2}$"
)
_NOT_DENIED = re.compile(r"\bnot (?:only|just|to (?:be )?miss(?:ed)?|far|bad|too|that|quite|sure)\b|\bwhy not\b")
# 'nothing on my list is on Sunday', right before the day
_NOTHING = re.compile(
    r"(?:\b(?:nothing(?:'s)?|no events?|none of (?:them|these)|not anything)|n't(?: see| find| have| got| list| spot)? anything)"
    r"(?: (?:(?:on|in) (?:my|the|these) (?:list|listings)|here|else|listed|scheduled|planned|is|are|happens|happening|going on|takes place|for|on|this|next|or|and|today,?|tomorrow,?|tonight,?))* $"
)
# 'no comedy tonight', 'no jazz on Friday'
_NO = re.compile(
    r"\bno (?P<what>(?:(?!more|fewer|less|later)[a-z'-]+ ){1,3}?)(?:is |are )?(?:listed |planned |scheduled )?(?:(?:on|for|until|before|this|in the) )*$"
)
# 'Neither A nor B is free', up to the end of the clause
_NEITHER = re.compile(r"\bneither\b[^.,;:!?]*$")
_ENDS = re.compile(r"\b(?:ends?|shuts|off it|over|done|closes|finish(?:es|ed)|wraps up|lets out|until)\b")
_ENDING = re.compile(r"\s*(?:ends|closes|finishes|wraps up|lets out|is over|has finished|is done)\b")
_SO = re.compile(r", (?:so|which (?:means|leaves|gives))\b")
_NOT_UNTIL = ("until ", "till ", "before ")  # 'it isn't until Tuesday' says that it is on Tuesday
# 'the day after B', and not 'the next day, B'
_JOINED = re.compile(r"\b(?:before|after|as|than) (?:the )?(?:[a-z'-]+ ){0,2}$")


@dataclass(frozen=True, slots=True)
class Held:
    """What became of a claim: whether it is true, and the one row that could say it instead."""

    true: bool
    numbers: tuple[int, ...] = ()
    row: Row | None = None


@dataclass(slots=True)
class Truth:
    """One sentence, when it is known of which rows it speaks."""

    rows: Mapping[int, Row]
    topics: Topics
    query: ParsedQuery
    params: GuardParams
    view: View
    scope: Scope
    anchors: Sequence[Anchor]
    claims: Sequence[Claim]
    either: dict[int, tuple[int, ...]]  # a number of no row -> the rows of which one is meant
    topical: Sequence[Topic]
    of_all: bool
    # of those rows the ones that say all so far, and of what kinds it was
    left: dict[int, tuple[tuple[int, ...], set[str]]] = field(default_factory=dict)
    explicit: tuple[int, ...] = field(init=False)  # the rows that it names
    named: int | None = None  # the number of these, where one of them is meant
    first: int = field(init=False)  # where the first of them is named

    def __post_init__(self) -> None:
        named = [a for a in self.anchors if a.end]
        self.explicit = tuple(dict.fromkeys(a.row for a in named if a.row not in self.either))
        self.first = min((a.start for a in named), default=len(self.view.text))

    def of_the_whole(self) -> bool | None:
        """Whether all of a sentence that names nothing is true of the list; None where each claim must be looked at."""
        if self.anchors:
            return None
        of_all = listed.of_everything(self.view.folded, self.claims, self._every, self.says)
        return True if of_all is None and not self.scope.rows and self._somewhere() else of_all

    def of(self, claim: Claim, owners: tuple[int, ...]) -> Held:
        """`owners` are the rows that its clause names."""
        if claim.text == "only" and self._is_the_only(claim):
            return Held(True)
        meant = self._set_beside(claim) or self._of_either(claim) or owners or self.scope.rows
        numbers = tuple(n for n in meant if n not in self.either)
        groups = [n for n in meant if n in self.either]
        rows = [] if self._of_nothing(claim) else [self.rows[n] for n in numbers]
        denied = bool(rows or groups) and self._denied(claim)
        true = self._is_true(claim, rows, groups, denied=denied)
        if not denied and not true:
            true = self._is_true_of_several(claim, rows, groups)
        unsaid = bool(rows) and is_deadline(self.view.masked, claim)
        certain = len(rows) == 1 and not (groups or denied or unsaid or is_conditional(self.view.masked, claim))
        of_one = certain and not (claim.kind == "price" and together.sums(self.view.folded))
        return Held(true and not unsaid, numbers, rows[0] if of_one else None)

    def says(self, row: Row, claim: Claim) -> bool:
        return supports(row, claim, self.query, self.params)

    def _is_true(self, claim: Claim, rows: Sequence[Row], groups: Sequence[int], *, denied: bool) -> bool:
        counts = claim.kind == "number" and isinstance(claim.value, AmountClaim)
        if self._of_nothing(claim):
            return not any(self.says(row, claim) for row in self._ruled_out(claim))
        if not rows and counts:
            return self._so_many(claim)
        if not rows and not groups:  # of a heading over prices each item below is held against it
            return (claim.kind == "price" and heads(self.view.source)) or asked(claim, self.query, self._every)
        each = all(denied is not self.says(row, claim) for row in rows) or self._counts_events(claim)
        return each and (counts or all(self._one_says(n, claim, denied=denied) for n in groups))

    def _is_true_of_several(self, claim: Claim, rows: Sequence[Row], groups: Sequence[int]) -> bool:
        if not groups and (self._one_for_each(claim, rows) or (len(rows) == 1 and self._described(claim, rows[0]))):
            return True
        return together.holds(claim, self._together(rows), self.view.folded)

    @property
    def _every(self) -> tuple[Row, ...]:
        return tuple(self.rows.values())

    def _is_the_only(self, claim: Claim) -> bool:
        named = [self.rows[n] for n in self.explicit]
        return listed.is_the_only(self.view.folded, claim, self.claims, named, self._every, self.says)

    def _together(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Those that 'together' and 'in between' mean: all that the sentence names, else those told last."""
        numbers = next((n for n in (self.explicit, self.scope.rows) if len(n) > 1), self.scope.told[-2:])
        return [self.rows[n] for n in numbers] if len(numbers) > 1 else rows

    def _one_for_each(self, claim: Claim, rows: Sequence[Row]) -> bool:
        """'On Friday or Saturday [3][4]': one for the one, one for the other."""
        run = listed.together_with(self.view.folded, claim, self.claims)
        run = listed.days_of(claim) if len(run) == 1 else run
        said = [[row for row in rows if self.says(row, c)] for c in run]
        return len(rows) > 1 and len(run) > 1 and all(said) and all(any(row in some for some in said) for row in rows)

    def _described(self, claim: Claim, row: Row) -> bool:
        """'Fireworks at 9 PM' while it goes on: where its own text says just that, down to the word for what happens then."""
        value, at = claim.value, row.start_minute
        if not isinstance(value, TimeClaim) or value.bound or not value.starts or row.end_minute is None:
            return False
        if not any(at < m <= row.end_minute for s in value.starts for m in (s, s + 1440)):
            return False
        before = [w.text for w in self.view.words if w.end <= claim.start]
        telling = (
            i for i, w in reversed(list(enumerate(before))) if not (w in STOPWORDS or w in CLAIM_WORDS or w.isdigit())
        )
        return row.says((*before[next(telling, 0) :], *tokens(claim.text))) and bool(before)

    def _of_either(self, claim: Claim) -> tuple[int, ...]:
        """'A [1] overlaps with B [2], so you could go at 11': true of one of them."""
        last = max((a.end for a in self.anchors), default=0)
        if len(self.explicit) < 2 or not (last and _SO.search(self.view.folded, last, claim.start)):
            return ()
        if self.named is None:
            self.named = one_of(self.either, self.explicit, self.rows)
        return (self.named,)

    def _one_says(self, number: int, claim: Claim, *, denied: bool) -> bool:
        """Of several rows one must say all that is said of them; each kind of thing anew, as in 'tonight and on Friday'."""
        left, kinds = self.left.setdefault(number, (self.either[number], set()))
        if claim.kind in kinds:
            left, kinds = self.either[number], set()
        each = [[n for n in left if self.says(self.rows[n], day)] for day in listed.days_of(claim)]
        true = tuple(dict.fromkeys(n for some in each for n in some)) if all(each) else ()
        self.left[number] = true or left, {*kinds, claim.kind}
        return denied is not bool(true)

    def _counts_events(self, claim: Claim) -> bool:
        """'Two things stand out: A [1] and B [2]', 'Two sessions: [7] and [8]': not something that one of them has."""
        value = claim.value
        if claim.kind == "days" and isinstance(value, AmountClaim):
            return value.amount == len({self.rows[n].first for n in self.explicit}) > 1
        if claim.kind != "number" or claim.end > self.first:
            return False
        if isinstance(value, TextClaim):
            return NUMBERS.get(" ".join(value.words)) == len(self.explicit) > 1
        return isinstance(value, AmountClaim) and self._so_many(claim)

    def _so_many(self, claim: Claim) -> bool:
        folded, told = self.view.folded, [self.rows[n] for n in self.explicit]
        before = told or [self.rows[n] for n in self.scope.cited]
        meant = (t.rows for t in self.topical if claim.end <= t.start < listed.pause(folded, claim.end))
        pool = [self.rows[n] for n in next(meant, self.rows)]
        if not listed.are_so_many(folded, claim, self.claims, pool, before, self.says):
            return False
        if len(told) < 2 or not isinstance(claim.value, AmountClaim):
            return True
        between = folded[claim.end : self.first]  # 'three things: A [1] and B [2]', where no other number comes between
        return ":" not in between or claim.value.amount <= len(told) or not NUMBERS.keys().isdisjoint(between.split())

    def _of_nothing(self, claim: Claim) -> bool:
        """'Nothing on my list is on Sunday'."""
        folded = self.view.folded
        if not isinstance(claim.value, DayClaim) or not ("no" in folded or "anything" in folded):
            return False
        return bool(_NOTHING.search(folded, 0, claim.start) or _NO.search(folded, 0, claim.start))

    def _ruled_out(self, claim: Claim) -> Sequence[Row]:
        """Of what it says that nothing is on: 'no comedy tonight', 'nothing on Sunday'. What is on for weeks is no evening's event."""
        if (m := _NO.search(self.view.folded, 0, claim.start)) and "event" not in m["what"]:
            kinds = [one for w in m["what"].split() if (one := stem(w)) in self.topics]
            return [self.rows[n] for n in self.topics.of(kinds)] if kinds else ()
        lax = "anything" in self.view.folded or (isinstance(claim.value, DayClaim) and claim.value.part)
        return [row for row in self._every if not (lax and listed.is_long(row))]

    def _somewhere(self) -> bool:
        """'There is trivia in Winters on Saturday': with a place of some row and no number, true when all of it is true of one row."""
        if not any(isinstance(c.value, TextClaim) and c.value.place and c.value.rows for c in self.claims):
            return False
        if any(is_deadline(self.view.masked, c) or is_conditional(self.view.masked, c) for c in self.claims):
            return False
        stated = [c for c in self.claims if not (c.kind == "number" and isinstance(c.value, AmountClaim))]
        rows = [
            row for row in self.rows.values() if spell.as_planned(row.facts) and all(self.says(row, c) for c in stated)
        ]
        counted = [c.value.amount for c in self.claims if c.kind == "number" and isinstance(c.value, AmountClaim)]
        return bool(rows) and all(n <= len(rows) for n in counted)

    def _set_beside(self, claim: Claim) -> tuple[int, ...]:
        """Tell a claim that sets two events beside each other what it is held against. The row it speaks of, where the sentence says so:
        'A [1] is the day before B [2]', 'A [1] is cheaper than B [2]'."""
        value = claim.value
        if not isinstance(value, OrderClaim) and not (isinstance(value, DayClaim) and value.beside is not None):
            return ()
        before = [a for a in self.anchors if a.row not in self.either and a.end and a.end <= claim.start][-1:]
        after = [a for a in self.anchors if a.row not in self.either and a.start >= claim.end][:1]
        joined = bool(before and after) and bool(_JOINED.search(self.view.folded, claim.start, after[0].start))
        if isinstance(value, OrderClaim):
            return self._ordered(claim, value, before, after, joined=joined)
        beside = [a.row for a in after] if joined else [*self.scope.last, *self.scope.rows, *self.explicit]
        claim.value = replace(value, others=tuple((n, self.rows[n].first) for n in dict.fromkeys(beside)))
        return tuple(a.row for a in before) if joined else ()

    def _ordered(
        self, claim: Claim, value: OrderClaim, before: Sequence[Anchor], after: Sequence[Anchor], *, joined: bool
    ) -> tuple[int, ...]:
        own = tuple(a.row for a in before) or self.scope.rows[-1:]
        value = self._counted_from(claim, value, before, after, joined=joined)
        told = dict.fromkeys((*self.scope.cited, *self.explicit))
        if value.amount is not None and not joined:  # 'an hour later' than what was told before
            others = [n for n in (*self.scope.rows, *self.explicit, *self.scope.told[-2:]) if n not in own]
        elif value.one:
            others = [a.row for a in after]
        elif claim.text.endswith("est") and (said := listed.beside(self.view.folded, claim, self.claims)):
            # 'the earliest on Sunday'
            others = [n for n, row in self.rows.items() if all(self.says(row, c) for c in said)]
        else:
            others = list(told if len(told) > 1 else self.rows)
        claim.value = among(value, [self.rows[n] for n in others], self.query)
        return own if value.one else ()

    def _counted_from(
        self, claim: Claim, value: OrderClaim, before: Sequence[Anchor], after: Sequence[Anchor], *, joined: bool
    ) -> OrderClaim:
        """'A [1] is over by noon, three hours before B [2] starts', 'A [1] shuts at 4 and B [2] opens an hour later': from an end."""
        folded = self.view.folded
        if value.amount is None:
            return value
        if not joined:
            return replace(value, to_end=value.more and bool(before) and bool(_ENDS.search(folded, 0, before[0].start)))
        from_end = _ENDS.search(folded, self.anchors[0].start, claim.start) is not None
        return replace(value, from_end=from_end, to_end=_ENDING.match(folded, after[0].end) is not None)

    def _after_until(self, claim: Claim) -> None:
        """'It doesn't start until 8 PM' says when it starts."""
        value, lead = claim.value, claim.text.split(" ", 1)[0] + " "
        before = self.view.folded[max(0, claim.start - 60) : claim.start]
        denied = before.endswith(_NOT_UNTIL[:2]) and _DENIED.search(before.rsplit(" ", 2)[0] + " ")
        if denied and isinstance(value, DayClaim) and value.edge == "last":
            claim.value = replace(value, edge="first")
        if not isinstance(value, TimeClaim) or lead not in ("until ", "till "):
            return
        if _DENIED.search(self.view.folded[max(0, claim.start - 60) : claim.start]):
            claim.start += len(lead)
            claim.value = TimeClaim(starts=value.starts or value.ends, zone=value.zone)

    def _denied(self, claim: Claim) -> bool:
        """'It is not on Sunday' is true of a Saturday's event, and to put Saturday there would make it false."""
        if self.of_all and self.view.folded.lstrip(" -*").startswith("none of "):
            return True
        self._after_until(claim)
        before = self.view.folded[max(0, claim.start - 60) : claim.start]
        if before.endswith(_NOT_UNTIL):
            return False
        denied = _DENIED.search(before) or ("neither" in before and _NEITHER.search(before))
        return bool(denied) and not _NOT_DENIED.search(before)
