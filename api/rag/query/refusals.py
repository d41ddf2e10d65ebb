"""What a message takes back ("forget the kids") and what it does not want ("no sports or politics")."""

from __future__ import annotations

import re

from api.rag.query import cues, topics
from api.rag.query.said import Hit, LedgerField, Said
from api.rag.query.text import Text, plural_forms, words_of

_ENDS_SENTENCE = re.compile(r"[.!?;]")
_FORGETTABLE: tuple[tuple[LedgerField, str], ...] = (
    ("audience", "kids kid children child family age ages toddler teens teen audience boys girls son daughter seniors"),
    ("price", "price prices budget cost costs money free limit cheap paid"),
    (
        "when",
        "date dates day days time times when weekend tonight tomorrow today schedule evening morning afternoon week month",
    ),
    ("place", "place city town location where area"),
    ("radius", "distance radius miles"),
    ("access", "access accessibility wheelchair stroller"),
    ("setting", "indoor outdoor indoors outdoors inside outside weather rain"),
    ("attendance", "online virtual"),
    ("topics", "topic type kind genre category"),
)
_FORGOTTEN = {word: name for name, words in _FORGETTABLE for word in words.split()}
_SKIPPED = frozenset(words_of("the my our that this a an about any anything all those these to be for it in on by of"))
_AFTER_NOT = frozenset(
    words_of(
        "any the a an more another too much very super so kind of do like to go see really anything for my that is in at with really on geared aimed meant made designed little about"
    )
)
_LEFT_OUT = (
    *("hate", "hates", "dislike", "don't like", "doesn't like", "do not like", "don't feel like", "do not feel like", "can't stand", "allergic to"),
    *("not into", "not interested in", "not in the mood for", "not a fan of", "avoid", "avoiding", "except", "except for", "excluding"),
)  # fmt: skip
_REFUSES_A_WORD = frozenset(("no", "without", "exclude", "but not", "minus", *_LEFT_OUT))
# Of what is not liked or left out "and" names another: "I hate crowds and bars", where "no sports and comedy" wishes for comedy.
_REFUSES_BOTH = frozenset(
    (
        *("don't care for", "doesn't care for", "sick of", "tired of", "fed up with"),
        *("anything but", "everything but", "other than", "besides", "apart from", "aside from", *_LEFT_OUT),
    )
)
_QUALITIES = frozenset(
    words_of(
        "loud noisy big huge crowded long boring cheesy old fancy hard violent scary expensive lame dull stupid corny tacky touristy messy dirty rowdy formal strenuous gross"
    )
)
_NOISY = frozenset(words_of("loud noisy crowded"))
_DOGS = frozenset(words_of("dog dogs pup pups puppy doggy doggo pooch pet pets"))
# Where things are on, and no topic of their own: "not at the library".
_VENUES = {
    form: place for place in words_of("bar pub library casino school mall restaurant") for form in plural_forms(place)
}
_ROOMS = frozenset(words_of("gym gymnasium hall auditorium cafeteria room yard playground lot patio basement branch"))
SHORT = 3  # letters: alone such a word names nothing
_AND_OR = (("or",), ("nor",), ("and",))
_FEASTS = frozenset(words_of("christmas halloween thanksgiving easter holiday"))
_MORE = frozenset(words_of("longer louder bigger larger farther further harder"))
_ARTICLES = frozenset(words_of("a an the any"))
_OF_THEM = (("that",), ("thats",), ("that's",), ("which",))
_OF_A_GROUP = frozenset(
    words_of(
        "content theme themes humor humour language material jokes stuff things events event shows show activities"
    )
)
_BEFORE_A_GROUP = frozenset(words_of("for with about aimed geared meant"))
_CLAUSE_STARTS = frozenset(words_of("and or but please for in on at near this tonight tomorrow today with though"))
_NOT_WORDS = frozenset(
    words_of(
        "thanks problem idea rush need later earlier longer matter sure that this them those these it one ones time than more less just only good too"
        " what who where when please what's there fee fees charge cost doubt thing things event events stuff way place places else kids worries anything something similar husband wife partner friends parents brother sister brothers sisters siblings them him her both needed necessary required ticket tickets registration registering reservation reservations rsvp signup booking experience"
        " sure here have been over under after before until monday tuesday wednesday thursday friday saturday sunday"
        " mondays tuesdays wednesdays thursdays fridays saturdays sundays weekends weekdays weekend weekday wait today tonight tomorrow"
        " early late first second third fourth fifth last next other morning mornings afternoon afternoons evening evenings night nights noon christmas thanksgiving downtown"
        " driving walking having waiting hidden during between around near from with within while when"
        " january february march april june july august september october november december summer winter spring autumn fall"
    )
)


def forget(said: Said, words: Text, cue: Hit, by_first: dict[int, Hit]) -> set[int]:
    """'forget the kids': the field behind the word, or whatever time or place turns out to start there."""
    i = cue.last
    while i < len(words.words) and words.words[i] in _SKIPPED and i not in by_first:
        i += 1
    if i >= len(words.words) or _ENDS_SENTENCE.search(words.lower[cue.end : words.starts[i]]):
        return set()
    target = by_first.get(i)
    said_words = words.lower[cue.start : words.ends[i]]
    name: LedgerField | None = None
    if target is not None and target.value.kind in ("group", "price", "access", "setting", "attendance"):
        name = "audience" if target.value.kind == "group" else target.value.kind
        said_words = words.lower[cue.start : target.end]
    elif words.words[i] in _DOGS:
        said.dropped_topics[topics.DOG_FRIENDLY] = (words.starts[i], words.ends[i])
        said.removed.append((cue.start, words.ends[i]))
        return {i}
    elif target is not None and target.value.kind == "topic":
        said.dropped_topics[target.value.value] = (target.start, target.end)
        said.forget_at.append((target.start, cue.start))  # "forget Santa Rosa"
        said.removed.append((cue.start, target.end))
        return {i}
    if name is None:
        name = _FORGOTTEN.get(words.words[i])
    if name is None or (name == "when" and words.words[cue.first] in cues.LEAVES_OUT):
        said.forget_at.append((words.starts[i], cue.start))
        return set()
    if name == "when":
        said.forget_at.append((words.starts[i], cue.start))
    said.drops[name] = said_words
    said.removed.append((cue.start, target.end if target is not None else words.ends[i]))
    return {i}


def leaves_the_dog(who: str) -> bool:
    return who in _DOGS


def refuse(said: Said, words: Text, cue: Hit, by_first: dict[int, Hit]) -> set[int]:
    """'no sports or politics': the topics after a refusal, joined by or, nor and commas that lead to an or."""
    i, passed = cue.last, set()
    while i < len(words.words):
        if words.words[i] in _OF_A_GROUP and words.words[i + 1 : i + 2] and words.words[i + 1] in _BEFORE_A_GROUP:
            passed.add(i)  # "no events for kids"
        elif words.words[i] not in _AFTER_NOT or i in by_first:
            break
        i += 1
    return passed | _refuse(said, words, cue, i, by_first)


def _refuse(said: Said, words: Text, cue: Hit, i: int, by_first: dict[int, Hit]) -> set[int]:
    if i >= len(words.words) or _ENDS_SENTENCE.search(words.lower[cue.end : words.starts[i]]):
        return set()
    if words.words[cue.first] == "no" and "," in words.lower[cue.end : words.starts[i]]:
        return set()  # 'no, Sacramento' corrects, 'no Sacramento' refuses
    if words.words[cue.first : i + 1] == ("no", "school"):  # a day off
        said.removed.append((cue.start, words.ends[i]))
        return set()
    if words.words[i] == "too" and i + 1 < len(words.words):  # "nothing too loud": a wish that no event's text answers
        said.removed.append((cue.start, words.ends[i + 1]))
        return set()
    said.refused_at.append(words.starts[i])
    target = by_first.get(i)
    if target is None and (used := _refuse_quality(said, words, cue, i, by_first.get(i + 1))) is not None:
        return used
    if target is None or target.value.kind == "topic":
        if words.words[i] in _DOGS or (target is not None and target.value.value == topics.DOG_FRIENDLY):
            return _refuse_dog(said, words, cue, i, by_first)
        return _refuse_kinds(said, words, cue, i, by_first)
    if target.value.kind == "group":
        return _refuse_groups(said, words, cue, target, by_first)
    return _refuse_field(said, words, cue, target)


def _refuse_quality(said: Said, words: Text, cue: Hit, i: int, beyond: Hit | None) -> set[int] | None:
    """ "No long drives", "that isn't lame", "nothing gory": wishes that no event's text answers. None where it is none."""
    if words.words[i] in _QUALITIES:
        if beyond is not None and beyond.value.kind == "topic":
            # 'nothing with loud music' asks for no music, and refuses not all of it
            said.removed.append((cue.start, beyond.end))
            return {i + 1}
        if _ends_clause(words, i + 1):  # 'that isn't lame', 'but not loud'
            said.removed.append((cue.start, words.ends[i]))
            if words.words[i] in _NOISY:
                said.access.setdefault("quiet", words.lower[cue.start : words.ends[i]])
            return set()
        if beyond is None and _ends_clause(words, i + 2):  # "no long drives"
            said.removed.append((cue.start, words.ends[i + 1]))
            return set()
    alone = words.words[cue.first : i] == ("nothing",) and _ends_clause(words, i + 1)
    if alone and words.words[i] not in _NOT_WORDS:  # "nothing gory"
        said.removed.append((cue.start, words.ends[i]))
        return set()
    return None


def _refuse_field(said: Said, words: Text, cue: Hit, target: Hit) -> set[int]:
    """ "Not outdoors", "nothing online", "no strollers", "not the cheap ones"."""
    kind, value, span = target.value.kind, target.value.value, words.lower[cue.start : target.end]
    if kind == "setting":
        said.setting = ("indoor" if value == "outdoor" else "outdoor", span)
    elif kind == "attendance":
        said.attendance = ("in_person" if value == "online" else "online", span)
    elif kind == "access":  # "no strollers": there is none to think of
        said.dropped_access += (value,)
    elif kind == "price" and value in ("free", "cheap"):
        said.drops["price"] = span
    else:
        return set()
    said.removed.append((cue.start, target.end))
    return {target.first}


def _ends_clause(words: Text, i: int) -> bool:
    """Nothing that the words before could say more of begins here."""
    if i >= len(words.words) or words.words[i] in _CLAUSE_STARTS:
        return True
    return bool(words.lower[words.ends[i - 1] : words.starts[i]].strip(" -'\""))


def _refuse_dog(said: Said, words: Text, cue: Hit, i: int, by_first: dict[int, Hit]) -> set[int]:
    """'no dog', 'not with the dog': it stays at home. 'No dogs' wants none there either."""
    target = by_first.get(i)
    said.dropped_topics[topics.DOG_FRIENDLY] = (words.starts[i], words.ends[i])
    if words.words[i] in topics.KINDS_OF:
        return _refuse_kinds(said, words, cue, i, by_first)
    said.removed.append((cue.start, target.end if target is not None else words.ends[i]))
    return {i}


def _refuse_groups(said: Said, words: Text, cue: Hit, target: Hit, by_first: dict[int, Hit]) -> set[int]:
    """'no teens', 'nothing for kids or seniors': who is refused is not who comes."""
    used = {target.first}
    while True:
        said.refused_groups.append(((target.start, target.end), target.value.value))
        step = 1 if words.words[target.last : target.last + 1] in _AND_OR else 0
        following = by_first.get(target.last + step)
        joined = following is not None and (step or words.lower[target.end : following.start].strip() == ",")
        if following is None or following.value.kind != "group" or not joined:
            break
        target = following
        used.add(target.first)
    end = target.last
    if words.words[end : end + 1] and words.words[end] in _OF_A_GROUP:  # 'no adult themes'
        end += 1
    said.removed.append((cue.start, words.ends[end - 1]))
    return used


def _refuse_kinds(said: Said, words: Text, cue: Hit, first: int, by_first: dict[int, Hit]) -> set[int]:
    chain: list[tuple[str, int, int]] = []  # name, first word, word after the last
    i, last_or, joiner = first, 0, ""
    both = " ".join(words.words[cue.first : cue.last]) in _REFUSES_BOTH
    used: set[int] = set()
    while (found := _kind_at(words, cue, i, by_first, first=not chain)) is not None:
        chain.append((found[0], i, found[1]))
        if joiner in ("or", "nor") or (both and joiner == "and"):
            last_or = len(chain) - 1
        end = found[1]
        joiner = words.words[end] if end < len(words.words) else ""
        step = 1 if joiner in ("or", "nor", "and") else 0
        i = end + step
        while step and i < len(words.words) and words.words[i] in _ARTICLES:
            i += 1
        if i >= len(words.words) or not (step or words.lower[words.ends[end - 1] : words.starts[i]].strip() == ","):
            break
        beyond = by_first.get(i + 1)
        if both and words.words[i] in _QUALITIES and beyond is not None and beyond.value.kind == "topic":
            said.removed.append((words.starts[i], beyond.end))  # "crowds and loud music": not of all music
            used.add(i + 1)
    refused = chain[: last_or + 1]
    if not refused:
        return set()
    if words.words[refused[-1][2] : refused[-1][2] + 1] and words.words[refused[-1][2]] in _MORE:
        said.removed.append((cue.start, cue.end))  # "no hikes longer than 3 miles" wishes for short ones
        return set()
    last = refused[-1][2] if refused[-1][1] in by_first else _end_of_name(words, refused[-1][2], by_first)
    head = by_first.get(last)
    # "no horror movies" wishes for no movies
    if head is not None and head.value.kind == "topic" and words.joined[last]:
        used.add(last)
        last = head.last
    for name, start, end in refused:
        said.excluded[name] = words.lower[cue.start : words.ends[end - 1]]
        said.excluded_at[name] = (words.starts[start], words.ends[end - 1])
    said.removed.append((cue.start, words.ends[last - 1]))
    return used | {word for _, start, end in refused for word in range(start, end) if word in by_first}


def _says_what_they_are(words: Text, i: int) -> bool:
    """ "(Something) that isn't shopping", "that is not shopping"."""
    before = words.words[max(i - 2, 0) : i]
    return before[-1:] in _OF_THEM or (before[-1:] in (("is",), ("are",)) and before[:1] in _OF_THEM)


def _end_of_name(words: Text, i: int, by_first: dict[int, Hit]) -> int:
    """Behind a refused word that no table knows the name goes on: "no strip clubs" wishes for no clubs."""
    if i < len(words.words) and i not in by_first and not _ends_clause(words, i) and _ends_clause(words, i + 1):
        return i + 1
    return i


def _kind_at(words: Text, cue: Hit, i: int, by_first: dict[int, Hit], *, first: bool) -> tuple[str, int] | None:
    """(what is refused here, the word after it). 'Country music' is one kind of live music, 'heavy metal' is metal."""
    hit, word = by_first.get(i), words.words[i]
    if hit is not None:
        if hit.value.kind != "topic":
            return None
        said = words.words[i : hit.last]
        kind = next((one for one in said if one in topics.KINDS_OF), "")  # "the nutcracker"
        phrase = " ".join(said)
        return kind or (phrase if topics.kind_terms(phrase, hit.value.value) else hit.value.value), hit.last
    if word in _VENUES:
        return _VENUES[word], i + (2 if words.words[i + 1 : i + 2] and words.words[i + 1] in _ROOMS else 1)
    if first and i - cue.last > 1:
        return None
    beyond = by_first.get(i + 1)
    if word in _FEASTS and beyond is not None and beyond.value.kind == "topic" and words.joined[i + 1]:
        return word, i + 1  # "no Christmas music"
    for j in (i, i + 1):
        if words.words[j : j + 1] and words.words[j] in topics.KINDS_OF and j not in by_first:
            return words.words[j], j + 1
    refusal = " ".join(words.words[cue.first : cue.last])
    of_them = i == cue.last and _says_what_they_are(words, cue.first) and _ends_clause(words, i + 1)
    refuses_words = refusal in _REFUSES_A_WORD or (refusal == "not" and cue.first == 0 and i == cue.last) or of_them
    is_name = len(word) > SHORT or _end_of_name(words, i + 1, by_first) > i + 1  # "no axe throwing"
    if not refuses_words or not is_name or not word.isalpha() or word in _NOT_WORDS | _QUALITIES:
        return None
    return (word, i + 1) if first or _ends_clause(words, i + 1) else None
