"""Which of the events found are one happening listed by several feeds? Import merges what it can prove; this is for showing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from api.rag.types import EventFacts
from events.dedupe import Listing, same_but_for_the_clock, same_happening, title_tokens


def stand_ins(found: Iterable[EventFacts]) -> dict[int, int]:
    """{event id: id of the event shown in its place}: of each happening the first of `found`, which is best first, is shown."""
    beside, result = _Beside(), {}
    for facts in found:
        if not facts.source_id:
            continue
        listing = _listing(facts)
        same = next(beside.same_as(listing), None)
        if same is not None:
            result[facts.event_id] = same.event_id
        else:
            beside.add(listing)
    return result


def twins(found: Iterable[EventFacts]) -> list[tuple[int, int]]:
    """Every pair of event ids that are one happening: with it `stand_ins` can be told anew for any other order."""
    beside, result = _Beside(), []
    for facts in found:
        if facts.source_id:
            listing = _listing(facts)
            result += [(same.event_id, facts.event_id) for same in beside.same_as(listing)]
            beside.add(listing)
    return result


class _Beside:
    """Listings by day: each is compared with those only that share a word of its title, first come first."""

    def __init__(self) -> None:
        self._of_day: dict[date | None, list[tuple[frozenset[str], Listing]]] = defaultdict(list)

    def add(self, listing: Listing) -> None:
        self._of_day[listing.day].append((title_tokens(listing.title), listing))

    def same_as(self, listing: Listing) -> Iterator[Listing]:
        tokens = title_tokens(listing.title)
        near = [other for words, other in self._of_day[listing.day] if not words.isdisjoint(tokens)]
        return (o for o in near if same_happening(o, listing) or same_but_for_the_clock(o, listing))


@lru_cache(maxsize=4096)
def _listing(f: EventFacts) -> Listing:
    return Listing(
        f.event_id, f.source_id, f.title, f.start, f.all_day, venue=f.venue, street=f.street, city=f.city, lat=f.lat, lng=f.lng,
        exact=f.exact, online=f.attendance == "online", description=f.description, url=f.url, day=f.start.date(),
    )  # fmt: skip
