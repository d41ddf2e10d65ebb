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
    """Listings by day and word of the title, so that each is compared with those only that may be the same."""

    def __init__(self) -> None:
        self._listings: dict[tuple[date, str], dict[int, Listing]] = defaultdict(dict)

    def add(self, listing: Listing) -> None:
        for key in self._keys(listing):
            self._listings[key][listing.event_id] = listing

    def same_as(self, listing: Listing) -> Iterator[Listing]:
        near = {id_: other for key in self._keys(listing) for id_, other in self._listings[key].items()}
        return (o for o in near.values() if same_happening(o, listing) or same_but_for_the_clock(o, listing))

    @staticmethod
    def _keys(listing: Listing) -> list[tuple[date, str]]:
        day = listing.start.date()
        return [(day, token) for token in title_tokens(listing.title)]


@lru_cache(maxsize=4096)
def _listing(f: EventFacts) -> Listing:
    return Listing(
        f.event_id, f.source_id, f.title, f.start, f.all_day, venue=f.venue, street=f.street, city=f.city, lat=f.lat, lng=f.lng,
        exact=f.exact, online=f.attendance == "online", description=f.description, url=f.url, day=f.start.date(),
    )  # fmt: skip
