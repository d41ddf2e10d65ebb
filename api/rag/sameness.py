"""Which of the events found are one happening listed by several feeds? Import merges what it can prove; this is for showing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from api.rag.types import EventFacts
from events.dedupe import Listing, same_but_for_the_clock, same_happening, title_tokens


def stand_ins(found: Iterable[EventFacts]) -> dict[int, int]:
    """{event id: id of the event shown in its place}: of each happening the first of `found`, which is best first, is shown."""
    shown: dict[tuple[date, str], list[Listing]] = defaultdict(list)  # by day and word of the title
    result: dict[int, int] = {}
    for facts in found:
        if not facts.source_id:
            continue
        listing = _listing(facts)
        keys = [(facts.start.date(), token) for token in title_tokens(facts.title)]
        beside = {other.event_id: other for key in keys for other in shown[key]}
        same = next(
            (o for o in beside.values() if same_happening(o, listing) or same_but_for_the_clock(o, listing)), None
        )
        if same is not None:
            result[facts.event_id] = same.event_id
            continue
        for key in keys:
            shown[key].append(listing)
    return result


def _listing(f: EventFacts) -> Listing:
    return Listing(
        f.event_id, f.source_id, f.title, f.start, f.all_day, venue=f.venue, street=f.street, city=f.city, lat=f.lat, lng=f.lng,
        exact=f.exact, online=f.attendance == "online", description=f.description, url=f.url, day=f.start.date(),
    )  # fmt: skip
