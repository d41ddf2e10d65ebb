"""The rules of the state machine that the golden conversations do not spell out one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from api.rag.params import UnderstandingParams
from api.rag.query import ledger, ledger_json
from api.rag.query.dates import DateRange, When
from api.rag.query.ledger import LedgerState, Offer, Turn
from api.rag.query.reading import read
from api.rag.query.soft import rezone
from api.rag.types import Audience, PriceLimit

PARAMS = UnderstandingParams()
NOW = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)


def when(start: datetime, hours: int, words: tuple[str, ...] = ("tonight",)) -> When:
    span = DateRange(start, start + timedelta(hours=hours))
    return When(span, (span,), None, "part", "tonight", words, (), False, (), False, "UTC")


def said(message: str, state: LedgerState, **found: object) -> LedgerState:
    turn = Turn(read(message, PARAMS), None, None, False, "", ())
    return ledger.apply(state, replace(turn, **found), PARAMS)  # type: ignore[arg-type]


def test_a_day_ends_the_moment_it_is_over() -> None:
    state = LedgerState(when=when(NOW, 3), words={"when": "tonight"})
    assert ledger.expire(state, NOW + timedelta(hours=2)) == state
    assert ledger.expire(state, NOW + timedelta(hours=3)) == LedgerState()


def test_an_offer_lives_for_one_turn() -> None:
    state = LedgerState(offer=Offer("7 tomorrow", {"when": "tomorrow"}))
    assert said("cheaper", state).offer is None
    assert said("thanks", state).offer is None


def test_dropping_a_field_forgets_its_words() -> None:
    state = LedgerState(price=PriceLimit(Decimal(5)), price_hard=True, words={"price": "under $5", "when": "tonight"})
    assert ledger.drop(state, ("price",)) == LedgerState(words={"when": "tonight"})


def test_merging_an_open_range_stays_open() -> None:
    merged = ledger.merge_audiences(Audience(4, 4, (4,), "4-year-old"), Audience(60, None, (), "seniors"))
    assert merged == Audience(4, None, (4,), "4-year-old, seniors")


def test_shown_ids_are_remembered_once_and_bounded() -> None:
    state = LedgerState(shown=(1, 2))
    after = ledger.remember(state, shown=(2, 3), dearest=Decimal(9), offer=None, params=PARAMS)
    assert (after.shown, after.dearest_shown) == ((1, 2, 3), Decimal(9))
    many = ledger.remember(state, shown=tuple(range(1000)), dearest=None, offer=None, params=PARAMS)
    assert len(many.shown) == PARAMS.shown_ids_max


def test_the_same_question_again_changes_nothing() -> None:
    state = said("under $20", LedgerState())
    assert ledger.diff(state, said("under $20", state)) == ()


def test_a_diff_names_set_change_and_drop() -> None:
    one = said("under $20", LedgerState())
    two = said("under $10 and wheelchair accessible", one)
    three = said("forget the price", two)
    assert [(d["field"], d["op"], d["from"], d["to"]) for d in ledger.diff(one, two)] == [
        ("price", "change", "up to $20", "up to $10"),
        ("access", "set", None, ["wheelchair"]),
    ]
    assert [(d["field"], d["op"], d["from"], d["to"]) for d in ledger.diff(two, three)] == [
        ("price", "drop", "up to $10", None)
    ]


def test_another_day_too_leaves_what_must_be_over_by_an_hour() -> None:
    today, tomorrow = when(NOW, 3), when(NOW + timedelta(days=1), 3)
    for first, second in ((True, False), (False, True), (False, False)):
        state = LedgerState(when=replace(today, must_end=first))
        joined = said("tomorrow too", state, when=replace(tomorrow, must_end=second)).when
        assert joined is not None
        assert (len(joined.ranges), joined.must_end) == (2, first or second)


def test_wall_clock_times_move_with_the_place_but_hours_from_now_do_not() -> None:
    tonight = when(datetime(2026, 11, 18, 17, 0, tzinfo=UTC), 10)
    assert f"{rezone(tonight, 'America/Toronto').range.start:%H:%M %Z}" == "17:00 EST"
    soon = when(NOW, 3, ("the next 3 hours",))
    assert rezone(soon, "America/Toronto").range.start == NOW


def test_an_hour_that_the_other_place_skips_is_none_there() -> None:
    nights = [datetime(2027, 3, day, 2, 0, tzinfo=ZoneInfo("Pacific/Auckland")) for day in (13, 14, 15)]
    ranges = tuple(DateRange(night, night + timedelta(hours=1)) for night in nights)
    small_hours = replace(
        when(NOW, 1), range=DateRange(ranges[0].start, ranges[-1].end), ranges=ranges, zone="Pacific/Auckland"
    )
    there = rezone(small_hours, "America/Los_Angeles")  # on the 14th its clocks go from two to three
    assert [r.start.day for r in there.ranges] == [13, 15]


def test_days_that_join_stay_within_their_bound() -> None:
    many = [NOW + timedelta(days=n) for n in range(400)]
    before = replace(when(NOW, 1), ranges=tuple(DateRange(start, start + timedelta(hours=1)) for start in many))
    later = [start + timedelta(hours=4) for start in many]
    more = replace(when(NOW, 1), ranges=tuple(DateRange(start, start + timedelta(hours=1)) for start in later))
    joined = said("and those too", LedgerState(when=before), when=more)
    assert joined.when is not None
    assert len(joined.when.ranges) == 400
    assert ledger_json.from_json(ledger_json.to_json(joined)).when is not None


def test_everything_survives_json() -> None:
    state = LedgerState(
        when=when(NOW, 3),
        radius=5.0,
        audience=Audience(4, 9, (4, 9), "4-year-old, 9-year-old"),
        audience_hard=True,
        price=PriceLimit(Decimal("12.50"), label="up to $12.50"),
        price_hard=True,
        access=("wheelchair",),
        attendance="online",
        setting="indoor",
        topics=("jazz",),
        text="jazz",
        quoted=("Cats",),
        excluded=("sports",),
        words={"price": "under $12.50"},
        shown=(1, 2),
        dearest_shown=Decimal(9),
        offer=Offer("7 tomorrow", {"when": "tomorrow"}),
    )
    assert ledger_json.from_json(ledger_json.to_json(state)) == state
