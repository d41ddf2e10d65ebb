from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection

from api.rag.candidate_counts import build_count
from api.rag.candidate_sql import CandidateFilter, Signals, Statement, build
from api.rag.errors import RetrievalFailed
from api.rag.geo import cell_of, cells_in_circle
from api.rag.params import RetrievalParams, ScoringWeights
from api.rag.retrieval import ages_to_fit, any_of, candidate_filter, run, signals, stems, vector_literal
from api.rag.scoring import location_factor, time_factor, weighted_score
from api.rag.tests.answer_rows import WEEKEND, query
from api.rag.tests.records import NOW, SANTA_ROSA, event, unit, venue
from api.rag.types import Audience, RankingFactors
from events.models import Event, EventIndex, Occurrence

pytestmark = pytest.mark.django_db
P = RetrievalParams()
DAY = timedelta(days=1)
NOTHING = Signals()
WEIGHTS = ScoringWeights()
COLUMNS = [
    "event_id",
    "occurrence_id",
    "start",
    "miles",
    "semantic",
    "location",
    "time",
    "category",
    "popularity",
    "score",
    "total",
]


def find(f: CandidateFilter, s: Signals = NOTHING, weights: ScoringWeights = WEIGHTS) -> list[dict]:
    statement = build(f, s, weights, P, limit=50)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def titles(f: CandidateFilter, s: Signals = NOTHING) -> set[str]:
    return set(Event.objects.filter(pk__in=[r["event_id"] for r in find(f, s)]).values_list("title", flat=True))


def week(**changes: object) -> CandidateFilter:
    values = {"now": NOW, "ranges": ((NOW, NOW + 7 * DAY),)} | changes
    return CandidateFilter(**values)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("binding", ["plain", "bound", "prepared"])
def test_a_statement_has_settings_and_a_deadline_of_its_own(binding: Any) -> None:
    told = Statement("SELECT current_setting('statement_timeout'), current_setting('jit'), %(n)s::int", {"n": 7})
    assert run(replace(told, binding=binding), P) == [("5s", "off", 7)]
    hasty = replace(P, statement_timeout_ms=50)
    with pytest.raises(RetrievalFailed, match="statement timeout"):
        run(Statement("SELECT pg_sleep(%(s)s)", {"s": 60.0}, binding=binding), hasty)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_a_database_that_cannot_stem_the_words_is_a_failure_of_retrieval_and_not_remembered(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr("api.rag.retrieval._cursor", Mock(side_effect=OperationalError("the connection is lost")))
        with pytest.raises(RetrievalFailed, match="the connection is lost"):
            stems("glassblowing")
    assert stems("glassblowing") == ("glassblow",)


def test_a_kept_plan_leaves_the_other_statements_of_its_connection_alone() -> None:
    lat, lng = SANTA_ROSA
    statement = build(week(lat=lat, lng=lng, radius_miles=10), NOTHING, WEIGHTS, P, limit=50)
    kept = []
    for _ in range(2):
        run(statement, P)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%events_eventindex%"]
            )
            kept.append(cursor.fetchone()[0])
    assert statement.binding == "prepared"
    assert kept[0] == kept[1] > 0
    assert connection.connection.prepare_threshold is None


def test_only_events_inside_the_circle_are_candidates() -> None:
    event("near", at=venue("A", SANTA_ROSA))
    event("petaluma", at=venue("B", (38.2324, -122.6367)))  # 15 miles
    event("nowhere", at=venue("C", None))
    lat, lng = SANTA_ROSA
    assert titles(week(lat=lat, lng=lng, radius_miles=10)) == {"near"}
    assert titles(week(lat=lat, lng=lng, radius_miles=20)) == {"near", "petaluma"}
    assert titles(week()) == {"near", "petaluma", "nowhere"}


def test_a_wide_circle_by_bounding_box_finds_what_the_grid_finds() -> None:
    lat, lng = SANTA_ROSA
    for n, degrees in enumerate((0.1, 0.9, 1.8, 2.6, 4.0)):
        event(f"e{n}", at=venue(f"v{n}", (lat + degrees, lng - degrees / 2)))
    assert cells_in_circle(lat, lng, 200, limit=P.max_cells) is None
    assert titles(week(lat=lat, lng=lng, radius_miles=200)) == {"e0", "e1", "e2", "e3"}


def test_a_circle_over_the_date_line_and_the_pole() -> None:
    event("fiji west", at=venue("W", (-16.8, 179.95)))
    event("fiji east", at=venue("E", (-16.8, -179.95)))
    event("pole", at=venue("P", (89.9, 10.0)))
    assert titles(week(lat=-16.8, lng=179.99, radius_miles=20)) == {"fiji west", "fiji east"}
    assert titles(week(lat=89.9, lng=-170.0, radius_miles=20)) == {"pole"}


def test_the_grid_of_python_is_the_grid_of_the_database() -> None:
    points = [SANTA_ROSA, (0.0, 0.0), (-33.9, 151.2), (89.99, 179.99), (-90.0, -180.0), (51.5, -0.1)]
    with connection.cursor() as cursor:
        for lat, lng in points:
            cursor.execute("SELECT events_grid_cell(%s, %s)", [lat, lng])
            assert cursor.fetchone()[0] == cell_of(lat, lng)


def test_a_day_holds_what_starts_in_it_and_what_runs_for_days() -> None:
    event("starts", starts=timedelta(hours=30))
    event("last night, over midnight", starts=timedelta(hours=12), length=timedelta(hours=4))
    event("exhibition", starts=-30 * DAY, length=60 * DAY)
    event("starts at the end", starts=timedelta(hours=38))
    tomorrow = ((NOW + timedelta(hours=14), NOW + timedelta(hours=38)),)
    assert titles(week(ranges=tomorrow)) == {"starts", "exhibition"}


def test_part_of_a_day_also_holds_what_is_still_on() -> None:
    event("running", starts=timedelta(hours=-2), length=timedelta(hours=4))
    event("nearly over", starts=timedelta(hours=-2), length=timedelta(hours=2, minutes=10))
    event("over", starts=timedelta(hours=-3), length=timedelta(hours=2))
    event("soon", starts=timedelta(hours=2))
    event("later", starts=timedelta(hours=4))
    assert titles(week(ranges=((NOW, NOW + timedelta(hours=3)),), hours=True)) == {"running", "soon"}


def test_what_must_end_is_over_by_the_end_of_its_range() -> None:
    hour = timedelta(hours=1)
    event("in time", starts=hour, length=hour)
    event("to the minute", starts=2 * hour, length=hour)
    event("too long", starts=2 * hour, length=2 * hour)
    event("tomorrow in time", starts=DAY + hour, length=hour)
    event("tomorrow too long", starts=DAY + hour, length=3 * hour)
    tonight = (NOW, NOW + 3 * hour)
    assert titles(week(ranges=(tonight,), hours=True, must_end=True)) == {"in time", "to the minute"}
    both = (tonight, (NOW + DAY, NOW + DAY + 3 * hour))
    found = {"in time", "to the minute", "tomorrow in time"}
    assert titles(week(ranges=both, hours=True, must_end=True)) == found
    assert titles(week(ranges=both, hours=True)) == {*found, "too long", "tomorrow too long"}


def test_the_union_of_ranges_leaves_out_the_days_between() -> None:
    for day in range(1, 6):
        event(f"day {day}", starts=day * DAY)
    half = timedelta(hours=1)
    ranges = tuple((NOW + d * DAY - half, NOW + d * DAY + half) for d in (1, 3, 5))
    assert titles(week(ranges=ranges, hours=True)) == {"day 1", "day 3", "day 5"}


def test_a_series_is_one_row_with_its_first_fitting_occurrence() -> None:
    series = event("weekly", starts=[-7 * DAY, timedelta(hours=5), 2 * DAY, 9 * DAY])
    Occurrence.objects.filter(event=series, start=NOW + timedelta(hours=5)).update(status="cancelled")
    rows = find(week())
    assert [(r["event_id"], r["start"]) for r in rows] == [(series.pk, NOW + 2 * DAY)]


@pytest.mark.parametrize("status", ["cancelled", "postponed"])
def test_what_will_not_take_place_is_never_a_candidate(status: str) -> None:
    event("off", status=status)
    event("moved, and on", status="rescheduled")
    assert titles(week()) == {"moved, and on"}


def test_a_duplicate_is_never_a_candidate() -> None:
    first = event("one")
    event("one again", duplicate_of=first)
    assert titles(week()) == {"one"}


def test_ages_price_attendance_and_refusals_filter() -> None:
    event("toddlers", age_min=1, age_max=3, is_free=True)
    event("adults", age_min=21, price_min=10, price_max=30)
    event("anyone", tags=["Sports"])
    event("stream", attendance_mode="online", price_min=25, price_max=25)
    assert titles(week(age_min=4, age_max=4)) == {"anyone", "stream"}
    assert titles(week(free_only=True)) == {"toddlers"}
    assert titles(week(max_price=20.0)) == {"toddlers", "adults"}
    assert titles(week(max_price=20.0, unpriced_too=True)) == {"toddlers", "adults", "anyone"}
    assert titles(week(online=True)) == {"stream"}
    assert titles(week(online=False)) == {"toddlers", "adults", "anyone"}
    assert titles(week(excluded_terms=stems("sports"))) == {"toddlers", "adults", "stream"}


def test_a_refused_kind_of_place_refuses_what_is_on_there() -> None:
    event("reptiles", at=venue("Springstowne Library", SANTA_ROSA))
    event("juice", at=venue("The Barn", SANTA_ROSA))
    event("library book sale")
    event("online", attendance_mode="online")
    asked = candidate_filter(query(excluded=("library", "bar")), P)
    assert titles(week(excluded_terms=asked.excluded_terms, excluded_places=asked.excluded_places)) == {
        "juice",
        "online",
    }


def test_a_place_does_not_hold_what_is_asked_for_online() -> None:
    lat, lng = SANTA_ROSA
    event("stream", attendance_mode="online")
    event("also streamed, far away", at=venue("F", (36.0, -78.9)), attendance_mode="mixed")
    event("at the corner", at=venue("N", SANTA_ROSA))
    here = {"lat": lat, "lng": lng, "radius_miles": 10.0}
    assert titles(week(online=True, **here)) == {"stream", "also streamed, far away"}
    assert titles(week(online=True, region="US-CA")) == {"stream", "also streamed, far away"}
    assert titles(week(online=False, **here)) == {"at the corner"}
    assert {row["location"] for row in find(week(online=True, **here))} == {None}


def test_ids_restrict_and_exclude() -> None:
    a, b, c = event("a"), event("b"), event("c")
    assert titles(week(ids=(a.pk, b.pk))) == {"a", "b"}
    assert titles(week(exclude_ids=(a.pk,))) == {"b", "c"}
    assert titles(week(ids=())) == set()
    assert c.pk


def test_a_state_is_its_own_region_not_a_circle() -> None:
    event("reno", at=venue("R", (39.5, -119.8), state="NV", city="Reno"))
    event("home", at=venue("H"))
    assert titles(week(region="US-CA", lat=37.0, lng=-120.0, radius_miles=400)) == {"home"}
    assert titles(week(region="US-")) == {"home", "reno"}


def test_factors_and_score_are_the_formulas() -> None:
    event(
        "Jazz concert",
        at=venue("B", (38.2324, -122.6367)),
        starts=3 * DAY,
        tags=["music"],
        popularity=0.4,
        vector=unit(0, 1),
    )
    lat, lng = SANTA_ROSA
    weights = ScoringWeights(semantic=0.5, location=0.2, time=0.1, category=0.15, popularity=0.05)
    signals = Signals(vector=vector_literal(unit(0)), terms=stems("jazz music band gig"), wants_time=True)
    (row,) = find(week(lat=lat, lng=lng, radius_miles=30), signals, weights)
    assert row["semantic"] == pytest.approx(2**-0.5, abs=2e-3)
    assert row["location"] == pytest.approx(location_factor(row["miles"]))
    assert row["miles"] == pytest.approx(15.0, abs=0.3)
    assert row["time"] == pytest.approx(time_factor(3))
    assert row["category"] == pytest.approx(2 / P.category_full_overlap)
    factors = RankingFactors(row["semantic"], row["location"], row["time"], row["category"], row["popularity"])
    assert row["score"] == pytest.approx(weighted_score(factors, weights))


def test_unknown_data_scores_zero_and_unasked_factors_apply_to_nobody() -> None:
    lat, lng = SANTA_ROSA
    event("no venue, no vector", popularity=0.5)
    (row,) = find(week(lat=lat, lng=lng), Signals(vector=vector_literal(unit(0))), ScoringWeights())
    assert row["location"] is None
    assert row["time"] is None
    assert row["score"] == pytest.approx(0.05 * 0.5 / (0.40 + 0.25 + 0.05))


def test_proximity_does_not_make_up_for_an_unknown_place() -> None:
    lat, lng = SANTA_ROSA
    near = event("near", at=venue("N", (38.49, -122.71)))
    event("unknown")
    rows = find(week(lat=lat, lng=lng))
    assert rows[0]["event_id"] == near.pk
    assert rows[0]["score"] > rows[1]["score"]


def test_a_title_asked_for_literally_comes_before_a_title_like_it() -> None:
    event("Animal movie afternoon", vector=unit(0, 1, 2))
    zootopia = event("Zootopia", vector=unit(0, 1, 2, 3))
    rows = find(week(), Signals(vector=vector_literal(unit(0)), text=any_of("zootopia")))
    assert rows[0]["event_id"] == zootopia.pk
    assert rows[0]["semantic"] == pytest.approx(0.5 + 0.5 * P.lexical_share, abs=1e-2)


def test_ties_are_broken_by_start_then_id() -> None:
    later = event("c", starts=3 * DAY)
    first, second = event("a", starts=DAY), event("b", starts=DAY)
    assert [r["event_id"] for r in find(week())] == [first.pk, second.pk, later.pk]


def test_without_vectors_the_words_alone_rank() -> None:
    event("Knitting circle")
    jazz = event("Jazz night")
    rows = find(week(), Signals(text=any_of("jazz music")))
    assert rows[0]["event_id"] == jazz.pk
    assert rows[1]["semantic"] == 0


@pytest.mark.parametrize("text", ["'; DROP TABLE x --", 'a " b', "& | ! ( ) :* <->", "%", "\\", "or or and", "é😀"])
def test_hostile_words_are_only_words(text: str) -> None:
    event("anything")
    assert len(find(week(), Signals(text=any_of(text), name=text, terms=(text,)))) == 1


def test_the_count_equals_the_candidates() -> None:
    for n in range(5):
        event(f"e{n}", starts=n * DAY + timedelta(hours=1))
    statement = build_count(week(ranges=((NOW, NOW + 3 * DAY),)), P)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        assert cursor.fetchone()[0] == 3
    assert find(week(ranges=((NOW, NOW + 3 * DAY),)))[0]["total"] == 3


def test_the_index_row_follows_event_and_venue() -> None:
    place = venue("Old hall")
    row = event("Choir", at=place, tags=["music"])
    place.name = "New hall"
    place.latitude = 38.0
    place.save()
    index = EventIndex.objects.get(pk=row.pk)
    assert index.name_key == "choir | new hall"
    assert row.occurrences.get().lat == 38.0
    row.title = "Big choir"
    row.status = "cancelled"
    row.save()
    index.refresh_from_db()
    assert (index.name_key, index.live) == ("big choir | new hall", False)


@pytest.mark.parametrize(
    ("ages", "fitting"),
    [
        ((4, 9), {"all", "3-10", "up to 12"}),  # every child, not only one of them
        ((9,), {"all", "3-10", "8-10", "up to 12"}),
        ((6, 38), {"all", "3-10", "up to 12"}),  # a parent comes along
        ((38, 70), {"all", "21+"}),
    ],
)
def test_an_event_fits_every_child_named(ages: tuple[int, ...], fitting: set[str]) -> None:
    for title, low, high in [
        ("all", None, None),
        ("3-10", 3, 10),
        ("8-10", 8, 10),
        ("up to 12", None, 12),
        ("21+", 21, None),
    ]:
        event(title, age_min=low, age_max=high)
    low, high = ages_to_fit(Audience(min(ages), max(ages), ages))
    found = find(CandidateFilter(now=NOW, ranges=((NOW, NOW + DAY),), age_min=low, age_max=high))
    assert {Event.objects.get(pk=row["event_id"]).title for row in found} == fitting


def test_a_name_with_a_slip_is_found_and_one_unlike_it_is_not_lifted() -> None:
    hall = event("Open rehearsal", at=venue("Rincon Valley Library"))
    event("Story time", at=venue("Valley of the Moon"))
    rows = find(week(), Signals(name="rincon vally library"))
    assert rows[0]["event_id"] == hall.pk
    assert rows[0]["semantic"] > 0.6
    assert rows[1]["semantic"] == 0


def test_what_was_said_is_counted_for_its_topic() -> None:
    terms = signals(replace(query(), search_text="trivia night", interests=("games",)), None, P).terms
    assert (terms[:2], len(terms), "chess" in terms) == (("night", "trivia"), P.max_terms, True)
    assert signals(replace(query(), search_text="rubber ducks"), None, P).terms == ("duck", "rubber")


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        ({}, True),  # "I'm bored", "what's going on here?"
        ({"search_text": "jazz"}, False),
        ({"interests": ("jazz",)}, False),
        ({"quoted": ("Winter Fair",)}, False),
        ({"about_event_ids": (1,)}, False),
        ({"search_text": "jazz", "when": WEEKEND}, True),
    ],
)
def test_who_names_neither_time_nor_topic_asks_what_is_next(asked: dict[str, Any], counts: bool) -> None:
    assert signals(query(**({"when": None} | asked)), None, P).wants_time is counts
