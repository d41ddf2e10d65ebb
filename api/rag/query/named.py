"""Events that were told, pointed at by their names: "when does the ball end?", "more like the puppet show"."""

from __future__ import annotations

from collections.abc import Sequence

from api.rag.guard.words import STOPWORDS
from api.rag.query.pointing import Names, Pointer, manner_of
from api.rag.query.text import Text, plural_forms, words_of
from events.text import words as title_words

# What leads to the name is nothing but a question about it, or a wish to know more: other words look for something.
_ASKING = frozenset(
    words_of(
        "what what's when when's where where's who who's why how how's which is are was does do did will would can could should may"
        " the that i i'm i'd we we're you they me us my our your it there to for of at about on into a an any some more much long far late early expensive old big"
        " many time day date hour exactly tell show give send share know see get go come join attend want like need have has interested"
        " info information details detail description address location venue price prices cost costs fee fees link website url page phone"
        " number contact tickets ticket admission entry seats spots available parking park directions food drinks bathroom age ages limit dress"
        " code book buy reserve register sign up rsvp pay save remind email text print add put bring take kids kid children child toddler son"
        " daughter dog dogs stroller family allowed welcome ok okay good still left start starts end ends begin begins playing performing running"
        " hosting organizing behind lineup schedule program did suggest recommend pick choose mention bit little please and so but also then"
        " thanks great cool hi hey sorry"
    )
)
_ARTICLES = frozenset(words_of("the that this"))
# "The puppet show" may be called a parlor, "the robot mouse thing" a lab: these words tell no two kinds apart.
_ANY_KIND = frozenset(words_of("event thing one show performance concert gig class session workshop meetup activity"))
# What may follow a name. Any other word makes it another's: "the puppet museum" is no puppet show.
_AFTER = frozenset(
    words_of(
        "is are was does do did will would can could has have start starts starting end ends ending begin begins finish finishes last lasts"
        " cost costs free on at in for with near from to until till before after about like and or still also too again today tonight tomorrow"
        " this next every located held happening happen take takes taking open opens close closes closed over outdoors indoors outside inside ok okay good fun"
        " suitable appropriate safe expensive cheap sold cancelled canceled recurring weekly monthly kid kids family child children"
        " wheelchair stroller dog accessible friendly crowded loud really actually exactly please then now first instead sounds looks seems"
        " monday tuesday wednesday thursday friday saturday sunday need require allow have offer serve go run come details info address"
        " tickets times price website link parking worth any you we i it me my our there only just all not called again"
    )
)
_BUILDINGS = frozenset(
    words_of(
        "library libraries museum museums gallery galleries park parks center centre theater theatre church hall zoo school college university"
        " market store club bar cafe brewery winery farm garden gardens plaza square downtown city county studio"
    )
)
# "Is there anything else at the market?" looks for more.
_NEW_SEARCH = frozenset(words_of("else other another instead something anything"))
_ELSEWHERE = frozenset(words_of("in near around"))
_IN_TIME = frozenset(
    words_of("the january february march april may june july august september october november december")
)
# These ask about one that is known to both; else "open mic" without an article may be any, and "the library" a place to look in.
_OF_ONE = frozenset(
    words_of(
        "when when's time where where's how who who's why tell details info information address price cost link website tickets register book"
        " rsvp remind save email"
    )
)
# "For this Friday" asks for a day, whatever is called Friday Night Comedy.
_TIMES = frozenset(
    words_of(
        "monday tuesday wednesday thursday friday saturday sunday today tonight tomorrow weekend week month day night morning afternoon evening noon"
        " january february march april may june july august september october november december"
    )
)
MIN_WORDS = 2  # of a title, where no article says which is meant


def find_named(text: Text, names: Names) -> Pointer | None:
    """The events among `names` that the message asks about, wants more like or does not want, by what they are called.

    `text` is the message in lower case. Linear in its length for the few titles that an answer has.
    """
    if not names:
        return None
    titles = [(event_id, frozenset(title_words(title))) for event_id, title in names]
    asking = _NEW_SEARCH.isdisjoint(text.words)
    for at, word in enumerate(text.words):
        if asking or word in _ARTICLES:
            manner, start = manner_of(text.lower, text.starts[at])
            found = _named_at(text, at, titles) if asking or manner != "about" else None
            if found is not None:
                ids, end = found
                return Pointer(manner, (start, end), ids=ids)
        asking = asking and word in _ASKING
    return None


def _named_at(text: Text, at: int, titles: Sequence[tuple[int, frozenset[str]]]) -> tuple[tuple[int, ...], int] | None:
    """Those whose titles have most of the words that begin here, and the offset where these end."""
    definite, of_one = text.words[at] in _ARTICLES, not _OF_ONE.isdisjoint(text.words[:at])
    first = at + 1 if definite else at
    if not definite and (not of_one or text.words[at - 1] in _ARTICLES):
        return None
    met = {event_id: _met(text, first, title) for event_id, title in titles}
    most = max(count for count, _ in met.values())
    if most < (1 if definite else MIN_WORDS) or (most == 1 and text.words[first] in _BUILDINGS and not of_one):
        return None
    ids = tuple(event_id for event_id, (count, _) in met.items() if count == most)
    last = max(met[event_id][1] for event_id in ids)
    if _TIMES.issuperset(text.words[first:last]):
        return None
    return (ids, text.ends[last - 1]) if _ends(text, last) else None


def _met(text: Text, first: int, title: frozenset[str]) -> tuple[int, int]:
    """How many words of the title follow one another from `first`, and the index behind the last."""
    count, last = 0, first
    for i in range(first, len(text.words)):
        word = text.words[i]
        if word not in STOPWORDS and not title.isdisjoint(plural_forms(word)):
            count, last = count + 1, i + 1
        elif count and word in _ANY_KIND and last == i:
            last = i + 1
        elif not count or word not in title:
            break
    return count, last


def _ends(text: Text, last: int) -> bool:
    """Nothing follows that makes it something else: "the jazz festival", "the ball in Davis"."""
    after = text.words[last : last + 2]
    if not after or not text.joined[last]:
        return True
    if after[0] in _ELSEWHERE:
        return after[1:2] != () and after[1] in _IN_TIME
    return after[0] in _AFTER
