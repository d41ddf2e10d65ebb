"""Events are stored such that one known thing keeps each out; the explanation must name that thing and its number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from api.rag.explain import Ranking, WhyNot, why_not
from api.rag.params import RetrievalParams, ScoringWeights, TierSizes
from api.rag.query.dates import DateRange, When
from api.rag.tests.records import NOW, SANTA_ROSA, event, unit, venue
from api.rag.types import Audience, ParsedQuery, Place, PriceLimit
from events.models import Event, Occurrence

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PETALUMA = (38.2324, -122.6367)  # 15.0 miles from Santa Rosa
EVENING = (NOW + 9 * HOUR, NOW + 12 * HOUR)  # 19:00-22:00
TODAY = (NOW - 10 * HOUR, NOW + 14 * HOUR)
RANKING = Ranking(None, ScoringWeights(), TierSizes(), RetrievalParams())
ALL_WEIGHT_ON_MATCH = replace(RANKING, vector=unit(0), weights=ScoringWeights(1, 0, 0, 0, 0))
HERE = Place(1, "Santa Rosa, CA", *SANTA_ROSA, 10.0, "America/Los_Angeles", "US", "city", 1.0, "")
CALIFORNIA = replace(HERE, label="California", kind="state", region="CA")
AMERICA = replace(HERE, label="United States", kind="country")


def asked(*ranges: tuple[datetime, datetime], **fields: object) -> ParsedQuery:
    when = None
    if ranges:
        found = tuple(DateRange(*r) for r in ranges)
        hull = DateRange(found[0].start, found[-1].end)
        when = When(hull, found, None, "range", "then", (), (), False, (), False, "America/Los_Angeles")
    values = {"message": "", "now": NOW, "zone": "America/Los_Angeles", "search_text": "", "when": when} | fields
    return ParsedQuery(**values)  # type: ignore[arg-type]


def near(**fields: object) -> ParsedQuery:
    return asked(place=HERE, **fields)


def for_ages(low: int | None, high: int | None) -> ParsedQuery:
    return asked(audience=Audience(low, high), audience_hard=True)


def for_children(*ages: int) -> ParsedQuery:
    return asked(audience=Audience(min(ages), max(ages), ages), audience_hard=True)


def at_most(price: str) -> ParsedQuery:
    return asked(price=PriceLimit(Decimal(price)), price_hard=True)


FREE = asked(price=PriceLimit(None, free_only=True), price_hard=True)


def cancelled_series() -> Event:
    row = event("weekly", starts=[5 * HOUR, 20 * DAY])
    Occurrence.objects.filter(event=row, start=NOW + 5 * HOUR).update(status="cancelled")
    return row


def duplicate() -> Event:
    return event("again", duplicate_of=event("once"))


def dateless() -> Event:
    return event("no dates", starts=[])


def crowd(count: int, title: str = "better", **fields: object) -> list[Event]:
    """Events which rank before any that starts later, each of its own venue and title."""
    return [event(f"{title} {chr(97 + n)}", starts=HOUR, popularity=1, **fields) for n in range(count)]


def after_crowd(count: int) -> Callable[[], Event]:
    def make() -> Event:
        crowd(count)
        return event("last", starts=HOUR, popularity=0.9)

    return make


def same_venue(count: int) -> Callable[[], Event]:
    def make() -> Event:
        hall = venue("Hall")
        crowd(count, at=hall)
        return event("one more", starts=2 * HOUR, at=hall, popularity=0.9)

    return make


def same_title() -> Event:
    event("Story Time #1", starts=HOUR, popularity=1)
    return event("STORY TIME #2", starts=2 * HOUR, popularity=0.9)


def off(status: str) -> Callable[[], Event]:
    changed = datetime(2026, 11, 12, 17, 14, tzinfo=UTC)  # 09:14 in California
    return lambda: event("off", status=status, status_changed_at=changed)


SMALL = replace(RANKING, sizes=TierSizes(10, 15, 0))
BARE = replace(RANKING, sizes=TierSizes(1, 1, 1))


@pytest.mark.parametrize(
    ("make", "query", "ranking", "stage", "reason"),
    [
        # will not take place
        (off("cancelled"), asked(), RANKING, "status", "cancelled on 12 Nov 09:14"),
        (off("postponed"), asked(), RANKING, "status", "postponed on 12 Nov 09:14"),
        (lambda: event("off", status="cancelled"), asked(), RANKING, "status", "cancelled"),
        (cancelled_series, asked(TODAY), RANKING, "dates", "starts 11 Dec 10:00, asked 00:00-24:00"),
        (off("cancelled"), near(), RANKING, "status", "cancelled on 12 Nov 09:14"),
        (dateless, asked(), RANKING, "dates", "has no dates"),
        # over
        (lambda: event("past", starts=-3 * HOUR), asked(), RANKING, "over", "over since 21 Nov 09:00"),
        (lambda: event("past", starts=-9 * DAY), asked(TODAY), RANKING, "over", "over since 12 Nov 12:00"),
        (lambda: event("past", starts=[-9 * DAY, -2 * DAY]), asked(), RANKING, "over", "over since 19 Nov 12:00"),
        # outside the dates
        (lambda: event("matinee", starts=6 * HOUR), asked(EVENING), RANKING, "dates", "ends 18:00, asked 19:00-22:00"),
        (lambda: event("late", starts=13 * HOUR), asked(EVENING), RANKING, "dates", "starts 23:00, asked 19:00-22:00"),
        (lambda: event("late", starts=12 * HOUR), asked(EVENING), RANKING, "dates", "starts 22:00, asked 19:00-22:00"),
        (
            lambda: event("nearly over", starts=7 * HOUR + timedelta(minutes=10)),
            asked(EVENING), RANKING, "dates", "ends 19:10, 10 min into the time asked, asked 19:00-22:00",
        ),
        (lambda: event("next day", starts=DAY), asked(TODAY), RANKING, "dates", "starts 22 Nov 10:00, asked 00:00-24:00"),
        (
            lambda: event("over midnight", starts=13 * HOUR),
            asked((NOW + 14 * HOUR, NOW + 38 * HOUR)), RANKING,
            "dates", "starts 21 Nov 23:00, before the time asked, asked 00:00-24:00",
        ),
        (
            lambda: event("between", starts=3 * DAY),
            asked(EVENING, (NOW + 4 * DAY, NOW + 5 * DAY)), RANKING,
            "dates", "ends 24 Nov 12:00, asked 25 Nov 10:00 to 26 Nov 10:00",
        ),
        (
            lambda: event("far ahead", starts=90 * DAY),
            asked(), RANKING, "dates", "starts 19 Feb 10:00, asked 21 Nov 10:00 to 20 Jan 10:00",
        ),
        (
            lambda: event("next year", starts=400 * DAY),
            asked(TODAY), RANKING, "dates", "starts 26 Dec 2027 10:00, asked 00:00-24:00",
        ),
        (
            lambda: event("series", starts=[-DAY, 2 * DAY, 9 * DAY]),
            asked(TODAY), RANKING, "dates", "starts 23 Nov 10:00, asked 00:00-24:00",
        ),
        # outside the circle or the region
        (lambda: event("petaluma", at=venue("P", PETALUMA)), near(), RANKING, "radius", "15.0 mi > 10"),
        (lambda: event("just outside", at=venue("P", (38.5866, -122.7144))), near(), RANKING, "radius", "10.1 mi > 10"),
        (lambda: event("far", at=venue("L", (34.05, -118.24))), near(), RANKING, "radius", "392.6 mi > 10"),
        (lambda: event("no venue"), near(), RANKING, "radius", "where it takes place is not known"),
        (lambda: event("no point", at=venue("X", None)), near(), RANKING, "radius", "where it takes place is not known"),
        (
            lambda: event("far", at=venue("R", (39.5, -119.8), state="NV")),
            asked(place=replace(HERE, radius_miles=100.0)), RANKING, "radius", "172.8 mi > 100",
        ),
        (
            lambda: event("reno", at=venue("R", (39.5, -119.8), state="NV")),
            asked(place=CALIFORNIA), RANKING, "region", "in US-NV, asked US-CA",
        ),
        (
            lambda: event("toronto", at=venue("T", (43.6, -79.4), state="ON", country_code="CA")),
            asked(place=AMERICA), RANKING, "region", "in CA-ON, asked US-",
        ),
        (lambda: event("no venue"), asked(place=CALIFORNIA), RANKING, "region", "in no known region, asked US-CA"),
        # attendance
        (
            lambda: event("stream", attendance_mode="online"),
            asked(attendance="in_person"), RANKING, "attendance", "is online, asked in person",
        ),
        (lambda: event("hall"), asked(attendance="online"), RANKING, "attendance", "is offline, asked online"),
        # ages
        (lambda: event("bar", age_min=21), for_ages(4, 4), RANKING, "ages", "for ages 21+, asked 4"),
        (lambda: event("toddlers", age_max=3), for_ages(4, 4), RANKING, "ages", "for ages up to 3, asked 4"),
        (lambda: event("kids", age_min=5, age_max=8), for_ages(13, 17), RANKING, "ages", "for ages 5-8, asked 13-17"),
        (lambda: event("kids", age_min=8, age_max=10), for_children(4, 9), RANKING, "ages", "for ages 8-10, asked 4 and 9"),
        (lambda: event("kids", age_min=3, age_max=5), for_children(9, 4), RANKING, "ages", "for ages 3-5, asked 4 and 9"),
        (lambda: event("bar", age_min=21), for_children(6, 35), RANKING, "ages", "for ages 21+, asked 6"),
        (lambda: event("kids", age_min=5, age_max=8), for_ages(21, None), RANKING, "ages", "for ages 5-8, asked 21+"),
        # price
        (
            lambda: event("gala", price_min=25, price_currency="USD"),
            at_most("20"), RANKING, "price", "25.00 USD > 20",
        ),
        (lambda: event("gala", price_min=Decimal("20.50")), at_most("20"), RANKING, "price", "20.50 > 20"),
        (lambda: event("silent"), at_most("20"), RANKING, "price", "its price is not known, asked at most 20"),
        (lambda: event("silent"), FREE, RANKING, "price", "its price is not known, asked free"),
        (
            lambda: event("cheap", price_min=5, is_free=False, price_currency="USD"),
            FREE, RANKING, "price", "costs 5.00 USD, asked free",
        ),
        # refused, restricted, already shown
        (
            lambda: event("Derby", tags=["Sports"]),
            asked(excluded=("sports",)), RANKING, "refused", "about sports, which was refused",
        ),
        (
            lambda: event("Reptiles", at=venue("Springstowne Library", SANTA_ROSA)),
            asked(excluded=("library",)), RANKING, "refused", "about library, which was refused",
        ),
        (lambda: event("other"), asked(candidate_ids=(0, -1)), RANKING, "ids", "not among the 2 events asked about"),
        (lambda: event("other"), asked(candidate_ids=()), RANKING, "ids", "not among the 0 events asked about"),
        # nothing was looked for
        (lambda: event("any"), asked(intent="clarify"), RANKING, "intent", "nothing was looked for: the message is read as clarify"),
        (lambda: event("any"), asked(intent="smalltalk"), RANKING, "intent", "nothing was looked for: the message is read as smalltalk"),
        # rank
        (after_crowd(10), asked(), RANKING, "rank", "rank 11 > 10"),
        (after_crowd(25), asked(), RANKING, "rank", "rank 26 > 25"),
        (after_crowd(25), asked(), SMALL, "rank", "rank 26 > 25"),
        (after_crowd(6), asked(), BARE, "rank", "rank 7 > 6"),
        (after_crowd(3), asked(), BARE, "rank", "rank 4 > 2"),
        # quality
        (
            lambda: event("dull", popularity=0.2),
            asked(), replace(RANKING, weights=ScoringWeights(time=0)),
            "floor", "score 0.20 < 0.30",
        ),
        (
            lambda: event("off topic", vector=unit(*range(32))),
            asked(search_text="jazz"), replace(ALL_WEIGHT_ON_MATCH, params=RetrievalParams(recommended_floor=0)),
            "floor", "match with the topic 0.18 < 0.25",
        ),
        (
            lambda: event("far topic", vector=unit(1)),
            asked(search_text="jazz"), replace(ALL_WEIGHT_ON_MATCH, params=RetrievalParams(recommended_floor=0)),
            "floor", "match with the topic 0.00 < 0.25",
        ),
        # variety
        (same_venue(3), asked(), RANKING, "variety", "already 3 of Hall in the tier"),
        (same_venue(5), asked(), RANKING, "variety", "already 3 of Hall in the tier"),
        # shown
        (lambda: event("good", popularity=0.9), asked(), RANKING, "shown", "recommended, rank 1"),
        (after_crowd(4), asked(), RANKING, "shown", "recommended, rank 5"),
    ],
)  # fmt: skip
def test_the_stage_and_the_number_are_named(
    make: Callable[[], Event], query: ParsedQuery, ranking: Ranking, stage: str, reason: str
) -> None:
    found = why_not(make().pk, query, ranking)
    assert (found.stage, found.reason) == (stage, reason)


def test_what_was_asked_is_told_as_it_was_asked() -> None:
    """12:00 in California; read in New York it would be 15:00, and the day asked for one from 3 to 3."""
    far = event("far", starts=26 * HOUR)
    Event.objects.filter(pk=far.pk).update(timezone="America/New_York")
    assert why_not(far.pk, asked(TODAY), RANKING).reason == "starts 22 Nov 12:00, asked 00:00-24:00 (PST)"


def test_an_event_that_is_not_stored_is_unknown() -> None:
    assert why_not(987_654, asked(), RANKING) == WhyNot(987_654, "unknown", "there is no event #987654")


def test_a_duplicate_names_its_original() -> None:
    row = duplicate()
    found = why_not(row.pk, asked(), RANKING)
    assert (found.stage, found.reason) == ("duplicate", f"duplicate of #{row.duplicate_of_id}")


def test_a_repeated_title_names_the_one_it_repeats() -> None:
    row = same_title()
    first = Event.objects.get(title="Story Time #1")
    found = why_not(row.pk, asked(), RANKING)
    assert found == WhyNot(row.pk, "variety", f"same title as #{first.pk}", float(first.pk), 1.0, "additional")


def test_an_event_already_shown_says_so() -> None:
    row = event("shown")
    found = why_not(row.pk, asked(exclude_event_ids=(row.pk,), intent="more"), RANKING)
    assert (found.stage, found.reason) == ("excluded", "already shown, and the question asks for more")


def test_a_cancelled_date_of_a_running_series_is_told_apart_from_the_series() -> None:
    row = event("one date")
    row.occurrences.update(status="cancelled")
    found = why_not(row.pk, asked(), RANKING)
    assert (found.stage, found.reason) == ("status", "its date 21 Nov 13:00 is cancelled")


def test_the_numbers_and_the_later_constraints_come_along() -> None:
    row = event("bar crawl", at=venue("P", PETALUMA), age_min=21, tags=["Sports"])
    query = replace(for_ages(4, 4), place=HERE, excluded=("sports",))
    found = why_not(row.pk, query, RANKING)
    assert found.value == pytest.approx(15.0, abs=0.1)
    assert (found.stage, found.limit, found.also) == ("radius", 10.0, ("ages", "refused"))


def test_a_series_is_explained_by_the_occurrence_that_came_furthest() -> None:
    row = event("moving series", starts=[-9 * DAY, 2 * HOUR, 3 * DAY], at=venue("P", PETALUMA))
    assert why_not(row.pk, near(), RANKING).stage == "radius"


def test_rank_behind_everything_that_is_looked_at() -> None:
    ranking = replace(RANKING, sizes=TierSizes(1, 0, 0))
    row = after_crowd(6)()
    assert why_not(row.pk, asked(), ranking).reason == "rank 7 > 4"
