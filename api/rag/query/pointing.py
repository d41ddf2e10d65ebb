"""Words that point at what our last answer told: "the second one", "number 3", "is it free?", "more like the first one"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from api.rag.query.text import Gated, Span, words_of

Told = tuple[tuple[int, int], ...]  # (number of the source, event id), in the order of the answer
Names = tuple[tuple[int, str], ...]  # (event id, title) of those
Manner = Literal["about", "like", "not", "there", "by"]  # ..., at the same venue, by the same people
Scope = Literal["all", "focus", "rest"]  # of what was told: all, what was spoken of last, and the others
Order = Literal["price", "distance", "start"]
Shift = Literal["earlier", "later"]

LAST = -1
MAX_LEAD_CHARS = 40  # of the words before "the second one" that say what is wanted of it
_NTH = {
    **{
        word: n
        for n, word in enumerate(words_of("first second third fourth fifth sixth seventh eighth ninth tenth"), 1)
    },
    **{word: n for n, word in enumerate(words_of("1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th"), 1)},
    "last": LAST,
}
_COUNTS = {word: n for n, word in enumerate(words_of("two three four five six"), 2)} | {str(n): n for n in range(2, 7)}
_ORD = "|".join(_NTH)
_SPELLED = "|".join(word for word in _NTH if not word[0].isdigit())
_ONE = r"(?:ones?|events?|options?|suggestions?|results?|picks?|choices?)"
_OF_THEM = r"(?: of (?:them|these|those))?"
# "The first one in December", "the last one before Christmas": of what is still looked for.
_STILL_LOOKED_FOR = re.compile(rf"the (?:first|last) {_ONE} (?:in|on|of|at|this|next|after|before|during|near)\b")
_ASKED_OF = re.compile(r"(?:^|\W)(?:is|are|was|were|does|do|did|will|when's|where's) $")
_NTH_ONE = (
    rf"(?:the|that|this|these|those|your) (?P<nth>(?:{_ORD})(?:(?:,? and|,? or|,) (?:the )?(?:{_ORD}))*) {_ONE}\b(?!-)"
)
_SEVERAL = rf"the (?P<end>first|last) (?P<count>{'|'.join(_COUNTS)})(?: {_ONE}| of (?:them|these|those))"
_NUMBER = (
    r"(?:(?:number|option|no\.) ?|#|\[)(?P<number>\d{1,2})\]?(?=[?!,;)]|\.?(?:$| (?:is|was|does|do|did|has|in|on|at|from|for|and|or|too|again|please|then"
    r"|instead|sounds|looks|seems|works|starts?|ends?|costs?|free|still|with|than|but|just)\b))"
)
_EXPLICIT = Gated(
    re.compile(rf"(?<![\w-])(?:{_NTH_ONE}{_OF_THEM}|{_SEVERAL}|{_NUMBER})"),
    (" one", " event", "option", "suggestion", "result", " pick", "choice", " of the", "number", "no.", "#", "["),
)
_BARELY = (
    r"(?:(?:and|so|ok|okay|then|what about|how about|tell me about|tell me more about|more (?:about|on)|show me) )*+"
)
# "And the third?": bare, it says nothing else.
_BARE = re.compile(
    rf"{_BARELY}(?:the (?:(?P<bare>{_SPELLED})|(?P<end>first|last) (?P<count>{'|'.join(_COUNTS)}))|(?P<number>[1-9]))(?: please| then)? ?[?.!]*"
)
_BARE_LED = re.compile(
    rf"{_BARELY}(?:more|anything|something|others?|events|things) (?:else )?(?:like|similar to) the (?P<nth>{_SPELLED})(?P<end>)(?: please)? ?[?.!]*"
)
_IT = r"(?:it|that|this|(?:that|this) (?:one|event|show|concert))"
_THEM = r"(?:they|them|those|these|either(?: one)?|(?:both|all|any|some|one|which) of (?:them|these|those))"
_OTHER = r"the other (?:ones?|events?|options?)"
_SHOWN = rf"(?:{_IT}|{_THEM}|{_OTHER}|there|(?:the )?(?:{_ORD}) {_ONE}|(?:number |#)\d{{1,2}})"
_REST = (
    r"(?: (?:start|starts|end|ends|begin|begins|happening|held|located|at|exactly|on|open|over|cost|last|take|taking place|to get in"
    r"|to attend|to play|to join|to enter|to go|for kids|for (?:two|three|four|five|six|\d{1,2}|a family|the family|us|adults|students|seniors|children)(?: people| of us| adults| kids| tickets)?|close|closes|finish|finishes|again|there|going on|or not|too|that day|that night|in advance|ahead|for it|for that|nearby|available|on site)){0,3}"
)
_OPENER = (
    r"(?:(?:and|so|ok|okay|but|hmm|also|thanks|cool|great|nice),? )*+"  # possessive: a long row of them is read once
)
_OTHER_ONE = re.compile(rf"{_BARELY}{_OTHER}(?: please| then)? ?[?.!]*")
# A question about what was just told: it changes nothing.
_ABOUT_SHOWN = re.compile(
    rf"{_OPENER}(?:"
    rf"(?:is|are) {_SHOWN}(?: still| also| all| really)? (?:free|expensive|cheap|far|sold out|cancell?ed|recurring|weekly|outside|inside|indoors|outdoors|on|over|open|closed){_REST}"
    r"|are (?:they|these|those)(?: both| all)? (?:good|ok|okay|suitable|appropriate|safe|right|for|all ages|\d\d\+|kid|family|wheelchair|accessible|dog|pet|indoor"
    r"|outdoor|online|virtual|in person|under|over|before|after|done|finished)[\w'+$ -]{0,40}"
    rf"|how (?:much|far|long|expensive) (?:is|are|does|do|will|would) {_SHOWN}{_REST}(?: (?:from|to) [\w' ,]{{1,40}})?"
    rf"|how far(?: away)? (?:is|are) {_SHOWN}(?: away)? from [\w', ]{{1,30}}"
    rf"|how (?:late|early) (?:is|are|does|do|will) {_SHOWN}(?: open| on| be| stay| go)?{_REST}"
    rf"|(?:until|till) (?:when|what time)(?: (?:is|are|does|do|will) {_SHOWN}{_REST})?"
    rf"|what (?:does|do|did|will|would) {_SHOWN} cost{_REST}"
    rf"|do(?:es)? {_SHOWN} (?:need|require) (?:a |any )?(?:tickets?|reservations?|registration|rsvp|booking){_REST}"
    r"|(?:does it|do they|is there|are there) (?:have |any |a |enough )*(?:parking|restrooms?|bathrooms?|seating|wifi|air conditioning|heating|childcare)"
    rf"{_REST}"
    r"|(?:do|will) they (?:provide|supply|serve|accept|take|sell|allow) [\w' ]{1,30}"
    r"|what time (?:should|do|must) (?:i|we) (?:have to |need to )?(?:arrive|come|leave|be there|get there|show up)"
    rf"|what (?:time|day|date) (?:is|are|does|do|will) {_SHOWN}{_REST}"
    rf"|(?:when|where)(?: exactly)?(?:'s| is| are| does| do) {_SHOWN}{_REST}|(?:where|when|what time|how much|how far|how long) exactly"
    rf"|how (?:much|expensive|hard|long|far|big|old)(?: (?:are|is) (?:the )?(?:tickets?|admission|entry|parking|it|that|this|drive|walk))?{_REST}"
    r"|how old do (?:you|they|i|we|kids) (?:have|need) to be"
    rf"|who(?:'s| is| are)? (?:organi[sz](?:es|ing|ed|er|ers)|runs|running|hosts|puts(?: it| this| that)? on|behind|presents|presenting|hosting|teaching|leading)(?: {_SHOWN})?|who (?:is|are) {_SHOWN} for"
    r"|(?:when|what time) do (?:the )?doors open"
    r"|which (?:one|event|of (?:them|these|those)|is)(?:'s| is)? (?:the )?(?:best|biggest|largest|smallest|nicest|coolest|busiest|longest|shortest|(?:most|least) \w{2,15})"
    r"(?: one| event)?(?: of (?:them|these|those|all))?"
    rf"|which (?:one )?(?:would|do|should) (?:you|i|we) (?:pick|choose|recommend|suggest|prefer)|what(?:'s| is) the difference(?: between {_SHOWN})?"
    r"|(?:(?:can you |could you |please )*(?:send|give|share) (?:me )?)?(?:a |the |its )?(?:link|links|website|web ?site|url|address|phone(?: number)?|contact)"
    r"(?: (?:for|to|of) (?:it|that|this|them))?"
    rf"|what(?:'s| is| are) (?:the|its|their) (?:address|price|prices|cost|website|link|venue|location|start time|age limit|hours|opening hours|schedule)(?: (?:of|for) {_SHOWN})?"
    rf"|what(?:'s| is| are) {_SHOWN} (?:about|like)"
    rf"|(?:can you )?(?:tell me |say |show me |give me )?more (?:about|on|details about|details on|info about|info on) {_SHOWN}"
    r"|(?:can you )?(?:please )?(?:tell me (?:a bit |a little )?more|(?:give me |show me )?(?:more |the )?(?:details|info|information))"
    rf"|(?:is|are) there (?:any |a |an )?(?:parking|line|wait|waitlist|seating|seats|restrooms?|bathrooms?|childcare|dress code|age limit|fee|cover|cover charge|wifi|(?:group |student |senior )?discounts?){_REST}"
    r"|(?:what|how)(?:'s| is) (?:the )?parking(?: like| situation)?"
    r"|do (?:i|we|you|they) (?:need|have) (?:to )?(?:a |any |get |make |buy )?(?:tickets?|reservations?|book|rsvp|register|reserve|sign up|pay)"
    rf"{_REST}"
    rf"|(?:how|where) (?:do|can) (?:i|we|you) (?:get there|(?:get|buy) tickets|book|register|sign up|rsvp|park){_REST}"
    r"|how many (?:are (?:there|they)|did you find|of (?:them|these|those) are there)(?: in total| all together)?"
    # doubts, and what only the page or the organizer can do: to tell what is known is all there is to say
    r"|(?:are you|you) (?:sure|certain|positive)(?: about (?:it|that|this|them)|(?: that)? (?:it|that|this)(?:'s| is) (?:right|correct|true))?|really|for real"
    r"|(?:is )?(?:that|this|it)(?:'s| is)? (?:not |n't |really )?(?:right|correct|true|wrong|incorrect|accurate)"
    r"|why (?:did you|do you|are you|is|are|was) [\w' ]{0,30}\b(?:it|that|this|them|these|those|one|ones)"
    r"|(?:what|how) about (?:the )?(?:parking|seating|tickets|price|prices|cost|address|directions|age limit|dress code)"
    r"|why (?:it|that|this|them|these|those)(?: ones?)?"
    r"|what (?:should|do|would) (?:i|we) (?:need to |have to )?(?:bring|wear|expect)[\w' ]{0,20}"
    r"|where (?:did|do) you (?:get|find|have) (?:it|that|this|them|these|those)(?: from)?"
    r"|(?:(?:can|could) you |please )*(?:share|save|bookmark|book|reserve|send|email|text|forward|print|copy) (?:me )?"
    r"(?:it|that|this|them|these|those)(?: one| event)?(?: (?:to|with|for|in|at) [\w' ]{1,30})?"
    r"|(?:(?:can|could) you |please )*sign (?:me|us) up(?: for (?:it|that|this|them))?"
    r"|(?:(?:can|could) you |please )*remind me(?: (?:about|of) (?:it|that|this|them))?(?: later)?"
    r"|(?:(?:can|could) you |please )*(?:show|put|add|see|view) (?:me )?(?:it|that|this|them|these|those) (?:on|to|in) (?:a |the |my )?(?:map|calendar)"
    r")(?: please)? ?[?.!]*"
)
# The same, of words that name what can be looked for where nothing was told.
_OF_TOLD = re.compile(
    rf"{_OPENER}(?:(?:which|what) (?:book|movie|film)(?: (?:is it|will it be))?|is there (?:any )?(?:food|snacks|refreshments|wheelchair access){_REST})"
    r"(?: please)? ?[?.!]*"
)
_TIMES = r"(?:dates?|days?|times?|showings?|showtimes?|screenings?|performances?|sessions?)"
_DAYS = (
    r"(?:today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekends?|weekdays?|week|month|christmas|thanksgiving"
    r"|(?:the )?\d{1,2}(?:st|nd|rd|th)|(?:january|february|march|april|may|june|july|august|september|october|november|december)\b)"
)
_AS_WELL = r"(?: (?:too|also|as well|again|only|or not|though|instead|please))*"
_TAKES_PLACE = r"(?: (?:be|have|on|happen|happening|take place|taking place|run|running|repeat|offered|held|scheduled|meet|meeting))*"
# When else there is what was just told: "is it on Sunday too?", "when else is it on?", "does it repeat?"
_WHEN_ELSE = re.compile(
    rf"{_OPENER}(?:(?:is|are|does|do|will) {_SHOWN}{_TAKES_PLACE} (?:every|each) (?:day|week|month|year|weekend)|(?P<on_days>"
    rf"(?:is|are|was|will|does|do) (?!there\b|th(?:is|at) {_DAYS}){_SHOWN}(?: (?:also|only|still|just|even|be|on|happening|happen|running|runs?|open|playing|held|taking place"
    rf"|take place|going on|there|available|offered|at|in|over|next|this|the|any|all|every|each|other|coming|following|again)){{0,5}} {_DAYS}[\w' ,:-]{{0,30}})"
    rf"|(?P<bare>(?:(?:is|are) there |does it have |do they have )?(?:any )?(?:other|more|another|additional|further) {_TIMES}(?: (?:for|of|to see) {_SHOWN})?)"
    rf"|(?:when|what (?:other )?{_TIMES}) else (?:is|are|does|do|will|can (?:i|we) (?:see|attend|catch|do|go to)) {_SHOWN}{_TAKES_PLACE}"
    rf"|what(?: are (?:the|its|their))?(?: other)? (?:dates|days|times|showings|showtimes|screenings|performances|sessions) (?:is|are|does|do|will) {_SHOWN}{_TAKES_PLACE}"
    rf"|what(?: are (?:the|its|their))? other {_TIMES}(?: are there| there are)?"
    rf"|(?:does|do|will|is|are) {_SHOWN} (?:(?:ever|also|only|just|a|an) ){{0,2}}(?:repeat(?:ing|ed|s)?|recur(?:ring|s)?|happen(?:s|ing)? (?:again|regularly|often|once)"
    r"|come back|coming back|weekly|monthly|daily|one[- ]time|one[- ]off|(?:be )?(?:on|run|running) (?:again|regularly))(?: (?:event|thing|series|class))?[\w' ]{0,30}"
    rf"|(?:which|what) {_TIMES}|when(?:'s| is) the next (?:one|time)"
    rf"|when(?:'s| is| are| does| do| will) {_SHOWN}{_TAKES_PLACE}(?: (?:in|on|this|next|the)){{1,2}} {_DAYS}"
    rf"|how (?:often|many times)(?: else)? (?:is|are|does|do|will) {_SHOWN}{_TAKES_PLACE}"
    rf"|when(?:'s| is| are| does| do| will) {_SHOWN}{_TAKES_PLACE} (?:next|again){_TAKES_PLACE}"
    rf"){_AS_WELL} ?[?.!]*"
)
# What was told is known already: then something else is wanted.
_KNOWN = re.compile(
    rf"{_OPENER}(?:you(?:'ve| have)? (?:already )?(?:showed|shown|told|gave|given) me (?:about )?|(?:i|we)(?:'ve| have)? (?:already )?"
    rf"(?:seen|saw|been to|went to|done|did|know|knew|know about|heard of) )(?:(?P<one>{_IT})|{_THEM}|all of (?:them|these|those))"
    r"(?: ones?)?(?: already| before)* ?[?.!]*"
)
_NONE = re.compile(
    rf"{_OPENER}(?:(?:no|nope|nah|sorry|hmm),? )*+(?:(?:i|we) (?:don't|do not|didn't|did not) (?:really )?(?:like|want|care for|love) (?:any of )?{_THEM}"
    r"|(?:none|neither|not any|not one)(?: of (?:them|these|those|that))?(?: (?:really )?(?:works?|appeals?|sounds? (?:good|fun|interesting|right)|fits?|suits?|interests?|looks? (?:good|fun|interesting|right)"
    r"|(?:is|are|seems?) (?:really )?(?:right|good|interesting|it|for (?:me|us)))(?: (?:to|for|with)? ?(?:me|us))?)?"
    r"|(?:that|this|it|these|those|they)(?:'s|'re| is| are| was| were) not (?:really |quite |exactly )?what (?:i|we)(?:'m|'re| am| are| was| were)?"
    r" (?:want|wanted|need|needed|meant|after|asked for|(?:looking|searching|asking|hoping) for|had in mind)"
    r"|not (?:that|this)(?: one)?|not (?:these|those|any of (?:these|those|them))|nothing (?:here|there) (?:works|appeals|for (?:me|us)))"
    r"(?:,? (?:thanks|thank you|please|sorry|unfortunately|though|either))? ?[?.!]*"
)
# "Can we take the kids somewhere on Sunday?" asks for something else.
_NOTHING_NEW = r"(?!.*\b(?:some|any)(?:where|thing|place|one)?\b|.*\b(?:today|tonight|tomorrow|weekends?|next|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b)"
# Said of one event these ask about it; else they say what is looked for: "is it good for kids?", "can we bring our dog?"
_OF_ONE = re.compile(
    rf"{_OPENER}(?:"
    r"(?:is|was|does|do|will|has) (?:it|that|this)(?: one| event| show)?"
    r"(?! (?:possible|any|some|something|anything|there|all|it|everything|the only|week|weekend|month|morning|afternoon|evening|mon|tues|wed|thurs|fri|satur|sun)(?:day)?\b)"
    r" [\w'+ -]{2,60}"
    rf"|{_NOTHING_NEW}(?:can|could|may|should|do|will) (?:i|we|you|they|kids|children|dogs|people|anyone) (?:just |have to |need to )?"
    r"(?:bring|take|drop|pay|park|drink|eat|sit|walk in|show up|drop in|get in|come late|leave early|wear|rent)\b[\w' -]{0,40}"
    r"|(?:can|could|may|will|would) (?:(?:my|our|a|an|the|any) [\w' -]{1,30}?|anyone|everyone|anybody|kids|children|under \d{2}s) (?:also )?"
    r"(?:come|go|attend|join|participate|get in|enter|(?:like|enjoy) (?:it|that|this))(?: in| too| along| with (?:me|us)| as well| for free)?"
    r"|(?:are|is) (?:kids|children|dogs|pets|minors|strollers|cameras|babies|toddlers|teens|everyone) (?:also )?(?:allowed|welcome|ok|okay|permitted)[\w' ]{0,20}"
    r"|who(?:'s| is| are) (?:playing|performing|singing|speaking|hosting|organizing|behind|the (?:bands?|performers?|speakers?|authors?|organizers?|artists?))[\w' ]{0,20}"
    r")(?: please)? ?[?.!]*"
)
# "The jazz one", "the one at the library": by what it is. Of several ("the free ones") more are looked for.
_BY_WHAT = Gated(
    re.compile(
        r"(?<![\w-])the (?:(?P<what>(?:[\w'&.:-]{1,20} ){1,4}?)one\b(?![-'])"
        r"|one (?P<tail>(?:at|in|on|with|about|for|by|near|from|called|that's|that is|which is|starting|tomorrow|tonight|today)\b[^?.!,;]{0,60}))"
    ),
    ("the one ", " one"),
)
# What stands before "one" and is no property of an event: whole clauses, other counts, and people.
_NO_PROPERTIES = frozenset(
    words_of(
        "is are was were be has have had want wants need needs like likes and or but not of to in at on for with from that this which any some no the a an"
        " my our your other others same right wrong only best better good great big next new first last whole single loved little young younger youngest old older"
        " oldest eldest year years yr kid's i we you they he she it every each number day time does do did can will if as"
    )
)
# "I meant the one in Illinois" is said of a town.
_CORRECTS = re.compile(r"\b(?:mean|meant|no),? $")
_SEVERAL_SHOWN = re.compile(rf"\b(?:{_THEM}|{_OTHER})\b")
_ALL, _OTHERS = re.compile(rf"\b{_THEM}\b"), re.compile(rf"\b{_OTHER}\b")
_COMPARED: tuple[tuple[Order, str], ...] = (
    ("price", "cheapest|least expensive|lowest priced|lowest price"),
    ("distance", "closest|nearest|least far"),
    ("start", "first|earliest|soonest|next"),
)
# "The cheaper one" of those told; "what's cheaper?" looks for others.
_COMPARING: dict[str, Order] = {
    **{most: order for order, words in _COMPARED for most in words.split("|")},
    **dict.fromkeys(("cheap", "cheaper", "less expensive"), "price"),
    **dict.fromkeys(("closer", "nearer", "close", "near"), "distance"),
    **dict.fromkeys(("earlier", "sooner"), "start"),
}
_WHICH = re.compile(
    rf"{_OPENER}(?:which|what)(?:'s| is| are| one is| ones are| one's| one| event is| of (?:them|these|those)(?: is| are)?)"
    r"(?: starts?| begins?| happens?| comes?)?(?: the)? (?P<most>"
    + "|".join(words for _, words in _COMPARED)
    + r")(?: one| event| option)?(?: of (?:them|these|those|all))?(?: to (?:me|us|here|home|downtown|town|the center))? ?[?.!]*"
)
_THE_MOST = re.compile(
    rf"{_OPENER}(?P<most>closest|nearest|cheapest|least expensive|earliest|soonest) one(?: please)? ?[?.!]*"
)
# "Anything earlier?", "not that late": than what was told. "Later!" takes leave.
_SHIFTED = re.compile(
    rf"{_OPENER}(?!maybe later ?[?.!]*$)(?:(?:is there |are there |do you have |got |show me )?(?:anything|something|any|ones?|what's)(?: else| on)? )?"
    r"(?:(?:a (?:bit|little)|much|maybe|preferably) )?(?:(?P<earlier>earlier)|(?P<later>later))"
    r"(?: in the day| than (?:that|this|these|those)| ones?| please)*(?: please)? ?[?.]*"
)
_NOT_SO = re.compile(
    rf"{_OPENER}(?:(?:it's|that's|they're|those are|they are|that is|all|a bit|a little) )*(?:not (?:that|so|too|as)|too) (?P<half>late|early)"
    r"(?: in the day| for (?:me|us))?(?:,? (?:earlier|later))?(?: please)? ?[?.!]*"
)
# Not "jazz or something like that".
_LIKE_IT = re.compile(
    rf"(?<!or )\b(?:(?:more|anything|something|others?|events|things)(?: else)? (?:like|similar to) {_IT}"
    r"|(?:anything|something|things|events|others?|more|ones?) similar)(?! to\b)(?![\w-])"
)
_SAME = r"(?:that|this|the same|its|their)"
_VENUE = (
    r"(?:venue|place|location|theat(?:er|re)|museum|library|club|bar|hall|brewery|winery|gallery|cent(?:er|re)|spot)"
)
_MORE = r"(?:what else|anything else|something else|more|other (?:events|things|shows|concerts|stuff)|(?:any )?(?:events|shows|concerts|things))"
_THERE = re.compile(rf"\b{_MORE}\b(?P<kind>[\w' ]{{0,40}}?) (?:at|in|from) {_SAME} {_VENUE}\b")
_BY_THEM = re.compile(
    rf"\b{_MORE}\b(?P<kind>[\w' ]{{0,40}}?) (?:by|from|with) (?:them|him|her|(?:that|this|the same) (?:organi[sz]ers?|people|band|artists?|group|company|author|performers?|team))\b"
)
_LEADS: tuple[tuple[Manner, re.Pattern[str]], ...] = (
    (
        "like",
        re.compile(
            r"\b(?:more|anything|something|things?|events?|others?|stuff|ones?|what(?:'s| is)) (?:else )?(?:that's |that is )?"
            r"(?:just |a lot |kind of |much )?(?:like|similar to) $"
        ),
    ),
    (
        "not",
        re.compile(
            r"\b(?:not|without|except|except for|besides|other than|instead of|apart from|aside from|skip|drop|hate"
            r"|(?:don't|do not|didn't|did not) (?:really )?(?:like|want|care for)|not (?:into|interested in|feeling|a fan of)"
            r"|(?:already |i've |we've )(?:seen|been to|done|did|saw|went to)|(?:anything|everything|all|any|nothing) but) $"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Pointer:
    """`positions` count from 1 in the order of the answer, or back from -1, its last; `numbers` are those it gave its sources.
    Without either the words speak of what `scope` says. `order`: which is asked for, "the cheapest"."""

    manner: Manner
    span: Span  # with the words of its manner
    positions: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    scope: Scope = "all"
    order: Order | None = None
    of_one: bool = False  # it points only where there is one that it can mean
    shift: Shift | None = None  # other hours than those of what was told
    times: bool = False  # it asks when else, or on the days that it names
    what: str = ""  # what is said of those it means: "jazz" of "the jazz one"
    ids: tuple[int, ...] = ()  # those it calls by name
    kind: str = ""  # what it calls the event, where not every event is one: "the game"

    def resolve(self, told: Told, focus: tuple[int, ...]) -> tuple[int, ...]:
        """Event ids; empty where nothing was told, or nothing at that place. `focus` is what was spoken of last."""
        if self.ids:
            return self.ids
        if not self.positions and not self.numbers:
            rest = tuple(id_ for id_ in all_told(told) if id_ not in focus)
            return (focus if self.scope == "focus" else rest if self.scope == "rest" else ()) or all_told(told)
        named = dict(told)
        found = [id_ for n in self.positions for id_ in _at(told, n)]
        found += [id_ for n in self.numbers for id_ in ([named[n]] if n in named else _at(told, n))]
        return tuple(dict.fromkeys(found))

    def is_vague(self, told: Told, focus: tuple[int, ...]) -> bool:
        """ "More like this" where this may be any of several."""
        return self.of_one and len(self.resolve(told, focus)) != 1


def all_told(told: Told) -> tuple[int, ...]:
    return tuple(dict.fromkeys(id_ for _, id_ in told))


def _at(told: Told, position: int) -> tuple[int, ...]:
    ids = all_told(told)
    known = 0 < position <= len(ids) or -len(ids) <= position < 0
    return (ids[position - 1 if position > 0 else position],) if known else ()


def find_pointer(lower: str) -> Pointer | None:
    """`lower` is the message in lower case; the cost is linear in its length."""
    whole, said = (0, len(lower)), " ".join(lower.split())
    if bare := _BARE.fullmatch(said):
        numbers = (int(bare["number"]),) if bare["number"] else ()
        return Pointer("about", whole, _positions(bare, bare["bare"]), numbers, of_one=bool(numbers))
    if which := _WHICH.fullmatch(said) or _THE_MOST.fullmatch(said):
        return Pointer(
            "about", whole, order=next(name for name, words in _COMPARED if which["most"] in words.split("|"))
        )
    if bare := _BARE_LED.fullmatch(said):
        manner, start = manner_of(lower, lower.rindex("the "))
        return Pointer(manner, (start, len(lower)), _positions(bare, bare["nth"]))
    if shift := _shift(said):
        return Pointer("not", whole, shift=shift)
    if explicit := _explicit(lower):
        return explicit
    if described := _described(lower):
        return described
    if else_ := _WHEN_ELSE.fullmatch(said):
        vague = bool(else_["bare"] or else_["on_days"]) and not _SEVERAL_SHOWN.search(said)
        return Pointer("about", whole, scope=_scope(said), times=True, of_one=vague)
    if asks_about_shown(lower) or _OF_TOLD.fullmatch(said):
        return Pointer("about", whole, scope=_scope(said))
    if known := _KNOWN.fullmatch(said):
        one = known["one"] or ""
        return Pointer("not", whole, scope="focus" if one else "all", of_one=one.endswith(" one"))
    if _NONE.fullmatch(said):
        return Pointer("not", whole)
    if there := _THERE.search(lower):
        return Pointer("there", _of_last_words(there), scope="focus", of_one=True)
    if by := _BY_THEM.search(lower):
        return Pointer("by", _of_last_words(by), scope="focus", of_one=True)
    if like := _LIKE_IT.search(lower):
        return Pointer("like", like.span(), scope="focus", of_one=True)
    if _OF_ONE.fullmatch(said):
        return Pointer("about", whole, scope="focus", of_one=True)
    return Pointer("about", whole, scope="rest") if _OTHER_ONE.fullmatch(said) else None


def _of_last_words(match: re.Match[str]) -> Span:
    """ "At that venue" of "anything else for kids at that venue": what stands before says what is wanted."""
    return match.end("kind"), match.end()


def _shift(said: str) -> Shift | None:
    if asked := _SHIFTED.fullmatch(said):
        return "earlier" if asked["earlier"] else "later"
    if refused := _NOT_SO.fullmatch(said):
        return "earlier" if refused["half"] == "late" else "later"
    return None


def _scope(said: str) -> Scope:
    if _OTHERS.search(said):
        return "rest"
    return "all" if _ALL.search(said) else "focus"


def asks_about_shown(lower: str) -> bool:
    """Is it nothing but a question about what was just told?"""
    return _ABOUT_SHOWN.fullmatch(" ".join(lower.split())) is not None


def _explicit(lower: str) -> Pointer | None:
    """ "The second one" wherever it stands; what leads to the first of them says what is wanted of it."""
    found = list(_EXPLICIT.finditer(lower))
    if not found:
        return None
    start, end = found[0].start(), found[-1].end()
    lead = _lead(lower, start)
    manner, start = manner_of(lower, start)
    if manner == "about" and _STILL_LOOKED_FOR.match(lower, start) and not _ASKED_OF.search(lead):
        return None
    positions = [n for match in found for n in _positions(match, match["nth"])]
    numbers = [int(match["number"]) for match in found if match["number"]]
    times = manner == "about" and _WHEN_ELSE.fullmatch(" ".join(lower.split())) is not None
    return Pointer(manner, (start, end), tuple(positions), tuple(numbers), times=times)


def _described(lower: str) -> Pointer | None:
    """ "The jazz one", "the one at the library", wherever it stands."""
    for match in _BY_WHAT.finditer(lower):
        what = (match["what"] or match["tail"]).strip()
        said = words_of(what)
        if match["what"] and not _NO_PROPERTIES.isdisjoint(said):
            continue
        if _CORRECTS.search(_lead(lower, match.start())):
            return None
        if order := _COMPARING.get(what):
            return Pointer("about", (0, len(lower)), order=order)
        manner, start = manner_of(lower, match.start())
        return Pointer(manner, (start, match.end()), what=what)
    return None


def manner_of(lower: str, start: int) -> tuple[Manner, int]:
    """What is wanted of that which is named at `start`, and where that begins to be said."""
    lead = _lead(lower, start)
    manner: Manner = "about"
    at = start
    for name, pattern in _LEADS:
        if cue := pattern.search(lead):
            manner, at = name, start - (len(lead) - cue.start())
    return manner, at


def _lead(lower: str, start: int) -> str:
    return lower[max(0, start - MAX_LEAD_CHARS) : start]


def _positions(match: re.Match[str], ordinals: str | None) -> tuple[int, ...]:
    if match["end"]:
        count = _COUNTS[match["count"]]
        return tuple(range(1, count + 1)) if match["end"] == "first" else tuple(range(-count, 0))
    return tuple(_NTH[word] for word in re.findall(r"\w+", ordinals or "") if word in _NTH)
